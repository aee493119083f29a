/**
 * Listens to the wire for some seconds, asks by ARP who has which address, and knocks at peers.
 *
 * What is sent changes nothing: ARP probes name no sender, and the datagrams go to a port where nobody listens.
 */
import type { Model } from "../../core/config/model.ts";
import { addressFromBytes, familyOf, type IpAddress } from "../../core/net/address.ts";
import { decodeArpFrame, encodeArpProbe } from "../../core/packet/arp.ts";
import { decodeIpv4Header, IPV6_HEADER_LENGTH, VRRP_PROTOCOL } from "../../core/packet/ip.ts";
import { decodeAdvertisement } from "../../core/packet/vrrp.ts";
import { interfaceIndexOf } from "../../ffi/interface_name.ts";
import type { Libc } from "../../ffi/libc.ts";
import { openPacketSocket, type PacketSocket } from "../../ffi/packet_socket.ts";
import { openProbeSockets } from "../../ffi/probe_sockets.ts";
import { failed, PASSED, type ProbeResult } from "../../core/check/verdict.ts";
import { DatagramProbe } from "../daemon/checkers/datagram_probe.ts";
import { Prober } from "../daemon/checkers/prober.ts";
import { reasonOf } from "../exit_codes.ts";
import { addressesOf } from "./lvs_rules.ts";
import { carrierOf, type Machine, onLink } from "./machine.ts";
import type { ArpAnswer, HeardAdvert, PeerAnswer, Wire } from "./wire.ts";

const ETHERNET_LENGTH = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const AUTHENTICATION = ["none", "pass", "ah"];

/** ms between two looks, and between two ARP probes for the same address. */
const LOOK = 50;
const ASK = 500;

/** A port of traceroute's: nobody listens there, and a host that is there says so. */
const QUIET_PORT = 33434;

/** Listens for so many seconds. */
export async function listenToWire(
  libc: Libc,
  model: Model,
  machine: Machine,
  seconds: number,
): Promise<Wire> {
  const empty = { adverts: [], answers: [], peers: [], seconds };
  if (seconds === 0) return { ...empty, silent: "it was told not to (--listen 0)" };
  const questions = questionsOf(model, machine);
  const interfaces = new Set([
    ...model.instances.map((instance) => instance.interface),
    ...questions.map((question) => question.interface),
  ]);
  const present = [...interfaces].filter((name) => machine.interfaces.some((each) => each.name === name));
  try {
    using ears = openEars(libc, present, machine);
    const [, peers] = await Promise.all([
      ears.listen(questions, seconds),
      knockAt(libc, model, seconds),
    ]);
    return { adverts: ears.adverts, answers: ears.answers, peers, seconds, silent: null };
  } catch (error) {
    return { ...empty, silent: reasonOf(error) };
  }
}

interface Question {
  readonly interface: string;
  readonly address: IpAddress;
}

/** Virtual addresses, and the real servers whose hardware addresses must be others. */
function questionsOf({ instances, loadBalancer }: Model, machine: Machine): Question[] {
  const virtual = instances.flatMap(({ addresses }) =>
    addresses.map((each) => ({ interface: each.interface, address: each.address }))
  );
  const services = loadBalancer.virtualServers.flatMap((server) => [
    ...addressesOf(server),
    ...server.realServers.map(({ address }) => address),
  ]);
  const near = services.flatMap((address) => {
    const link = carrierOf(machine, address) ?? onLink(machine, address);
    return link === null || link.name === "lo" ? [] : [{ interface: link.name, address }];
  });
  const all = [...virtual, ...near].filter(({ address }) => familyOf(address) === 4);
  return [...new Map(all.map((each) => [`${each.interface} ${each.address}`, each])).values()];
}

function openEars(libc: Libc, interfaces: readonly string[], machine: Machine): Ears {
  const sockets = new Map<string, PacketSocket>();
  try {
    for (const name of interfaces) sockets.set(name, openPacketSocket(libc, interfaceIndexOf(libc, name)));
    return new Ears(sockets, machine);
  } catch (error) {
    for (const socket of sockets.values()) socket[Symbol.dispose]();
    throw error;
  }
}

class Ears implements Disposable {
  readonly adverts: HeardAdvert[] = [];
  readonly answers: ArpAnswer[] = [];
  readonly #sockets: ReadonlyMap<string, PacketSocket>;

  /** Of this host: a macvlan of ours answers what we ask. */
  readonly #ownMacs: ReadonlySet<string>;
  readonly #ownAddresses: ReadonlySet<IpAddress>;
  readonly #machine: Machine;

  constructor(sockets: ReadonlyMap<string, PacketSocket>, machine: Machine) {
    this.#sockets = sockets;
    this.#machine = machine;
    this.#ownMacs = new Set(machine.interfaces.map(({ mac }) => mac.toLowerCase()));
    this.#ownAddresses = new Set(
      machine.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
    );
  }

  async listen(questions: readonly Question[], seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000;
    for (let askAt = 0; performance.now() < end;) {
      if (performance.now() >= askAt) {
        for (const question of questions) this.#ask(question);
        askAt = performance.now() + ASK;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      for (const [name, socket] of this.#sockets) {
        for (const { octets } of socket.receive()) this.#hear(name, octets);
      }
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets.values()) socket[Symbol.dispose]();
  }

  #ask({ interface: name, address }: Question): void {
    const mac = this.#machine.interfaces.find((each) => each.name === name)?.mac;
    if (mac === undefined || !/^(..:){5}..$/.test(mac)) return;
    this.#sockets.get(name)?.send(encodeArpProbe(mac.toLowerCase(), address));
  }

  #hear(name: string, frame: Uint8Array): void {
    const arp = decodeArpFrame(frame);
    if (arp !== null) return this.#hearArp(name, arp);
    const advert = advertOf(name, frame);
    if (advert === null || this.#ownAddresses.has(advert.source)) return;
    if (this.adverts.some((each) => JSON.stringify(each) === JSON.stringify(advert))) {
      return;
    }
    this.adverts.push(advert);
  }

  #hearArp(name: string, arp: NonNullable<ReturnType<typeof decodeArpFrame>>): void {
    const { senderAddress: address, senderMac: mac } = arp;
    const known = this.answers.some((each) =>
      each.interface === name && each.address === address && each.mac === mac
    );
    // Whoever asks with an address of his own says that he has it, too.
    if (!known && address !== "0.0.0.0" && !this.#ownMacs.has(mac)) {
      this.answers.push({ interface: name, address, mac });
    }
  }
}

/** The advertisement in a frame, or null. */
export function advertOf(name: string, frame: Uint8Array): HeardAdvert | null {
  const packet = vrrpPacketOf(frame);
  if (packet === null) return null;
  const decoded = decodeAdvertisement(packet.payload, { ...packet, skipChecksum: true });
  if (!decoded.ok || decoded.type !== 1) return null;
  return {
    interface: name,
    source: packet.source,
    vrid: decoded.vrid,
    version: decoded.version,
    priority: decoded.priority,
    addresses: decoded.addresses,
    authentication: AUTHENTICATION[decoded.authenticationType] ?? `type ${decoded.authenticationType}`,
    password: decoded.password,
    interval: decoded.interval,
    ttl: packet.ttl,
  };
}

interface VrrpPacket {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly payload: Uint8Array;
}

/** What is VRRP in a frame, of either family. */
function vrrpPacketOf(frame: Uint8Array): VrrpPacket | null {
  if (frame.length < ETHERNET_LENGTH) return null;
  const packet = frame.subarray(ETHERNET_LENGTH);
  const type = frame[12]! << 8 | frame[13]!;
  if (type === ETHERTYPE_IPV6) return vrrpPacket6(packet);
  const header = type === ETHERTYPE_IPV4 ? decodeIpv4Header(packet) : null;
  if (header === null || header.protocol !== VRRP_PROTOCOL) return null;
  const { source, destination, ttl } = header;
  return { source, destination, ttl, payload: packet.subarray(header.headerLength, header.totalLength) };
}

/** RFC 8200 section 3; VRRP comes without extension headers. */
function vrrpPacket6(packet: Uint8Array): VrrpPacket | null {
  if (packet.length < IPV6_HEADER_LENGTH || packet[6] !== VRRP_PROTOCOL) return null;
  const end = IPV6_HEADER_LENGTH + (packet[4]! << 8 | packet[5]!);
  return {
    source: addressFromBytes(packet.subarray(8, 24)),
    destination: addressFromBytes(packet.subarray(24, 40)),
    ttl: packet[7]!,
    payload: packet.subarray(IPV6_HEADER_LENGTH, end),
  };
}

/** Sends each unicast peer a datagram; a host that is there refuses it. */
async function knockAt(libc: Libc, { instances }: Model, seconds: number): Promise<PeerAnswer[]> {
  const peers = instances.flatMap(({ transport, sourceAddress }) =>
    transport.mode === "unicast" ? transport.peers.map(({ address }) => ({ address, sourceAddress })) : []
  );
  if (peers.length === 0) return [];
  const sockets = openProbeSockets(libc);
  using prober = new Prober(sockets);
  return await Promise.all(peers.map(async ({ address, sourceAddress }, id) => {
    const target = {
      address,
      port: QUIET_PORT,
      sourceAddress,
      sourcePort: 0,
      interface: null,
      mark: 0,
      timeout: seconds * 1000,
    };
    const { promise, resolve } = Promise.withResolvers<ProbeResult>();
    prober.start(id, {
      limit: target.timeout,
      begin: (host) =>
        new DatagramProbe(host, sockets, target, {
          kind: "datagram",
          request: new Uint8Array(1),
          judge: () => PASSED,
          silence: failed("read_timeout", "no answer"),
        }),
      ended: resolve,
    });
    return { address, ...judgeKnock(await promise) };
  }));
}

function judgeKnock(result: ProbeResult): { readonly reachable: boolean | null; readonly reason: string } {
  if (result.ok === true) return { reachable: true, reason: "" };
  const { reason } = result;
  if (/ECONNREFUSED/.test(reason)) return { reachable: true, reason: "" };
  return { reachable: /EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/.test(reason) ? false : null, reason };
}
