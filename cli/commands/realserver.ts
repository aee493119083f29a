/**
 * `ha realserver`: makes this host a real server for direct routing, and undoes it.
 */
import { Command, InvalidArgumentError } from "commander";
import { dirname } from "node:path";
import { type IpAddress, parseAddress } from "../../core/net/address.ts";
import { openAddressTable } from "../../ffi/address_table.ts";
import { openLibc } from "../../ffi/libc.ts";
import { KERNEL_SWITCHES } from "../realserver/arp_policy.ts";
import {
  type RealServerHost,
  type Report,
  type SavedState,
  startRealServer,
  statusOfRealServer,
  stopRealServer,
} from "../realserver/real_server.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { writeWholeSync } from "../whole_file.ts";

interface RealServerFlags {
  readonly vip: readonly IpAddress[];
  readonly interface: string;
  readonly stateFile: string;
}

const ACTIONS = {
  start: ["Put the addresses on the loopback and keep ARP quiet about them", startRealServer],
  stop: ["Take them off again and put everything back as it was", stopRealServer],
  status: ["Say whether all is as it must be; exit code 1 where it is not", statusOfRealServer],
} as const;

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  const command = new Command("realserver").description(
    "Make this host a real server for direct routing (DR)",
  );
  for (const [name, [description, work]] of Object.entries(ACTIONS)) {
    command.addCommand(
      new Command(name)
        .description(description)
        .requiredOption("--vip <address...>", "address of the virtual server; may be repeated", readAddress)
        .option("--interface <name>", "where the addresses go", "lo")
        .option("--state-file <file>", "what was there before", "/run/ha/realserver.json")
        .action((flags: RealServerFlags) => done(print(run(flags, work)))),
    );
  }
  return command;
}

function run(
  flags: RealServerFlags,
  work: (host: RealServerHost, addresses: readonly IpAddress[]) => Report,
): Report {
  using libc = openLibc();
  try {
    using table = openAddressTable(libc);
    return work({
      interface: flags.interface,
      table,
      switches: KERNEL_SWITCHES,
      present: () => addressesOf(flags.interface),
      load: () => loadState(flags.stateFile),
      save: (state) => saveState(flags.stateFile, state),
    }, flags.vip);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new Refusal("Cannot change this host: addresses and kernel settings need root", EXIT.permission);
    }
    throw new Refusal(`Cannot change this host: ${reasonOf(error)}`, EXIT.fatal);
  }
}

function print({ lines, ok }: Report): number {
  console.log(lines.join("\n"));
  return ok ? EXIT.ok : EXIT.fatal;
}

function addressesOf(name: string): IpAddress[] {
  return Deno.networkInterfaces().filter((each) => each.name === name).map(({ address }) => address);
}

function loadState(file: string): SavedState | null {
  try {
    return JSON.parse(Deno.readTextFileSync(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Whoever reads the file finds a whole one. */
function saveState(file: string, state: SavedState | null): void {
  if (state === null) {
    try {
      Deno.removeSync(file);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return;
  }
  Deno.mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeWholeSync(file, `${JSON.stringify(state)}\n`);
}

function readAddress(text: string, before: readonly IpAddress[] | undefined): readonly IpAddress[] {
  const address = parseAddress(text);
  if (address === null) throw new InvalidArgumentError("It must be an IP address.");
  return [...before ?? [], address];
}
