/** `auth_type AH` by hand: RFC 2402 section 2 and RFC 2403, with Node's HMAC rather than the product's. */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { addressToBytes } from "../../../core/net/address.ts";
import { ADVERT, type AdvertSpec, frameAround, vrrpMessage } from "./packet.ts";

const ETHERNET = 14;
const IP = 20;
const CODE_AT = IP + 12;
const HEADER = 24;

/** An advertisement of version 2 by multicast, behind an authentication header with a sequence number. */
export function authenticatedFrame(
  changes: Partial<AdvertSpec>,
  key: string,
  sequence: number,
): Uint8Array<ArrayBuffer> {
  const spec = { ...ADVERT, ...changes, version: 2, authenticationType: 2, protocol: 51 };
  const number = [24, 16, 8, 0].map((shift) => sequence >>> shift & 0xff);
  const header = [
    112,
    HEADER / 4 - 2,
    0,
    0,
    ...addressToBytes(spec.source),
    ...number,
    ...new Uint8Array(12),
  ];
  const frame = frameAround({ ...spec, minimum: 0 }, [...header, ...vrrpMessage(spec)]);
  const covered = frame.slice(ETHERNET);
  // What routers may change: type of service, fragmentation, header checksum. keepalived leaves the TTL of multicast.
  covered[1] = 0;
  covered.fill(0, 6, 8).fill(0, 10, 12);
  const code = createHmac("md5", Buffer.from(key)).update(covered).digest().subarray(0, HEADER - 12);
  frame.set(code, ETHERNET + CODE_AT);
  return frame;
}
