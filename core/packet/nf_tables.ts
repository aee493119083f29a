/**
 * nf_tables over nfnetlink (linux/netfilter/nf_tables.h): tables, chains, sets, elements and rules, written only.
 *
 * ```
 * | netlink header, type = subsystem (10) << 8 | message | family (1) | version (1) | resource (2, big endian) | NFTA_*
 * ```
 *
 * Numbers in attributes are big endian. A batch is one transaction: all of it holds, or nothing does.
 */
import { ByteWriter, textToBytes } from "../net/bytes.ts";
import { encodeNetlink, NLM_F, writeAttribute, writeNested } from "./netlink.ts";

/** Families of tables. */
export const NFPROTO = { IPV4: 2, IPV6: 10 } as const;

/** Hooks of base chains. */
export const NF_HOOK = { INPUT: 1, OUTPUT: 3 } as const;

/** What ends a rule. */
export const VERDICT = { DROP: 0, ACCEPT: 1 } as const;

/** Registers of 16 octets, and the one of 4 octets behind the first. */
export const REGISTER = { VERDICT: 0, FIRST: 1, SECOND: 2, BEHIND_FIRST: 12 } as const;

/** Where a load from the packet begins. */
export const PAYLOAD = { NETWORK: 1, TRANSPORT: 2 } as const;

/** Facts about a packet. */
export const META = { INPUT_INTERFACE: 4, OUTPUT_INTERFACE: 5, PROTOCOL: 16 } as const;

/** Types of set keys as nft names them; the kernel only keeps them. Two parts of a key take six bits each. */
export const KEY_TYPE = { IPV4: 7, IPV6: 8, INTERFACE: 20, IPV6_AND_INTERFACE: (8 << 6) | 20 } as const;

const SUBSYSTEM = 10;
const BATCH = { BEGIN: 0x10, END: 0x11 } as const;
const MESSAGE = {
  NEW_TABLE: 0,
  GET_TABLE: 1,
  DELETE_TABLE: 2,
  NEW_CHAIN: 3,
  NEW_RULE: 6,
  NEW_SET: 9,
  NEW_ELEMENT: 12,
  DELETE_ELEMENT: 14,
} as const;
const SET_IS_MAP = 8;
const LIST_ELEMENT = 1;
const DATA = { VALUE: 1, VERDICT: 2 } as const;
const TABLE = { NAME: 1, USERDATA: 6 } as const;
/** Type of a comment in the user data of a table (libnftnl). */
const UDATA_COMMENT = 0;

/** A table, named in its family. */
export interface NftTable {
  readonly family: number;
  readonly name: string;
}

/** An expression of a rule: its name and its attributes. */
export interface Expression {
  readonly name: string;
  readonly write: (writer: ByteWriter) => void;
}

/** An element of a set, or of a map where it has a value. */
export interface NftElement {
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
}

/** A message of a transaction, ready to be sent between its ends. */
export type NftMessage = Uint8Array<ArrayBuffer>;

/** The messages with the two that make a transaction of them; only the last of them asks for an acknowledgement. */
export function transaction(messages: readonly NftMessage[]): NftMessage[] {
  const end = (type: number) =>
    encodeNetlink({ type, flags: NLM_F.REQUEST, sequence: 0 }, (writer) => {
      writer.u8(0).u8(0).bytes(Uint8Array.of(0, SUBSYSTEM));
    });
  return [end(BATCH.BEGIN), ...messages, end(BATCH.END)];
}

/** Makes a table; one that is there stays as it is. The comment is what `nft list table` shows. */
export function newTable(table: NftTable, comment: string): NftMessage {
  return message(MESSAGE.NEW_TABLE, NLM_F.CREATE, table.family, (writer) => {
    writeText(writer, TABLE.NAME, table.name);
    const text = textToBytes(`${comment}\0`);
    writeAttribute(writer, TABLE.USERDATA, Uint8Array.of(UDATA_COMMENT, text.length, ...text));
  });
}

/** Removes a table with all that is in it; ENOENT where there is none. */
export function deleteTable(table: NftTable): NftMessage {
  return message(
    MESSAGE.DELETE_TABLE,
    0,
    table.family,
    (writer) => writeText(writer, TABLE.NAME, table.name),
  );
}

/** Asks for one table; not part of a transaction. ENOENT where there is none. */
export function getTable(table: NftTable): NftMessage {
  return encodeNetlink(
    { type: (SUBSYSTEM << 8) | MESSAGE.GET_TABLE, flags: NLM_F.REQUEST, sequence: 0 },
    (writer) => {
      writer.u8(table.family).u8(0).u16(0);
      writeText(writer, TABLE.NAME, table.name);
    },
  );
}

/** Makes a chain that filters at a hook; the lower the priority the earlier it comes. */
export function newBaseChain(table: NftTable, name: string, hook: number, priority: number): NftMessage {
  return message(MESSAGE.NEW_CHAIN, NLM_F.CREATE, table.family, (writer) => {
    writeText(writer, 1, table.name);
    writeText(writer, 3, name);
    writeNested(writer, 4, () => {
      writeU32(writer, 1, hook);
      writeU32(writer, 2, priority >>> 0);
    });
    writeU32(writer, 5, VERDICT.ACCEPT);
    writeText(writer, 7, "filter");
  });
}

/** Makes a set, or a map of interfaces to interfaces. `id` tells sets of one transaction apart. */
export function newSet(
  table: NftTable,
  name: string,
  key: { readonly type: number; readonly length: number },
  id: number,
  value: { readonly type: number; readonly length: number } | null = null,
): NftMessage {
  return message(MESSAGE.NEW_SET, NLM_F.CREATE, table.family, (writer) => {
    writeText(writer, 1, table.name);
    writeText(writer, 2, name);
    writeU32(writer, 3, value === null ? 0 : SET_IS_MAP);
    writeU32(writer, 4, key.type);
    writeU32(writer, 5, key.length);
    if (value !== null) {
      writeU32(writer, 6, value.type);
      writeU32(writer, 7, value.length);
    }
    writeU32(writer, 10, id);
    writeAttribute(writer, 13, byteOrders(key.type, value?.type ?? null));
  });
}

/** Tells nft how to show interface indices: in the order of the machine (libnftnl's user data of sets). */
function byteOrders(...types: readonly (number | null)[]): Uint8Array {
  const hostOrder = [4, 1, 0, 0, 0];
  return Uint8Array.from(types.flatMap((type, i) => type === KEY_TYPE.INTERFACE ? [i, ...hostOrder] : []));
}

/** Adds elements to a set; those that are there stay. */
export function addElements(table: NftTable, set: string, elements: readonly NftElement[]): NftMessage {
  return message(
    MESSAGE.NEW_ELEMENT,
    NLM_F.CREATE,
    table.family,
    (writer) => writeElements(writer, table, set, elements),
  );
}

/** Removes elements from a set; ENOENT where one is not there. */
export function removeElements(table: NftTable, set: string, elements: readonly NftElement[]): NftMessage {
  return message(
    MESSAGE.DELETE_ELEMENT,
    0,
    table.family,
    (writer) => writeElements(writer, table, set, elements),
  );
}

function writeElements(
  writer: ByteWriter,
  table: NftTable,
  set: string,
  elements: readonly NftElement[],
): void {
  writeText(writer, 1, table.name);
  writeText(writer, 2, set);
  writeNested(writer, 3, () => {
    for (const { key, value } of elements) {
      writeNested(writer, LIST_ELEMENT, () => {
        writeNested(writer, 1, () => writeAttribute(writer, DATA.VALUE, key));
        if (value !== undefined) writeNested(writer, 2, () => writeAttribute(writer, DATA.VALUE, value));
      });
    }
  });
}

/** Appends a rule to a chain. */
export function newRule(table: NftTable, chain: string, expressions: readonly Expression[]): NftMessage {
  return message(MESSAGE.NEW_RULE, NLM_F.CREATE | NLM_F.APPEND, table.family, (writer) => {
    writeText(writer, 1, table.name);
    writeText(writer, 2, chain);
    writeNested(writer, 4, () => {
      for (const { name, write } of expressions) {
        writeNested(writer, LIST_ELEMENT, () => {
          writeText(writer, 1, name);
          writeNested(writer, 2, write);
        });
      }
    });
  });
}

/** Loads octets of the packet into a register. */
export function payload(base: number, offset: number, length: number, register: number): Expression {
  return {
    name: "payload",
    write(writer) {
      writeU32(writer, 1, register);
      writeU32(writer, 2, base);
      writeU32(writer, 3, offset);
      writeU32(writer, 4, length);
    },
  };
}

/** Loads a fact about the packet into a register. */
export function meta(key: number, register: number): Expression {
  return {
    name: "meta",
    write(writer) {
      writeU32(writer, 1, register);
      writeU32(writer, 2, key);
    },
  };
}

/** Goes on only where a register holds these octets. */
export function equals(register: number, value: Uint8Array): Expression {
  return {
    name: "cmp",
    write(writer) {
      writeU32(writer, 1, register);
      writeU32(writer, 2, 0);
      writeNested(writer, 3, () => writeAttribute(writer, DATA.VALUE, value));
    },
  };
}

/** Goes on only where a set holds what the register does; with a map its value goes into `target`. */
export function lookUp(set: string, register: number, target: number | null = null): Expression {
  return {
    name: "lookup",
    write(writer) {
      writeText(writer, 1, set);
      writeU32(writer, 2, register);
      if (target !== null) writeU32(writer, 3, target);
    },
  };
}

/** Sends a copy of the packet to the address and out of the interface that registers hold. */
export function duplicate(addressRegister: number, interfaceRegister: number): Expression {
  return {
    name: "dup",
    write(writer) {
      writeU32(writer, 1, addressRegister);
      writeU32(writer, 2, interfaceRegister);
    },
  };
}

/** Ends the rule with a {@linkcode VERDICT}. */
export function verdict(code: number): Expression {
  return {
    name: "immediate",
    write(writer) {
      writeU32(writer, 1, REGISTER.VERDICT);
      writeNested(writer, 2, () => {
        writeNested(writer, DATA.VERDICT, () => writeU32(writer, 1, code));
      });
    },
  };
}

/** Counts the packets that come so far in a rule, and their octets. */
export function counter(): Expression {
  return { name: "counter", write() {} };
}

function message(
  type: number,
  flags: number,
  family: number,
  body: (writer: ByteWriter) => void,
): NftMessage {
  const head = { type: (SUBSYSTEM << 8) | type, flags: NLM_F.REQUEST | NLM_F.ACK | flags, sequence: 0 };
  return encodeNetlink(head, (writer) => {
    writer.u8(family).u8(0).u16(0);
    body(writer);
  });
}

function writeText(writer: ByteWriter, type: number, text: string): void {
  writeAttribute(writer, type, textToBytes(`${text}\0`));
}

function writeU32(writer: ByteWriter, type: number, value: number): void {
  writeAttribute(writer, type, new ByteWriter("big", 4).u32(value).finish());
}
