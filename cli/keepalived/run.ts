/**
 * The program under the name `keepalived`: its options, its pid files, its way into the background.
 */
import { EXIT, Refusal } from "../exit_codes.ts";
import { ownCommand } from "../own_command.ts";
import { VERSION } from "../version.ts";
import { type CommandLine, parseCommandLine, usage } from "./command_line.ts";

/** The newest keepalived whose configuration language is spoken. */
const LANGUAGE_VERSION = "2.4.3";

const DEFAULT_FILE = "/etc/keepalived/keepalived.conf";
const DEFAULT_PID_FILE = "/run/keepalived.pid";
/** Where control socket and dumps are, with the usual pid file; with another one beside it. */
const DEFAULT_RUN_DIR = "/run/ha";

/** ms for a daemon in the background to write its pid file. */
const START_LIMIT = 20_000;

/** Numbers of the signals that `--signum` names; SIGRTMIN is 34 with glibc, SIGRTMAX 64. */
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  STOP: 15,
  RELOAD: 1,
  DATA: 10,
  STATS: 12,
  STATS_CLEAR: 63,
  JSON: 36,
};

/** Runs keepalived's command line; returns the exit code. */
export async function runAsKeepalived(args: readonly string[]): Promise<number> {
  const line = parseCommandLine(args);
  const { options } = line;
  if (options.has("genhash")) throw new Refusal("Cannot be genhash: use ha genhash", EXIT.usage);
  if (options.has("version")) return print(`Keepalived v${LANGUAGE_VERSION} (ha ${VERSION})\n`, Deno.stderr);
  if (options.has("help")) return print(usage(), Deno.stderr);
  if (options.has("signum")) return print(`${signalNumber(options.get("signum")!)}\n`, Deno.stdout);
  if (options.has("config-test")) return await testConfiguration(line);
  return options.has("dont-fork") ? await runInForeground(line) : await runInBackground(line);
}

function print(text: string, output: typeof Deno.stdout | typeof Deno.stderr): number {
  output.writeSync(new TextEncoder().encode(text));
  return EXIT.ok;
}

function signalNumber(name: string): number {
  const number = SIGNAL_NUMBERS[name];
  if (number !== undefined) return number;
  throw new Refusal(
    `Cannot name a signal for ${name}: it is one of ${Object.keys(SIGNAL_NUMBERS).join(", ")}`,
    1,
  );
}

/** `-t`: what is wrong goes to stderr or to the file that is named; the exit code is keepalived's. */
async function testConfiguration({ options }: CommandLine): Promise<number> {
  const { check } = await import("../commands/check.ts");
  const { hostFacts } = await import("../config_source.ts");
  const file = options.get("use-file") ?? DEFAULT_FILE;
  const facts = hostFacts({ configId: options.get("config-id") });
  const { output, exitCode } = check(file, { format: "text" }, false, facts);
  const log = options.get("config-test")!;
  const text = exitCode === 0 ? "" : output;
  if (log === "") print(text, Deno.stderr);
  else await Deno.writeTextFile(log, text, { append: true });
  return exitCode;
}

async function runInForeground({ options, remarks }: CommandLine): Promise<number> {
  const umask = options.get("umask");
  if (umask !== undefined) Deno.umask(umaskOf(umask));
  (await import("../daemon/second_start.ts")).holdSignals();
  const { runDaemon } = await import("../daemon/run_daemon.ts");
  const vrrp = options.has("vrrp");
  const checkers = options.has("check");
  return await runDaemon({
    config: options.get("use-file") ?? DEFAULT_FILE,
    runDir: runDirOf(options),
    web: { hostname: "127.0.0.1", port: 9650 },
    webNames: [],
    logLevel: options.has("log-detail") ? "detail" : "info",
    logFormat: "text",
    strict: false,
    configId: options.get("config-id") ?? null,
    record: null,
    keepIpvs: options.has("dont-release-ipvs"),
    face: {
      logConsole: options.has("log-console"),
      syslogFacility: options.has("no-syslog") ? null : facilityOf(options.get("log-facility") ?? "daemon"),
      parts: vrrp === checkers ? "all" : vrrp ? "vrrp" : "virtual_servers",
      pidFiles: pidFilesOf(options),
      remarks,
      dumpConfiguration: options.has("dump-conf"),
      networkNamespace: options.get("namespace") ?? null,
    },
  });
}

function pidFilesOf(options: CommandLine["options"]): readonly string[] {
  const others = (["vrrp_pid", "checkers_pid", "bfd_pid"] as const).flatMap((name) =>
    options.get(name) ?? []
  );
  return [...new Set([options.get("pid") ?? DEFAULT_PID_FILE, ...others])];
}

function runDirOf(options: CommandLine["options"]): string {
  const pidFile = options.get("pid") ?? DEFAULT_PID_FILE;
  return pidFile === DEFAULT_PID_FILE ? DEFAULT_RUN_DIR : `${pidFile}.d`;
}

/** Octal with a leading 0, hexadecimal with 0x, else decimal, as strtol(3) reads it. */
function umaskOf(text: string): number {
  const value = /^0[0-7]*$/.test(text)
    ? Number(`0o${text}`)
    : /^(0x[0-9a-f]+|[1-9]\d*)$/i.test(text)
    ? Number(text)
    : NaN;
  if (value >= 0 && value <= 0o777) return value;
  throw new Refusal(`Cannot use umask ${text} as it must be between 0 and 0777`, EXIT.usage);
}

/** The number of a syslog facility (RFC 5424 section 6.2.1). */
function facilityOf(text: string): number {
  if (text === "user") return 1;
  if (text === "daemon") return 3;
  const [, local] = /^(?:local)?([0-7])$/.exec(text) ?? [];
  if (local !== undefined) return 16 + Number(local);
  throw new Refusal(
    `Cannot use log facility ${text}: it is 0 to 7, local0 to local7, user or daemon`,
    EXIT.usage,
  );
}

/**
 * Starts the daemon in a session of its own, and ends once it has written its pid file.
 *
 * Whatever it says until then, such as why it cannot start, goes to our stderr.
 */
async function runInBackground({ options }: CommandLine): Promise<number> {
  const [file, ...args] = ownCommand();
  const pidFile = options.get("pid") ?? DEFAULT_PID_FILE;
  const child = new Deno.Command(file, {
    args: [...args, "--dont-fork"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    detached: true,
  }).spawn();
  const relayed = child.stderr.pipeTo(Deno.stderr.writable, { preventClose: true }).catch(() => {});
  let ended: number | null = null;
  child.status.then(({ code }) => ended = code);
  const limit = performance.now() + START_LIMIT;
  while (ended === null && performance.now() < limit) {
    if (pidIn(pidFile) === child.pid) return EXIT.ok;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  if (ended === null) {
    child.kill("SIGTERM");
    throw new Refusal(
      `Cannot start in the background: no pid in "${pidFile}" after ${START_LIMIT / 1000} s`,
      EXIT.fatal,
    );
  }
  await relayed;
  return ended;
}

function pidIn(file: string): number | null {
  try {
    return Number(Deno.readTextFileSync(file).trim());
  } catch {
    return null;
  }
}
