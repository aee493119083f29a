/**
 * FULLNAT's other half: the packet filter gives the traffic of some services our own address as its source.
 *
 * IPVS does the destination, as for NAT; connection tracking must know of it (`net.ipv4.vs.conntrack`). The rules
 * live in tables of our own, so that nothing of the host's own filter is touched and all of ours goes at once.
 */
import type { MasqueradedService } from "../../core/engine/lvs_effect.ts";
import { type Family, familyOf } from "../../core/net/address.ts";
import { encodeMasqueradeTable, type MasqueradeRule } from "../../core/packet/nftables.ts";
import type { Libc } from "../../ffi/libc.ts";
import { applyFilterBatch } from "../../ffi/packet_filter.ts";
import { reasonOf } from "../exit_codes.ts";
import type { Masquerade } from "./checks.ts";

/** The table, of the same name in both families. */
const TABLE = "ha_fullnat";

const CONNTRACK = "/proc/sys/net/ipv4/vs/conntrack";

const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

/** Runs a function in the network namespace of the load balancer. */
export type Inside = <Value>(act: () => Value) => Value;

/** Opens it for the thread that owns `libc`; what a crash has left behind goes. */
export function openMasquerade(libc: Libc, warn: (text: string) => void, inside: Inside): Masquerade {
  let conntrackBefore: string | null = null;
  const used = new Set<Family>();
  const switchTo = (value: string) => {
    try {
      return inside(() => setConntrack(value));
    } catch (error) {
      warn(`Cannot set ${CONNTRACK} to ${value}: ${reasonOf(error)}`);
      return null;
    }
  };
  const apply = (family: Family, rules: readonly MasqueradeRule[]) => {
    try {
      const result = inside(() => applyFilterBatch(libc, encodeMasqueradeTable(family, TABLE, rules)));
      return result.ok ? null : result.reason;
    } catch (error) {
      return reasonOf(error);
    }
  };
  return {
    sweep() {
      // Without the module there are no tables, and asking would load it.
      if (!isLoaded()) return;
      for (const family of [4, 6] as const) apply(family, []);
    },
    set(services) {
      const rules = services.flatMap(rulesOf);
      if (rules.length > 0) conntrackBefore ??= switchTo("1");
      else if (conntrackBefore !== null) {
        switchTo(conntrackBefore);
        conntrackBefore = null;
      }
      for (const family of [4, 6] as const) {
        const own = rules.filter(({ destination }) => familyOf(destination) === family);
        if (own.length === 0 && !used.has(family)) continue;
        used.add(family);
        const refusal = apply(family, own);
        if (refusal !== null) warn(`Cannot set up FULLNAT for IPv${family}: ${refusal}`);
      }
    },
  };
}

function isLoaded(): boolean {
  try {
    return Deno.statSync("/sys/module/nf_tables").isDirectory;
  } catch {
    return false;
  }
}

function rulesOf({ service, servers }: MasqueradedService): MasqueradeRule[] {
  const original = service.kind === "fwmark"
    ? service
    : { ...service, protocol: PROTOCOL_NUMBERS[service.protocol] };
  return servers.map((destination) => ({ original, destination }));
}

/** Sets the switch; what it was. */
function setConntrack(value: string): string {
  const before = Deno.readTextFileSync(CONNTRACK).trim();
  Deno.writeTextFileSync(CONNTRACK, value);
  return before;
}
