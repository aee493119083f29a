/**
 * Which virtual interfaces (VMACs) a configuration needs, how they are called, and which VIPs move onto them.
 *
 * As keepalived: the first one of a VRID is `vrrp.VRID`, further ones `vrrp1.VRID`, `vrrp2.VRID` and so on, but the
 * second choice for IPv6 is `vrrp6.VRID`. A VIP that names no interface goes onto its instance's one, but one of the
 * other family stays on the interface below, or with `use_vmac_addr` gets another one.
 */
import { append } from "../config/append.ts";
import type { KeptValue, Model, VirtualAddress, VrrpInstance } from "../config/model.ts";
import { type Family, familyOf, isLinkLocal } from "../net/address.ts";
import { linkLocalOf, virtualMac } from "../net/mac.ts";
import type { VirtualLink } from "./effect.ts";

/** A virtual interface and whose it is. */
export interface PlannedLink {
  readonly instance: string;
  readonly link: VirtualLink;
}

/** A model whose VIPs are on the interfaces that will carry them, and those that are to be made. */
export interface LinkPlan {
  readonly model: Model;
  readonly links: readonly PlannedLink[];
}

/** Marks an address line that wants an interface of its own. */
const OWN_VMAC = "use_vmac";

/** Plans the virtual interfaces of a model. */
export function planLinks(model: Model): LinkPlan {
  if (!model.instances.some(needsLinks)) return { model, links: [] };
  const { kept } = model.daemon;
  const prefix = text(kept["vmac_prefix"]) ?? "vrrp";
  const namer = new Namer(model.instances, prefix, text(kept["vmac_addr_prefix"]) ?? prefix);
  const links: PlannedLink[] = [];
  const instances = model.instances.map((instance) => {
    if (!needsLinks(instance)) return instance;
    const planned = new InstancePlan(instance, namer);
    append(links, planned.links);
    return planned.instance;
  });
  return { model: { ...model, instances }, links };
}

function needsLinks({ vmac, addresses, excludedAddresses }: VrrpInstance): boolean {
  return vmac !== null || [...addresses, ...excludedAddresses].some(({ flags }) => flags.includes(OWN_VMAC));
}

/** Hands out names that no other virtual interface of the configuration has. */
class Namer {
  /** Who has a name that the configuration gives. */
  readonly #owners = new Map<string, string>();
  readonly #taken: Set<string>;
  readonly #prefix: string;
  readonly #addressPrefix: string;

  constructor(instances: readonly VrrpInstance[], prefix: string, addressPrefix: string) {
    for (const { name, vmac } of instances) {
      const own = vmac?.name ?? null;
      if (own !== null && !this.#owners.has(own)) this.#owners.set(own, name);
    }
    this.#taken = new Set(this.#owners.keys());
    this.#prefix = prefix;
    this.#addressPrefix = addressPrefix;
  }

  /** The name that the configuration gives an instance's interface; null where it gives none, or one of another's. */
  given({ name, vmac }: VrrpInstance): string | null {
    const own = vmac?.name ?? null;
    return own !== null && this.#owners.get(own) === name ? own : null;
  }

  next(vrid: number, forAddress: boolean, family: Family): string {
    const prefix = forAddress ? this.#addressPrefix : this.#prefix;
    for (const number of numbers(family)) {
      const name = `${prefix}${number}.${vrid}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
    throw new RangeError(`Cannot name another virtual interface of VRID ${vrid}`);
  }
}

function* numbers(family: Family): Iterable<string> {
  yield "";
  if (family === 6) yield "6";
  for (let number = 1; number < 1e9; number++) if (number !== 6 || family === 4) yield `${number}`;
}

/** The virtual interfaces of one instance. */
class InstancePlan {
  readonly instance: VrrpInstance;
  readonly #config: VrrpInstance;
  readonly #namer: Namer;
  /** By the interface below and the family. */
  readonly #links = new Map<string, VirtualLink>();

  constructor(config: VrrpInstance, namer: Namer) {
    this.#config = config;
    this.#namer = namer;
    const { vmac, interface: own, family } = config;
    if (vmac !== null) this.#linkOn(own, namer.given(config), family);
    const addresses = config.addresses.map((vip) => this.#place(vip));
    const excludedAddresses = config.excludedAddresses.map((vip) => this.#place(vip));
    const resolved = vmac === null ? null : { ...vmac, name: this.#linkOn(own, null, family) };
    append(excludedAddresses, this.#linkLocals([...addresses, ...excludedAddresses]));
    this.instance = { ...config, addresses, excludedAddresses, vmac: resolved };
  }

  /**
   * One for each IPv6 interface that carries VIPs and no link-local one among them: without it the kernel asks for no
   * neighbour there, and packets that the host forwards end here. Like a VIP it is on the master alone.
   */
  #linkLocals(vips: readonly VirtualAddress[]): VirtualAddress[] {
    return [...this.#links.values()].filter(({ family }) => family === 6).flatMap(({ name, mac }) => {
      const own = vips.filter((vip) => vip.interface === name);
      if (own.length === 0 || own.some(({ address }) => isLinkLocal(address))) return [];
      return [{ ...BARE, address: linkLocalOf(mac), interface: name }];
    });
  }

  get links(): readonly PlannedLink[] {
    return [...this.#links.values()].map((link) => ({ instance: this.#config.name, link }));
  }

  #place(vip: VirtualAddress): VirtualAddress {
    const { vmac, interface: own, family } = this.#config;
    const fits = vip.interface === own && familyOf(vip.address) === family;
    const wanted = vip.flags.includes(OWN_VMAC) || (vmac !== null && (fits || vmac.forOtherInterfaces));
    if (!wanted) return vip;
    const flags = vip.flags.filter((flag) => flag !== OWN_VMAC);
    return { ...vip, flags, interface: this.#linkOn(vip.interface, null, familyOf(vip.address)) };
  }

  #linkOn(parent: string, name: string | null, family: Family): string {
    const key = `${parent} ${family}`;
    const known = this.#links.get(key);
    if (known !== undefined) return known.name;
    const { vrid, vmac, interface: own, family: ownFamily } = this.#config;
    const forAddress = vmac === null || parent !== own || family !== ownFamily;
    const link: VirtualLink = {
      name: name ?? this.#namer.next(vrid, forAddress, family),
      parent,
      mac: vmac?.macAddress ?? virtualMac(family, vrid),
      group: groupNumber(vmac?.group ?? null),
      family,
    };
    this.#links.set(key, link);
    return link.name;
  }
}

/** What an address is beside where and what; never a source of its own accord. */
const BARE = {
  prefixLength: 64,
  label: null,
  scope: 0,
  broadcast: null,
  duplicateDetection: false,
  tracked: false,
  flags: [],
  peer: null,
  preferredLifetime: 0,
} as const;

/** Names of interface groups (iproute2's group file) beside numbers are not known here. */
function groupNumber(group: string | null): number | null {
  return group !== null && /^\d+$/.test(group) ? Number(group) : null;
}

function text(value: KeptValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
