/**
 * What virtual servers need of this host, opened when the first of them is configured.
 */
import type { LoadBalancer } from "../../core/config/virtual_server_model.ts";
import { openIpvsTable } from "../../ffi/ipvs_table.ts";
import { type Libc, openLibc } from "../../ffi/libc.ts";
import { enterNetworkNamespace } from "../../ffi/netns.ts";
import { openProbeSockets } from "../../ffi/probe_sockets.ts";
import { reasonOf } from "../exit_codes.ts";
import { ProcessGroups } from "./child_process.ts";
import { lvsWarning, type VirtualServerHost, VirtualServers } from "./checks.ts";
import { Balancer } from "./check_table.ts";
import { type Inside, openMasquerade } from "./check_masquerade.ts";

/** Who may open ICMP echo sockets: a range of group numbers, empty as `1 0`. */
const PING_RANGE = "/proc/sys/net/ipv4/ping_group_range";

/** What the daemon gives to its virtual servers. */
export type VirtualServerOutlets = Pick<
  VirtualServerHost,
  "log" | "notify" | "statusChanged" | "scriptUser" | "isMaster"
>;

/** Opens virtual servers for a configuration that has some; they begin with `start`. */
export function openVirtualServers(
  outlets: VirtualServerOutlets,
  { settings, virtualServers }: LoadBalancer,
): VirtualServers {
  const libc = openLibc();
  const warn = (text: string) => outlets.log(lvsWarning(text));
  const inside = insideOf(libc, settings.ipvsNamespace);
  if (virtualServers.some(usesPing)) allowPing(warn);
  return new VirtualServers({
    ...outlets,
    addresses: () => Deno.networkInterfaces().map(({ address }) => address),
    balancer: new Balancer({
      open: () => inside(() => openIpvsTable(libc, settings.commandBuffer)),
      loadModule,
      warn,
    }),
    masquerade: openMasquerade(libc, warn, inside),
    sockets: openProbeSockets(libc),
    groups: new ProcessGroups(),
  });
}

/** Runs a function in the namespace whose table is kept; a socket stays in the one that it was opened in. */
function insideOf(libc: Libc, namespace: string | null): Inside {
  return (act) => {
    if (namespace === null) return act();
    using _inside = enterNetworkNamespace(libc, namespace);
    return act();
  };
}

/** The kernel mostly loads it by itself when it is asked for by name. */
function loadModule(): void {
  try {
    new Deno.Command("modprobe", { args: ["-q", "ip_vs"], stdout: "null", stderr: "null" }).outputSync();
  } catch {
    // No modprobe here: then the module is there, or it is not.
  }
}

function usesPing({ realServers }: LoadBalancer["virtualServers"][number]): boolean {
  return realServers.some(({ checkers }) => checkers.some(({ kind }) => kind === "ping"));
}

/** As keepalived: lets our own group open ICMP echo sockets where nobody may. */
function allowPing(warn: (text: string) => void): void {
  try {
    const [low, high] = Deno.readTextFileSync(PING_RANGE).trim().split(/\s+/).map(Number) as [number, number];
    const own = Deno.gid() ?? 0;
    if (low <= own && own <= high) return;
    Deno.writeTextFileSync(
      PING_RANGE,
      low > high ? `${own} ${own}` : `${Math.min(low, own)} ${Math.max(high, own)}`,
    );
  } catch (error) {
    warn(`Cannot allow ICMP echo sockets in ${PING_RANGE}: ${reasonOf(error)}`);
  }
}
