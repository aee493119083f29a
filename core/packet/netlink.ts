/**
 * Netlink messages and attributes (linux/netlink.h), in the byte order of x86-64 and arm64 Linux: little endian.
 *
 * ```
 * | length (4) | type (2) | flags (2) | sequence (4) | port (4) | payload … |     header, aligned to 4
 * | length (2) | type (2) | value … |                                           attribute, aligned to 4
 * ```
 */
import { ByteReader, ByteWriter, textFromBytes } from "../net/bytes.ts";

/** Octets of a message header. */
const NETLINK_HEADER_LENGTH = 16;

/** Where the type is in a message. */
export const NETLINK_TYPE_OFFSET = 4;

/** Where the flags are in a message. */
export const NETLINK_FLAGS_OFFSET = 6;

/** Where the sequence number is in a message. */
export const NETLINK_SEQUENCE_OFFSET = 8;

/** Where the port is in a message: whose request it answers or was caused by. */
export const NETLINK_PORT_OFFSET = 12;

/** Octets of an attribute header. */
const ATTRIBUTE_HEADER_LENGTH = 4;

/** Message types of netlink itself. */
export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4 } as const;

/** Message flags. `REPLACE` to `APPEND` go with new, `ROOT` and `MATCH` with get. */
export const NLM_F = {
  REQUEST: 0x01,
  MULTI: 0x02,
  ACK: 0x04,
  ECHO: 0x08,
  DUMP_INTR: 0x10,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
  ROOT: 0x100,
  MATCH: 0x200,
  /** ROOT and MATCH: the whole table. */
  DUMP: 0x300,
  /** In an answer: the request in it was cut down to its header. */
  CAPPED: 0x100,
  /** In an answer: attributes follow that say more. */
  ACK_TLVS: 0x200,
} as const;

/** An attribute that holds attributes. */
const NLA_F_NESTED = 0x8000;

const ATTRIBUTE_TYPE_MASK = 0x3fff;
const ERROR_MESSAGE_ATTRIBUTE = 1;
const ERROR_OFFSET_ATTRIBUTE = 2;

/** A message as it came. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** 0 is the kernel. */
  readonly port: number;
  readonly payload: Uint8Array;
}

/** What an `NLMSG.ERROR` message says; `errno` 0 is an acknowledgement. */
export interface NetlinkAnswer {
  readonly sequence: number;
  readonly errno: number;
  /** The kernel's own words (extended acknowledgement), or null. */
  readonly text: string | null;
  /** Where in the request the offending attribute is, or null. */
  readonly offset: number | null;
}

/** One attribute. */
export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** One message with its payload written by `body`, padded so that another may follow. */
export function encodeNetlink(
  head: { readonly type: number; readonly flags: number; readonly sequence: number },
  body: (writer: ByteWriter) => void,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter("little", 128);
  writer.u32(0).u16(head.type).u16(head.flags).u32(head.sequence).u32(0);
  body(writer);
  writer.patchU32(0, writer.length).align(4);
  return writer.finish();
}

/** Adds an attribute; its padding is not part of its length. */
export function writeAttribute(writer: ByteWriter, type: number, value: Uint8Array): void {
  writer.u16(ATTRIBUTE_HEADER_LENGTH + value.length).u16(type).bytes(value).align(4);
}

/** Adds an attribute of one 32-bit number. */
export function writeAttributeU32(writer: ByteWriter, type: number, value: number): void {
  writer.u16(ATTRIBUTE_HEADER_LENGTH + 4).u16(type).u32(value);
}

/** Adds an attribute that holds the attributes that `body` writes. */
export function writeNested(writer: ByteWriter, type: number, body: (writer: ByteWriter) => void): void {
  const start = writer.length;
  writer.u16(0).u16(type | NLA_F_NESTED);
  body(writer);
  writer.patchU16(start, writer.length - start);
}

/** The messages in one datagram; what is left where a length makes no sense is dropped. */
export function decodeNetlink(datagram: Uint8Array): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  const reader = new ByteReader(datagram, "little");
  while (reader.remaining >= NETLINK_HEADER_LENGTH) {
    const length = reader.u32();
    if (length < NETLINK_HEADER_LENGTH || length - 4 > reader.remaining) break;
    const [type, flags, sequence, port] = [reader.u16(), reader.u16(), reader.u32(), reader.u32()];
    const payload = reader.bytes(length - NETLINK_HEADER_LENGTH);
    messages.push({ type, flags, sequence, port, payload });
    reader.skip(Math.min(padding(length), reader.remaining));
  }
  return messages;
}

/** The attributes in a buffer, in order; what is left where a length makes no sense is dropped. */
export function decodeAttributes(buffer: Uint8Array): Attribute[] {
  const attributes: Attribute[] = [];
  const reader = new ByteReader(buffer, "little");
  while (reader.remaining >= ATTRIBUTE_HEADER_LENGTH) {
    const length = reader.u16();
    if (length < ATTRIBUTE_HEADER_LENGTH || length - 2 > reader.remaining) break;
    const type = reader.u16() & ATTRIBUTE_TYPE_MASK;
    attributes.push({ type, value: reader.bytes(length - ATTRIBUTE_HEADER_LENGTH) });
    reader.skip(Math.min(padding(length), reader.remaining));
  }
  return attributes;
}

/** The attributes in a buffer by type; of two of the same type the later one counts. */
export function attributeTable(buffer: Uint8Array): ReadonlyMap<number, Uint8Array> {
  return new Map(decodeAttributes(buffer).map(({ type, value }) => [type, value]));
}

/** The number in an attribute of 1, 2 or 4 octets, or null where it is absent or of another length. */
export function attributeNumber(value: Uint8Array | undefined): number | null {
  if (value === undefined) return null;
  const reader = new ByteReader(value, "little");
  if (value.length === 4) return reader.u32();
  if (value.length === 2) return reader.u16();
  return value.length === 1 ? reader.u8() : null;
}

/** The answer to a request, or null where the message is none. */
export function decodeAnswer(message: NetlinkMessage): NetlinkAnswer | null {
  if (message.type !== NLMSG.ERROR || message.payload.length < 4 + NETLINK_HEADER_LENGTH) return null;
  const reader = new ByteReader(message.payload, "little");
  const errno = -reader.i32();
  const requestLength = reader.u32();
  const details = answerDetails(message, requestLength);
  const text = details.get(ERROR_MESSAGE_ATTRIBUTE);
  return {
    sequence: message.sequence,
    errno: errno === 0 ? 0 : errno,
    text: text === undefined ? null : textFromBytes(text),
    offset: attributeNumber(details.get(ERROR_OFFSET_ATTRIBUTE)),
  };
}

function answerDetails(message: NetlinkMessage, requestLength: number): ReadonlyMap<number, Uint8Array> {
  if ((message.flags & NLM_F.ACK_TLVS) === 0) return new Map();
  const echoed = (message.flags & NLM_F.CAPPED) !== 0 ? NETLINK_HEADER_LENGTH : requestLength;
  return attributeTable(message.payload.subarray(4 + echoed + padding(echoed)));
}

function padding(length: number): number {
  return (4 - length % 4) % 4;
}
