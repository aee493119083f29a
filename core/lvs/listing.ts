/**
 * The kernel's table as text, in the layout of ipvsadm: people and scripts know how to read that.
 */
import { compareAddresses, familyOf, ipv4FromNumber, WHOLE_MASK } from "../net/address.ts";
import {
  familyOfService,
  IPVS_SVC_F,
  type IpvsDaemon,
  type IpvsDestination,
  type IpvsDestinationRecord,
  type IpvsInfo,
  type IpvsServiceId,
  type IpvsServiceRecord,
  type IpvsStatistics,
  type IpvsTimeouts,
  type IpvsTunnel,
} from "../packet/ipvs.ts";

/** A service with its destinations, as it was read. */
export interface ListedEntry {
  readonly service: IpvsServiceRecord;
  readonly destinations: readonly IpvsDestinationRecord[];
}

/** What the columns show. */
export type ListingKind = "plain" | "stats" | "rate" | "persistent" | "thresholds";

/** How a listing looks. */
export interface ListingOptions {
  readonly kind: ListingKind;
  /** Large numbers in full, not as `120034K`. */
  readonly exact: boolean;
}

const NAME_WIDTH = 28;

const HEADS: Readonly<Record<ListingKind, readonly string[]>> = {
  plain: [
    "Prot LocalAddress:Port Scheduler Flags",
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
  ],
  stats: [
    "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes",
    "  -> RemoteAddress:Port",
  ],
  rate: [
    "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS",
    "  -> RemoteAddress:Port",
  ],
  persistent: [
    "Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn ",
    "  -> RemoteAddress:Port",
  ],
  thresholds: [
    "Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn ",
    "  -> RemoteAddress:Port",
  ],
};

const FORWARDING_WORDS = { nat: "Masq", local: "Local", tunnel: "Tunnel", direct: "Route", bypass: "Bypass" };
const FORWARDING_FLAGS = { nat: "-m", local: "-m", tunnel: "-i", direct: "-g", bypass: "-g" };
const PROTOCOL_FLAGS = { tcp: "-t", udp: "-u", sctp: "--sctp-service" };
const PROTOCOL_ORDER = ["tcp", "udp", "sctp"];
const CHECKSUM_FLAGS = { none: "--tun-nocsum", checksum: "--tun-csum", remote: "--tun-remcsum" };

/** What `ipvsadm -Ln` prints, with `--stats` and so on. */
export function listTable(
  info: IpvsInfo,
  entries: readonly ListedEntry[],
  options: ListingOptions,
): string[] {
  const { kind } = options;
  const lines = [
    `IP Virtual Server version ${info.version} (size=${info.connectionTableSize})`,
    ...HEADS[kind],
  ];
  for (const { service, destinations } of inOrder(entries)) {
    lines.push(serviceLine(service, options));
    for (const destination of destinations) lines.push(destinationLine(destination, options));
  }
  return lines;
}

/** What `ipvsadm-save -n` prints. */
export function saveTable(entries: readonly ListedEntry[]): string[] {
  return inOrder(entries).flatMap(({ service, destinations }) => {
    const name = serviceFlags(service.id);
    return [
      savedService(name, service),
      ...destinations.map((destination) => savedDestination(name, destination)),
    ];
  });
}

/** What `ipvsadm -L --timeout` prints. */
export function listTimeouts({ tcp, tcpFin, udp }: IpvsTimeouts): string {
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}`;
}

/** What `ipvsadm -L --daemon` prints. */
export function listDaemons(daemons: readonly IpvsDaemon[]): string[] {
  return daemons.map(({ state, interface: name, syncId, maxLength, group, port, ttl }) => {
    const more = maxLength === null ? "" : `, maxlen=${maxLength}, group=${group}, port=${port}, ttl=${ttl}`;
    return `${state} sync daemon (mcast=${name}, syncid=${syncId}${more})`;
  });
}

/** An address and port: `10.0.0.1:80`, `[fd00::1]:80`. */
export function endpoint({ address, port }: { readonly address: string; readonly port: number }): string {
  return familyOf(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Services by family, protocol, address and port, marks last; destinations by address and port. */
function inOrder(entries: readonly ListedEntry[]): ListedEntry[] {
  return entries
    .map(({ service, destinations }) => ({ service, destinations: destinations.toSorted(byEndpoint) }))
    .sort((left, right) => compareServices(left.service.id, right.service.id));
}

function compareServices(left: IpvsServiceId, right: IpvsServiceId): number {
  if (left.kind === "fwmark" || right.kind === "fwmark") {
    if (left.kind !== "fwmark") return -1;
    if (right.kind !== "fwmark") return 1;
    return left.mark - right.mark || left.family - right.family;
  }
  return familyOf(left.address) - familyOf(right.address) ||
    PROTOCOL_ORDER.indexOf(left.protocol) - PROTOCOL_ORDER.indexOf(right.protocol) || byEndpoint(left, right);
}

function byEndpoint(
  left: { readonly address: string; readonly port: number },
  right: { readonly address: string; readonly port: number },
): number {
  const [family, other] = [familyOf(left.address), familyOf(right.address)];
  if (family !== other) return other - family;
  return compareAddresses(left.address, right.address) || left.port - right.port;
}

function serviceLine(service: IpvsServiceRecord, { kind, exact }: ListingOptions): string {
  const { id } = service;
  const protocol = id.kind === "fwmark" ? "FWM" : id.protocol.toUpperCase();
  const name = id.kind === "fwmark" ? `${id.mark}${id.family === 6 ? " IPv6" : ""}` : endpoint(id);
  const start = `${protocol.padEnd(4)} ${name}`;
  if (kind === "stats" || kind === "rate") {
    return start.padEnd(NAME_WIDTH + 5) + numbers(service.statistics, kind, exact);
  }
  return `${start} ${service.scheduler}${serviceOptions(service)}`;
}

/** Flags, persistence, engine and one-packet scheduling, as the plain listing has them. */
function serviceOptions(service: IpvsServiceRecord): string {
  const flags = schedulerFlags(service);
  const mask = maskOf(service);
  return (flags === "" ? "" : ` (${flags})`) +
    ((service.flags & IPVS_SVC_F.PERSISTENT) === 0 ? "" : ` persistent ${service.timeout}`) +
    (mask === null ? "" : ` mask ${mask}`) +
    (service.persistenceEngine === null ? "" : ` pe ${service.persistenceEngine}`) +
    ((service.flags & IPVS_SVC_F.ONEPACKET) === 0 ? "" : " ops");
}

function destinationLine(destination: IpvsDestinationRecord, { kind, exact }: ListingOptions): string {
  const name = `  -> ${endpoint(destination).padEnd(NAME_WIDTH)}`;
  const { weight, activeConnections, inactiveConnections, persistentConnections } = destination;
  const connections = `${column(activeConnections, 10)} ${column(inactiveConnections, 10)}`;
  switch (kind) {
    case "plain":
      return `${name} ${FORWARDING_WORDS[destination.forwarding].padEnd(7)} ${
        column(weight, 6)
      } ${connections}`;
    case "persistent":
      return `${name} ${column(weight, 9)} ${column(persistentConnections, 11)} ${connections}`;
    case "thresholds": {
      const { upperThreshold, lowerThreshold } = destination;
      return `${name} ${column(upperThreshold, 10)} ${column(lowerThreshold, 10)} ${connections}`;
    }
    case "stats":
    case "rate":
      return name + numbers(destination.statistics, kind, exact);
  }
}

function column(value: number, width: number): string {
  return `${value}`.padEnd(width);
}

function numbers(statistics: IpvsStatistics, kind: "stats" | "rate", exact: boolean): string {
  const { connections, inPackets, outPackets, inBytes, outBytes } = statistics;
  const { connectionRate, inPacketRate, outPacketRate, inByteRate, outByteRate } = statistics;
  const values = kind === "stats"
    ? [connections, inPackets, outPackets, inBytes, outBytes]
    : [connectionRate, inPacketRate, outPacketRate, inByteRate, outByteRate];
  return values.map((value) => exact ? ` ${`${value}`.padStart(8)}` : largeNumber(value)).join("");
}

/** Nine characters, in thousands and so on where there is no room for more. */
function largeNumber(value: number): string {
  if (value < 1e8) return `${value}`.padStart(9);
  const [unit, letter] = value < 1e11
    ? [1e3, "K"]
    : value < 1e14
    ? [1e6, "M"]
    : value < 1e17
    ? [1e9, "G"]
    : [1e12, "T"];
  return `${Math.floor(value / unit)}${letter}`.padStart(9);
}

function savedService(name: string, service: IpvsServiceRecord): string {
  const mask = maskOf(service);
  const flags = schedulerFlags(service);
  return `-A ${name} -s ${service.scheduler}` +
    ((service.flags & IPVS_SVC_F.PERSISTENT) === 0 ? "" : ` -p ${service.timeout}`) +
    (mask === null ? "" : ` -M ${mask}`) +
    (service.persistenceEngine === null ? "" : ` --pe ${service.persistenceEngine}`) +
    ((service.flags & IPVS_SVC_F.ONEPACKET) === 0 ? "" : " -o") +
    (flags === "" ? "" : ` -b ${flags}`);
}

function savedDestination(name: string, destination: IpvsDestination): string {
  const { forwarding, weight, tunnel } = destination;
  return `-a ${name} -r ${endpoint(destination)} ${FORWARDING_FLAGS[forwarding]} -w ${weight}${
    tunnelFlags(tunnel)
  }`;
}

function tunnelFlags(tunnel: IpvsTunnel | null): string {
  if (tunnel === null) return "";
  const port = tunnel.type === "gue" ? ` --tun-port ${tunnel.port}` : "";
  const checksum = tunnel.type === "ipip" ? "" : ` ${CHECKSUM_FLAGS[tunnel.checksum]}`;
  return ` --tun-type ${tunnel.type}${port}${checksum}`;
}

function serviceFlags(id: IpvsServiceId): string {
  if (id.kind === "fwmark") return `-f ${id.mark}${id.family === 6 ? " -6" : ""}`;
  return `${PROTOCOL_FLAGS[id.protocol]} ${endpoint(id)}`;
}

/** The mask of persistence, where it is not the whole address. */
function maskOf({ id, flags, persistenceMask }: IpvsServiceRecord): string | null {
  if ((flags & IPVS_SVC_F.PERSISTENT) === 0) return null;
  const family = familyOfService(id);
  if (persistenceMask === WHOLE_MASK[family]) return null;
  return family === 6 ? `${persistenceMask}` : ipv4FromNumber(persistenceMask);
}

/** `sh` and `mh` have words for the first two flags. */
function schedulerFlags({ flags, scheduler }: IpvsServiceRecord): string {
  const words = scheduler === "sh" || scheduler === "mh"
    ? [`${scheduler}-fallback`, `${scheduler}-port`, "flag-3"]
    : ["flag-1", "flag-2", "flag-3"];
  const bits = [IPVS_SVC_F.SCHED1, IPVS_SVC_F.SCHED2, IPVS_SVC_F.SCHED3];
  return words.filter((_, i) => (flags & bits[i]!) !== 0).join(",");
}
