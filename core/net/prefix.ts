/**
 * Prefixes: an address and how many of its leading bits name the network.
 */
import {
  ADDRESS_LENGTH,
  addressFromBytes,
  addressToBytes,
  familyOf,
  type IpAddress,
  parseAddress,
} from "./address.ts";

/** An address with its prefix length: 0..32 or 0..128. */
export interface Prefix {
  readonly address: IpAddress;
  readonly length: number;
}

/** `ADDRESS/LENGTH`, or an address alone, which is a prefix of all its bits; null where it is neither. */
export function parsePrefix(text: string): Prefix | null {
  const parts = text.split("/");
  if (parts.length > 2) return null;
  const address = parseAddress(parts[0]!);
  if (address === null) return null;
  const bits = ADDRESS_LENGTH[familyOf(address)] * 8;
  if (parts.length === 1) return { address, length: bits };
  if (!/^(0|[1-9][0-9]{0,2})$/.test(parts[1]!)) return null;
  const length = Number(parts[1]);
  return length <= bits ? { address, length } : null;
}

/** `ADDRESS/LENGTH`. */
export function formatPrefix(prefix: Prefix): string {
  return `${prefix.address}/${prefix.length}`;
}

/** The network of a prefix: its address with all bits behind the prefix zero. */
export function networkOf(prefix: Prefix): IpAddress {
  const octets = addressToBytes(prefix.address);
  for (let i = 0; i < octets.length; i++) octets[i]! &= octetMask(prefix.length - i * 8);
  return addressFromBytes(octets);
}

/** Whether an address lies in a prefix; never across families. */
export function prefixContains(prefix: Prefix, address: IpAddress): boolean {
  if (familyOf(prefix.address) !== familyOf(address)) return false;
  return networkOf(prefix) === networkOf({ address, length: prefix.length });
}

function octetMask(bits: number): number {
  if (bits >= 8) return 0xff;
  return bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}
