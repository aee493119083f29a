/**
 * From a virtual server of the configuration to services and destinations of the kernel's table.
 */
import type { Forwarding, GroupEntry, VirtualServer } from "../config/virtual_server_model.ts";
import { addressFromBytes, addressToBytes, type IpAddress, WHOLE_MASK } from "../net/address.ts";
import {
  familyOfService,
  IPVS_SVC_F,
  type IpvsDestination,
  type IpvsService,
  type IpvsServiceId,
} from "../packet/ipvs.ts";

const SCHEDULER_FLAGS = { 1: IPVS_SVC_F.SCHED1, 2: IPVS_SVC_F.SCHED2, 3: IPVS_SVC_F.SCHED3 } as const;

/** Services of the kernel for one virtual server: several where it listens to a group. */
export function servicesOf(config: VirtualServer): readonly IpvsService[] {
  const flags = (config.persistence === null ? 0 : IPVS_SVC_F.PERSISTENT) |
    (config.onePacket ? IPVS_SVC_F.ONEPACKET : 0) |
    config.schedulerFlags.reduce((bits, flag) => bits | SCHEDULER_FLAGS[flag], 0);
  const options = {
    scheduler: config.scheduler,
    flags,
    timeout: config.persistence === null ? 0 : config.persistence / 1000,
    persistenceEngine: config.persistenceEngine,
  };
  return serviceIds(config).map((id) => ({ id, ...options, persistenceMask: maskOf(id, config) }));
}

/** The mask is that of the virtual server's family; a group may have services of the other one too. */
function maskOf(id: IpvsServiceId, { family, persistenceMask }: VirtualServer): number {
  const own = familyOfService(id);
  return own === family ? persistenceMask : WHOLE_MASK[own];
}

/**
 * A destination as the configuration words it.
 *
 * Only NAT can change the port: with the others a destination has that of its service, and none for a mark.
 */
export function destinationOf(
  service: IpvsServiceId,
  server: {
    readonly address: IpAddress;
    readonly port: number;
    readonly forwarding: Forwarding;
    readonly upperThreshold: number;
    readonly lowerThreshold: number;
  },
  weight: number,
): IpvsDestination {
  const { address, forwarding, upperThreshold, lowerThreshold } = server;
  const tunnel = forwarding.method === "tunnel"
    ? { type: forwarding.encapsulation, port: forwarding.port, checksum: forwarding.checksum }
    : null;
  // A full NAT is a NAT whose other half the packet filter does.
  const method = forwarding.method === "fullnat" ? "nat" : forwarding.method;
  const port = method === "nat" ? server.port : service.kind === "fwmark" ? 0 : service.port;
  return { address, port, forwarding: method, tunnel, weight, upperThreshold, lowerThreshold };
}

function serviceIds({ service, protocol, family }: VirtualServer): IpvsServiceId[] {
  switch (service.kind) {
    case "address":
      return [{ kind: "address", protocol, address: service.address, port: service.port }];
    case "fwmark":
      return [{ kind: "fwmark", mark: service.mark, family }];
    case "group":
      return service.entries.flatMap((entry) => entryIds(entry, protocol, family));
  }
}

function entryIds(
  entry: GroupEntry,
  protocol: VirtualServer["protocol"],
  family: VirtualServer["family"],
): IpvsServiceId[] {
  if (entry.kind === "fwmark") return [{ kind: "fwmark", mark: entry.mark, family: entry.family ?? family }];
  const { port } = entry;
  return addressRange(entry.first, entry.last)
    .map((address) => ({ kind: "address", protocol, address, port } as const));
}

/** More addresses than that are not expanded: nobody means to make more services than a port has numbers. */
const RANGE_LIMIT = 65536;

/** The addresses from `first` to `last`, both included. */
export function addressRange(first: IpAddress, last: IpAddress): readonly IpAddress[] {
  const octets = addressToBytes(first);
  const addresses = [first];
  while (addresses.at(-1) !== last && addresses.length < RANGE_LIMIT) {
    for (let i = octets.length - 1; i >= 0; i--) {
      octets[i] = (octets[i]! + 1) & 0xff;
      if (octets[i] !== 0) break;
    }
    addresses.push(addressFromBytes(octets));
  }
  return addresses;
}
