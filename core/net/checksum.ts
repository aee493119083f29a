/**
 * The Internet checksum (RFC 1071) and the pseudo-headers of IPv4 and IPv6.
 */
import { addressToBytes, type IpAddress } from "./address.ts";

/**
 * The unfolded one's complement sum of a buffer, added to `sum`; an odd last octet counts as if a zero followed.
 *
 * Several buffers may be summed one after the other as long as all but the last are of even length.
 */
export function sumWords(bytes: Uint8Array, sum = 0): number {
  const even = bytes.length & ~1;
  for (let i = 0; i < even; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  if (even !== bytes.length) sum += bytes[even]! << 8;
  return sum;
}

/** Folds a sum into 16 bits, without taking the complement. */
export function foldSum(sum: number): number {
  while (sum > 0xffff) sum = Math.floor(sum / 0x10000) + (sum & 0xffff);
  return sum;
}

/** The checksum to be written where the checksum octets of the summed data were zero. */
export function checksumOf(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** Whether data summed together with its checksum is intact. */
export function sumIsValid(sum: number): boolean {
  return foldSum(sum) === 0xffff;
}

/**
 * The sum of the pseudo-header of the two addresses' family.
 *
 * The IPv4 form (RFC 768: source, destination, zero, protocol, 16-bit length) and the IPv6 form (RFC 8200 section
 * 8.1: 32-bit length, three zeros, next header) add up to the same words.
 */
export function pseudoHeaderSum(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  length: number,
): number {
  const addresses = sumWords(addressToBytes(destination), sumWords(addressToBytes(source)));
  return addresses + protocol + (length >>> 16) + (length & 0xffff);
}
