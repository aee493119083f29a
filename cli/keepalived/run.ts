/**
 * The program under the name `keepalived`: its options, its pid files, its way into the background.
 */
import { EXIT, Refusal } from "../exit_codes.ts";
import { write } from "../output.ts";
import { ownCommand } from "../own_command.ts";
import { numericUmask } from "../daemon/umask.ts";
import { within } from "../within.ts";
import { VERSION } from "../version.ts";
import { type CommandLine, parseCommandLine, usage } from "./command_line.ts";
import { placesOf } from "./places.ts";

/** The newest keepalived whose configuration language is spoken. */
const LANGUAGE_VERSION = "2.4.3";

const DEFAULT_FILE = "/etc/keepalived/keepalived.conf";

/** ms for a daemon in the background to write its pid files. */
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
  // Before -t, too: what it finds nothing wrong with must start.
  refuseBadValues(line);
  if (options.has("config-test")) return await testConfiguration(line);
  return options.has("dont-fork") ? await runInForeground(line) : await runInBackground();
}

function print(text: string, output: typeof Deno.stdout | typeof Deno.stderr): number {
  write(text, output);
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

/** @throws {Refusal} at a value that a start would refuse */
function refuseBadValues({ options }: CommandLine): void {
  const umask = options.get("umask");
  if (umask !== undefined) umaskOf(umask);
  facilityOf(options.get("log-facility") ?? "daemon");
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
  takeName();
  (await import("../daemon/second_start.ts")).holdSignals();
  const { runDaemon } = await import("../daemon/run_daemon.ts");
  const vrrp = options.has("vrrp");
  const checkers = options.has("check");
  return await runDaemon({
    config: options.get("use-file") ?? DEFAULT_FILE,
    runDir: "",
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
      places: (daemon) => placesOf(options, daemon),
      umaskGiven: umask !== undefined,
      started: announceStart,
      remarks,
      dumpConfiguration: options.has("dump-conf"),
      networkNamespace: options.get("namespace") ?? null,
    },
  });
}

/** Set by the command that waits for the daemon in the background. */
const WAITED_FOR = "HA_BACKGROUND";

/** Tells whoever started us in the background that the pid files are there. */
function announceStart(): void {
  if (Deno.env.get(WAITED_FOR) === undefined) return;
  Deno.env.delete(WAITED_FOR);
  try {
    print("started\n", Deno.stdout);
  } catch {
    // Nobody waits any more: that is no reason not to run.
  }
}

/** Check scripts of many a tutorial say `killall keepalived`, others use pgrep or `ps -C`: they find us by that name. */
function takeName(): void {
  try {
    Deno.writeTextFileSync("/proc/self/comm", "keepalived");
  } catch {
    // Without /proc nobody finds anybody.
  }
}

function umaskOf(text: string): number {
  const value = numericUmask(text);
  if (value !== null) return value;
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
 * Starts the daemon in a session of its own, and ends once it has written its pid files.
 *
 * Whatever it says until then, such as why it cannot start, goes to our stderr.
 */
async function runInBackground(): Promise<number> {
  const [file, ...args] = ownCommand();
  const child = new Deno.Command(file, {
    args: [...args, "--dont-fork"],
    env: { [WAITED_FOR]: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  const relayed = child.stderr.pipeTo(Deno.stderr.writable, { preventClose: true }).catch(() => {});
  // Ends without a word where the daemon ends before it has come so far.
  const word = child.stdout.getReader().read().then(({ done }) => done ? "ended" : "started");
  const outcome = await within(START_LIMIT, word);
  if (outcome === "started") return EXIT.ok;
  if (outcome === "ended") {
    await relayed;
    return (await child.status).code;
  }
  child.kill("SIGTERM");
  throw new Refusal(`Cannot start in the background: no word after ${START_LIMIT / 1000} s`, EXIT.fatal);
}
