/**
 * The interface that a router runs on: whether it is there and up, which address the router speaks from, and the ear.
 */
import type { VrrpInstance } from "../config/model.ts";
import { type IpAddress, isLinkLocal } from "../net/address.ts";
import { type Router, wireInterface } from "../vrrp/router.ts";
import * as message from "./message.ts";
import { awaitsStaticAddress } from "./static_objects.ts";
import { setFault } from "./trackers.ts";
import { considerVirtualLink } from "./virtual_links.ts";
import type { World } from "./world.ts";

/** Key of the wait for a source address in {@linkcode Router.pending}. */
const SOURCE = "source";

/** Brings the own interface up to date: there, up, with a source address, and listened on. */
export function considerInterface(world: World, router: Router): void {
  const { config } = router;
  const link = world.host.link(config.interface);
  const missing = link === null ? `interface ${config.interface} does not exist` : null;
  setFault(world, router, "no interface", missing);
  const down = link !== null && !link.up && config.trackPrimary;
  setFault(world, router, "interface", down ? `interface ${config.interface} down` : null);
  const { transport } = config;
  const alone = transport.mode === "unicast" && transport.peers.length === 0;
  setFault(world, router, "peers", alone ? "no unicast peers" : null);
  considerVirtualLink(world, router);
  considerSource(world, router);
  listen(world, router);
}

function considerSource(world: World, router: Router): void {
  const { config } = router;
  const source = config.sourceAddress ?? chooseSource(world, router);
  if (source !== router.source) {
    if (router.state !== "init") world.out.log(message.sourceChanged(config.name, source, config.interface));
    router.source = source;
    router.advertisement = null;
  }
  const exists = world.host.link(config.interface) !== null;
  const waits = source === null && exists && awaitsSource(world, router);
  if (waits) router.pending.add(SOURCE);
  else router.pending.delete(SOURCE);
  const none = source === null && exists && !waits ? `no IPv${config.family} address for interface` : null;
  setFault(world, router, SOURCE, none);
  const gone = needsOwnSource(config) && source !== null && !world.host.owns(source);
  setFault(world, router, "tracked source", gone ? `source address ${source} is not on this host` : null);
}

/**
 * Whether a router is in FAULT while the host lacks the source address that the configuration names: where it says so,
 * and with unicast, since peers answer to that address and could not be heard.
 */
export function needsOwnSource({ sourceAddress, trackSourceAddress, transport }: VrrpInstance): boolean {
  return trackSourceAddress || (sourceAddress !== null && transport.mode === "unicast");
}

/**
 * The address that a router speaks from where the configuration names none.
 *
 * One in use that has become tentative again (the carrier was lost) stays in use: it is ours, and a master that falls
 * silent for the second that duplicate detection takes would lose its mastership.
 */
function chooseSource(world: World, router: Router): IpAddress | null {
  const candidates = sourceCandidates(world, router);
  const ready = candidates.find(({ tentative }) => !tentative)?.address ?? null;
  if (ready !== null || router.source === null) return ready;
  const speaks = router.state === "backup" || router.state === "master";
  return speaks && candidates.some(({ address }) => address === router.source) ? router.source : null;
}

/**
 * Whether an address is on its way: through duplicate detection, which is a matter of a second, or as a static address
 * that was just asked for. Neither is a fault.
 */
function awaitsSource(world: World, router: Router): boolean {
  if (awaitsStaticAddress(world, router.config.interface, router.config.family)) return true;
  return sourceCandidates(world, router).some(({ tentative }) => tentative);
}

function sourceCandidates(world: World, router: Router) {
  const { config } = router;
  const all = world.host.sources(config.interface, config.family, (address) => world.vips.isVip(address));
  const fitting = all.filter(({ address }) => isLinkLocal(address) === speaksLinkLocal(config));
  return fitting.length === 0 && config.transport.mode === "unicast" ? all : fitting;
}

/**
 * Whether the source is to be a link-local address: always with multicast (RFC 9568 section 5.1.2.2), and with
 * unicast where a peer is named by one, which no other kind of address reaches.
 */
function speaksLinkLocal({ family, transport }: VrrpInstance): boolean {
  if (family === 4) return false;
  return transport.mode === "multicast" || transport.peers.some(({ address }) => isLinkLocal(address));
}

/** Opens, moves or closes the ear of a router. */
function listen(world: World, router: Router): void {
  const { config, source } = router;
  const wire = wireInterface(config);
  const link = world.host.link(wire);
  const group = config.transport.mode === "multicast" ? config.transport.group : null;
  const receiveBuffer = link === null ? null : bufferShare(config, link.mtu);
  const authenticated = config.authentication.type === "ah";
  const wanted = link === null || source === null
    ? null
    : `${link.index} ${source} ${group} ${config.vrid} ${receiveBuffer}${authenticated ? " ah" : ""}`;
  if (wanted === router.listening) return;
  if (router.listening !== null) world.out.now({ kind: "advert.unlisten", instance: config.name });
  router.listening = wanted;
  setFault(world, router, "socket", null);
  if (wanted === null) return;
  const { name: instance, vrid, family } = config;
  world.out.now({
    kind: "advert.listen",
    listen: {
      instance,
      interface: wire,
      vrid,
      family,
      group,
      source: source!,
      ...(receiveBuffer === null ? {} : { receiveBuffer }),
      ...(authenticated ? { authenticated } : {}),
    },
  });
}

/** Octets of the receive buffer that are for this instance; null leaves the buffer as it is. */
function bufferShare({ receiveBuffer }: VrrpInstance, mtu: number): number | null {
  if (receiveBuffer === null) return null;
  return "mtus" in receiveBuffer ? receiveBuffer.mtus * mtu : receiveBuffer.octets;
}
