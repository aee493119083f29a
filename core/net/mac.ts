/**
 * Ethernet hardware addresses as text such as `02:00:00:00:00:01`.
 */
import type { Family, IpAddress } from "./address.ts";
import { addressFromBytes, addressToBytes } from "./address.ts";

/** A hardware address: six pairs of lower-case hexadecimal digits with colons. */
export type MacAddress = string;

/** The Ethernet broadcast address. */
export const BROADCAST_MAC: MacAddress = "ff:ff:ff:ff:ff:ff";

/** The canonical form of a hardware address written by a person, or null where it is none. */
export function parseMac(text: string): MacAddress | null {
  return /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text) ? text.toLowerCase() : null;
}

/**
 * The six octets of a hardware address.
 *
 * @throws {RangeError} where the text is none
 */
export function macToBytes(mac: MacAddress): Uint8Array<ArrayBuffer> {
  const canonical = parseMac(mac);
  if (canonical === null) throw new RangeError(`Cannot encode "${mac}": not a hardware address`);
  return Uint8Array.from(canonical.split(":"), (pair) => Number(`0x${pair}`));
}

/** The text of hardware octets; any number of them, as links have 0 (none), 6 (Ethernet) or 20 (InfiniBand). */
export function macFromBytes(octets: Uint8Array): MacAddress {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/** The virtual router's hardware address, 00:00:5e:00:01:VRID or 00:00:5e:00:02:VRID (RFC 9568 section 7.3). */
export function virtualMac(family: Family, vrid: number): MacAddress {
  return macFromBytes(Uint8Array.of(0x00, 0x00, 0x5e, 0x00, family === 4 ? 0x01 : 0x02, vrid));
}

/** The link-local address that an interface makes of its hardware address (RFC 4291 appendix A). */
export function linkLocalOf(mac: MacAddress): IpAddress {
  const [a, b, c, d, e, f] = macToBytes(mac) as unknown as [number, number, number, number, number, number];
  const octets = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 0x02, b, c, 0xff, 0xfe, d, e, f];
  return addressFromBytes(Uint8Array.from(octets));
}

/** The Ethernet group of an IPv6 multicast address: 33:33 and its last four octets (RFC 2464 section 7). */
export function multicastMac6(group: IpAddress): MacAddress {
  return macFromBytes(Uint8Array.of(0x33, 0x33, ...addressToBytes(group).subarray(12)));
}
