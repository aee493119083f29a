/**
 * Start, reload and stop: how a model becomes routers, groups and scripts, and how they end.
 */
import type { Model, SyncGroup, TrackScript, VirtualAddress, VrrpInstance } from "../config/model.ts";
import { seededNumbers } from "../net/random.ts";
import { effectiveTrackers } from "../vrrp/effective_trackers.ts";
import { afterReload } from "../vrrp/neighbours.ts";
import { OWNER_PRIORITY } from "../vrrp/priority.ts";
import { companions, createRouter, type Group, type Router } from "../vrrp/router.ts";
import { signerFor } from "../vrrp/signer.ts";
import { beginFilter, exchangeBlocked } from "./accept.ts";
import { reloadSessions, startSessions, stopSessions } from "./bfd_sessions.ts";
import { sendAdvertisement } from "./advertise.ts";
import { settle } from "./election.ts";
import type { Event, Readings } from "./event.ts";
import { exchangeObjects, removeObjectLeftOvers } from "./kernel_objects.ts";
import { createFileRun, createProcessRun } from "./measured.ts";
import { reviewLinks } from "./kernel_notices.ts";
import { configureLinkStates, withPolling } from "./link_states.ts";
import * as message from "./message.ts";
import { ObjectIndex, type WantedObject } from "./object_index.ts";
import { groupPaces } from "./pacer.ts";
import { resolveModel } from "./resolve.ts";
import { applySettings, restoreSettings } from "./settings.ts";
import { reloadStatics, startStatics, stopStatics } from "./static_objects.ts";
import { applyPriority } from "./reprioritize.ts";
import { consider, createScriptRun } from "./trackers.ts";
import {
  allVips,
  announceAddresses,
  installAddresses,
  NOTIFY_STATES,
  notifyGroup,
  notifyInstance,
  retire,
  withdrawAddresses,
} from "./transitions.ts";
import { reloadLinks, startLinks, stopLinks } from "./virtual_links.ts";
import { VipIndex } from "./vip_index.ts";
import type { ScriptRun, World } from "./world.ts";

/** Begins with a model and the host as it is; `event` is null when only the startup delay has ended. */
export function start(world: World, event: Extract<Event, { kind: "start" }> | null, now: number): void {
  if (event !== null) {
    world.maintenance = event.maintenance ?? world.maintenance;
    configureLinkStates(world, event.model, event.readings?.links);
    for (const link of event.links) world.host.setLink(withPolling(world, link));
    for (const address of event.addresses) world.host.setAddress(address);
    const { model, links } = resolveModel(event.model);
    if (event.seed !== undefined) world.random = seededNumbers(event.seed);
    build(world, model, event.readings, now);
    startSessions(world, model, now);
    removeLeftOvers(world, [...world.routers.values()]);
    for (const router of world.routers.values()) removeObjectLeftOvers(world, router);
    beginFilter(world, model, links.length > 0);
    startLinks(world, links);
    startStatics(world, model);
    applySettings(world);
    const { startupDelay } = event.model.global;
    if (startupDelay > 0) {
      world.startupUntil = now + startupDelay;
      world.out.log(message.startupDelay(startupDelay));
      return;
    }
  }
  for (const run of world.scripts.values()) run.dueAt = now;
  activate(world, [...world.routers.values()], now);
}

function build(world: World, model: Model, readings: Readings | undefined, now: number): void {
  world.global = model.global;
  world.tellsAll = tellsAll(model);
  world.paces = groupPaces(model.garpGroups);
  for (const config of model.instances) world.routers.set(config.name, createRouter(config, now));
  buildGroups(world, model, now);
  reportIgnored(world);
  for (const config of usedBy(world, "scripts", model.scripts)) {
    world.scripts.set(config.name, createScriptRun(config));
  }
  buildMeasured(world, model, readings);
}

/** Tracked files and processes, as they were read and counted; what was known of them stays known. */
function buildMeasured(world: World, model: Model, readings: Readings | undefined): void {
  const [files, processes] = [new Map(world.files), new Map(world.processes)];
  world.files.clear();
  world.processes.clear();
  for (const config of usedBy(world, "files", model.trackFiles)) {
    world.files.set(config.name, createFileRun(config, readings, files.get(config.name)?.value));
  }
  for (const config of usedBy(world, "processes", model.trackProcesses)) {
    world.processes.set(config.name, createProcessRun(config, readings, processes.get(config.name)));
  }
}

/** Whether something hears of every transition, also of those without a script. */
function tellsAll({ daemon }: Model): boolean {
  return daemon.notifyFifo !== null || daemon.vrrpNotifyFifo !== null || daemon.webhook !== null;
}

function buildGroups(world: World, model: Model, now: number): void {
  for (const config of model.syncGroups) {
    const members = membersOf(world, config);
    const group: Group = { config, members, state: "init", since: now };
    for (const member of members) member.group = group;
    world.groups.set(config.name, group);
  }
  for (const router of world.routers.values()) {
    const withOwner = companions(router).some(({ config }) => config.priority === OWNER_PRIORITY);
    router.trackers = effectiveTrackers(router.config, router.group?.config ?? null, withOwner);
  }
  world.vips = indexVips(world);
  world.objects = ObjectIndex.build(model, world.routers.values(), world.objects);
}

function membersOf(world: World, config: SyncGroup): readonly Router[] {
  return config.members.flatMap((name) => world.routers.get(name) ?? []);
}

/** Only what some instance depends on is run or looked at. */
function usedBy<T extends { readonly name: string }>(
  world: World,
  kind: "scripts" | "files" | "processes",
  all: readonly T[],
): readonly T[] {
  if (all.length === 0) return all;
  const used = new Set<string>();
  for (const router of world.routers.values()) {
    for (const { name } of router.trackers[kind]) used.add(name);
  }
  return all.filter(({ name }) => used.has(name));
}

function reportIgnored(world: World): void {
  for (const router of world.routers.values()) {
    for (const { kind, name } of router.trackers.ignored) {
      world.out.log(message.trackerIgnored(router.config.name, kind, name));
    }
  }
}

/** VIPs that a crash left behind go before anything else; nobody here is master yet. */
function removeLeftOvers(world: World, routers: readonly Router[]): void {
  for (const router of routers) {
    const present = allVips(router).filter((vip) => world.host.has(vip));
    if (present.length === 0) continue;
    const { name } = router.config;
    for (const { address, interface: where } of present) {
      world.out.log(message.leftOverVip(name, address, where));
    }
    world.out.now({ kind: "address.remove", instance: name, addresses: present });
  }
}

/** Everything is considered before anything is settled: the members of a group must not run ahead of each other. */
function activate(world: World, routers: readonly Router[], now: number): void {
  for (const router of routers) consider(world, router);
  for (const router of routers) {
    settle(world, router, now);
    world.touched.add(router);
  }
}

function indexVips(world: World): VipIndex {
  const index = new VipIndex();
  for (const router of world.routers.values()) {
    for (const vip of allVips(router)) index.add(router, vip);
  }
  return index;
}

/** Says goodbye for all masters, takes their addresses off and tells the scripts. */
export function stop(world: World, now: number): void {
  world.startupUntil = null;
  world.stopped = true;
  for (const router of world.routers.values()) retire(world, router, "stopped");
  for (const router of world.routers.values()) notifyInstance(world, router, "STOP");
  for (const group of world.groups.values()) notifyGroup(world, group, "STOP");
  for (const run of world.scripts.values()) run.dueAt = null;
  stopSessions(world, now);
  stopStatics(world);
  stopLinks(world);
  restoreSettings(world);
  world.out.atLast({ kind: "stopped" });
}

/**
 * What makes an instance the same one across a reload: VRID, family, interface and way of sending. Its name may
 * change.
 */
function identity(config: VrrpInstance): string {
  const { vrid, family, transport, sourceAddress } = config;
  const way = transport.mode === "unicast"
    ? `unicast ${sourceAddress}`
    : `${transport.group} ${JSON.stringify(config.vmac)}`;
  return `${config.interface} ${family} ${vrid} ${way}`;
}

/** Things by the identity of their instance; those that share one are told apart by their order. */
function byIdentity<T>(items: Iterable<T>, configOf: (item: T) => VrrpInstance): Map<string, T> {
  const found = new Map<string, T>();
  for (const item of items) {
    const name = identity(configOf(item));
    let key = name;
    for (let i = 2; found.has(key); i++) key = `${name} ${i}`;
    found.set(key, item);
  }
  return found;
}

/** Puts a new configuration into force. What did not change goes on as if nothing had happened. */
export function reload(world: World, event: Extract<Event, { kind: "reload" }>, now: number): void {
  const { model, links } = resolveModel(event.model);
  const oldObjects = world.objects;
  const old = byIdentity(world.routers.values(), (router) => router.config);
  const oldScripts = new Map(world.scripts);
  const oldGroups = new Map(world.groups);
  const kept: { router: Router; before: VrrpInstance }[] = [];
  world.global = model.global;
  world.tellsAll = tellsAll(model);
  world.paces = groupPaces(model.garpGroups);
  world.routers.clear();
  world.groups.clear();
  world.scripts.clear();
  const wanted = byIdentity(model.instances, (config) => config);
  for (const [key, router] of old) {
    if (!wanted.has(key)) remove(world, router);
  }
  const fresh: Router[] = [];
  for (const [key, config] of wanted) {
    const known = old.get(key);
    const router = known ?? createRouter(config, now);
    if (known === undefined) fresh.push(router);
    else kept.push({ router, before: known.config });
    router.config = config;
    router.accepted = null;
    router.group = null;
    world.routers.set(config.name, router);
  }
  buildGroups(world, model, now);
  for (const group of world.groups.values()) {
    // What was told before is not told again.
    const { state, since } = oldGroups.get(group.config.name) ?? group;
    Object.assign(group, { state, since });
  }
  reportIgnored(world);
  for (const config of usedBy(world, "scripts", model.scripts)) {
    keepOrCreateScript(world, config, oldScripts, now);
  }
  buildMeasured(world, model, event.readings);
  configureLinkStates(world, model, event.readings?.links);
  reloadSessions(world, model, now);
  removeLeftOvers(world, fresh);
  reloadLinks(world, links);
  reloadStatics(world, model, oldObjects.of(null));
  applySettings(world);
  for (const { router, before } of kept) adopt(world, router, before, oldObjects.of(router), now);
  activate(world, [...world.routers.values()], now);
  reviewLinks(world, now);
  if (world.global.statesOnReload) tellStates(world);
}

/** `fifo_write_vrrp_states_on_reload`: a reader that begins anew hears where everything stands. */
function tellStates(world: World): void {
  const common = { kind: "notify", commands: [], mail: false, fifoOnly: true, reason: "" } as const;
  for (const { state, priority, config: { name } } of world.routers.values()) {
    if (state === "init") continue;
    world.out.tell({ ...common, object: "INSTANCE", name, state: NOTIFY_STATES[state], priority });
  }
  for (const { state, config: { name } } of world.groups.values()) {
    if (state === "init") continue;
    world.out.tell({ ...common, object: "GROUP", name, state: NOTIFY_STATES[state], priority: 0 });
  }
}

function remove(world: World, router: Router): void {
  const { notifyDeleted } = router.config;
  retire(world, router, "removed from the configuration");
  notifyInstance(world, router, notifyDeleted ? "DELETED" : "FAULT");
}

function keepOrCreateScript(
  world: World,
  config: TrackScript,
  old: ReadonlyMap<string, ScriptRun>,
  now: number,
): void {
  const known = old.get(config.name);
  const same = known !== undefined && known.config.command.text === config.command.text &&
    JSON.stringify(known.config.command.user) === JSON.stringify(config.command.user);
  const run = same ? known : createScriptRun(config);
  run.config = config;
  run.dueAt ??= now;
  world.scripts.set(config.name, run);
}

/** An instance that goes on under a changed configuration. */
function adopt(
  world: World,
  router: Router,
  before: VrrpInstance,
  objectsBefore: readonly WantedObject[],
  now: number,
): void {
  const { config } = router;
  if (before.name !== config.name && router.listening !== null) {
    world.out.now({ kind: "advert.unlisten", instance: before.name });
    router.listening = null;
  }
  dropOldTrackers(router);
  if (JSON.stringify(before) === JSON.stringify(config)) return;
  router.advertisement = null;
  router.signer = signerFor(config, router.signer);
  if (router.state !== "backup" || config.version === 2) router.masterInterval = config.advertInterval;
  consider(world, router);
  applyPriority(world, router);
  if (router.state === "master") {
    exchangeBlocked(world, router, before);
    adoptAsMaster(world, router, before, now);
    exchangeObjects(world, router, objectsBefore);
  }
}

/** The new word goes out at once, which also gains time for the rest of the reload. */
function adoptAsMaster(world: World, router: Router, before: VrrpInstance, now: number): void {
  const { config } = router;
  sendAdvertisement(world, router);
  router.advertiseAt = now + config.advertInterval;
  const vips = allVips(router);
  const old = [...before.addresses, ...before.excludedAddresses];
  const sameAddress = (a: VirtualAddress) => (b: VirtualAddress) => JSON.stringify(a) === JSON.stringify(b);
  const gone = old.filter((vip) =>
    !vips.some(({ address, interface: where }) => address === vip.address && where === vip.interface)
  );
  withdrawAddresses(world, router, gone);
  const added = vips.filter((vip) => !old.some(sameAddress(vip)));
  installAddresses(world, router, added);
  announceAddresses(world, router, config.announce.repeat, added);
  router.announcements = afterReload(router.announcements, before.announce, config.announce, now);
}

/** Faults, terms and awaited results of trackers that no longer apply. */
function dropOldTrackers(router: Router): void {
  const { scripts, interfaces, files, processes, bfds } = router.trackers;
  const kinds = { script: scripts, interface: interfaces, file: files, process: processes, bfd: bfds };
  const all = Object.entries(kinds).flatMap(([kind, trackers]) =>
    trackers.map(({ name, weight }) => ({ kind, key: `${kind} ${name}`, weight }))
  );
  const keys = new Set(all.map(({ key }) => key));
  const weighted = new Set(all.filter(({ weight }) => weight !== 0).map(({ key }) => key));
  // A number in a file can be a FAULT whatever its weight.
  const harmless = new Set(
    all.filter(({ kind, weight }) => kind !== "file" && weight !== 0).map(({ key }) => key),
  );
  for (const key of [...router.terms.keys()]) if (!weighted.has(key)) router.terms.delete(key);
  for (const key of [...router.pending]) if (!keys.has(key) || harmless.has(key)) router.pending.delete(key);
  for (const key of [...router.faults.keys()]) {
    if (!/^(script|interface|file|process|bfd) /.test(key)) continue;
    if (!keys.has(key) || harmless.has(key)) router.faults.delete(key);
  }
}
