/**
 * Answers of IPVS: its table, settings and statistics as the kernel reports them.
 */
import {
  ADDRESS_LENGTH,
  addressFromBytes,
  type Family,
  type IpAddress,
  ipv4ToNumber,
  WHOLE_MASK,
} from "../net/address.ts";
import { ByteReader, textFromBytes } from "../net/bytes.ts";
import { decodeGeneric } from "./genetlink.ts";
import {
  familyOfService,
  IPVS_SVC_F,
  type IpvsDaemon,
  type IpvsDestinationRecord,
  type IpvsInfo,
  type IpvsServiceId,
  type IpvsServiceRecord,
  type IpvsStatistics,
  type IpvsTimeouts,
  type IpvsTunnel,
} from "./ipvs.ts";
import {
  AF,
  CMD_ATTR,
  DAEMON_ATTR,
  DAEMON_STATES,
  DEST_ATTR,
  FORWARDING_MASK,
  FORWARDING_NUMBERS,
  INFO_ATTR,
  PROTOCOL_NUMBERS,
  STATS,
  SVC_ATTR,
  TUNNEL_CHECKSUM_FLAGS,
  TUNNEL_NUMBERS,
} from "./ipvs_attributes.ts";
import { attributeNumber, attributeTable, type NetlinkMessage } from "./netlink.ts";

/** The service in a message, or null where there is none that makes sense. */
export function decodeService(message: NetlinkMessage): IpvsServiceRecord | null {
  const fields = nested(message, CMD_ATTR.SERVICE);
  const id = fields === null ? null : readServiceId(fields);
  if (fields === null || id === null) return null;
  const engine = fields.get(SVC_ATTR.PE_NAME);
  const flags = fields.get(SVC_ATTR.FLAGS);
  return {
    id,
    scheduler: textFromBytes(fields.get(SVC_ATTR.SCHED_NAME) ?? NOTHING),
    flags: flags === undefined || flags.length < 4
      ? 0
      : new ByteReader(flags, "little").u32() & ~IPVS_SVC_F.HASHED,
    timeout: number(fields, SVC_ATTR.TIMEOUT),
    persistenceMask: readNetmask(fields, familyOfService(id)),
    persistenceEngine: engine === undefined ? null : textFromBytes(engine),
    statistics: readStatistics(fields.get(SVC_ATTR.STATS64)),
  };
}

/**
 * The destination in a message, or null where there is none that makes sense.
 *
 * @param family of the service: what kernels before 4.1 mean, which name none for the destination
 */
export function decodeDestination(message: NetlinkMessage, family: Family): IpvsDestinationRecord | null {
  const fields = nested(message, CMD_ATTR.DEST);
  const address = fields === null ? null : readAddress(fields, DEST_ATTR.ADDR_FAMILY, DEST_ATTR.ADDR, family);
  if (fields === null || address === null) return null;
  const forwarding = nameOf(
    FORWARDING_NUMBERS,
    number(fields, DEST_ATTR.FWD_METHOD) & FORWARDING_MASK,
  ) ?? "nat";
  return {
    address,
    port: readPort(fields.get(DEST_ATTR.PORT)),
    forwarding,
    tunnel: forwarding === "tunnel" ? readTunnel(fields) : null,
    weight: number(fields, DEST_ATTR.WEIGHT),
    upperThreshold: number(fields, DEST_ATTR.U_THRESH),
    lowerThreshold: number(fields, DEST_ATTR.L_THRESH),
    activeConnections: number(fields, DEST_ATTR.ACTIVE_CONNS),
    inactiveConnections: number(fields, DEST_ATTR.INACT_CONNS),
    persistentConnections: number(fields, DEST_ATTR.PERSIST_CONNS),
    statistics: readStatistics(fields.get(DEST_ATTR.STATS64)),
  };
}

/** The role of the sync daemon in a message, or null where there is none that makes sense. */
export function decodeDaemon(message: NetlinkMessage): IpvsDaemon | null {
  const fields = nested(message, CMD_ATTR.DAEMON);
  const state = fields === null ? null : nameOf(DAEMON_STATES, number(fields, DAEMON_ATTR.STATE));
  if (fields === null || state === null) return null;
  const group = fields.get(DAEMON_ATTR.MCAST_GROUP) ?? fields.get(DAEMON_ATTR.MCAST_GROUP6);
  return {
    state,
    interface: textFromBytes(fields.get(DAEMON_ATTR.MCAST_IFN) ?? NOTHING),
    syncId: number(fields, DAEMON_ATTR.SYNC_ID),
    maxLength: attributeNumber(fields.get(DAEMON_ATTR.SYNC_MAXLEN)),
    group: group?.length === 4 || group?.length === 16 ? addressFromBytes(group) : null,
    port: attributeNumber(fields.get(DAEMON_ATTR.MCAST_PORT)),
    ttl: attributeNumber(fields.get(DAEMON_ATTR.MCAST_TTL)),
  };
}

/** The idle times in the answer to GET_CONFIG, or null where it is not one. */
export function decodeTimeouts(message: NetlinkMessage): IpvsTimeouts | null {
  const attributes = decodeGeneric(message)?.attributes;
  const tcp = attributeNumber(attributes?.get(CMD_ATTR.TIMEOUT_TCP));
  const tcpFin = attributeNumber(attributes?.get(CMD_ATTR.TIMEOUT_TCP_FIN));
  if (tcp === null || tcpFin === null) return null;
  // A kernel without UDP in IPVS names no such time.
  return { tcp, tcpFin, udp: attributeNumber(attributes?.get(CMD_ATTR.TIMEOUT_UDP)) ?? 0 };
}

/** The facts in the answer to GET_INFO, or null where it is not one. */
export function decodeInfo(message: NetlinkMessage): IpvsInfo | null {
  const attributes = decodeGeneric(message)?.attributes;
  const version = attributeNumber(attributes?.get(INFO_ATTR.VERSION));
  const connectionTableSize = attributeNumber(attributes?.get(INFO_ATTR.CONN_TAB_SIZE));
  if (version === null || connectionTableSize === null) return null;
  return {
    version: `${version >> 16 & 0xff}.${version >> 8 & 0xff}.${version & 0xff}`,
    connectionTableSize,
  };
}

const NOTHING = new Uint8Array(0);

function nested(message: NetlinkMessage, type: number): ReadonlyMap<number, Uint8Array> | null {
  const value = decodeGeneric(message)?.attributes.get(type);
  return value === undefined ? null : attributeTable(value);
}

function number(fields: ReadonlyMap<number, Uint8Array>, type: number): number {
  return attributeNumber(fields.get(type)) ?? 0;
}

function readServiceId(fields: ReadonlyMap<number, Uint8Array>): IpvsServiceId | null {
  const family = readFamily(fields, SVC_ATTR.AF, 4);
  if (family === null) return null;
  const mark = attributeNumber(fields.get(SVC_ATTR.FWMARK));
  if (mark !== null && mark !== 0) return { kind: "fwmark", mark, family };
  const address = readAddress(fields, SVC_ATTR.AF, SVC_ATTR.ADDR, family);
  const protocol = nameOf(PROTOCOL_NUMBERS, number(fields, SVC_ATTR.PROTOCOL));
  if (address === null || protocol === null) return null;
  return { kind: "address", protocol, address, port: readPort(fields.get(SVC_ATTR.PORT)) };
}

function readFamily(
  fields: ReadonlyMap<number, Uint8Array>,
  type: number,
  fallback: Family,
): Family | null {
  const number = attributeNumber(fields.get(type));
  if (number === null) return fallback;
  return number === AF.INET ? 4 : number === AF.INET6 ? 6 : null;
}

function readAddress(
  fields: ReadonlyMap<number, Uint8Array>,
  familyType: number,
  addressType: number,
  fallback: Family,
): IpAddress | null {
  const family = readFamily(fields, familyType, fallback);
  const octets = fields.get(addressType);
  if (family === null || octets === undefined || octets.length < ADDRESS_LENGTH[family]) return null;
  return addressFromBytes(octets.subarray(0, ADDRESS_LENGTH[family]));
}

function readPort(octets: Uint8Array | undefined): number {
  return octets?.length === 2 ? octets[0]! << 8 | octets[1]! : 0;
}

function readNetmask(fields: ReadonlyMap<number, Uint8Array>, family: Family): number {
  const octets = fields.get(SVC_ATTR.NETMASK);
  if (octets?.length !== 4) return WHOLE_MASK[family];
  return family === 6 ? new ByteReader(octets, "little").u32() : ipv4ToNumber(octets);
}

function readTunnel(fields: ReadonlyMap<number, Uint8Array>): IpvsTunnel {
  return {
    type: nameOf(TUNNEL_NUMBERS, number(fields, DEST_ATTR.TUN_TYPE)) ?? "ipip",
    port: readPort(fields.get(DEST_ATTR.TUN_PORT)),
    checksum: nameOf(TUNNEL_CHECKSUM_FLAGS, number(fields, DEST_ATTR.TUN_FLAGS)) ?? "none",
  };
}

/** Attributes 1 to 10 of 64 bits each, in the order of {@linkcode STATS}. */
function readStatistics(octets: Uint8Array | undefined): IpvsStatistics {
  const fields = attributeTable(octets ?? NOTHING);
  const values = STATS.map((name, i) => {
    const value = fields.get(i + 1);
    return [name, value?.length === 8 ? Number(new ByteReader(value, "little").u64()) : 0] as const;
  });
  return Object.fromEntries(values) as IpvsStatistics;
}

function nameOf<Name extends string>(table: Readonly<Record<Name, number>>, value: number): Name | null {
  for (const name in table) if (table[name] === value) return name;
  return null;
}
