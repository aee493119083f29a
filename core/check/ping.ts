/**
 * The ICMP echo of PING_CHECK (RFC 792, RFC 4443 section 4), over a socket where the kernel keeps the identifier and
 * the checksum (ping sockets, SOCK_DGRAM with IPPROTO_ICMP).
 *
 * ```
 * | type (1) | code (1) | checksum (2) | identifier (2) | sequence (2) | data … |
 * ```
 */
import type { Family } from "../net/address.ts";
import { ByteReader, ByteWriter } from "../net/bytes.ts";

const ECHO_REQUEST: Readonly<Record<Family, number>> = { 4: 8, 6: 128 };
const ECHO_REPLY: Readonly<Record<Family, number>> = { 4: 0, 6: 129 };
const HEADER_LENGTH = 8;
const DATA_LENGTH = 16;

/** An echo request; `sequence` has 16 bits. */
export function echoRequest(family: Family, sequence: number): Uint8Array {
  return new ByteWriter().u8(ECHO_REQUEST[family]).u8(0).u16(0).u16(0).u16(sequence).zeros(DATA_LENGTH)
    .finish();
}

/** Whether a datagram is the reply to the request of that sequence number. */
export function isEchoReply(family: Family, sequence: number, datagram: Uint8Array): boolean {
  if (datagram.length < HEADER_LENGTH) return false;
  const reader = new ByteReader(datagram);
  const type = reader.u8();
  reader.skip(5);
  return type === ECHO_REPLY[family] && reader.u16() === sequence;
}
