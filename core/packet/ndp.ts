/**
 * The unsolicited neighbour advertisement (RFC 4861 section 4.4) in an Ethernet frame.
 *
 * ```
 * | type 136 | code 0 | checksum |
 * |R|S|O|          reserved      |
 * |       target address (16)    |
 * | option 2 | length 1 (8 octets) | link-layer address (6) |
 * ```
 */
import { addressFromBytes, addressToBytes, type IpAddress } from "../net/address.ts";
import { checksumOf, pseudoHeaderSum, sumIsValid, sumWords } from "../net/checksum.ts";
import { type MacAddress, macFromBytes, macToBytes, multicastMac6 } from "../net/mac.ts";
import { encodeIpv6Header, ICMPV6_PROTOCOL, IPV6_HEADER_LENGTH } from "./ip.ts";

/** EtherType of IPv6. */
export const ETHERTYPE_IPV6 = 0x86dd;

/** The group of all nodes on the link. */
export const ALL_NODES: IpAddress = "ff02::1";

/** Octets of the frame. */
const ADVERTISEMENT_FRAME_LENGTH = 86;

const ETHERNET_HEADER_LENGTH = 14;
const MESSAGE_LENGTH = 32;
const NEIGHBOUR_ADVERTISEMENT = 136;
const TARGET_LINK_LAYER_ADDRESS = 2;
const ROUTER_FLAG = 0x80;
const OVERRIDE_FLAG = 0x20;

/** What an unsolicited neighbour advertisement says. */
export interface NeighbourAdvertisement {
  readonly frameDestination: MacAddress;
  readonly frameSource: MacAddress;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly hopLimit: number;
  readonly target: IpAddress;
  readonly targetMac: MacAddress;
  readonly router: boolean;
  readonly override: boolean;
  readonly checksumValid: boolean;
}

/**
 * The frame that tells all nodes of a link that `address` is now at `mac`, overriding what they knew.
 *
 * `router` says that the sender forwards packets.
 */
export function encodeNeighbourAdvertisement(
  mac: MacAddress,
  address: IpAddress,
  router: boolean,
): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(ADVERTISEMENT_FRAME_LENGTH);
  const sender = macToBytes(mac);
  frame.set(macToBytes(multicastMac6(ALL_NODES)), 0);
  frame.set(sender, 6);
  frame.set([ETHERTYPE_IPV6 >> 8, ETHERTYPE_IPV6 & 0xff], 12);
  frame.set(
    encodeIpv6Header({
      source: address,
      destination: ALL_NODES,
      nextHeader: ICMPV6_PROTOCOL,
      hopLimit: 255,
      payloadLength: MESSAGE_LENGTH,
    }),
    ETHERNET_HEADER_LENGTH,
  );
  frame.set(encodeMessage(sender, address, router), ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH);
  return frame;
}

function encodeMessage(mac: Uint8Array, address: IpAddress, router: boolean): Uint8Array {
  const message = new Uint8Array(MESSAGE_LENGTH);
  message[0] = NEIGHBOUR_ADVERTISEMENT;
  message[4] = OVERRIDE_FLAG | (router ? ROUTER_FLAG : 0);
  message.set(addressToBytes(address), 8);
  message.set([TARGET_LINK_LAYER_ADDRESS, 1], 24);
  message.set(mac, 26);
  const checksum = checksumOf(
    sumWords(message, pseudoHeaderSum(address, ALL_NODES, ICMPV6_PROTOCOL, MESSAGE_LENGTH)),
  );
  message[2] = checksum >> 8;
  message[3] = checksum & 0xff;
  return message;
}

/** The neighbour advertisement with a link-layer option in an Ethernet frame, or null where there is none. */
export function decodeNeighbourAdvertisement(frame: Uint8Array): NeighbourAdvertisement | null {
  if (frame.length < ADVERTISEMENT_FRAME_LENGTH) return null;
  if (((frame[12]! << 8) | frame[13]!) !== ETHERTYPE_IPV6 || frame[20] !== ICMPV6_PROTOCOL) return null;
  const start = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;
  const message = frame.subarray(start, start + MESSAGE_LENGTH);
  if (message[0] !== NEIGHBOUR_ADVERTISEMENT || message[24] !== TARGET_LINK_LAYER_ADDRESS) return null;
  const source = addressFromBytes(frame.subarray(22, 38));
  const destination = addressFromBytes(frame.subarray(38, 54));
  const pseudoHeader = pseudoHeaderSum(source, destination, ICMPV6_PROTOCOL, MESSAGE_LENGTH);
  return {
    frameDestination: macFromBytes(frame.subarray(0, 6)),
    frameSource: macFromBytes(frame.subarray(6, 12)),
    source,
    destination,
    hopLimit: frame[21]!,
    target: addressFromBytes(message.subarray(8, 24)),
    targetMac: macFromBytes(message.subarray(26, 32)),
    router: (message[4]! & ROUTER_FLAG) !== 0,
    override: (message[4]! & OVERRIDE_FLAG) !== 0,
    checksumValid: sumIsValid(sumWords(message, pseudoHeader)),
  };
}
