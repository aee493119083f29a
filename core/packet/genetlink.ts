/**
 * Generic netlink (linux/genetlink.h): messages of families whose number the kernel gives by name.
 *
 * ```
 * | command (1) | version (1) | reserved (2) | attributes …     after the netlink header
 * ```
 */
import { type ByteWriter, textToBytes } from "../net/bytes.ts";
import {
  attributeNumber,
  attributeTable,
  encodeNetlink,
  type NetlinkMessage,
  NLM_F,
  writeAttribute,
} from "./netlink.ts";

/** Message type of the controller, the family that knows the others. */
const GENL_ID_CTRL = 16;

const CTRL_VERSION = 2;
const CTRL_CMD = { NEWFAMILY: 1, GETFAMILY: 3 } as const;
const CTRL_ATTR = { FAMILY_ID: 1, FAMILY_NAME: 2 } as const;
const HEADER_LENGTH = 4;

/** What a generic netlink message asks. */
export interface GenericHeader {
  /** Message type: the family's number. */
  readonly family: number;
  readonly command: number;
  readonly version: number;
  /** {@linkcode NLM_F} bits. */
  readonly flags: number;
  readonly sequence: number;
}

/** One message; `body` writes its attributes. */
export function encodeGeneric(
  head: GenericHeader,
  body: (writer: ByteWriter) => void = () => {},
): Uint8Array<ArrayBuffer> {
  return encodeNetlink({ type: head.family, flags: head.flags, sequence: head.sequence }, (writer) => {
    writer.u8(head.command).u8(head.version).u16(0);
    body(writer);
  });
}

/** The command and attributes of a message; null where it is too short to be one. */
export function decodeGeneric(
  message: NetlinkMessage,
): { readonly command: number; readonly attributes: ReadonlyMap<number, Uint8Array> } | null {
  if (message.payload.length < HEADER_LENGTH) return null;
  return {
    command: message.payload[0]!,
    attributes: attributeTable(message.payload.subarray(HEADER_LENGTH)),
  };
}

/** Asks for the number of a family, such as `IPVS`. */
export function encodeGetFamily(name: string, sequence = 0): Uint8Array<ArrayBuffer> {
  const head = {
    family: GENL_ID_CTRL,
    command: CTRL_CMD.GETFAMILY,
    version: CTRL_VERSION,
    flags: NLM_F.REQUEST,
    sequence,
  };
  return encodeGeneric(
    head,
    (writer) => writeAttribute(writer, CTRL_ATTR.FAMILY_NAME, textToBytes(`${name}\0`)),
  );
}

/** The number in the answer to {@linkcode encodeGetFamily}, or null where it is not one. */
export function decodeFamily(message: NetlinkMessage): number | null {
  const generic = decodeGeneric(message);
  if (message.type !== GENL_ID_CTRL || generic?.command !== CTRL_CMD.NEWFAMILY) return null;
  return attributeNumber(generic.attributes.get(CTRL_ATTR.FAMILY_ID));
}
