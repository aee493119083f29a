/**
 * Prefixes: an address and how many of its leading bits name the network.
 */
import { addressFromBytes, addressToBytes, familyOf, type IpAddress } from "./address.ts";

/** An address with its prefix length: 0..32 or 0..128. */
export interface Prefix {
  readonly address: IpAddress;
  readonly length: number;
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
