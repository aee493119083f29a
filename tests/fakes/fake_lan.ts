/**
 * A LAN in memory with hosts on it, each of which offers the ports of the process edge.
 *
 * The same contract tests run against these and against the kernel, so that what is tested with the fakes holds.
 * Packets are really encoded and decoded. Time passes only by `advance`.
 */
import { familyOf, type IpAddress, isMulticast } from "../../core/net/address.ts";
import { parseMac } from "../../core/net/mac.ts";
import { decodeAdvertisement, encodeAdvertisement } from "../../core/packet/vrrp.ts";
import type {
  AddressRemoval,
  AddressSpec,
  AddressTable,
  AdvertEndpoint,
  AdvertSockets,
  LinkNotice,
  LinkWatch,
  NeighbourAnnouncer,
  OsResult,
  OutgoingAdvert,
  ReceivedAdvert,
} from "../../core/ports.ts";
import { DONE, ERRNO, refusal } from "../../ffi/errno.ts";

const LONGEST_LABEL = 15;

/** An interface of a fake host. */
export interface FakeInterface {
  readonly name: string;
  readonly index: number;
  readonly mac: string;
  /** What it is plugged into; interfaces with equal segments hear each other. */
  readonly segment: string;
  up: boolean;
}

/** An announcement as it went over the LAN. */
export interface FakeAnnouncement {
  readonly interfaceIndex: number;
  readonly mac: string;
  readonly address: IpAddress;
  readonly router: boolean;
}

/** All hosts, and the virtual time in ms that address lifetimes go by. */
export class FakeLan {
  readonly #hosts: FakeHost[] = [];
  #now = 0;

  get now(): number {
    return this.#now;
  }

  /** A new host without interfaces. */
  addHost(): FakeHost {
    const host = new FakeHost(this);
    this.#hosts.push(host);
    return host;
  }

  /** Lets time pass: addresses whose lifetime ends go. */
  advance(ms: number): void {
    this.#now += ms;
    for (const host of this.#hosts) host.expireAddresses(this.#now);
  }

  /** Hands octets to every other host on the segment; the sender does not hear itself. */
  transmit(from: FakeHost, segment: string, packet: FakePacket): void {
    for (const host of this.#hosts) if (host !== from) host.accept(segment, packet);
  }
}

interface FakePacket {
  readonly message: Uint8Array;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
}

interface HeldAddress {
  readonly spec: AddressSpec;
  /** ms of the LAN's time; Infinity for ever. */
  readonly goesAt: number;
}

/** One host: its interfaces and addresses, and the ports onto them. */
export class FakeHost {
  readonly #lan: FakeLan;
  readonly #interfaces = new Map<string, FakeInterface>();
  readonly #addresses = new Map<string, HeldAddress>();
  readonly #sockets = new Set<FakeAdvertSockets>();
  readonly #watches = new Set<FakeLinkWatch>();
  /** Everything that was announced, oldest first. */
  readonly announcements: FakeAnnouncement[] = [];

  constructor(lan: FakeLan) {
    this.#lan = lan;
  }

  /** Plugs in a new interface that is up. */
  addInterface(name: string, mac: string, segment = "lan"): FakeInterface {
    const added = { name, index: this.#interfaces.size + 2, mac, segment, up: true };
    this.#interfaces.set(name, added);
    this.#notify(linkChanged(added));
    return added;
  }

  /** Pulls or plugs the cable. */
  setLink(name: string, up: boolean): void {
    const changed = this.#interfaces.get(name);
    if (changed === undefined) throw new RangeError(`Cannot change "${name}": no such interface`);
    changed.up = up;
    this.#notify(linkChanged(changed));
  }

  /** Removes an interface with its addresses. */
  removeInterface(name: string): void {
    for (const held of this.heldAddresses()) if (held.interface === name) this.dropAddress(held);
    this.#interfaces.delete(name);
    this.#notify({ kind: "link.removed", name });
  }

  interface(name: string): FakeInterface | undefined {
    return this.#interfaces.get(name);
  }

  interfaceAt(index: number): FakeInterface | undefined {
    return [...this.#interfaces.values()].find((candidate) => candidate.index === index);
  }

  heldAddresses(): AddressSpec[] {
    return [...this.#addresses.values()].map(({ spec }) => spec);
  }

  /** What an operator's `ip addr add` does. */
  holdAddress(spec: AddressSpec): void {
    const goesAt = spec.lease === null ? Infinity : this.#lan.now + spec.lease * 1000;
    this.#addresses.set(addressKey(spec), { spec, goesAt });
    this.#notify(addressNotice("address.added", spec));
  }

  /** What an operator's `ip addr del` does; false where it is not there. */
  dropAddress(removal: AddressRemoval): boolean {
    const held = this.#addresses.get(addressKey(removal));
    if (held === undefined) return false;
    this.#addresses.delete(addressKey(removal));
    this.#notify(addressNotice("address.removed", held.spec));
    return true;
  }

  expireAddresses(now: number): void {
    for (const { spec, goesAt } of [...this.#addresses.values()]) if (goesAt <= now) this.dropAddress(spec);
  }

  transmit(segment: string, packet: FakePacket): void {
    this.#lan.transmit(this, segment, packet);
  }

  accept(segment: string, packet: FakePacket): void {
    for (const { name, up, segment: own } of this.#interfaces.values()) {
      if (up && own === segment) { for (const sockets of this.#sockets) sockets.accept(name, packet); }
    }
  }

  openAdvertSockets(): AdvertSockets {
    const sockets = new FakeAdvertSockets(this, () => this.#sockets.delete(sockets));
    this.#sockets.add(sockets);
    return sockets;
  }

  openAddressTable(): AddressTable {
    return {
      add: (specs) => specs.map((spec) => this.#add(spec)),
      renew: (specs) => specs.map((spec) => this.#add(spec)),
      remove: (removals) =>
        removals.map((removal) => {
          this.dropAddress(removal);
          return DONE;
        }),
      [Symbol.dispose]() {},
    };
  }

  openNeighbourAnnouncer(): NeighbourAnnouncer {
    return {
      announce: (interfaceIndex, mac, address, { router }) => {
        const out = this.interfaceAt(interfaceIndex);
        if (out === undefined) return refusal(ERRNO.ENODEV);
        if (!out.up) return refusal(ERRNO.ENETDOWN);
        if (parseMac(mac) === null) return refusal(ERRNO.EINVAL);
        this.announcements.push({ interfaceIndex, mac, address, router });
        return DONE;
      },
      [Symbol.dispose]() {},
    };
  }

  openLinkWatch(): FakeLinkWatch {
    const watch = new FakeLinkWatch(() => this.#snapshot(), () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }

  #add(spec: AddressSpec): OsResult {
    if (!this.#interfaces.has(spec.interface)) return refusal(ERRNO.ENODEV);
    if ((spec.label ?? "").length > LONGEST_LABEL) return refusal(ERRNO.EINVAL);
    this.holdAddress(spec);
    return DONE;
  }

  #snapshot(): LinkNotice[] {
    const links = [...this.#interfaces.values()].map(linkChanged);
    return [...links, ...this.heldAddresses().map((spec) => addressNotice("address.added", spec))];
  }

  #notify(notice: LinkNotice): void {
    for (const watch of this.#watches) watch.push(notice);
  }
}

interface FakeReceiver {
  readonly descriptor: number;
  readonly endpoint: AdvertEndpoint;
  readonly vrids: Map<string, number>;
  readonly queue: ReceivedAdvert[];
}

/** {@linkcode AdvertSockets} in memory; descriptors are numbers that mean nothing to the kernel. */
class FakeAdvertSockets implements AdvertSockets {
  readonly #host: FakeHost;
  readonly #close: () => void;
  readonly #receivers: FakeReceiver[] = [];
  #everyVrid = false;
  #nextDescriptor = 1000;

  constructor(host: FakeHost, close: () => void) {
    this.#host = host;
    this.#close = close;
  }

  get descriptors(): readonly number[] {
    return this.#receivers.map(({ descriptor }) => descriptor);
  }

  listen(instance: string, endpoint: AdvertEndpoint): OsResult {
    this.unlisten(instance);
    if (endpoint.interface !== "" && this.#host.interface(endpoint.interface) === undefined) {
      return refusal(ERRNO.ENODEV);
    }
    let receiver = this.#receivers.find((candidate) => sharesSocket(candidate.endpoint, endpoint));
    if (receiver === undefined) {
      receiver = { descriptor: this.#nextDescriptor++, endpoint, vrids: new Map(), queue: [] };
      this.#receivers.push(receiver);
    }
    receiver.vrids.set(instance, endpoint.vrid);
    return DONE;
  }

  unlisten(instance: string): void {
    for (const [i, receiver] of [...this.#receivers.entries()].reverse()) {
      receiver.vrids.delete(instance);
      if (receiver.vrids.size === 0) this.#receivers.splice(i, 1);
    }
  }

  send(_instance: string, advert: OutgoingAdvert): OsResult {
    const out = this.#host.interface(advert.interface);
    if (out === undefined) return refusal(ERRNO.ENODEV);
    if (!out.up) return refusal(ERRNO.ENETUNREACH);
    for (const destination of advert.destinations) {
      const { source, ttl, checksumWithoutPseudoHeader } = advert;
      const message = encodeAdvertisement(advert.advertisement, {
        source,
        destination,
        checksumWithoutPseudoHeader,
      });
      this.#host.transmit(out.segment, { message, source, destination, ttl });
    }
    return DONE;
  }

  receive(descriptor: number, limit: number): readonly ReceivedAdvert[] {
    return this.#receivers.find((receiver) => receiver.descriptor === descriptor)?.queue.splice(0, limit) ??
      [];
  }

  acceptEveryVrid(on: boolean): void {
    this.#everyVrid = on;
  }

  accept(interfaceName: string, { message, source, destination, ttl }: FakePacket): void {
    const packet = decodeAdvertisement(message, { source, destination });
    for (const { endpoint, vrids, queue } of this.#receivers) {
      const vrid = packet.vrid;
      const wanted = this.#everyVrid || (vrid !== null && [...vrids.values()].includes(vrid));
      const here = endpoint.interface === "" || endpoint.interface === interfaceName;
      const address = isMulticast(destination)
        ? endpoint.group
        : endpoint.group === null
        ? endpoint.source
        : null;
      if (!wanted || !here || address !== destination || endpoint.family !== familyOf(destination)) continue;
      queue.push({ interface: endpoint.interface, source, destination, ttl, packet });
    }
  }

  [Symbol.dispose](): void {
    this.#receivers.length = 0;
    this.#close();
  }
}

function sharesSocket(one: AdvertEndpoint, other: AdvertEndpoint): boolean {
  const address = ({ group, source }: AdvertEndpoint) => group ?? source;
  return one.family === other.family && one.interface === other.interface && address(one) === address(other);
}

/** {@linkcode LinkWatch} in memory. */
class FakeLinkWatch implements LinkWatch {
  readonly descriptor = 999;
  readonly #snapshot: () => LinkNotice[];
  readonly #close: () => void;
  readonly #queue: LinkNotice[] = [];
  #overrun = false;

  constructor(snapshot: () => LinkNotice[], close: () => void) {
    this.#snapshot = snapshot;
    this.#close = close;
  }

  push(notice: LinkNotice): void {
    this.#queue.push(notice);
  }

  /** Makes the next `read` say that notices were lost. */
  overrun(): void {
    this.#queue.length = 0;
    this.#overrun = true;
  }

  snapshot(): readonly LinkNotice[] {
    return this.#snapshot();
  }

  read(): readonly LinkNotice[] | "overrun" {
    if (this.#overrun) {
      this.#overrun = false;
      return "overrun";
    }
    return this.#queue.splice(0);
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}

function addressKey({ interface: name, address, prefixLength }: AddressRemoval): string {
  return `${name} ${address}/${prefixLength}`;
}

function linkChanged({ name, index, mac, up }: FakeInterface): LinkNotice {
  return {
    kind: "link.changed",
    link: { name, index, mac, mtu: 1500, up, arp: true, multicast: true, driver: "veth" },
  };
}

function addressNotice(kind: "address.added" | "address.removed", spec: AddressSpec): LinkNotice {
  const { interface: name, address, prefixLength } = spec;
  return { kind, address: { interface: name, address, prefixLength, secondary: false, tentative: false } };
}
