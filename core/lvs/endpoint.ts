/**
 * How servers and services are named in log, mail, status and FIFO: `[10.0.0.1]:tcp:80`, `FWM 5`, `[group]:0`.
 */
import type { Protocol, VirtualServer } from "../config/virtual_server_model.ts";
import type { IpAddress } from "../net/address.ts";

/** An address and port with the protocol of the service that it belongs to; `none` for a firewall mark. */
function endpointName(address: IpAddress, protocol: Protocol | "none", port: number): string {
  return `[${address}]:${protocol}:${port}`;
}

/** A real server or sorry server of a virtual server. */
export function serverName(
  { service, protocol }: VirtualServer,
  { address, port }: { readonly address: IpAddress; readonly port: number },
): string {
  return endpointName(address, service.kind === "fwmark" ? "none" : protocol, port);
}

/** A virtual server; `nth` counts those that listen to the same group, from 0. */
export function virtualServerName({ service, protocol }: VirtualServer, nth: number): string {
  switch (service.kind) {
    case "address":
      return endpointName(service.address, protocol, service.port);
    case "fwmark":
      return `FWM ${service.mark}`;
    case "group":
      return `[${service.name}]:${nth}`;
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
