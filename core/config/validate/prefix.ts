/** Addresses with a prefix, as virtual and static addresses are written. */
import {
  addressFromBytes,
  addressToBytes,
  familyOf,
  type IpAddress,
  parseAddress,
} from "../../net/address.ts";
import { parseWhole } from "../values.ts";

/** `ADDRESS[/PREFIX]`; a prefix that cannot be used leaves the whole length, as keepalived does. */
export interface Prefixed {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** The text behind `/` that could not be used, or null. */
  readonly badPrefix: string | null;
}

/** Reads an address with or without a prefix; null where it is no address. */
export function parsePrefixed(text: string): Prefixed | null {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const whole = familyOf(address) === 4 ? 32 : 128;
  if (slash < 0) return { address, prefixLength: whole, badPrefix: null };
  const written = text.slice(slash + 1);
  const parsed = parseWhole(written, 0, whole);
  return parsed.ok
    ? { address, prefixLength: parsed.value, badPrefix: null }
    : { address, prefixLength: whole, badPrefix: written };
}

/** The address of a network with its host bits all ones (the broadcast address) or all zeros. */
export function withHostBits(address: IpAddress, prefixLength: number, ones: boolean): IpAddress {
  const octets = addressToBytes(address);
  for (let bit = prefixLength; bit < octets.length * 8; bit++) {
    const mask = 0x80 >> (bit & 7);
    if (ones) octets[bit >> 3]! |= mask;
    else octets[bit >> 3]! &= ~mask;
  }
  return addressFromBytes(octets);
}
