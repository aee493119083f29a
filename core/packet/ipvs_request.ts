/**
 * Requests to IPVS: what changes its table, and what asks for it.
 */
import { addressToBytes, type IpAddress } from "../net/address.ts";
import { type ByteWriter, textToBytes } from "../net/bytes.ts";
import { encodeGeneric } from "./genetlink.ts";
import {
  familyOfService,
  IPVS_CMD,
  IPVS_FAMILY,
  type IpvsDaemon,
  type IpvsDestination,
  type IpvsService,
  type IpvsServiceId,
  type IpvsTimeouts,
} from "./ipvs.ts";
import {
  AF,
  CMD_ATTR,
  DAEMON_ATTR,
  DAEMON_STATES,
  DEST_ATTR,
  FORWARDING_NUMBERS,
  PROTOCOL_NUMBERS,
  SVC_ATTR,
  TUNNEL_CHECKSUM_FLAGS,
  TUNNEL_NUMBERS,
} from "./ipvs_attributes.ts";
import { NLM_F, writeAttribute, writeAttributeU32, writeNested } from "./netlink.ts";

/** A request that is acknowledged: add or change a service. */
export function encodeService(
  family: number,
  command: typeof IPVS_CMD.NEW_SERVICE | typeof IPVS_CMD.SET_SERVICE,
  service: IpvsService,
): Uint8Array<ArrayBuffer> {
  return request(family, command, (writer) => {
    writeNested(writer, CMD_ATTR.SERVICE, (fields) => {
      writeServiceId(fields, service.id);
      writeName(fields, SVC_ATTR.SCHED_NAME, service.scheduler);
      if (service.persistenceEngine !== null) writeName(fields, SVC_ATTR.PE_NAME, service.persistenceEngine);
      fields.u16(12).u16(SVC_ATTR.FLAGS).u32(service.flags).u32(0xffffffff);
      writeAttributeU32(fields, SVC_ATTR.TIMEOUT, service.timeout);
      writeNetmask(fields, service);
    });
  });
}

/** A request that is acknowledged: remove a service with its destinations, or zero its counters. */
export function encodeServiceCommand(
  family: number,
  command: typeof IPVS_CMD.DEL_SERVICE | typeof IPVS_CMD.ZERO,
  id: IpvsServiceId,
): Uint8Array<ArrayBuffer> {
  return request(family, command, (writer) => {
    writeNested(writer, CMD_ATTR.SERVICE, (fields) => writeServiceId(fields, id));
  });
}

/** A request that is acknowledged: add, change or remove a destination. */
export function encodeDestination(
  family: number,
  command: typeof IPVS_CMD.NEW_DEST | typeof IPVS_CMD.SET_DEST | typeof IPVS_CMD.DEL_DEST,
  id: IpvsServiceId,
  destination: IpvsDestination,
): Uint8Array<ArrayBuffer> {
  return request(family, command, (writer) => {
    writeNested(writer, CMD_ATTR.SERVICE, (fields) => writeServiceId(fields, id));
    writeNested(writer, CMD_ATTR.DEST, (fields) => {
      writeAddress(fields, DEST_ATTR.ADDR_FAMILY, DEST_ATTR.ADDR, destination.address);
      writePort(fields, DEST_ATTR.PORT, destination.port);
      if (command !== IPVS_CMD.DEL_DEST) writeDestinationOptions(fields, destination);
    });
  });
}

/** A request that is acknowledged: start or stop a role of the sync daemon. */
export function encodeDaemon(
  family: number,
  command: typeof IPVS_CMD.NEW_DAEMON | typeof IPVS_CMD.DEL_DAEMON,
  daemon: IpvsDaemon,
): Uint8Array<ArrayBuffer> {
  return request(family, command, (writer) => {
    writeNested(writer, CMD_ATTR.DAEMON, (fields) => {
      writeAttributeU32(fields, DAEMON_ATTR.STATE, DAEMON_STATES[daemon.state]);
      writeName(fields, DAEMON_ATTR.MCAST_IFN, daemon.interface);
      writeAttributeU32(fields, DAEMON_ATTR.SYNC_ID, daemon.syncId);
      if (command === IPVS_CMD.NEW_DAEMON) writeDaemonOptions(fields, daemon);
    });
  });
}

/** A request that is acknowledged: set the idle times; 0 leaves one as it is. */
export function encodeTimeouts(family: number, timeouts: IpvsTimeouts): Uint8Array<ArrayBuffer> {
  return request(family, IPVS_CMD.SET_CONFIG, (writer) => {
    writeAttributeU32(writer, CMD_ATTR.TIMEOUT_TCP, timeouts.tcp);
    writeAttributeU32(writer, CMD_ATTR.TIMEOUT_TCP_FIN, timeouts.tcpFin);
    writeAttributeU32(writer, CMD_ATTR.TIMEOUT_UDP, timeouts.udp);
  });
}

/** A request that is acknowledged: remove every service, or zero every counter. */
export function encodeTableCommand(
  family: number,
  command: typeof IPVS_CMD.FLUSH | typeof IPVS_CMD.ZERO,
): Uint8Array<ArrayBuffer> {
  return request(family, command, () => {});
}

/** A question that is answered with one message. */
export function encodeQuery(
  family: number,
  command: typeof IPVS_CMD.GET_CONFIG | typeof IPVS_CMD.GET_INFO,
): Uint8Array<ArrayBuffer> {
  return encodeGeneric({ ...IPVS_HEAD, family, command, flags: NLM_F.REQUEST });
}

/** A question that is answered with all services, or with the roles of the sync daemon. */
export function encodeDump(
  family: number,
  command: typeof IPVS_CMD.GET_SERVICE | typeof IPVS_CMD.GET_DAEMON,
): Uint8Array<ArrayBuffer> {
  return encodeGeneric({ ...IPVS_HEAD, family, command, flags: NLM_F.REQUEST | NLM_F.DUMP });
}

/** A question that is answered with all destinations of a service. */
export function encodeDestinationDump(family: number, id: IpvsServiceId): Uint8Array<ArrayBuffer> {
  const head = {
    ...IPVS_HEAD,
    family,
    command: IPVS_CMD.GET_DEST,
    flags: NLM_F.REQUEST | NLM_F.DUMP,
  };
  return encodeGeneric(head, (writer) => {
    writeNested(writer, CMD_ATTR.SERVICE, (fields) => writeServiceId(fields, id));
  });
}

const IPVS_HEAD = { version: IPVS_FAMILY.version, sequence: 0 } as const;

function request(
  family: number,
  command: number,
  body: (writer: ByteWriter) => void,
): Uint8Array<ArrayBuffer> {
  return encodeGeneric({ ...IPVS_HEAD, family, command, flags: NLM_F.REQUEST | NLM_F.ACK }, body);
}

function writeServiceId(writer: ByteWriter, id: IpvsServiceId): void {
  if (id.kind === "fwmark") {
    writeU16(writer, SVC_ATTR.AF, id.family === 4 ? AF.INET : AF.INET6);
    writeAttributeU32(writer, SVC_ATTR.FWMARK, id.mark);
    return;
  }
  writeAddress(writer, SVC_ATTR.AF, SVC_ATTR.ADDR, id.address);
  writeU16(writer, SVC_ATTR.PROTOCOL, PROTOCOL_NUMBERS[id.protocol]);
  writePort(writer, SVC_ATTR.PORT, id.port);
}

function writeDestinationOptions(writer: ByteWriter, destination: IpvsDestination): void {
  writeAttributeU32(writer, DEST_ATTR.FWD_METHOD, FORWARDING_NUMBERS[destination.forwarding]);
  writeAttributeU32(writer, DEST_ATTR.WEIGHT, destination.weight);
  writeAttributeU32(writer, DEST_ATTR.U_THRESH, destination.upperThreshold);
  writeAttributeU32(writer, DEST_ATTR.L_THRESH, destination.lowerThreshold);
  const { tunnel } = destination;
  // Kernels before 5.2 know no tunnel types; plain IPIP needs none.
  if (tunnel === null || tunnel.type === "ipip") return;
  writer.u16(5).u16(DEST_ATTR.TUN_TYPE).u8(TUNNEL_NUMBERS[tunnel.type]).align(4);
  writePort(writer, DEST_ATTR.TUN_PORT, tunnel.port);
  writeU16(writer, DEST_ATTR.TUN_FLAGS, TUNNEL_CHECKSUM_FLAGS[tunnel.checksum]);
}

function writeDaemonOptions(writer: ByteWriter, daemon: IpvsDaemon): void {
  if (daemon.maxLength !== null) writeU16(writer, DAEMON_ATTR.SYNC_MAXLEN, daemon.maxLength);
  if (daemon.group !== null) {
    const octets = addressToBytes(daemon.group);
    const type = octets.length === 4 ? DAEMON_ATTR.MCAST_GROUP : DAEMON_ATTR.MCAST_GROUP6;
    writeAttribute(writer, type, octets);
  }
  if (daemon.port !== null) writeU16(writer, DAEMON_ATTR.MCAST_PORT, daemon.port);
  if (daemon.ttl !== null) writer.u16(5).u16(DAEMON_ATTR.MCAST_TTL).u8(daemon.ttl).align(4);
}

/** An IPv4 mask is written as the mask, an IPv6 one as its length. */
function writeNetmask(writer: ByteWriter, service: IpvsService): void {
  if (familyOfService(service.id) === 6) {
    writeAttributeU32(writer, SVC_ATTR.NETMASK, service.persistenceMask);
    return;
  }
  const mask = service.persistenceMask;
  writer.u16(8).u16(SVC_ATTR.NETMASK);
  writer.u8(mask >>> 24).u8(mask >>> 16 & 0xff).u8(mask >>> 8 & 0xff).u8(mask & 0xff);
}

function writeAddress(writer: ByteWriter, familyType: number, addressType: number, address: IpAddress): void {
  const octets = addressToBytes(address);
  writeU16(writer, familyType, octets.length === 4 ? AF.INET : AF.INET6);
  writer.u16(20).u16(addressType).bytes(octets).zeros(16 - octets.length);
}

function writePort(writer: ByteWriter, type: number, port: number): void {
  writer.u16(6).u16(type).u8(port >>> 8).u8(port & 0xff).zeros(2);
}

function writeU16(writer: ByteWriter, type: number, value: number): void {
  writer.u16(6).u16(type).u16(value).zeros(2);
}

function writeName(writer: ByteWriter, type: number, name: string): void {
  writeAttribute(writer, type, textToBytes(`${name}\0`));
}
