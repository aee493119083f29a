/**
 * The raw sockets on which advertisements are heard: one for each interface, family and group or own address.
 */
import type { Family, IpAddress } from "../core/net/address.ts";
import { ADDRESS_LENGTH, addressFromBytes } from "../core/net/address.ts";
import { AH_LENGTH, AH_PROTOCOL, readHeader } from "../core/packet/authentication_header.ts";
import { decodeIpv4Header, VRRP_PROTOCOL } from "../core/packet/ip.ts";
import { decodeAdvertisement, OLD_UNICAST_GROUP } from "../core/packet/vrrp.ts";
import type { AdvertEndpoint, ReceivedAdvert } from "../core/ports.ts";
import { advertFilter, PASS_NOTHING } from "./advert_filter.ts";
import { AdvertMemory } from "./advert_memory.ts";
import { C } from "./constants.ts";
import { attempt } from "./errno.ts";
import { CMSGHDR } from "./layout.ts";
import type { Libc } from "./libc.ts";
import { addressOfSocketAddress6, ipSocketAddress, type ReceiveBatch, Socket } from "./socket.ts";

const RECEIVE_BUFFER_LENGTH = 1048576;

/** Which endpoints share a socket: the own address matters only where no group is joined. */
export function socketKey(endpoint: AdvertEndpoint): string {
  const address = endpoint.group ?? endpoint.source;
  const kind = endpoint.authenticated === true ? " ah" : "";
  return `${endpoint.family} ${endpoint.interface} ${endpoint.interfaceIndex} ${address}${kind}`;
}

/** One raw socket with the instances that listen on it. */
export class AdvertReceiver implements Disposable {
  readonly #socket: Socket;
  readonly #batch: ReceiveBatch;
  readonly #endpoint: AdvertEndpoint;
  readonly #vrids = new Map<string, number>();
  /** What instances add to the receive buffer. */
  readonly #shares = new Map<string, number>();
  readonly #memory: AdvertMemory;

  /** @throws {OsError} naming the step that was refused; nothing is left open then */
  constructor(libc: Libc, batch: ReceiveBatch, endpoint: AdvertEndpoint) {
    this.#batch = batch;
    this.#endpoint = endpoint;
    this.#memory = new AdvertMemory(batch, endpoint.family);
    this.#socket = openSocket(libc, endpoint);
    try {
      this.#setUp();
    } catch (error) {
      this.#socket[Symbol.dispose]();
      throw error;
    }
  }

  get descriptor(): number {
    return this.#socket.descriptor;
  }

  /** Whether nobody listens any more. */
  get isIdle(): boolean {
    return this.#vrids.size === 0;
  }

  /** Lets in packets for one more instance; `everyVrid` lets all in. */
  join(instance: string, { vrid, receiveBuffer }: AdvertEndpoint, everyVrid: boolean): void {
    this.#vrids.set(instance, vrid);
    if (receiveBuffer !== undefined) {
      this.#shares.set(instance, receiveBuffer);
      this.#sizeBuffer();
    }
    this.applyFilter(everyVrid);
  }

  /** A filter that cannot be narrowed lets in more than is wanted, which does no harm. */
  leave(instance: string, everyVrid: boolean): void {
    this.#memory.forget(this.#vrids.get(instance) ?? 0);
    this.#vrids.delete(instance);
    if (this.#shares.delete(instance) && !this.isIdle) this.#sizeBuffer();
    if (!this.isIdle) attempt(() => this.applyFilter(everyVrid));
  }

  applyFilter(everyVrid: boolean): void {
    const vrids = everyVrid ? null : new Set(this.#vrids.values());
    const { family, authenticated } = this.#endpoint;
    this.#socket.attachFilter(advertFilter(family, vrids, authenticated === true ? AH_LENGTH : 0));
  }

  /** At most `limit` packets of those that are queued. */
  receive(limit: number): ReceivedAdvert[] {
    const adverts: ReceivedAdvert[] = [];
    while (adverts.length < limit) {
      const wanted = limit - adverts.length;
      const count = this.#batch.receive(this.descriptor, wanted);
      for (let slot = 0; slot < count; slot++) {
        const advert = this.#memory.recall(slot) ?? this.#read(slot);
        if (advert !== null) adverts.push(advert);
      }
      if (count <= 0 || count < Math.min(wanted, this.#batch.slots)) break;
    }
    return adverts;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  /**
   * The socket is open to every VRRP packet of the host from the moment it exists, so that it is shut by a filter
   * first, set up, and emptied before the real filter opens it.
   */
  #setUp(): void {
    const { interface: name, interfaceIndex, family, group, source } = this.#endpoint;
    this.#socket.attachFilter(PASS_NOTHING);
    this.#socket.setReceiveBuffer(RECEIVE_BUFFER_LENGTH);
    if (name !== "") this.#socket.bindToInterface(name);
    setFamilyOptions(this.#socket, family);
    if (group !== null) this.#socket.joinGroup(group, interfaceIndex);
    const address = group ?? source;
    this.#socket.bind(ipSocketAddress(address, interfaceIndex), address);
    while (this.#batch.receive(this.descriptor, this.#batch.slots) > 0);
  }

  /** What the configuration says in sum, without passing the system's limit, as keepalived; else our own. */
  #sizeBuffer(): void {
    if (this.#shares.size === 0) return this.#socket.setReceiveBuffer(RECEIVE_BUFFER_LENGTH);
    const length = [...this.#shares.values()].reduce((sum, share) => sum + share, 0);
    this.#socket.wishReceiveBuffer({ length, force: false });
  }

  #read(slot: number): ReceivedAdvert | null {
    const advert = this.#endpoint.family === 4 ? this.#read4(slot) : this.#read6(slot);
    // With an authentication header no packet is the same as the one before.
    if (advert !== null && advert.header === undefined) this.#memory.keep(slot, advert);
    return advert;
  }

  #read4(slot: number): ReceivedAdvert | null {
    const packet = this.#batch.packet(slot);
    const header = decodeIpv4Header(packet);
    if (header === null) return null;
    const { headerLength, source, destination, ttl } = header;
    if (this.#endpoint.authenticated === true) {
      const found = readHeader(packet, headerLength);
      if (found === null) return null;
      const payload = packet.subarray(headerLength + AH_LENGTH);
      return { ...this.#advert(payload, source, destination, ttl), header: found };
    }
    // The kernel has cut the packet at the IP header's total length, so that no Ethernet padding is left.
    return this.#advert(packet.subarray(headerLength), source, destination, ttl);
  }

  #read6(slot: number): ReceivedAdvert | null {
    const source = addressOfSocketAddress6(this.#batch.sender(slot));
    const { destination, hopLimit } = readControl6(this.#batch.control(slot));
    if (destination === null) return null;
    return this.#advert(this.#batch.packet(slot), source, destination, hopLimit);
  }

  #advert(
    payload: Uint8Array,
    source: IpAddress,
    destination: IpAddress,
    ttl: number | null,
  ): ReceivedAdvert {
    const multicastGroup = this.#endpoint.family === 4 ? this.#endpoint.group ?? OLD_UNICAST_GROUP : null;
    const packet = decodeAdvertisement(payload, { source, destination, multicastGroup });
    return { interface: this.#endpoint.interface, source, destination, ttl, packet };
  }
}

function openSocket(libc: Libc, { family, authenticated }: AdvertEndpoint): Socket {
  return new Socket(
    libc,
    family === 4 ? C.AF_INET : C.AF_INET6,
    C.SOCK_RAW | C.SOCK_NONBLOCK,
    authenticated === true ? AH_PROTOCOL : VRRP_PROTOCOL,
    "raw VRRP socket",
  );
}

/**
 * Free binding lets an instance listen for its unicast address before the interface has it.
 *
 * The kernel could verify IPv6 checksums itself, but would drop the bad ones uncounted.
 */
function setFamilyOptions(socket: Socket, family: Family): void {
  if (family === 4) {
    socket.set(C.SOL_IP, C.IP_FREEBIND, 1, "allow binding to an absent address");
    socket.set(C.SOL_IP, C.IP_MULTICAST_ALL, 0, "limit multicast to joined groups");
    return;
  }
  socket.set(C.SOL_IPV6, C.IPV6_FREEBIND, 1, "allow binding to an absent address");
  socket.trySet(C.SOL_IPV6, C.IPV6_MULTICAST_ALL, 0);
  socket.set(C.SOL_IPV6, C.IPV6_RECVPKTINFO, 1, "ask for destinations");
  socket.set(C.SOL_IPV6, C.IPV6_RECVHOPLIMIT, 1, "ask for hop limits");
}

function readControl6(control: Uint8Array): { destination: IpAddress | null; hopLimit: number | null } {
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength);
  let destination: IpAddress | null = null;
  let hopLimit: number | null = null;
  for (let at = 0; at + CMSGHDR.size <= control.length;) {
    const length = view.getUint32(at + CMSGHDR.length, true);
    if (length < CMSGHDR.data || at + length > control.length) break;
    const type = view.getInt32(at + CMSGHDR.type, true);
    const data = at + CMSGHDR.data;
    if (view.getInt32(at + CMSGHDR.level, true) === C.SOL_IPV6) {
      if (type === C.IPV6_PKTINFO) {
        destination = addressFromBytes(control.subarray(data, data + ADDRESS_LENGTH[6]));
      }
      if (type === C.IPV6_HOPLIMIT) hopLimit = view.getInt32(data, true);
    }
    at += (length + 7) & ~7;
  }
  return { destination, hopLimit };
}
