/**
 * The kernel's connection table (/proc/net/ip_vs_conn), printed as `ipvsadm -Lnc` does.
 */
import { addressFromBytes, type IpAddress } from "../net/address.ts";
import { fromHex } from "../net/bytes.ts";
import { endpoint } from "./listing.ts";

const HEAD = [
  "IPVS connection entries",
  "pro expire state       source             virtual            destination",
];

/** One connection, or the memory of a persistent client. */
export interface IpvsConnection {
  /** Such as `TCP`. */
  readonly protocol: string;
  readonly client: Endpoint;
  readonly virtual: Endpoint;
  readonly destination: Endpoint;
  /** Such as `ESTABLISHED`. */
  readonly state: string;
  /** s */
  readonly expires: number;
}

interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** The connections in the file's text; lines that make no sense are left out. */
export function parseConnections(text: string): IpvsConnection[] {
  return text.split("\n").slice(1).map(parseLine).filter((connection) => connection !== null);
}

/** What `ipvsadm -Lnc` prints. */
export function listConnections(connections: readonly IpvsConnection[]): string[] {
  return [
    ...HEAD,
    ...connections.map(({ protocol, client, virtual, destination, state, expires }) => {
      const [minutes, seconds] = [Math.floor(expires / 60), expires % 60];
      const time = `${minutes}`.padStart(2, "0") + ":" + `${seconds}`.padStart(2, "0");
      const ends = `${endpoint(client).padEnd(18)} ${endpoint(virtual).padEnd(18)} ${endpoint(destination)}`;
      return `${protocol.padEnd(3)} ${time}  ${state.padEnd(11)} ${ends}`;
    }),
  ];
}

/** `TCP 0A000001 8DD0 0A000001 0050 0A00000B 0050 TIME_WAIT       115 …` */
function parseLine(line: string): IpvsConnection | null {
  const words = line.trim().split(/\s+/);
  const [protocol, , , , , , , state, expires] = words;
  const ends = [1, 3, 5].map((at) => parseEnd(words[at], words[at + 1]));
  const [client, virtual, destination] = ends;
  if (!client || !virtual || !destination || state === undefined || !/^\d+$/.test(expires ?? "")) return null;
  return { protocol: protocol!, client, virtual, destination, state, expires: Number(expires) };
}

function parseEnd(address: string | undefined, port: string | undefined): Endpoint | null {
  const digits = address?.replaceAll(":", "") ?? "";
  if (!/^([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32})$/.test(digits) || !/^[0-9A-Fa-f]{4}$/.test(port ?? "")) return null;
  return { address: addressFromBytes(fromHex(digits)), port: Number(`0x${port}`) };
}
