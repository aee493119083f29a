/**
 * `ha ipvs`: the kernel's load balancer in the layout of ipvsadm, without ipvsadm.
 */
import { Command } from "commander";
import { listConnections, parseConnections } from "../../core/lvs/connections.ts";
import { listDaemons, type ListingKind, listTable, listTimeouts, saveTable } from "../../core/lvs/listing.ts";
import type { IpvsTable } from "../../core/ports.ts";
import { openIpvsTable } from "../../ffi/ipvs_table.ts";
import { openLibc } from "../../ffi/libc.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";

const CONNECTIONS = "/proc/net/ip_vs_conn";

interface IpvsFlags {
  readonly stats: boolean;
  readonly rate: boolean;
  readonly persistentConn: boolean;
  readonly thresholds: boolean;
  readonly exact: boolean;
  readonly timeout: boolean;
  readonly daemon: boolean;
  readonly connections: boolean;
}

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) console.log(lines.join("\n"));
    done(EXIT.ok);
  };
  const command = new Command("ipvs")
    .description("Show the kernel's load balancer as ipvsadm -Ln does")
    .option("--stats", "connections, packets and octets", false)
    .option("--rate", "the same, a second", false)
    .option("--persistent-conn", "persistent connections", false)
    .option("--thresholds", "connection limits", false)
    .option("--exact", "large numbers in full", false)
    .option("--timeout", "idle times of connections, s", false)
    .option("--daemon", "the sync daemon", false)
    .option("-c, --connections", "every connection", false)
    .action((flags: IpvsFlags) => print(list(flags)));
  command.addCommand(
    new Command("save")
      .description("Print the table as ipvsadm-save -n does; ipvsadm-restore reads it")
      .action(() => print(withTable((table) => saveTable(table.read())))),
  );
  return command;
}

function list(flags: IpvsFlags): string[] {
  if (flags.connections) return listConnections(parseConnections(readConnections()));
  return withTable((table) => {
    if (flags.timeout) return [listTimeouts(table.timeouts())];
    if (flags.daemon) return listDaemons(table.daemons());
    return listTable(table.info(), table.read(), { kind: kindOf(flags), exact: flags.exact });
  });
}

function kindOf({ stats, rate, persistentConn, thresholds }: IpvsFlags): ListingKind {
  if (stats) return "stats";
  if (rate) return "rate";
  if (persistentConn) return "persistent";
  return thresholds ? "thresholds" : "plain";
}

function withTable<Result>(work: (table: IpvsTable) => Result): Result {
  using libc = openLibc();
  try {
    using table = openIpvsTable(libc);
    return work(table);
  } catch (error) {
    throw new Refusal(`Cannot read the kernel's load balancer: ${reasonOf(error)}`, EXIT.fatal);
  }
}

function readConnections(): string {
  try {
    return Deno.readTextFileSync(CONNECTIONS);
  } catch (error) {
    throw new Refusal(`Cannot read ${CONNECTIONS}: ${reasonOf(error)}`, EXIT.fatal);
  }
}
