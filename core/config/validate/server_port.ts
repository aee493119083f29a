/** The ports of real servers and sorry servers, beside those of their virtual server. */
import { parseAddress } from "../../net/address.ts";
import type { Word } from "../text.ts";
import type { Forwarding, ServiceAddress } from "../virtual_server_model.ts";
import { type Context, warning } from "./context.ts";

/** The ports that a service listens to, null for a mark, which says nothing of ports. */
export function portsOf(service: ServiceAddress): readonly (number | null)[] {
  switch (service.kind) {
    case "address":
      return [service.port];
    case "fwmark":
      return [null];
    case "group":
      return service.entries.map((entry) => entry.kind === "range" ? entry.port : null);
  }
}

/**
 * The port of a server. Where none is written it is that of the virtual server's address; only NAT can change the one
 * that a packet has.
 *
 * @param what the keyword, for findings
 * @returns 0 for the port that a packet has
 */
export function portFor(
  context: Context,
  at: Word,
  written: number | null,
  service: ServiceAddress,
  { method }: Forwarding,
  what: string,
): number {
  const own = service.kind === "address" ? service.port : 0;
  if (written === null) return own;
  if (method === "nat" || method === "fullnat") return written;
  const ports = portsOf(service);
  if (ports.length > 0 && ports.every((port) => port === written)) return written;
  const message = service.kind === "address"
    ? `Cannot use port ${written} for the ${what}: with lb_kind ${
      method === "direct" ? "DR" : "TUN"
    } it must be that of the virtual_server`
    : `Cannot use port ${written} for the ${what} of a fwmark or group service without NAT`;
  warning(context, at, "port-mismatch", message, {
    inForce: own === 0 ? "the port of the packet" : `port ${own}`,
  });
  return own;
}

/** `10.0.0.1 80` for `10.0.0.1:80`; null for what is no address with a port. */
export function addressAndPort(text: string): string | null {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]+)$/.exec(text) ?? [];
  const address = parseAddress(bracketed ?? plain ?? "");
  return address === null ? null : `${address} ${port}`;
}
