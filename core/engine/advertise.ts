/**
 * Sending advertisements.
 */
import { type Advertisement, encodeAdvertisement, OLD_UNICAST_GROUP } from "../packet/vrrp.ts";
import { GOODBYE_PRIORITY } from "../vrrp/priority.ts";
import { passwordOctets } from "../vrrp/receive.ts";
import { type Router, wireInterface } from "../vrrp/router.ts";
import type { AdvertSend } from "./effect.ts";
import { usesOldChecksum } from "./heard_before.ts";
import * as message from "./message.ts";
import type { World } from "./world.ts";

/** Sends the advertisement of a router as it is now. */
export function sendAdvertisement(world: World, router: Router): void {
  if (router.source === null) return;
  router.advertisement ??= describe(router, router.priority);
  let effect = world.packets.get(router.advertisement);
  if (effect === undefined) {
    effect = envelope(router, router.advertisement, router.source);
    world.packets.set(router.advertisement, effect);
  }
  router.counters.advert_sent++;
  world.out.now(signed(world, router, effect));
}

/** Says goodbye: an advertisement of priority 0. */
export function sendGoodbye(world: World, router: Router): void {
  // A master that has just lost its source address still speaks from it once more.
  const source = router.source ?? router.master;
  if (source === null) return;
  router.counters.advert_sent++;
  router.counters.pri_zero_sent++;
  world.out.now(signed(world, router, envelope(router, describe(router, GOODBYE_PRIORITY), source)));
  world.out.log(message.goodbyeSent(router.config.name));
}

/** The same with what `auth_hmac` or `auth_type AH` add to it; each peer gets the same. */
function signed(world: World, router: Router, effect: AdvertSend): AdvertSend {
  const { signer, config: { authentication } } = router;
  if (authentication.type === "ah") {
    router.sequence = nextSequence(router.sequence, world.wall);
    const key = passwordOctets(authentication.password);
    return { ...effect, header: { key, sequence: router.sequence } };
  }
  if (signer === null) return effect;
  const { source, advertisement } = effect;
  const { version, vrid } = advertisement;
  const trailer = signer.sign(messageOf(world, effect), { version, vrid, source }, world.wall);
  return trailer === null ? effect : { ...effect, trailer };
}

const MAX_SEQUENCE = 0xffff_ffff;

/**
 * Seconds of the clock where they are more than the number before, so that one that began anew is not taken for a
 * replay; keepalived drops what does not grow.
 */
function nextSequence(last: number, wall: number): number {
  return last >= MAX_SEQUENCE ? 1 : Math.min(Math.max(last + 1, Math.floor(wall / 1000)), MAX_SEQUENCE);
}

/** What is signed: the checksum, which hangs on the destination, does not count. */
function messageOf(world: World, effect: AdvertSend): Uint8Array {
  const { advertisement, source, checksumWithoutPseudoHeader } = effect;
  let message = world.messages.get(advertisement);
  if (message === undefined) {
    message = encodeAdvertisement(advertisement, {
      source,
      destination: effect.destinations[0] ?? source,
      checksumWithoutPseudoHeader,
    });
    world.messages.set(advertisement, message);
  }
  return message;
}

function describe(router: Router, priority: number): Advertisement {
  const { version, vrid, advertInterval, addresses, authentication } = router.config;
  return {
    version,
    vrid,
    priority,
    interval: advertInterval,
    addresses: addresses.map(({ address }) => address),
    authentication: authentication.type,
    password: authentication.type === "pass" ? authentication.password : "",
  };
}

function envelope(router: Router, advertisement: Advertisement, source: string): AdvertSend {
  const { name, transport, ttl, checksumWithoutPseudoHeader } = router.config;
  return {
    kind: "advert.send",
    instance: name,
    interface: wireInterface(router.config),
    source,
    destinations: transport.mode === "multicast"
      ? [transport.group]
      : transport.peers.map(({ address }) => address),
    ttl,
    checksumWithoutPseudoHeader,
    ...(usesOldChecksum(router) ? { checksumFor: OLD_UNICAST_GROUP } : {}),
    advertisement,
  };
}
