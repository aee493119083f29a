/**
 * `ha doctor FILE`: looks for the usual mistakes around a configuration, on this machine and on the wire.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { loadConfig } from "../../core/config/config.ts";
import { openLibc } from "../../ffi/libc.ts";
import { fileSource, hostFacts } from "../config_source.ts";
import { examine } from "../doctor/examine.ts";
import { listenToWire } from "../doctor/listen.ts";
import { readMachine } from "../doctor/read_machine.ts";
import { formatFindings } from "../doctor/report.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import { fileArgument } from "./options.ts";
import { takesColours } from "../terminal.ts";

interface DoctorOptions {
  readonly format: "text" | "json";
  readonly listen: number;
  readonly strict?: boolean;
  readonly configId?: string;
}

/** s; ARP gives an absent neighbour up after 3. */
const LISTEN = 5;
const LISTEN_MAX = 3600;

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("doctor")
    .description(
      "Look for the usual mistakes around a configuration: kernel settings, packet filter, other daemons, the wire; changes nothing; exits 1 where something must be mended",
    )
    .addArgument(fileArgument())
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .option("--listen <seconds>", "how long to listen to the wire; 0 does not", readSeconds, LISTEN)
    .option("--strict", "exit 1 for warnings too")
    .option("-i, --config-id <id>", "decides @ID lines; the host name up to its first dot by default")
    .action(async (file: string, options: DoctorOptions) => done(await run(file, options)));
}

async function run(file: string, { format, listen, strict, configId }: DoctorOptions): Promise<number> {
  const loaded = loadConfig(file, fileSource(), hostFacts({ configId }), {});
  if (loaded.fatal) {
    throw new Refusal(`Cannot examine ${file}: it cannot start, see ha check ${file}`, EXIT.configuration);
  }
  using libc = openLibc();
  const machine = readMachine(libc);
  const wire = await listenToWire(libc, loaded.model, machine, listen);
  const findings = examine(loaded.model, machine, wire);
  const colour = takesColours(Deno.stdout);
  console.log(format === "json" ? JSON.stringify(findings, null, 2) : formatFindings(findings, colour));
  const grave = findings.some(({ severity }) =>
    severity === "problem" || (strict === true && severity === "warning")
  );
  return grave ? EXIT.fatal : EXIT.ok;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds <= LISTEN_MAX) return seconds;
  throw new InvalidArgumentError(`It must be a number of seconds from 0 to ${LISTEN_MAX}.`);
}
