/**
 * The command line: `ha COMMAND [options]`.
 *
 * Only the command that is asked for is loaded, since `ha start` has a budget of milliseconds. Whatever goes wrong is
 * one line on stderr and an exit code, never a stack trace.
 */
import { Command } from "commander";
import { EXIT, reasonOf, Refusal } from "./exit_codes.ts";
import { leadsToJournal } from "./journal.ts";
import { VERSION } from "./version.ts";

/** A command's module. */
export interface CommandModule {
  /** The command with its options; its action hands the exit code to `done` and may throw a `Refusal`. */
  readonly createCommand: (done: (exitCode: number) => void) => Command;
}

/** All commands in the order of the help text. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  start: async () => {
    (await import("./daemon/second_start.ts")).holdSignals();
    return await import("./commands/start.ts");
  },
  check: () => import("./commands/check.ts"),
  config: () => import("./commands/config.ts"),
  status: () => import("./commands/status.ts"),
  reload: () => import("./commands/reload.ts"),
  stop: () => import("./commands/stop.ts"),
  failover: () => import("./commands/failover.ts"),
  maintenance: () => import("./commands/maintenance.ts"),
  ipvs: () => import("./commands/ipvs.ts"),
  realserver: () => import("./commands/realserver.ts"),
  doctor: () => import("./commands/doctor.ts"),
  genhash: () => import("./commands/genhash.ts"),
  dump: () => import("./commands/dump.ts"),
  demo: () => import("./commands/demo.ts"),
  version: () => import("./commands/version.ts"),
};

/** The words of our command line, whatever name the program was called by: `keepalived` is a command of ours, too. */
export function wordsOf(args: readonly string[]): readonly string[] {
  const called = Deno.env.get("HA_SELF") ?? Deno.readTextFileSync("/proc/self/cmdline").split("\0", 1)[0]!;
  return called.endsWith("/keepalived") || called === "keepalived" ? ["keepalived", ...args] : args;
}

/** Runs one command line to its end; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  try {
    if (args[0] === "keepalived") return await asKeepalived(args.slice(1));
    const program = await createProgram(args, (code) => exitCode = code);
    await program.parseAsync([...plain(args)], { from: "user" });
    return exitCode;
  } catch (error) {
    return report(error);
  }
}

/** The old name has an old command line, which commander does not speak. */
async function asKeepalived(args: readonly string[]): Promise<number> {
  const { runAsKeepalived } = await import("./keepalived/run.ts");
  return await runAsKeepalived(args[0] === "--" ? args.slice(1) : args);
}

async function createProgram(args: readonly string[], done: (exitCode: number) => void): Promise<Command> {
  const program = new Command("ha")
    // An option belongs to the command that it stands behind.
    .enablePositionalOptions()
    .description(
      "High availability for two or more Linux boxes: VRRP, virtual addresses, load balancing, status",
    )
    .version(`ha ${VERSION}`, "-V, --version", "Print the version")
    .helpCommand("help [command]", "Print the help of a command")
    .addHelpText("after", "\nBegin with: ha check /etc/keepalived/keepalived.conf");
  quiet(program);
  for (const load of wanted(args)) program.addCommand(quiet((await load()).createCommand(done)));
  return program;
}

/** The words as commander is to see them: it would answer a slip of the pen with the whole help, and `help` as an error. */
function plain(args: readonly string[]): readonly string[] {
  const [name, topic] = args;
  if (name === "help" && ["help", "-h", "--help"].includes(topic ?? "help")) return ["--help"];
  if (name === "help" && isSlip(topic)) return [topic!];
  // `ha strat --help`: the slip of the pen is the news.
  return isSlip(name) ? [name!] : args;
}

/** Whether a word that should be a command is none of ours. */
function isSlip(name: string | undefined): boolean {
  return name !== undefined && !name.startsWith("-") && name !== "help" && !Object.hasOwn(COMMANDS, name);
}

/** The modules that a command line needs: the one it names, all of them for the help text or a slip of the pen. */
function wanted([name]: readonly string[]): readonly (() => Promise<CommandModule>)[] {
  const named = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return named === undefined ? Object.values(COMMANDS) : [named];
}

/** Errors are thrown to us instead of printed, and show no help text; lists of commands show their names alone. */
function quiet(command: Command): Command {
  for (const nested of command.commands) quiet(nested);
  return command.exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ subcommandTerm: (nested) => nested.name(), minWidthToWrap: 8 })
    .helpOption("-h, --help", "Print this help");
}

/** Says why a command failed; help and version are no failures. */
function report(error: unknown): number {
  if (error instanceof Refusal) return say(error.message, error.exitCode);
  // Whoever reads our output has seen enough: `ha check FILE | head`.
  if (error instanceof Deno.errors.BrokenPipe) return EXIT.pipe;
  if (isCommanderError(error)) {
    if (error.exitCode === 0) return EXIT.ok;
    // No command at all: the help has been printed, and is all there is to say.
    if (error.code === "commander.help") return EXIT.usage;
    return say(error.message.replace(/^error: /, "").replaceAll("\n", " "), EXIT.usage);
  }
  if (isFull(error)) return say(`Cannot write the output: ${reasonOf(error)}`, EXIT.fatal);
  return say(`Cannot go on: ${reasonOf(error)}`, EXIT.software);
}

function isCommanderError(
  error: unknown,
): error is Error & { readonly exitCode: number; readonly code: string } {
  return error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
}

/** Whether there is no room for what was to be written; files that we write ourselves have their own words for it. */
function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    ["ENOSPC", "EDQUOT", "EFBIG", "EIO"].includes(String(error.code));
}

function say(text: string, exitCode: number): number {
  try {
    // An error, for the journal of a service (sd-daemon(3)).
    const severity = leadsToJournal(Deno.env.get("JOURNAL_STREAM")) ? "<3>" : "";
    Deno.stderr.writeSync(new TextEncoder().encode(`${severity}ha: ${text}\n`));
  } catch {
    // Nobody listens on stderr; the exit code still tells.
  }
  return exitCode;
}
