/**
 * Performs the decisions of the state machine, with sync groups: what a timer or an advertisement leads to.
 */
import type { IpAddress } from "../net/address.ts";
import { backupHears, masterHears, startsAsMaster, type VrrpState } from "../vrrp/fsm.ts";
import { afterLowerPriority } from "../vrrp/neighbours.ts";
import type { ReadablePacket } from "../vrrp/receive.ts";
import { companions, downInterval, followsAnybody, type Group, type Router } from "../vrrp/router.ts";
import { isStall, skewTime } from "../vrrp/timers.ts";
import { sendAdvertisement } from "./advertise.ts";
import * as message from "./message.ts";
import { forgetRival, watchRival } from "./owners.ts";
import { announceAddresses, become, NOTIFY_STATES, notifyGroup, notifyInstance } from "./transitions.ts";
import { type World, worstDelay } from "./world.ts";

/** The master-down timer of a backup fired. */
export function masterDown(world: World, router: Router, now: number): void {
  const late = now - router.masterDownAt!;
  if (isStall(late, router.masterInterval) && !router.stallForgiven) {
    // We were deaf, so the silence proves nothing: listen for one more interval.
    router.stallForgiven = true;
    router.masterDownAt = now + router.masterInterval + skewTime(
      router.config.version,
      router.priority,
      router.masterInterval,
    );
    world.out.log(message.stalled(router.config.name, late));
    return;
  }
  world.out.log(message.receiveTimeout(router.config.name));
  forgetRival(world, router);
  promote(world, router, now, silence(world, router, now));
}

/** Why nobody is heard, in words, and whether our own loop may be to blame. */
function silence(world: World, router: Router, now: number): string {
  const { heard } = router;
  const from = heard === null ? router.since : Math.max(router.since, heard.at);
  const worst = worstDelay(world, from);
  const own = worst === 0
    ? "our own timers were on time"
    : `our own timers were at most ${worst.toFixed(0)} ms late`;
  if (heard === null || heard.at < router.since) {
    return `no advertisement was heard for ${message.seconds(now - router.since)} s; ${own}`;
  }
  const gone = message.seconds(now - heard.at);
  if (heard.priority === 0) return `${heard.address} said goodbye ${gone} s ago`;
  if (heard.priority < router.priority) {
    return `${heard.address} has lower priority ${heard.priority}, ours is ${router.priority}`;
  }
  return `no advertisement from ${heard.address} (priority ${heard.priority}) for ${gone} s; ${own}`;
}

/** Makes a router master, or the whole group once every member of it wants to be. */
function promote(world: World, router: Router, now: number, why: string): void {
  const { group } = router;
  if (group === null) {
    become(world, router, "master", now, why);
    return;
  }
  router.wantsMaster = true;
  if (group.members.every((member) => member.wantsMaster || member.state === "master")) {
    if (group.members.length > 1) world.out.log(message.groupSyncing(group.config.name, "master"));
    for (const member of group.members) {
      become(world, member, "master", now, member === router ? why : syncReason(group, router, why));
    }
    settleGroup(world, group, now);
  } else {
    router.masterDownAt = now + downInterval(router);
    world.touched.add(router);
  }
}

/** Makes a router backup, and with it every master of its group. */
export function demote(world: World, router: Router, now: number, why: string): void {
  become(world, router, "backup", now, why);
  demoteCompanions(world, router, now, why);
}

function demoteCompanions(world: World, router: Router, now: number, why: string): void {
  const { group } = router;
  if (group === null) return;
  const others = group.members.filter((member) => member.state === "master");
  if (others.length > 0) world.out.log(message.groupSyncing(group.config.name, "backup"));
  for (const member of others) become(world, member, "backup", now, syncReason(group, router, why));
  for (const member of group.members) member.wantsMaster = false;
  settleGroup(world, group, now);
}

/**
 * Brings a router and its group in line with the conditions that hold: FAULT while any of them has one, `init` while
 * the first result of a tracker is awaited, BACKUP when all is clear.
 */
export function settle(world: World, router: Router, now: number): void {
  if (world.startupUntil !== null) return;
  const members = companions(router);
  const faulty = members.find((member) => member.faults.size > 0);
  if (faulty !== undefined) fault(world, members, faulty, now);
  else if (members.every((member) => member.pending.size === 0)) recover(world, members, now);
  if (router.group !== null) settleGroup(world, router.group, now);
}

function fault(world: World, members: readonly Router[], faulty: Router, now: number): void {
  const { group } = faulty;
  const entering = members.filter((member) => member.state !== "fault");
  const dragged = entering.some((member) => member.faults.size === 0);
  if (group !== null && dragged) world.out.log(message.groupSyncing(group.config.name, "fault"));
  for (const member of entering) {
    const own = [...member.faults.values()].join(", ");
    const why = own !== "" ? own : syncReason(group!, faulty, [...faulty.faults.values()].join(", "));
    become(world, member, "fault", now, why);
  }
}

function recover(world: World, members: readonly Router[], now: number): void {
  const rising = members.filter((member) => member.state === "init" || member.state === "fault");
  if (rising.length === 0) return;
  const owners = members.every(({ config }) => startsAsMaster(config.priority, config.initialState));
  for (const member of rising) {
    if (owners) become(world, member, "master", now, "address owner (priority 255)");
    else become(world, member, "backup", now, member.state === "init" ? "started" : "all faults are gone");
  }
}

/** Logs and notifies once the members of a group agree on a new state. */
function settleGroup(world: World, group: Group, now: number): void {
  const state = commonState(group.members);
  if (state === null || state === group.state) return;
  group.state = state;
  group.since = now;
  if (state !== "init") notifyGroup(world, group, NOTIFY_STATES[state]);
}

function commonState(members: readonly Router[]): VrrpState | null {
  const first = members[0]?.state ?? null;
  return members.every(({ state }) => state === first) ? first : null;
}

function syncReason(group: Group, leader: Router, why: string): string {
  return `sync group ${group.config.name} follows ${leader.config.name}: ${why}`;
}

/** A backup hears an advertisement that passed all checks. */
export function backupReceives(
  world: World,
  router: Router,
  packet: ReadablePacket,
  source: IpAddress,
  now: number,
): void {
  const { name, preempt, preemptDelay, version } = router.config;
  watchRival(world, router, packet.priority, source, now);
  const { priority, preemptUntil } = router;
  const preempts = preempt && !followsAnybody(router, now);
  const view = { priority, preempt: preempts, preemptDelay, preemptUntil };
  const decision = backupHears(view, packet.priority, now);
  router.stallForgiven = false;
  switch (decision) {
    case "goodbye":
      world.out.log(message.goodbyeHeard(name));
      router.masterDownAt = now + skewTime(version, priority, router.masterInterval);
      return;
    case "follow":
      if (preemptUntil !== null && packet.priority >= priority) {
        if (now < preemptUntil) world.out.log(message.preemptDelayStopped(name));
        router.preemptUntil = null;
      }
      follow(world, router, packet, source, now);
      return;
    case "follow_for_preempt_delay":
      if (preemptUntil === null) {
        router.preemptUntil = now + preemptDelay;
        world.out.log(message.preemptDelayStarted(name, preemptDelay));
      }
      follow(world, router, packet, source, now);
      return;
    case "discard_lower":
      if (!router.reported.has("lower_priority")) {
        router.reported.add("lower_priority");
        world.out.log(message.lowerPriorityDiscarded(name, packet.priority, source));
      }
      return;
    default:
      decision satisfies never;
  }
}

function follow(world: World, router: Router, packet: ReadablePacket, source: IpAddress, now: number): void {
  const { name, version } = router.config;
  if (version === 3 && packet.interval > 0 && packet.interval !== router.masterInterval) {
    world.out.log(message.intervalLearned(name, router.masterInterval, packet.interval));
    router.masterInterval = packet.interval;
  }
  if (source !== router.master) {
    world.out.log(message.masterChanged(name, router.master, source));
    router.master = source;
    router.reported.clear();
    world.out.tell({ kind: "status.changed", instance: name });
  }
  router.wantsMaster = false;
  router.masterDownAt = now + downInterval(router);
  // A reload can put a master and a backup into one group: it stays master only where no member follows somebody.
  if (router.group?.members.some(({ state }) => state === "master")) {
    demoteCompanions(world, router, now, `${source} is master there`);
  }
}

/** A master hears an advertisement that passed all checks. */
export function masterReceives(
  world: World,
  router: Router,
  packet: ReadablePacket,
  source: IpAddress,
  now: number,
): void {
  const { name } = router.config;
  watchRival(world, router, packet.priority, source, now);
  const { priority } = router;
  const decision = masterHears({ priority, source: router.source! }, packet.priority, source);
  switch (decision) {
    case "answer_goodbye":
      if (mayAnswer(router, now)) sendAdvertisement(world, router);
      return;
    case "reassert":
      if (!mayAnswer(router, now)) return;
      reassert(world, router, packet.priority, source, now);
      return;
    case "yield_to_higher_priority":
      world.out.log(message.higherPriority(name, source, packet.priority, priority));
      giveWay(
        world,
        router,
        packet,
        source,
        now,
        `${source} has higher priority ${packet.priority}, ours ${priority}`,
      );
      return;
    case "yield_to_higher_address":
      world.out.log(message.higherAddress(name, source, packet.priority));
      giveWay(
        world,
        router,
        packet,
        source,
        now,
        `${source} has the same priority ${priority} and a higher address`,
      );
      return;
    case "own_address":
      if (router.reported.has("own_address")) return;
      router.reported.add("own_address");
      world.out.log(message.ownAddressHeard(name));
      return;
    default:
      decision satisfies never;
  }
}

/** Whether an answer is due: a flood must not make us send more than two packets an interval. */
function mayAnswer(router: Router, now: number): boolean {
  if (router.answeredAt !== null && now - router.answeredAt < router.config.advertInterval / 2) return false;
  router.answeredAt = now;
  return true;
}

/** A weaker master is about: everybody is told again who we are, at once. */
function reassert(world: World, router: Router, priority: number, source: IpAddress, now: number): void {
  const { name, announce, lowerPriorityNoAdvert } = router.config;
  world.out.log(message.forcingElection(name, source, priority, router.priority));
  for (const member of companions(router)) {
    if (member.state !== "master") continue;
    if (!lowerPriorityNoAdvert) sendAdvertisement(world, member);
    announceAddresses(world, member, announce.lowerPriorityRepeat);
    member.announcements = afterLowerPriority(member.announcements, announce, now);
    world.touched.add(member);
  }
  notifyInstance(world, router, "MASTER_RX_LOWER_PRI");
}

function giveWay(
  world: World,
  router: Router,
  packet: ReadablePacket,
  source: IpAddress,
  now: number,
  why: string,
): void {
  if (router.config.higherPrioritySendAdvert) sendAdvertisement(world, router);
  demote(world, router, now, why);
  follow(world, router, packet, source, now);
}
