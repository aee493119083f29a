/**
 * What the doctor knows of this machine: read from /proc, /sys and the tools of the packet filter, never changed.
 */
import type { IpAddress } from "../../core/net/address.ts";
import { prefixContains } from "../../core/net/prefix.ts";

/** A network interface of this host. */
export interface MachineInterface {
  readonly name: string;
  readonly mac: string;
  /** null where the kernel does not tell. */
  readonly mtu: number | null;
  readonly addresses: readonly { readonly address: IpAddress; readonly length: number }[];
  /** The bridge that it is, or is a port of. */
  readonly bridge: string | null;
}

/** A program that runs in our network namespace. */
export interface MachineProcess {
  readonly pid: number;
  /** As ps, pgrep and killall know it. */
  readonly name: string;
  /** A daemon of ours, whatever name it took. */
  readonly own: boolean;
  /** It has a socket for VRRP; false, too, where we may not look. */
  readonly speaksVrrp: boolean;
}

/** A route for IPv4. */
export interface MachineRoute {
  readonly interface: string;
  /** As numbers, host order. */
  readonly destination: number;
  readonly mask: number;
  readonly gateway: IpAddress | null;
}

/** This machine. */
export interface Machine {
  /** A setting of the kernel such as `net/ipv4/ip_forward`; null where there is none. */
  readonly setting: (path: string) => string | null;
  /** A file's text without blanks at its end, or null. */
  readonly file: (path: string) => string | null;
  readonly interfaces: readonly MachineInterface[];
  readonly processes: readonly MachineProcess[];
  readonly routes: readonly MachineRoute[];
  /** The rules of the packet filter as nft and iptables-save print them; null where neither could be asked. */
  readonly firewall: string | null;
  /** Whether the kernel can have a module: loaded, built in, or there to be loaded; null where that is unknown. */
  readonly module: (name: string) => "loaded" | "available" | "missing" | null;
  /** Whether the clock follows others; null where the kernel does not tell. */
  readonly clockFollows: boolean | null;
}

/** The interface that has an address, or null. */
export function carrierOf(machine: Machine, address: IpAddress): MachineInterface | null {
  return machine.interfaces.find((each) => each.addresses.some((own) => own.address === address)) ?? null;
}

/** The interface through whose network an address is reached directly, or null. */
export function onLink(machine: Machine, address: IpAddress): MachineInterface | null {
  const neighbours = (each: MachineInterface) =>
    each.addresses.some((own) => prefixContains({ address: own.address, length: own.length }, address));
  return machine.interfaces.find((each) => each.name !== "lo" && neighbours(each)) ?? null;
}

/** The value of a setting for an interface: the larger of its own and that of all, as rp_filter and others are read. */
export function settingOf(machine: Machine, name: string, setting: string): number {
  const read = (where: string) => Number(machine.setting(`net/ipv4/conf/${where}/${setting}`) ?? "0");
  return Math.max(read("all"), read(name));
}

/** Whether programs of that name run. */
export function running(machine: Machine, name: string): readonly MachineProcess[] {
  return machine.processes.filter((each) => each.name === name);
}
