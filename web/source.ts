/**
 * Asking the engine, with a bound on the wait and with secrets taken out of the answer.
 */
import type { CheckStatus, Status, StatusSource, VirtualServerStatus } from "../core/engine/status.ts";

/** What came of asking: a snapshot, or why there is none. */
export type Answer =
  | { readonly ok: true; readonly status: Status }
  | { readonly ok: false; readonly reason: string };

/** How long the engine may take before it counts as silent, ms: twice what a `StatusSource` promises. */
const ANSWER_WITHIN = 1000;

/** Asks for a snapshot. Never rejects; a silent engine is an answer too. */
export async function ask(source: StatusSource, within: number = ANSWER_WITHIN): Promise<Answer> {
  const { promise: silence, resolve } = Promise.withResolvers<Answer>();
  const reason = `The engine did not answer within ${within} ms`;
  const timer = setTimeout(() => resolve({ ok: false, reason }), within);
  try {
    return await Promise.race([silence, read(source)]);
  } finally {
    clearTimeout(timer);
  }
}

async function read(source: StatusSource): Promise<Answer> {
  try {
    return { ok: true, status: withoutSecrets(await source.current()) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: `The engine could not answer: ${detail}` };
  }
}

/**
 * The status with the secrets masked that people write into configurations.
 *
 * Passwords are no field of a status, but words of the configuration are quoted in some places. In commands of scripts
 * and targets of checks the password of a URL is recognised, and the value of an option or variable whose name says that
 * it is secret (`--password X`, `TOKEN=X`); in the problems of a configuration what follows `auth_pass`, `password` and
 * `key ID`.
 */
export function withoutSecrets(status: Status): Status {
  const scripts = status.scripts.map((script) => ({ ...script, command: maskCommand(script.command) }));
  const configuration = withoutPasswords(status.configuration);
  const { virtualServers } = status;
  const services = virtualServers === undefined ? {} : { virtualServers: virtualServers.map(maskService) };
  return { ...status, ...services, scripts, configuration };
}

function withoutPasswords(configuration: Status["configuration"]): Status["configuration"] {
  const { problems, refused } = configuration;
  return {
    ...configuration,
    problems: problems.map(maskSentence),
    ...(refused === undefined ? {} : { refused: { ...refused, reason: maskSentence(refused.reason) } }),
  };
}

/** The same object where there is nothing to mask: there may be thousands. */
function maskService(service: VirtualServerStatus): VirtualServerStatus {
  if (service.realServers.every(({ checks }) => checks.every(isHarmless))) return service;
  const masked = (check: CheckStatus) => ({ ...check, target: maskCommand(check.target) });
  const realServers = service.realServers.map((server) => ({ ...server, checks: server.checks.map(masked) }));
  return { ...service, realServers };
}

function isHarmless({ target }: CheckStatus): boolean {
  return maskCommand(target) === target;
}

const URL_PASSWORD = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g;
const SECRET = String.raw`[\w-]*(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key)`;
const VALUE = String.raw`(?:"[^"]*"|'[^']*'|[^\s"']+)`;
const OPTION = new RegExp(String.raw`((?:^|\s)--?${SECRET}\s+)${VALUE}`, "gi");
const ASSIGNMENT = new RegExp(String.raw`(${SECRET}(?:=|:\s*))${VALUE}`, "gi");

function maskCommand(command: string): string {
  return command.replace(URL_PASSWORD, "$1********@")
    .replace(OPTION, "$1********")
    .replace(ASSIGNMENT, "$1********");
}

/** Words after `auth_pass` that go on with a sentence about it. */
const PROSE =
  "is|are|was|has|must|may|can|cannot|of|in|with|for|and|or|to|needs|longer|shorter|that|which|here";
const SETTING = new RegExp(
  String.raw`\b((?:auth_pass|password|key +\d+) +)(?!(?:${PROSE})\b)("[^"]*"|'[^']*'|[^\s;]+)`,
  "g",
);

function maskSentence(sentence: string): string {
  return sentence.replace(SETTING, "$1********");
}
