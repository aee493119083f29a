/**
 * The kernel's load balancer: {@linkcode IpvsTable} through generic netlink.
 */
import { decodeFamily, encodeGetFamily } from "../core/packet/genetlink.ts";
import {
  familyOfService,
  IPVS_CMD,
  IPVS_FAMILY,
  type IpvsDaemon,
  type IpvsDestinationRecord,
  type IpvsInfo,
  type IpvsServiceId,
  type IpvsTimeouts,
  type TableOperation,
} from "../core/packet/ipvs.ts";
import {
  decodeDaemon,
  decodeDestination,
  decodeInfo,
  decodeService,
  decodeTimeouts,
} from "../core/packet/ipvs_answer.ts";
import {
  encodeDaemon,
  encodeDestination,
  encodeDestinationDump,
  encodeDump,
  encodeQuery,
  encodeService,
  encodeServiceCommand,
  encodeTableCommand,
  encodeTimeouts,
} from "../core/packet/ipvs_request.ts";
import type { NetlinkMessage } from "../core/packet/netlink.ts";
import type { BufferWish, IpvsEntryRecord, IpvsTable, OsResult } from "../core/ports.ts";
import { C } from "./constants.ts";
import { ERRNO, OsError } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { NetlinkRequester } from "./netlink.ts";

/** @throws {OsError} ENOENT where the kernel has no IPVS, or not yet: see `modprobe ip_vs` */
export function openIpvsTable(libc: Libc, wish: BufferWish | null = null): IpvsTable {
  const netlink = new NetlinkRequester(libc, C.NETLINK_GENERIC, wish);
  try {
    const family = decodeFamily(netlink.query(encodeGetFamily(IPVS_FAMILY.name)));
    if (family === null) throw new OsError("Cannot find IPVS", "", ERRNO.EPROTO);
    return new KernelIpvsTable(netlink, family);
  } catch (error) {
    netlink[Symbol.dispose]();
    const missing = error instanceof OsError && error.errno === ERRNO.ENOENT;
    throw missing ? new OsError("Cannot find ip_vs in this kernel", "", ERRNO.ENOENT) : error;
  }
}

class KernelIpvsTable implements IpvsTable {
  readonly #netlink: NetlinkRequester;
  readonly #family: number;

  constructor(netlink: NetlinkRequester, family: number) {
    this.#netlink = netlink;
    this.#family = family;
  }

  info(): IpvsInfo {
    return understood(decodeInfo(this.#query(IPVS_CMD.GET_INFO)));
  }

  read(): readonly IpvsEntryRecord[] {
    const services = decodeAll(
      this.#netlink.dump(encodeDump(this.#family, IPVS_CMD.GET_SERVICE)),
      decodeService,
    );
    return services.map((service) => ({ service, destinations: this.#destinations(service.id) }));
  }

  apply(operations: readonly TableOperation[]): readonly OsResult[] {
    return this.#netlink.request(operations.map((operation) => encodeOperation(this.#family, operation)));
  }

  flush(): OsResult {
    return this.#request(encodeTableCommand(this.#family, IPVS_CMD.FLUSH));
  }

  timeouts(): IpvsTimeouts {
    return understood(decodeTimeouts(this.#query(IPVS_CMD.GET_CONFIG)));
  }

  setTimeouts(timeouts: IpvsTimeouts): OsResult {
    return this.#request(encodeTimeouts(this.#family, timeouts));
  }

  daemons(): readonly IpvsDaemon[] {
    return decodeAll(this.#netlink.dump(encodeDump(this.#family, IPVS_CMD.GET_DAEMON)), decodeDaemon);
  }

  startDaemon(daemon: IpvsDaemon): OsResult {
    return this.#request(encodeDaemon(this.#family, IPVS_CMD.NEW_DAEMON, daemon));
  }

  stopDaemon(daemon: IpvsDaemon): OsResult {
    return this.#request(encodeDaemon(this.#family, IPVS_CMD.DEL_DAEMON, daemon));
  }

  [Symbol.dispose](): void {
    this.#netlink[Symbol.dispose]();
  }

  #destinations(id: IpvsServiceId): IpvsDestinationRecord[] {
    const family = familyOfService(id);
    try {
      const messages = this.#netlink.dump(encodeDestinationDump(this.#family, id));
      return decodeAll(messages, (message) => decodeDestination(message, family));
    } catch (error) {
      // Somebody removed the service meanwhile.
      if (error instanceof OsError && error.errno === ERRNO.ESRCH) return [];
      throw error;
    }
  }

  #query(command: typeof IPVS_CMD.GET_INFO | typeof IPVS_CMD.GET_CONFIG): NetlinkMessage {
    return this.#netlink.query(encodeQuery(this.#family, command));
  }

  #request(request: Uint8Array): OsResult {
    const [result] = this.#netlink.request([request]);
    return result!;
  }
}

function encodeOperation(family: number, operation: TableOperation): Uint8Array {
  switch (operation.kind) {
    case "service.add":
      return encodeService(family, IPVS_CMD.NEW_SERVICE, operation.service);
    case "service.set":
      return encodeService(family, IPVS_CMD.SET_SERVICE, operation.service);
    case "service.delete":
      return encodeServiceCommand(family, IPVS_CMD.DEL_SERVICE, operation.id);
    case "destination.add":
      return encodeDestination(family, IPVS_CMD.NEW_DEST, operation.id, operation.destination);
    case "destination.set":
      return encodeDestination(family, IPVS_CMD.SET_DEST, operation.id, operation.destination);
    case "destination.delete":
      return encodeDestination(family, IPVS_CMD.DEL_DEST, operation.id, operation.destination);
  }
}

function decodeAll<Item>(
  messages: readonly NetlinkMessage[],
  decode: (message: NetlinkMessage) => Item | null,
): Item[] {
  return messages.map(decode).filter((item) => item !== null);
}

function understood<Item>(item: Item | null): Item {
  if (item === null) throw new OsError("Cannot understand the answer of IPVS", "", ERRNO.EPROTO);
  return item;
}
