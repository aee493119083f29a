/**
 * Asking the engine, with a bound on the wait and with secrets taken out of the answer.
 */
import type { Status, StatusSource } from "../core/engine/status.ts";

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
 * The status with the secrets masked that people write into script commands.
 *
 * Passwords of VRRP authentication are not in a status at all. What is recognised: the password of a URL, and the
 * value of an option or variable whose name says that it is secret (`--password X`, `TOKEN=X`).
 */
export function withoutSecrets(status: Status): Status {
  const scripts = status.scripts.map((script) => ({ ...script, command: maskSecrets(script.command) }));
  return { ...status, scripts };
}

const URL_PASSWORD = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g;
const SECRET = String.raw`[\w-]*(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key)`;
const VALUE = String.raw`(?:"[^"]*"|'[^']*'|[^\s"']+)`;
const OPTION = new RegExp(String.raw`((?:^|\s)--?${SECRET}\s+)${VALUE}`, "gi");
const ASSIGNMENT = new RegExp(String.raw`(${SECRET}(?:=|:\s*))${VALUE}`, "gi");

function maskSecrets(command: string): string {
  return command.replace(URL_PASSWORD, "$1********@")
    .replace(OPTION, "$1********")
    .replace(ASSIGNMENT, "$1********");
}
