/**
 * keepalived's command line (keepalived(8)): short options in clusters, long ones with `=` or a word behind.
 */
import { EXIT, Refusal } from "../exit_codes.ts";

/** An option: its letter, its long name, and whether a value follows. */
interface Option {
  readonly letter: string | null;
  readonly name: string;
  readonly value: "none" | "required" | "attached";
  /** Why nothing comes of it here; absent where something does. */
  readonly without?: string;
}

const SNMP = "ha has no SNMP; its figures are at /metrics";

// deno-fmt-ignore: a row an option
const OPTIONS = [
  { letter: "f", name: "use-file", value: "required" },
  { letter: "P", name: "vrrp", value: "none" },
  { letter: "C", name: "check", value: "none" },
  { letter: "B", name: "no_bfd", value: "none", without: "BFD sessions run in the daemon itself, where any is configured" },
  { letter: null, name: "all", value: "none", without: "there are no child processes" },
  { letter: "l", name: "log-console", value: "none" },
  { letter: "D", name: "log-detail", value: "none" },
  { letter: "S", name: "log-facility", value: "required" },
  { letter: "g", name: "log-file", value: "attached", without: "ha logs to syslog and with -l to stderr" },
  { letter: null, name: "flush-log-file", value: "none" },
  { letter: "G", name: "no-syslog", value: "none" },
  { letter: "u", name: "umask", value: "required" },
  { letter: "X", name: "release-vips", value: "none" },
  { letter: "V", name: "dont-release-vrrp", value: "none", without: "the virtual addresses have a lease and go with the daemon" },
  { letter: "I", name: "dont-release-ipvs", value: "none" },
  { letter: "R", name: "dont-respawn", value: "none" },
  { letter: "n", name: "dont-fork", value: "none" },
  { letter: "d", name: "dump-conf", value: "none" },
  { letter: "p", name: "pid", value: "required" },
  { letter: "r", name: "vrrp_pid", value: "required" },
  { letter: "c", name: "checkers_pid", value: "required" },
  { letter: "b", name: "bfd_pid", value: "required" },
  { letter: "T", name: "genhash", value: "none" },
  { letter: "a", name: "address-monitoring", value: "none", without: "the log at level debug has them" },
  { letter: "x", name: "snmp", value: "none", without: SNMP },
  { letter: "A", name: "snmp-agent-socket", value: "required", without: SNMP },
  { letter: "s", name: "namespace", value: "required" },
  { letter: "m", name: "core-dump", value: "none", without: "the runtime writes no core" },
  { letter: "M", name: "core-dump-pattern", value: "attached", without: "the runtime writes no core" },
  { letter: "e", name: "all-config", value: "none", without: "ha check names every include that finds nothing" },
  { letter: "i", name: "config-id", value: "required" },
  { letter: null, name: "signum", value: "required" },
  { letter: "t", name: "config-test", value: "attached" },
  { letter: "v", name: "version", value: "none" },
  { letter: "h", name: "help", value: "none" },
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
    if (value === undefined) throw refused(`option ${shown} needs a value`);
    options.set(option.name, value);
    if ("without" in option) remarks.push(`Option ${shown} does nothing here: ${option.without}`);
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word.startsWith("--") && word !== "--") longOption(word, take);
    else if (/^-./.test(word) && word !== "--") shortOptions(word, take);
    else throw refused(`unexpected argument "${word}"`);
  }
  return { options, remarks };
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

/** What `--help` prints. */
export function usage(): string {
  const lines = OPTIONS.map((option) => {
    const { letter, name, value } = option;
    const shown = `${letter === null ? "    " : `-${letter}, `}--${name}`;
    const operand = value === "required" ? "=VALUE" : value === "attached" ? "[=VALUE]" : "";
    return `  ${shown}${operand}${"without" in option ? "   (does nothing here)" : ""}`;
  });
  return `Usage: keepalived [OPTION...]\n${
    lines.join("\n")
  }\n\nSee keepalived(8), and docs/keepalived.md of ha.\n`;
}
