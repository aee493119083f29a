/**
 * A real server for direct routing: the director's addresses on the loopback, and silence about them on the wire.
 */
import type { IpAddress } from "../../core/net/address.ts";
import type { AddressSpec, AddressTable } from "../../core/ports.ts";
import { familyOf } from "../../core/net/address.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { applyPolicy, policyProblems, restorePolicy, type Switches } from "./arp_policy.ts";

/** What was found and is to be put back. */
export interface SavedState {
  /** Addresses that we have added. */
  readonly addresses: readonly IpAddress[];
  /** Switches as they were before the first of them. */
  readonly switches: Readonly<Record<string, string>>;
}

/** What the commands need of this host. */
export interface RealServerHost {
  readonly interface: string;
  readonly table: AddressTable;
  readonly switches: Switches;
  /** Addresses of the interface now. */
  readonly present: () => readonly IpAddress[];
  /** null where nothing was saved. */
  readonly load: () => SavedState | null;
  /** null forgets. */
  readonly save: (state: SavedState | null) => void;
}

/** What the commands answer with: lines to print, and whether all is well. */
export interface Report {
  readonly lines: readonly string[];
  readonly ok: boolean;
}

/** Takes addresses up; one that is there already stays as it is. */
export function startRealServer(host: RealServerHost, addresses: readonly IpAddress[]): Report {
  const saved = host.load();
  const switches = applyPolicy(host.switches);
  const present = new Set(host.present());
  const missing = addresses.filter((address) => !present.has(address));
  host.save({
    addresses: [...new Set([...saved?.addresses ?? [], ...missing])],
    switches: saved?.switches ?? switches,
  });
  check("add", missing, host.table.add(missing.map((address) => specOf(host.interface, address))));
  return statusOfRealServer(host, addresses);
}

/** Lets go of addresses; with the last one the switches are put back. */
export function stopRealServer(host: RealServerHost, addresses: readonly IpAddress[]): Report {
  const saved = host.load();
  const removals = addresses.map((address) => {
    const { interface: name, prefixLength } = specOf(host.interface, address);
    return { interface: name, address, prefixLength };
  });
  check("remove", addresses, host.table.remove(removals));
  const left = (saved?.addresses ?? []).filter((address) => !addresses.includes(address));
  if (left.length > 0) host.save({ addresses: left, switches: saved!.switches });
  else {
    if (saved !== null) restorePolicy(host.switches, saved.switches);
    host.save(null);
  }
  return {
    lines: addresses.map((address) => `${address} is not on ${host.interface}`),
    ok: true,
  };
}

/** Says what is right and what is not. */
export function statusOfRealServer(host: RealServerHost, addresses: readonly IpAddress[]): Report {
  const present = new Set(host.present());
  const problems = policyProblems(host.switches);
  const lines = addresses.map((address) =>
    `${address} is ${present.has(address) ? "" : "not "}on ${host.interface}`
  );
  if (problems.length === 0) lines.push("ARP is answered for addresses of the interface alone");
  return {
    lines: [...lines, ...problems],
    ok: problems.length === 0 && addresses.every((address) => present.has(address)),
  };
}

/** The whole address, so that no route to its neighbours comes with it. */
function specOf(name: string, address: IpAddress): AddressSpec {
  return {
    interface: name,
    address,
    prefixLength: familyOf(address) === 4 ? 32 : 128,
    label: null,
    scope: 0,
    broadcast: null,
    peer: null,
    flags: familyOf(address) === 6 ? ["nodad"] : [],
    lease: null,
    preferredLifetime: familyOf(address) === 6 ? 0 : null,
  };
}

function check(
  action: string,
  addresses: readonly IpAddress[],
  results: ReturnType<AddressTable["add"]>,
): void {
  for (const [i, result] of results.entries()) {
    if (!result.ok) {
      throw new Refusal(`Cannot ${action} ${addresses[i]}: ${reasonOf(result.reason)}`, EXIT.fatal);
    }
  }
}
