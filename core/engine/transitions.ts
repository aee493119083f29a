/**
 * The one writer of a router's state: `become`, with what happens on leaving the old state and on entering the new.
 */
import type { Command, NotifyScripts, NotifyState, VirtualAddress } from "../config/model.ts";
import type { VrrpState } from "../vrrp/fsm.ts";
import { afterTakeover, NO_ANNOUNCEMENTS } from "../vrrp/neighbours.ts";
import { downInterval, type Group, type Router, vipLease, wireInterface } from "../vrrp/router.ts";
import { nextLeaseRefresh } from "../vrrp/timers.ts";
import { blockVips, unblockVips } from "./accept.ts";
import { sendAdvertisement, sendGoodbye } from "./advertise.ts";
import type { LeasedAddress } from "./effect.ts";
import { addressKey } from "./host.ts";
import { installObjects, withdrawObjects } from "./kernel_objects.ts";
import * as message from "./message.ts";
import { ANNOUNCEMENT_COST } from "./outbox.ts";
import { enqueue, pace } from "./pacer.ts";
import { remember, type World } from "./world.ts";

/** Addresses in one `address.add` or `address.announce` effect at most, so that portions stay small. */
const BATCH = 16;

/** Moves a router to another state. `why` is one sentence for the status. */
export function become(world: World, router: Router, state: VrrpState, now: number, why: string): void {
  const from = router.state;
  if (from === state) return;
  leave(world, router, state);
  router.state = state;
  router.since = now;
  router.reason = why;
  router.reported.clear();
  enter(world, router, now);
  if (from === "fault") announceSource(world, router);
  const { name } = router.config;
  world.out.log(message.entering(name, state, from === "init" && state !== "master", why));
  remember(world, {
    at: now,
    level: state === "fault" ? "error" : "info",
    instance: name,
    text: `${from.toUpperCase()} → ${state.toUpperCase()}: ${why}`,
  });
  if (state !== "init") notifyInstance(world, router, NOTIFY_STATES[state]);
  world.out.tell({ kind: "status.changed", instance: name });
  world.touched.add(router);
}

/** Takes a router out of service: goodbye and withdrawal where it is master, and nothing is heard any more. */
export function retire(world: World, router: Router, why: string): void {
  leave(world, router, "init");
  router.state = "init";
  router.reason = why;
  router.master = null;
  if (router.listening !== null) world.out.now({ kind: "advert.unlisten", instance: router.config.name });
  router.listening = null;
}

/** What scripts, FIFOs and mail call the states. */
export const NOTIFY_STATES = { backup: "BACKUP", master: "MASTER", fault: "FAULT" } as const;

/** What ends with a state, whatever comes next. */
function leave(world: World, router: Router, next: VrrpState): void {
  router.wantsMaster = false;
  switch (router.state) {
    case "master":
      if (next === "fault" || next === "init") sendGoodbye(world, router);
      withdrawObjects(world, router);
      withdrawAddresses(world, router);
      unblockVips(world, router);
      router.counters.release_master++;
      router.advertiseAt = null;
      router.leaseRefreshAt = null;
      router.announcements = NO_ANNOUNCEMENTS;
      router.term++;
      return;
    case "backup":
      router.masterDownAt = null;
      router.preemptUntil = null;
      router.followUntil = null;
      router.stallForgiven = false;
      return;
    case "init":
    case "fault":
      return;
    default:
      router.state satisfies never;
  }
}

/** What begins with a state, wherever it came from. */
function enter(world: World, router: Router, now: number): void {
  switch (router.state) {
    case "master":
      enterMaster(world, router, now);
      return;
    case "backup":
      router.masterDownAt = now + downInterval(router);
      router.master = null;
      return;
    case "init":
    case "fault":
      router.master = null;
      return;
    default:
      router.state satisfies never;
  }
}

/** The advertisement goes out before anything else (RFC 9568 section 6.4.2, step 370). */
function enterMaster(world: World, router: Router, now: number): void {
  const { config } = router;
  router.term++;
  router.masterInterval = config.advertInterval;
  router.master = router.source;
  router.counters.become_master++;
  sendAdvertisement(world, router);
  router.advertiseAt = now + config.advertInterval;
  world.out.log(message.settingVips(config.name));
  blockVips(world, router);
  installAddresses(world, router);
  installObjects(world, router);
  announceAddresses(world, router, config.announce.repeat);
  router.announcements = afterTakeover(config.announce, now);
  router.leaseRefreshAt = world.global.vipLease ? nextLeaseRefresh(vipLease(router), now) : null;
}

/** All VIPs of a router, the advertised ones first. */
export function allVips(router: Router): readonly VirtualAddress[] {
  const { addresses, excludedAddresses } = router.config;
  return excludedAddresses.length === 0 ? addresses : [...addresses, ...excludedAddresses];
}

/** Adds the VIPs with their lease; those that are there get a new one. */
export function installAddresses(world: World, router: Router, addresses = allVips(router)): void {
  const lease = world.global.vipLease ? vipLease(router) : null;
  // One that somebody added by hand before us brings no news from the kernel.
  for (const vip of addresses) if (world.host.has(vip)) router.installed.add(addressKey(vip));
  for (const batch of batches(addresses)) {
    const leased = batch.map((address) => leasedAddress(world, address, lease));
    const effect = { kind: "address.add", instance: router.config.name, addresses: leased } as const;
    world.out.later(router, leased.length, effect);
  }
}

/** The same object for the same VIP as long as its lease is as long, so that the edge may keep what it made of it. */
function leasedAddress(world: World, address: VirtualAddress, lease: number | null): LeasedAddress {
  const known = world.leases.get(address);
  if (known !== undefined && known.lease === lease) return known;
  const leased = { ...address, lease };
  world.leases.set(address, leased);
  return leased;
}

/** Renews the leases of a master. An untracked address that somebody took off (`no_track`) must not come back by it. */
export function renewLeases(world: World, router: Router): void {
  const vips = allVips(router);
  const isOurs = (vip: VirtualAddress) => vip.tracked || router.installed.has(addressKey(vip));
  installAddresses(world, router, vips.every(({ tracked }) => tracked) ? vips : vips.filter(isOurs));
}

/** Takes addresses off the interface at once; what is not there is no trouble. */
export function withdrawAddresses(world: World, router: Router, addresses = allVips(router)): void {
  if (addresses.length === 0) return;
  for (const address of addresses) {
    const key = addressKey(address);
    if (router.installed.delete(key)) router.leaving.add(key);
  }
  world.out.log(message.removingVips(router.config.name));
  world.out.now({ kind: "address.remove", instance: router.config.name, addresses });
}

/** Switches learn again where our own address is after a fault; in multicast each advertisement tells them. */
function announceSource(world: World, router: Router): void {
  const { config, source } = router;
  if (config.transport.mode !== "unicast" || source === null) return;
  const addresses = [{ address: source, interface: wireInterface(config) }];
  world.out.later(router, 1, { kind: "address.announce", instance: config.name, addresses });
}

/** Queues `rounds` rounds of gratuitous ARP or neighbour advertisements for addresses of a master. */
export function announceAddresses(
  world: World,
  router: Router,
  rounds: number,
  addresses = allVips(router),
): void {
  if (addresses.length === 0 || rounds === 0) return;
  const { name } = router.config;
  for (const vip of addresses) world.out.log(message.announcing(name, vip.interface, vip.address));
  const announced = addresses.map(({ address, interface: where }) => ({ address, interface: where }));
  const paced = announced.filter((one) => pace(world, one) > 0);
  const free = paced.length === 0 ? announced : announced.filter((one) => !paced.includes(one));
  for (let round = 0; round < rounds; round++) {
    for (const one of paced) enqueue(world, router, one);
    for (const batch of batches(free)) {
      const cost = batch.length * ANNOUNCEMENT_COST;
      world.out.later(router, cost, { kind: "address.announce", instance: name, addresses: batch });
    }
  }
}

/**
 * `garp_extra_if`: one address for each interface that no advertisement leaves by, so that switches know where its
 * hardware address is.
 */
export function announceElsewhere(world: World, router: Router): void {
  const own = wireInterface(router.config);
  const first = new Map<string, VirtualAddress>();
  for (const vip of allVips(router)) {
    const wanted = router.config.announce.extraEverywhere || world.links.has(vip.interface);
    if (wanted && vip.interface !== own && !first.has(vip.interface)) first.set(vip.interface, vip);
  }
  announceAddresses(world, router, 1, [...first.values()]);
}

function batches<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= BATCH) return items.length === 0 ? [] : [items];
  const result: T[][] = [];
  for (let i = 0; i < items.length; i += BATCH) result.push(items.slice(i, i + BATCH));
  return result;
}

/** Tells the scripts of an instance, the one for the state first. */
export function notifyInstance(world: World, router: Router, state: NotifyState): void {
  const { name, notify, smtpAlert } = router.config;
  const commands = notifyCommands(notify, "INSTANCE", name, state, router.priority);
  if (commands.length === 0 && !smtpAlert && !world.tellsAll) return;
  const { priority, reason } = router;
  world.out.tell({
    kind: "notify",
    object: "INSTANCE",
    name,
    state,
    priority,
    commands,
    mail: smtpAlert,
    reason,
  });
}

/** Tells the scripts of a sync group. */
export function notifyGroup(world: World, group: Group, state: NotifyState): void {
  const { name, notify, smtpAlert } = group.config;
  const commands = notifyCommands(notify, "GROUP", name, state, 0);
  if (commands.length === 0 && !smtpAlert && !world.tellsAll) return;
  world.out.tell({
    kind: "notify",
    object: "GROUP",
    name,
    state,
    priority: 0,
    commands,
    mail: smtpAlert,
    reason: "",
  });
}

/**
 * The state's own script, and the one of `notify`, which hears of states alone: a lower priority heard is none, and
 * comes as often as its sender likes. FIFOs tell it.
 */
function notifyCommands(
  scripts: NotifyScripts,
  type: "INSTANCE" | "GROUP",
  name: string,
  state: NotifyState,
  priority: number,
): readonly Command[] {
  const own = ownScript(scripts, state);
  const commands = own === null ? [] : [own];
  if (scripts.any !== null && state !== "MASTER_RX_LOWER_PRI") {
    const argv = [...scripts.any.argv, type, name, state, String(priority)];
    commands.push({ ...scripts.any, argv });
  }
  return commands;
}

function ownScript(scripts: NotifyScripts, state: NotifyState): Command | null {
  switch (state) {
    case "MASTER":
      return scripts.master;
    case "BACKUP":
      return scripts.backup;
    case "FAULT":
      return scripts.fault;
    case "STOP":
      return scripts.stop;
    case "DELETED":
      return scripts.deleted;
    case "MASTER_RX_LOWER_PRI":
      return scripts.masterRxLowerPriority;
  }
}
