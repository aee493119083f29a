/**
 * keepalived's command line (keepalived(8)): short options in clusters, long ones with `=` or a word behind.
 */
import { EXIT, Refusal } from "../exit_codes.ts";

/** An option: its letter, its long name, whether a value follows, and what the help says of it. */
interface Option {
  readonly letter: string | null;
  readonly name: string;
  readonly value: "none" | "required" | "attached";
  readonly operand?: string;
  readonly does: string;
  /** Why nothing comes of it here; absent where something does. */
  readonly without?: string;
}

const SNMP = "ha has no SNMP; its figures are at /metrics";

// deno-fmt-ignore: a row an option
const OPTIONS = [
  { letter: "f", name: "use-file", value: "required", operand: "FILE", does: "the configuration; /etc/keepalived/keepalived.conf by default" },
  { letter: "P", name: "vrrp", value: "none", does: "only VRRP" },
  { letter: "C", name: "check", value: "none", does: "only virtual servers" },
  { letter: "B", name: "no_bfd", value: "none", does: "no BFD", without: "BFD sessions run in the daemon itself, where any is configured" },
  { letter: null, name: "all", value: "none", does: "all child processes", without: "there are no child processes" },
  { letter: "l", name: "log-console", value: "none", does: "log to stderr, too" },
  { letter: "D", name: "log-detail", value: "none", does: "log details" },
  { letter: "S", name: "log-facility", value: "required", operand: "FACILITY", does: "0 to 7, local0 to local7, user or daemon (default)" },
  { letter: "g", name: "log-file", value: "attached", operand: "FILE", does: "log to a file", without: "ha logs to syslog and with -l to stderr" },
  { letter: null, name: "flush-log-file", value: "none", does: "write each line at once, as it is anyway" },
  { letter: "G", name: "no-syslog", value: "none", does: "do not log to syslog" },
  { letter: "u", name: "umask", value: "required", operand: "MASK", does: "file creation mask, a number" },
  { letter: "X", name: "release-vips", value: "none", does: "drop addresses at the end, as it is anyway" },
  { letter: "V", name: "dont-release-vrrp", value: "none", does: "leave the addresses at the end", without: "the virtual addresses have a lease and go with the daemon" },
  { letter: "I", name: "dont-release-ipvs", value: "none", does: "leave the IPVS table as it is at the end" },
  { letter: "R", name: "dont-respawn", value: "none", does: "do not start children again: there are none" },
  { letter: "n", name: "dont-fork", value: "none", does: "stay in the foreground" },
  { letter: "d", name: "dump-conf", value: "none", does: "log the configuration that is in force" },
  { letter: "p", name: "pid", value: "required", operand: "FILE", does: "pid file; /run/keepalived.pid by default" },
  { letter: "r", name: "vrrp_pid", value: "required", operand: "FILE", does: "a further pid file" },
  { letter: "c", name: "checkers_pid", value: "required", operand: "FILE", does: "a further pid file" },
  { letter: "b", name: "bfd_pid", value: "required", operand: "FILE", does: "a further pid file" },
  { letter: "T", name: "genhash", value: "none", does: "refused: ha genhash does it" },
  { letter: "a", name: "address-monitoring", value: "none", does: "log every address that comes or goes", without: "the log at level debug has them" },
  { letter: "x", name: "snmp", value: "none", does: "SNMP", without: SNMP },
  { letter: "A", name: "snmp-agent-socket", value: "required", operand: "SOCKET", does: "SNMP", without: SNMP },
  { letter: "s", name: "namespace", value: "required", operand: "NAME", does: "run in this network namespace" },
  { letter: "m", name: "core-dump", value: "none", does: "dump core", without: "the runtime writes no core" },
  { letter: "M", name: "core-dump-pattern", value: "attached", operand: "PATTERN", does: "dump core", without: "the runtime writes no core" },
  { letter: "e", name: "all-config", value: "none", does: "refuse includes that find nothing", without: "ha check names every include that finds nothing" },
  { letter: "i", name: "config-id", value: "required", operand: "ID", does: "decides @ID lines; the host name up to its first dot by default" },
  { letter: null, name: "signum", value: "required", operand: "NAME", does: "print the number of STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON" },
  { letter: "t", name: "config-test", value: "attached", operand: "FILE", does: "judge the configuration; findings to stderr or the file" },
  { letter: "v", name: "version", value: "none", does: "print the version" },
  { letter: "h", name: "help", value: "none", does: "print this" },
] as const satisfies readonly Option[];

/** A long name. */
export type OptionName = typeof OPTIONS[number]["name"];

/** What a command line says. */
export interface CommandLine {
  /** The last value of each option that is there; "" where it has none. */
  readonly options: ReadonlyMap<OptionName, string>;
  /** One line for each option that nothing comes of. */
  readonly remarks: readonly string[];
}

/**
 * Reads a command line.
 *
 * @throws {Refusal} at an unknown option, a missing or a superfluous word
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const options = new Map<OptionName, string>();
  const remarks: string[] = [];
  const words = [...args];
  const take = (option: typeof OPTIONS[number], shown: string, attached: string | null) => {
    const value = attached ?? (option.value === "required" ? words.shift() : "");
    if (value === undefined || isMissing(option, value)) throw refused(`option ${shown} needs a value`);
    options.set(option.name, value);
    if ("without" in option) remarks.push(`Option ${shown} does nothing here: ${option.without}`);
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word.startsWith("--") && word !== "--") longOption(word, take);
    else if (/^-./.test(word) && word !== "--") shortOptions(word, take);
    else throw refused(`unexpected argument "${word}": a configuration is named with -f`);
  }
  return { options, remarks };
}

/** An empty value is a variable in somebody's unit that is not set; the id of `@ID` lines may be empty. */
function isMissing({ name, value }: Option, text: string): boolean {
  return text === "" && value === "required" && name !== "config-id";
}

type Take = (option: typeof OPTIONS[number], shown: string, attached: string | null) => void;

function longOption(word: string, take: Take): void {
  const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  const fitting = OPTIONS.filter((each) => each.name.startsWith(name ?? " "));
  // As getopt_long: a beginning will do that fits one option alone.
  const option = fitting.find((each) => each.name === name) ??
    (fitting.length === 1 ? fitting[0] : undefined);
  if (option === undefined) throw refused(`unknown option "${word}"`);
  if (value !== undefined && option.value === "none") throw refused(`option --${option.name} takes no value`);
  take(option, `--${option.name}`, value ?? null);
}

function shortOptions(word: string, take: Take): void {
  for (let rest = word.slice(1); rest !== "";) {
    const option = OPTIONS.find(({ letter }) => letter === rest[0]);
    if (option === undefined) throw refused(`unknown option "-${rest[0]}"`);
    const attached = option.value === "none" || rest.length === 1 ? null : rest.slice(1);
    take(option, `-${option.letter}`, attached);
    rest = option.value === "none" ? rest.slice(1) : "";
  }
}

function refused(reason: string): Refusal {
  return new Refusal(`${reason}; --help shows what there is`, EXIT.usage);
}

/** Columns of the help before what an option does. */
const HELP_COLUMN = 35;

/** What `--help` prints. */
export function usage(): string {
  const lines = OPTIONS.map((option: Option) => {
    const { letter, name, value, operand, does, without } = option;
    const named = `${letter === null ? "    " : `-${letter}, `}--${name}`;
    const shown = value === "none"
      ? named
      : `${named}${value === "required" ? `=${operand}` : `[=${operand}]`}`;
    return `  ${shown.padEnd(HELP_COLUMN)}${does}${without === undefined ? "" : " (does nothing here)"}`;
  });
  return `Usage: keepalived [OPTION...]\n${
    lines.join("\n")
  }\n\nThis is ha under keepalived's name: see keepalived(8), docs/keepalived.md of ha, and ha --help.\n`;
}
