/**
 * IP addresses as canonical text: dotted quad for IPv4, RFC 5952 form for IPv6.
 *
 * Text is what configuration, log and status show, it survives JSON, and two equal addresses are equal strings.
 */

/** An IP address in canonical text form, as {@linkcode parseAddress} returns it. */
export type IpAddress = string;

/** The IP version of an address. */
export type Family = 4 | 6;

/** Octets of an address of each family: 4 or 16. */
export const ADDRESS_LENGTH: Readonly<Record<Family, 4 | 16>> = { 4: 4, 6: 16 };

/** The family of a canonical address. */
export function familyOf(address: IpAddress): Family {
  return address.includes(":") ? 6 : 4;
}

/** For octets that nobody wants to see. */
const SCRATCH = new Uint8Array(4);

/**
 * The canonical form of an address written by a person, or `null` where it is not an address.
 *
 * Strict: four decimal octets without leading zeros (RFC 6943 section 3.1.1), or RFC 4291 section 2.2 text; a scope
 * (`%eth0`) or a prefix is not part of an address.
 */
export function parseAddress(text: string): IpAddress | null {
  if (text.includes(":")) {
    const octets = parseIpv6(text);
    return octets === null ? null : formatIpv6(octets);
  }
  return readIpv4(text, SCRATCH) ? text : null;
}

/** The octets of a canonical address in network order: 4 or 16 of them. */
export function addressToBytes(address: IpAddress): Uint8Array {
  const octets = address.includes(":") ? parseIpv6(address) : parseIpv4(address);
  if (octets === null) throw new RangeError(`Cannot encode "${address}": not an IP address`);
  return octets;
}

/**
 * The canonical text of 4 or 16 octets in network order.
 *
 * @throws {RangeError} for any other number of octets
 */
export function addressFromBytes(octets: Uint8Array): IpAddress {
  if (octets.length === 4) return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
  if (octets.length === 16) return formatIpv6(octets);
  throw new RangeError(`Cannot read an IP address from ${octets.length} octets: 4 or 16 are expected`);
}

/**
 * Orders two addresses of one family as unsigned numbers in network order: negative, zero or positive.
 *
 * VRRP breaks a tie of equal priorities this way (RFC 9568 section 6.4.3).
 */
export function compareAddresses(left: IpAddress, right: IpAddress): number {
  if (left === right) return 0;
  const a = addressToBytes(left);
  const b = addressToBytes(right);
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return 0;
}

/** Whether an address is a multicast group: 224.0.0.0/4 or ff00::/8. */
export function isMulticast(address: IpAddress): boolean {
  const first = addressToBytes(address)[0]!;
  return familyOf(address) === 4 ? (first & 0xf0) === 0xe0 : first === 0xff;
}

/** Whether an IPv6 address is link-local unicast, fe80::/10. */
export function isLinkLocal(address: IpAddress): boolean {
  if (familyOf(address) === 4) return false;
  const octets = addressToBytes(address);
  return octets[0] === 0xfe && (octets[1]! & 0xc0) === 0x80;
}

function parseIpv4(text: string): Uint8Array | null {
  const octets = new Uint8Array(4);
  return readIpv4(text, octets) ? octets : null;
}

/** Digit by digit, since a configuration has thousands of them; false where the text is no address. */
function readIpv4(text: string, octets: Uint8Array): boolean {
  if (text.length > 15) return false;
  let index = 0;
  let start = 0;
  let value = 0;
  for (let i = 0; i <= text.length; i++) {
    const unit = i < text.length ? text.charCodeAt(i) : 0x2e;
    if (unit >= 0x30 && unit <= 0x39) {
      if (value === 0 && i > start) return false;
      value = value * 10 + unit - 0x30;
      if (value > 255) return false;
    } else if (unit !== 0x2e || i === start || index > 3) return false;
    else {
      octets[index++] = value;
      start = i + 1;
      value = 0;
    }
  }
  return index === 4;
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const octets = new Uint8Array(16);
  for (const [i, group] of groups.entries()) {
    octets[i * 2] = group >> 8;
    octets[i * 2 + 1] = group & 0xff;
  }
  return octets;
}

/** The 16-bit groups of one side of `::`; only the last side may end in a dotted quad. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes(".")) {
      const quad = parseIpv4(part);
      if (quad === null) return null;
      groups.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      groups.push(Number(`0x${part}`));
    }
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`. */
function formatIpv6(octets: Uint8Array): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((octets[i]! << 8) | octets[i + 1]!);
  const { start, length } = longestZeroRun(groups);
  if (isIpv4Mapped(groups)) return `::ffff:${octets.subarray(12).join(".")}`;
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function isIpv4Mapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}

/** What takes in a whole address, as the kernel's IPVS has it: a mask for IPv4, a prefix length for IPv6. */
export const WHOLE_MASK: Readonly<Record<Family, number>> = { 4: 0xffffffff, 6: 128 };

/** The 32 bits of an IPv4 address or mask as a number: 0..0xffffffff. */
export function ipv4ToNumber(octets: Uint8Array): number {
  return octets.subarray(0, 4).reduce((bits, octet) => bits * 256 + octet, 0);
}

/** An IPv4 address or mask from its 32 bits. */
export function ipv4FromNumber(bits: number): IpAddress {
  return addressFromBytes(Uint8Array.of(bits >>> 24, bits >>> 16, bits >>> 8, bits));
}
