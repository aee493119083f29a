/**
 * Two routers that both believe to own the addresses (priority 255): a mistake in a configuration that must not become
 * two masters. The one with the lower address gives way (RFC 9568 section 6.4.3); where it does not, because it
 * ignores what it hears, the other one lowers itself until it is gone.
 */
import { compareAddresses, type IpAddress } from "../net/address.ts";
import { OWNER_PRIORITY } from "../vrrp/priority.ts";
import { downInterval, type Router } from "../vrrp/router.ts";
import * as message from "./message.ts";
import { applyPriority } from "./reprioritize.ts";
import type { World } from "./world.ts";

/** A master or backup hears an advertisement that passed all checks. */
export function watchRival(
  world: World,
  router: Router,
  priority: number,
  source: IpAddress,
  now: number,
): void {
  if (router.config.priority !== OWNER_PRIORITY) return;
  if (priority !== OWNER_PRIORITY) {
    // A master hears weaker routers beside its rival; a backup has one master, and that is none.
    if (router.state === "backup") forgetRival(world, router);
    return;
  }
  if (!router.reported.has("owners")) {
    router.reported.add("owners");
    world.out.log(message.twoOwners(router.config.name, source));
  }
  const { rival } = router;
  const goesOn = rival !== null && now - rival.at < downInterval(router);
  if (!goesOn) {
    forgetRival(world, router);
    router.rival = { since: now, at: now, lowered: false };
    return;
  }
  router.rival = { ...rival, at: now };
  if (rival.lowered || router.state !== "master" || now - rival.since < downInterval(router)) return;
  if (router.source === null || compareAddresses(source, router.source) >= 0) return;
  world.out.log(message.ownerLowered(router.config.name, source));
  router.rival = { ...router.rival, lowered: true };
  applyPriority(world, router);
}

/** No other owner is heard any more. */
export function forgetRival(world: World, router: Router): void {
  const { rival } = router;
  router.rival = null;
  if (rival === null || !rival.lowered) return;
  world.out.log(message.ownerRestored(router.config.name));
  applyPriority(world, router);
}
