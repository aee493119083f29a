/**
 * Links and addresses in rtnetlink messages (linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h).
 *
 * ```
 * | family (1) | pad (1) | type (2) | index (4) | flags (4) | change mask (4) | IFLA_* attributes      link
 * | family (1) | prefix length (1) | flags (1) | scope (1) | index (4) | IFA_* attributes             address
 * ```
 */
import { addressFromBytes, addressToBytes, type Family, familyOf, type IpAddress } from "../net/address.ts";
import { ByteReader, type ByteWriter, textFromBytes, textToBytes } from "../net/bytes.ts";
import { type MacAddress, macFromBytes, macToBytes } from "../net/mac.ts";
import {
  attributeNumber,
  attributeTable,
  encodeNetlink,
  type NetlinkMessage,
  NLM_F,
  writeAttribute,
  writeAttributeU32,
  writeNested,
} from "./netlink.ts";

/** Message types. */
export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
} as const;

/** Groups that a monitor may join, by number (`NETLINK_ADD_MEMBERSHIP`). */
export const RTNLGRP = { LINK: 1, IPV4_IFADDR: 5, IPV6_IFADDR: 9 } as const;

/** Flags of an interface (linux/if.h). */
export const IFF = { UP: 0x1, BROADCAST: 0x2, RUNNING: 0x40, NOARP: 0x80, MULTICAST: 0x1000 } as const;

/** Flags of an address (linux/if_addr.h). SECONDARY is TEMPORARY where the address is IPv6. */
export const IFA_F = {
  SECONDARY: 0x01,
  NODAD: 0x02,
  OPTIMISTIC: 0x04,
  DADFAILED: 0x08,
  HOMEADDRESS: 0x10,
  DEPRECATED: 0x20,
  TENTATIVE: 0x40,
  PERMANENT: 0x80,
  MANAGETEMPADDR: 0x100,
  NOPREFIXROUTE: 0x200,
  MCAUTOJOIN: 0x400,
} as const;

/** Hardware type of Ethernet (linux/if_arp.h). */
export const ARPHRD_ETHER = 1;

/** A lifetime that never ends. */
export const FOREVER = 0xffffffff;

const AF = { UNSPEC: 0, INET: 2, BRIDGE: 7, INET6: 10 } as const;
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  LINKINFO: 18,
  GROUP: 27,
  EXT_MASK: 29,
} as const;
const IFLA_INFO = { KIND: 1, DATA: 2 } as const;
const IFLA_MACVLAN_MODE = 1;
const IFA = {
  ADDRESS: 1,
  LOCAL: 2,
  LABEL: 3,
  BROADCAST: 4,
  CACHEINFO: 6,
  FLAGS: 8,
  PROTO: 11,
} as const;
const EXT_FILTER_SKIP_STATS = 8;
const LINK_HEADER_LENGTH = 16;
const ADDRESS_HEADER_LENGTH = 8;

/** A link as the kernel describes it. */
export interface LinkRecord {
  readonly kind: "new" | "delete";
  readonly index: number;
  readonly name: string;
  /** {@linkcode IFF} bits. */
  readonly flags: number;
  /** ARPHRD_* number; {@linkcode ARPHRD_ETHER} is Ethernet. */
  readonly hardwareType: number;
  /** "" where it has none. */
  readonly mac: MacAddress;
  readonly mtu: number;
  /** `veth`, `macvlan` and so on; "" for a physical device. */
  readonly driver: string;
}

/** An address as the kernel describes it. */
export interface AddressRecord {
  readonly kind: "new" | "delete";
  readonly family: Family;
  readonly index: number;
  /** The host's own address. */
  readonly local: IpAddress;
  /** The other end of a point-to-point address; equal to `local` otherwise. */
  readonly peer: IpAddress;
  readonly prefixLength: number;
  readonly scope: number;
  /** {@linkcode IFA_F} bits. */
  readonly flags: number;
  readonly label: string | null;
  readonly broadcast: IpAddress | null;
  /** Remaining lifetimes in s, {@linkcode FOREVER} without end. */
  readonly preferredLifetime: number;
  readonly validLifetime: number;
  /** Who made it (IFA_PROTO), 0 unknown. */
  readonly protocol: number;
}

/** An address to be added. */
export interface AddressRequest {
  readonly index: number;
  readonly local: IpAddress;
  readonly prefixLength: number;
  readonly peer: IpAddress | null;
  readonly scope: number;
  readonly flags: number;
  readonly label: string | null;
  readonly broadcast: IpAddress | null;
  /** In s; null for ever. */
  readonly validLifetime: number | null;
  /** In s; null for as long as it is valid. */
  readonly preferredLifetime: number | null;
}

/** Adds an address, or gives one that is there the new lifetimes and flags. */
export function encodeNewAddress(request: AddressRequest, sequence = 0): Uint8Array<ArrayBuffer> {
  const flags = NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.REPLACE;
  return encodeNetlink({ type: RTM.NEWADDR, flags, sequence }, (writer) => {
    writeAddressHeader(writer, request);
    writeAttribute(writer, IFA.LOCAL, addressToBytes(request.local));
    writeAttribute(writer, IFA.ADDRESS, addressToBytes(request.peer ?? request.local));
    if (request.label !== null) writeAttribute(writer, IFA.LABEL, nullTerminated(request.label));
    if (request.broadcast !== null) writeAttribute(writer, IFA.BROADCAST, addressToBytes(request.broadcast));
    if (request.flags > 0xff) writeAttributeU32(writer, IFA.FLAGS, request.flags);
    writeLifetimes(writer, request);
  });
}

/** Flags of more than 8 bits go into an attribute, which then holds all of them. */
function writeAddressHeader(writer: ByteWriter, request: AddressRequest): void {
  writer.u8(familyOf(request.local) === 4 ? AF.INET : AF.INET6)
    .u8(request.prefixLength)
    .u8(request.flags > 0xff ? 0 : request.flags)
    .u8(request.scope)
    .u32(request.index);
}

/** `struct ifa_cacheinfo`: preferred, valid, and two stamps that only the kernel writes. */
function writeLifetimes(writer: ByteWriter, request: AddressRequest): void {
  if (request.validLifetime === null && request.preferredLifetime === null) return;
  const valid = request.validLifetime ?? FOREVER;
  const preferred = Math.min(request.preferredLifetime ?? valid, valid);
  writer.u16(4 + 16).u16(IFA.CACHEINFO).u32(preferred).u32(valid).u32(0).u32(0);
}

/**
 * Removes one address.
 *
 * IPv4 compares the prefix length only where IFA_ADDRESS is given, so it always is.
 */
export function encodeDeleteAddress(
  request: Pick<AddressRequest, "index" | "local" | "prefixLength" | "peer">,
  sequence = 0,
): Uint8Array<ArrayBuffer> {
  return encodeNetlink({ type: RTM.DELADDR, flags: NLM_F.REQUEST | NLM_F.ACK, sequence }, (writer) => {
    writer.u8(familyOf(request.local) === 4 ? AF.INET : AF.INET6);
    writer.u8(request.prefixLength).u8(0).u8(0).u32(request.index);
    writeAttribute(writer, IFA.LOCAL, addressToBytes(request.local));
    writeAttribute(writer, IFA.ADDRESS, addressToBytes(request.peer ?? request.local));
  });
}

/** Asks for all addresses of all links, or those of one family. */
export function encodeGetAddresses(family: Family | null, sequence = 0): Uint8Array<ArrayBuffer> {
  const code = family === null ? AF.UNSPEC : family === 4 ? AF.INET : AF.INET6;
  return encodeNetlink({ type: RTM.GETADDR, flags: NLM_F.REQUEST | NLM_F.DUMP, sequence }, (writer) => {
    writer.u8(code).zeros(ADDRESS_HEADER_LENGTH - 1);
  });
}

/** Asks for all links, without their statistics. */
export function encodeGetLinks(sequence = 0): Uint8Array<ArrayBuffer> {
  return encodeNetlink({ type: RTM.GETLINK, flags: NLM_F.REQUEST | NLM_F.DUMP, sequence }, (writer) => {
    writer.zeros(LINK_HEADER_LENGTH);
    writeAttributeU32(writer, IFLA.EXT_MASK, EXT_FILTER_SKIP_STATS);
  });
}

/** A macvlan to be made on top of another link, as VRRP's virtual MAC wants it: private mode 1, bridge mode 4. */
export interface MacvlanRequest {
  readonly name: string;
  readonly parentIndex: number;
  readonly mac: MacAddress;
  readonly mode: number;
  /** Interface group; null means the default one. */
  readonly group: number | null;
}

/** Creates a macvlan; EEXIST where the name is taken. */
export function encodeNewMacvlan(request: MacvlanRequest, sequence = 0): Uint8Array<ArrayBuffer> {
  const flags = NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL;
  return encodeNetlink({ type: RTM.NEWLINK, flags, sequence }, (writer) => {
    writer.zeros(LINK_HEADER_LENGTH);
    writeAttribute(writer, IFLA.IFNAME, nullTerminated(request.name));
    writeAttributeU32(writer, IFLA.LINK, request.parentIndex);
    writeAttribute(writer, IFLA.ADDRESS, macToBytes(request.mac));
    if (request.group !== null) writeAttributeU32(writer, IFLA.GROUP, request.group);
    writeNested(writer, IFLA.LINKINFO, () => {
      writeAttribute(writer, IFLA_INFO.KIND, nullTerminated("macvlan"));
      writeNested(writer, IFLA_INFO.DATA, () => writeAttributeU32(writer, IFLA_MACVLAN_MODE, request.mode));
    });
  });
}

/** Changes those flags of a link whose bits are set in `mask`. */
export function encodeLinkFlags(
  index: number,
  flags: number,
  mask: number,
  sequence = 0,
): Uint8Array<ArrayBuffer> {
  return encodeNetlink({ type: RTM.NEWLINK, flags: NLM_F.REQUEST | NLM_F.ACK, sequence }, (writer) => {
    writer.u8(AF.UNSPEC).u8(0).u16(0).i32(index).u32(flags).u32(mask);
  });
}

/** Removes a link. */
export function encodeDeleteLink(index: number, sequence = 0): Uint8Array<ArrayBuffer> {
  return encodeNetlink({ type: RTM.DELLINK, flags: NLM_F.REQUEST | NLM_F.ACK, sequence }, (writer) => {
    writer.u8(AF.UNSPEC).u8(0).u16(0).i32(index).u32(0).u32(0);
  });
}

/**
 * The link that a message is about, or null where it is about something else.
 *
 * A message of the bridge family tells about a port of a bridge, not about the link itself: its RTM_DELLINK means
 * that the port left.
 */
export function decodeLink(message: NetlinkMessage): LinkRecord | null {
  if (message.type !== RTM.NEWLINK && message.type !== RTM.DELLINK) return null;
  if (message.payload.length < LINK_HEADER_LENGTH) return null;
  const reader = new ByteReader(message.payload, "little");
  if (reader.u8() === AF.BRIDGE) return null;
  reader.skip(1);
  const [hardwareType, index, flags] = [reader.u16(), reader.i32(), reader.u32()];
  const attributes = attributeTable(message.payload.subarray(LINK_HEADER_LENGTH));
  const mac = attributes.get(IFLA.ADDRESS);
  return {
    kind: message.type === RTM.NEWLINK ? "new" : "delete",
    index,
    name: textFromBytes(attributes.get(IFLA.IFNAME) ?? new Uint8Array()),
    flags,
    hardwareType,
    mac: mac === undefined ? "" : macFromBytes(mac),
    mtu: attributeNumber(attributes.get(IFLA.MTU)) ?? 0,
    driver: driverOf(attributes.get(IFLA.LINKINFO)),
  };
}

function driverOf(info: Uint8Array | undefined): string {
  const kind = info === undefined ? undefined : attributeTable(info).get(IFLA_INFO.KIND);
  return kind === undefined ? "" : textFromBytes(kind);
}

/** The address that a message is about, or null where it is about something else or makes no sense. */
export function decodeAddress(message: NetlinkMessage): AddressRecord | null {
  if (message.type !== RTM.NEWADDR && message.type !== RTM.DELADDR) return null;
  if (message.payload.length < ADDRESS_HEADER_LENGTH) return null;
  const [code, prefixLength, headerFlags, scope] = message.payload;
  const family = code === AF.INET ? 4 : code === AF.INET6 ? 6 : null;
  if (family === null) return null;
  const attributes = attributeTable(message.payload.subarray(ADDRESS_HEADER_LENGTH));
  const address = readAddress(attributes.get(IFA.ADDRESS), family);
  const local = readAddress(attributes.get(IFA.LOCAL), family) ?? address;
  if (local === null) return null;
  const label = attributes.get(IFA.LABEL);
  return {
    kind: message.type === RTM.NEWADDR ? "new" : "delete",
    family,
    index: new ByteReader(message.payload.subarray(4), "little").u32(),
    local,
    peer: address ?? local,
    prefixLength: prefixLength!,
    scope: scope!,
    flags: attributeNumber(attributes.get(IFA.FLAGS)) ?? headerFlags!,
    label: label === undefined ? null : textFromBytes(label),
    broadcast: readAddress(attributes.get(IFA.BROADCAST), family),
    ...readLifetimes(attributes.get(IFA.CACHEINFO)),
    protocol: attributeNumber(attributes.get(IFA.PROTO)) ?? 0,
  };
}

function readAddress(value: Uint8Array | undefined, family: Family): IpAddress | null {
  return value?.length === (family === 4 ? 4 : 16) ? addressFromBytes(value) : null;
}

function readLifetimes(
  value: Uint8Array | undefined,
): Pick<AddressRecord, "preferredLifetime" | "validLifetime"> {
  if (value === undefined || value.length < 8) return { preferredLifetime: FOREVER, validLifetime: FOREVER };
  const reader = new ByteReader(value, "little");
  return { preferredLifetime: reader.u32(), validLifetime: reader.u32() };
}

function nullTerminated(text: string): Uint8Array {
  const octets = textToBytes(text);
  const terminated = new Uint8Array(octets.length + 1);
  terminated.set(octets);
  return terminated;
}
