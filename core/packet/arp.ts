/**
 * Gratuitous ARP (RFC 826, RFC 5227 section 3) in an Ethernet frame.
 *
 * ```
 * | destination (6) | source (6) | 0x0806 |                            Ethernet
 * | hardware type 1 | protocol type 0x0800 | 6 | 4 | operation |        ARP
 * | sender hardware (6) | sender IP (4) | target hardware (6) | target IP (4) |
 * ```
 */
import { ADDRESS_LENGTH, addressFromBytes, addressToBytes, type IpAddress } from "../net/address.ts";
import { BROADCAST_MAC, type MacAddress, macFromBytes, macToBytes } from "../net/mac.ts";

/** EtherType of ARP. */
export const ETHERTYPE_ARP = 0x0806;

/** Octets of an Ethernet frame with an ARP packet for IPv4, without padding. */
const ARP_FRAME_LENGTH = 42;

const ETHERNET_HARDWARE = 1;
const IPV4_PROTOCOL = 0x0800;
const REQUEST = 1;

/** An ARP packet for IPv4 over Ethernet, with the frame's addresses. */
export interface ArpFrame {
  readonly frameDestination: MacAddress;
  readonly frameSource: MacAddress;
  /** 1 request, 2 reply */
  readonly operation: number;
  readonly senderMac: MacAddress;
  readonly senderAddress: IpAddress;
  readonly targetMac: MacAddress;
  readonly targetAddress: IpAddress;
}

/**
 * The frame that tells a LAN that `address` is now at `mac`: a broadcast request in which sender and target are that
 * address and the target's hardware address is all ones, as keepalived sends it.
 */
export function encodeGratuitousArp(mac: MacAddress, address: IpAddress): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(ARP_FRAME_LENGTH);
  const view = new DataView(frame.buffer);
  const sender = macToBytes(mac);
  const broadcast = macToBytes(BROADCAST_MAC);
  const octets = addressToBytes(address);
  frame.set(broadcast, 0);
  frame.set(sender, 6);
  view.setUint16(12, ETHERTYPE_ARP);
  view.setUint16(14, ETHERNET_HARDWARE);
  view.setUint16(16, IPV4_PROTOCOL);
  frame[18] = sender.length;
  frame[19] = ADDRESS_LENGTH[4];
  view.setUint16(20, REQUEST);
  frame.set(sender, 22);
  frame.set(octets, 28);
  frame.set(broadcast, 32);
  frame.set(octets, 38);
  return frame;
}

/** The frame that asks who has `address` without saying who asks, so that nobody learns anything (RFC 5227 2.1.1). */
export function encodeArpProbe(mac: MacAddress, address: IpAddress): Uint8Array<ArrayBuffer> {
  const frame = encodeGratuitousArp(mac, address);
  frame.fill(0, 28, 38);
  return frame;
}

/** The ARP packet in an Ethernet frame, or null where it holds no ARP for IPv4 over Ethernet. */
export function decodeArpFrame(frame: Uint8Array): ArpFrame | null {
  if (frame.length < ARP_FRAME_LENGTH) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const kinds = [view.getUint16(12), view.getUint16(14), view.getUint16(16), frame[18], frame[19]];
  const expected = [ETHERTYPE_ARP, ETHERNET_HARDWARE, IPV4_PROTOCOL, 6, 4];
  if (kinds.some((kind, i) => kind !== expected[i])) return null;
  return {
    frameDestination: macFromBytes(frame.subarray(0, 6)),
    frameSource: macFromBytes(frame.subarray(6, 12)),
    operation: view.getUint16(20),
    senderMac: macFromBytes(frame.subarray(22, 28)),
    senderAddress: addressFromBytes(frame.subarray(28, 32)),
    targetMac: macFromBytes(frame.subarray(32, 38)),
    targetAddress: addressFromBytes(frame.subarray(38, 42)),
  };
}
