/** The ports of real servers and sorry servers, beside those of their virtual server. */
import type { Word } from "../text.ts";
import type { Forwarding, ServiceAddress } from "../virtual_server_model.ts";
import { type Context, warning } from "./context.ts";

/**
 * The port of a server: the virtual server's where none is written, and always for direct and tunnel.
 *
 * @param what the keyword, for findings
 * @returns 0 for the port that a packet has
 */
export function portFor(
  context: Context,
  at: Word,
  written: number | null,
  service: ServiceAddress,
  forwarding: Forwarding,
  what: string,
): number {
  if (service.kind !== "address") return packetPort(context, at, written, service, forwarding, what);
  const { port } = service;
  if (written === null || written === port) return port;
  if (forwarding.method !== "direct" && forwarding.method !== "tunnel") return written;
  const kind = forwarding.method === "direct" ? "DR" : "TUN";
  const message =
    `Cannot use port ${written} for the ${what}: with lb_kind ${kind} it must be that of the virtual_server`;
  warning(context, at, "port-mismatch", message, { inForce: `port ${port}` });
  return port;
}

/** A mark says nothing of ports, and a group may have many; only NAT can change the one that a packet has. */
function packetPort(
  context: Context,
  at: Word,
  written: number | null,
  service: ServiceAddress,
  forwarding: Forwarding,
  what: string,
): number {
  if (written === null || forwarding.method === "nat" || forwarding.method === "fullnat") return written ?? 0;
  const entries = service.kind === "group" ? service.entries : [];
  if (entries.length > 0 && entries.every((entry) => entry.kind === "range" && entry.port === written)) {
    return written;
  }
  const message = `Cannot use port ${written} for the ${what} of a fwmark or group service without NAT`;
  warning(context, at, "port-mismatch", message, { inForce: "the port of the packet" });
  return 0;
}
