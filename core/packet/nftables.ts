/**
 * A table of the packet filter in nf_tables messages (linux/netfilter/nf_tables.h): as much of it as source NAT needs.
 *
 * ```
 * | family (1) | version (1) | resource id (2, network order) | attributes …     after the netlink header
 * ```
 * Numbers in attributes are in network order. A batch is applied as a whole or not at all.
 */
import { addressToBytes, type Family, familyOf, type IpAddress } from "../net/address.ts";
import { ByteWriter, textToBytes } from "../net/bytes.ts";
import { encodeNetlink, NLM_F, writeAttribute, writeNested } from "./netlink.ts";

const SUBSYSTEM = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const MESSAGE = { NEWTABLE: 0, DELTABLE: 2, NEWCHAIN: 3, NEWRULE: 6 } as const;
const NFPROTO: Readonly<Record<Family, number>> = { 4: 2, 6: 10 };

const TABLE_NAME = 1;
const CHAIN = { TABLE: 1, NAME: 3, HOOK: 4, TYPE: 7 } as const;
const HOOK = { NUMBER: 1, PRIORITY: 2 } as const;
const RULE = { TABLE: 1, CHAIN: 2, EXPRESSIONS: 4 } as const;
const LIST_ELEMENT = 1;
const EXPRESSION = { NAME: 1, DATA: 2 } as const;
const CT = { REGISTER: 1, KEY: 2, DIRECTION: 3 } as const;
const CT_KEY = { PROTOCOL: 10, PROTO_DST: 12, DST_IP: 20, DST_IP6: 22 } as const;
const META = { REGISTER: 1, KEY: 2 } as const;
const META_KEY_MARK = 3;
const COMPARE = { REGISTER: 1, OPERATION: 2, DATA: 3 } as const;
const DATA_VALUE = 1;
const PAYLOAD = { REGISTER: 1, BASE: 2, OFFSET: 3, LENGTH: 4 } as const;

const POST_ROUTING = 4;
const PRIORITY_SOURCE_NAT = 100;
const REGISTER = 1;
const EQUAL = 0;
const ORIGINAL = 0;
const NETWORK_HEADER = 1;
/** Where the destination address is in a header, and its octets. */
const DESTINATION: Readonly<Record<Family, { readonly offset: number; readonly length: number }>> = {
  4: { offset: 16, length: 4 },
  6: { offset: 24, length: 16 },
};
const CHAIN_NAME = "postrouting";

/** Traffic whose source becomes our own address. */
export interface MasqueradeRule {
  /** What the client called (the connection's original destination), or the mark of its packets. */
  readonly original:
    | {
      readonly kind: "address";
      readonly address: IpAddress;
      /** IP protocol number. */
      readonly protocol: number;
      readonly port: number;
    }
    | { readonly kind: "fwmark"; readonly mark: number };
  /** Where it is sent now; decides the family. */
  readonly destination: IpAddress;
}

/** A batch that makes the table hold these rules and no others; it is made where it is missing. */
export function encodeMasqueradeTable(
  family: Family,
  table: string,
  rules: readonly MasqueradeRule[],
): Uint8Array<ArrayBuffer> {
  const batch = new Batch(family);
  // Made so that there is one to remove, removed so that it is empty.
  batch.add(MESSAGE.NEWTABLE, NLM_F.CREATE, (writer) => writeText(writer, TABLE_NAME, table));
  batch.add(MESSAGE.DELTABLE, 0, (writer) => writeText(writer, TABLE_NAME, table));
  if (rules.length > 0) {
    batch.add(MESSAGE.NEWTABLE, NLM_F.CREATE, (writer) => writeText(writer, TABLE_NAME, table));
    batch.add(MESSAGE.NEWCHAIN, NLM_F.CREATE, (writer) => writeChain(writer, table));
  }
  for (const rule of rules) {
    batch.add(MESSAGE.NEWRULE, NLM_F.CREATE | NLM_F.APPEND, (writer) => writeRule(writer, table, rule));
  }
  return batch.finish();
}

/** Messages between a begin and an end; each asks for an acknowledgement, numbered from 1. */
class Batch {
  readonly #family: Family;
  readonly #messages: Uint8Array[] = [];

  constructor(family: Family) {
    this.#family = family;
  }

  add(message: number, flags: number, body: (writer: ByteWriter) => void): void {
    const type = SUBSYSTEM << 8 | message;
    const sequence = this.#messages.length + 1;
    const head = { type, flags: NLM_F.REQUEST | NLM_F.ACK | flags, sequence };
    this.#messages.push(encodeNetlink(head, (writer) => {
      writer.u8(NFPROTO[this.#family]).u8(0).u16(0);
      body(writer);
    }));
  }

  finish(): Uint8Array<ArrayBuffer> {
    const edge = (type: number) =>
      encodeNetlink(
        { type, flags: NLM_F.REQUEST, sequence: 0 },
        (writer) => writer.u8(0).u8(0).u8(0).u8(SUBSYSTEM),
      );
    const whole = new ByteWriter("little", 4096);
    for (const message of [edge(BATCH_BEGIN), ...this.#messages, edge(BATCH_END)]) whole.bytes(message);
    return whole.finish();
  }
}

function writeChain(writer: ByteWriter, table: string): void {
  writeText(writer, CHAIN.TABLE, table);
  writeText(writer, CHAIN.NAME, CHAIN_NAME);
  writeNested(writer, CHAIN.HOOK, (hook) => {
    writeNumber(hook, HOOK.NUMBER, POST_ROUTING);
    writeNumber(hook, HOOK.PRIORITY, PRIORITY_SOURCE_NAT);
  });
  writeText(writer, CHAIN.TYPE, "nat");
}

function writeRule(writer: ByteWriter, table: string, { original, destination }: MasqueradeRule): void {
  writeText(writer, RULE.TABLE, table);
  writeText(writer, RULE.CHAIN, CHAIN_NAME);
  writeNested(writer, RULE.EXPRESSIONS, (list) => {
    if (original.kind === "fwmark") matchMark(list, original.mark);
    else {
      const key = familyOf(original.address) === 4 ? CT_KEY.DST_IP : CT_KEY.DST_IP6;
      matchOriginal(list, key, addressToBytes(original.address));
      matchOriginal(list, CT_KEY.PROTOCOL, Uint8Array.of(original.protocol));
      if (original.port !== 0) {
        matchOriginal(list, CT_KEY.PROTO_DST, Uint8Array.of(original.port >>> 8, original.port & 0xff));
      }
    }
    matchDestination(list, destination);
    writeExpression(list, "masq", () => {});
  });
}

function matchMark(list: ByteWriter, mark: number): void {
  writeExpression(list, "meta", (data) => {
    writeNumber(data, META.REGISTER, REGISTER);
    writeNumber(data, META.KEY, META_KEY_MARK);
  });
  // The mark is in host order, unlike all that comes off the wire.
  writeComparison(list, new ByteWriter("little", 4).u32(mark).finish());
}

function matchOriginal(list: ByteWriter, key: number, value: Uint8Array): void {
  writeExpression(list, "ct", (data) => {
    writeNumber(data, CT.REGISTER, REGISTER);
    writeNumber(data, CT.KEY, key);
    writeAttribute(data, CT.DIRECTION, Uint8Array.of(ORIGINAL));
  });
  writeComparison(list, value);
}

function matchDestination(list: ByteWriter, destination: IpAddress): void {
  const { offset, length } = DESTINATION[familyOf(destination)];
  writeExpression(list, "payload", (data) => {
    writeNumber(data, PAYLOAD.REGISTER, REGISTER);
    writeNumber(data, PAYLOAD.BASE, NETWORK_HEADER);
    writeNumber(data, PAYLOAD.OFFSET, offset);
    writeNumber(data, PAYLOAD.LENGTH, length);
  });
  writeComparison(list, addressToBytes(destination));
}

function writeComparison(list: ByteWriter, value: Uint8Array): void {
  writeExpression(list, "cmp", (data) => {
    writeNumber(data, COMPARE.REGISTER, REGISTER);
    writeNumber(data, COMPARE.OPERATION, EQUAL);
    writeNested(data, COMPARE.DATA, (nested) => writeAttribute(nested, DATA_VALUE, value));
  });
}

function writeExpression(list: ByteWriter, name: string, body: (data: ByteWriter) => void): void {
  writeNested(list, LIST_ELEMENT, (element) => {
    writeText(element, EXPRESSION.NAME, name);
    writeNested(element, EXPRESSION.DATA, body);
  });
}

function writeText(writer: ByteWriter, type: number, text: string): void {
  writeAttribute(writer, type, textToBytes(`${text}\0`));
}

function writeNumber(writer: ByteWriter, type: number, value: number): void {
  writeAttribute(
    writer,
    type,
    Uint8Array.of(value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff),
  );
}
