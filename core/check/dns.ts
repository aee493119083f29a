/**
 * The query of DNS_CHECK and its answer (RFC 1035 section 4.1).
 *
 * ```
 * | id (2) | QR opcode AA TC RD | RA Z RCODE | QDCOUNT | ANCOUNT | NSCOUNT | ARCOUNT (2 each) | question … |
 * ```
 */
import type { DnsChecker } from "../config/virtual_server_model.ts";
import { ByteReader, ByteWriter, textToBytes } from "../net/bytes.ts";
import { failed, PASSED, type Verdict } from "./verdict.ts";

const HEADER_LENGTH = 12;
const CLASS_IN = 1;
const RECURSION_DESIRED = 0x0100;
const RESPONSE = 0x8000;
const LABEL_LIMIT = 63;

const TYPES: Readonly<Record<DnsChecker["type"], number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  RRSIG: 46,
  DNSKEY: 48,
};

const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/** The query; `id` is 16 random bits. */
export function dnsQuery(id: number, { name, type }: Pick<DnsChecker, "name" | "type">): Uint8Array {
  const writer = new ByteWriter();
  writer.u16(id).u16(RECURSION_DESIRED).u16(1).u16(0).u16(0).u16(0);
  for (const label of name.split(".")) {
    const octets = textToBytes(label).subarray(0, LABEL_LIMIT);
    if (octets.length > 0) writer.u8(octets.length).bytes(octets);
  }
  return writer.u8(0).u16(TYPES[type]).u16(CLASS_IN).finish();
}

/**
 * The verdict on a datagram that came back; null where it does not answer this query: a late answer to an older one,
 * or a forged one. Any answer without error passes, also an empty or a truncated one.
 */
export function judgeDnsAnswer(id: number, datagram: Uint8Array): Verdict | null {
  if (datagram.length < HEADER_LENGTH) return failed("protocol", "the answer is too short");
  const reader = new ByteReader(datagram);
  if (reader.u16() !== id) return null;
  const flags = reader.u16();
  if ((flags & RESPONSE) === 0) return failed("protocol", "the answer is a query");
  const rcode = flags & 0x0f;
  return rcode === 0 ? PASSED : failed("refused", `the answer is ${RCODES[rcode] ?? `error ${rcode}`}`);
}
