/**
 * How servers and services are named in log, mail, status and FIFO: `[10.0.0.1]:tcp:80`, `FWM 5`, `[group]:0`.
 */
import type { Protocol, VirtualServer } from "../config/virtual_server_model.ts";
import type { IpAddress } from "../net/address.ts";

/** An address and port with the protocol of the service that it belongs to. */
export function endpointName(address: IpAddress, protocol: Protocol, port: number): string {
  return `[${address}]:${protocol}:${port}`;
}

/** A virtual server. */
export function virtualServerName({ service, protocol }: VirtualServer): string {
  switch (service.kind) {
    case "address":
      return endpointName(service.address, protocol, service.port);
    case "fwmark":
      return `FWM ${service.mark}`;
    case "group":
      return `[${service.name}]:0`;
  }
}

/** What makes two virtual servers of two configurations the same one. */
export function virtualServerIdentity({ service, protocol, family }: VirtualServer): string {
  switch (service.kind) {
    case "address":
      return `${protocol} ${service.address} ${service.port}`;
    case "fwmark":
      return `fwm ${service.mark} ${family}`;
    case "group":
      return `group ${service.name} ${protocol} ${family}`;
  }
}
