/**
 * Routes and rules in the kernel: there while their instance is master, or from start to stop, and put back when
 * somebody else takes them away.
 *
 * What was asked for and not refused counts as there: the kernel says nothing about a route that it has already.
 */
import type { Router } from "../vrrp/router.ts";
import type { Effect } from "./effect.ts";
import type { WantedObject, WantedRoute, WantedRule } from "./object_index.ts";
import * as message from "./object_message.ts";
import { remember, type World } from "./world.ts";

/** Routes or rules in one effect at most, so that portions stay small. */
const BATCH = 16;

/** Adds routes and then rules of an owner; those that are there stay as they are. */
export function installObjects(world: World, owner: Router | null, objects = world.objects.of(owner)): void {
  if (objects.length === 0) return;
  const instance = nameOf(owner);
  const routes = objects.filter((object) => object.kind === "route");
  const rules = objects.filter((object) => object.kind === "rule");
  if (routes.length > 0 && owner !== null) world.out.log(message.settingObjects(instance, "route"));
  if (rules.length > 0 && owner !== null) world.out.log(message.settingObjects(instance, "rule"));
  for (const batch of batches(routes)) {
    const effect = { kind: "route.add", instance, routes: wanted<WantedRoute>(batch) } as const;
    put(world, owner, batch.length, effect);
  }
  for (const batch of batches(rules)) {
    const effect = { kind: "rule.add", instance, rules: wanted<WantedRule>(batch) } as const;
    put(world, owner, batch.length, effect);
  }
  for (const object of objects) {
    object.installed = true;
    object.lostWithLink = false;
  }
}

/** A master's additions wait for their portion; static ones are there before anybody is a master. */
function put(world: World, owner: Router | null, cost: number, effect: Effect): void {
  if (owner === null) world.out.now(effect);
  else world.out.later(owner, cost, effect);
}

/** Removes rules and then routes of an owner at once; what is not there is no trouble. */
export function withdrawObjects(world: World, owner: Router | null, objects = world.objects.of(owner)): void {
  if (objects.length === 0) return;
  for (const object of objects) {
    if (object.installed) object.leaving = true;
    object.installed = false;
  }
  const instance = nameOf(owner);
  const rules = wanted<WantedRule>(objects.filter((object) => object.kind === "rule"));
  const routes = wanted<WantedRoute>(objects.filter((object) => object.kind === "route"));
  if (rules.length > 0) {
    if (owner !== null) world.out.log(message.removingObjects(instance, "rule"));
    world.out.now({ kind: "rule.remove", instance, rules });
  }
  if (routes.length > 0) {
    if (owner !== null) world.out.log(message.removingObjects(instance, "route"));
    world.out.now({ kind: "route.remove", instance, routes, loosely: false });
  }
}

/** Removes what an earlier run left behind, wherever its routes led. */
export function removeObjectLeftOvers(world: World, owner: Router | null): void {
  const objects = world.objects.of(owner);
  const instance = nameOf(owner);
  const rules = wanted<WantedRule>(objects.filter((object) => object.kind === "rule"));
  const routes = wanted<WantedRoute>(objects.filter((object) => object.kind === "route"));
  if (rules.length > 0) world.out.now({ kind: "rule.remove", instance, rules });
  if (routes.length > 0) world.out.now({ kind: "route.remove", instance, routes, loosely: true });
}

/** After a reload: what is no longer wanted goes, and what is wanted comes, be it there or not. */
export function exchangeObjects(world: World, owner: Router | null, before: readonly WantedObject[]): void {
  const kept = new Set(world.objects.of(owner).map((object) => `${object.kind} ${object.key}`));
  withdrawObjects(world, owner, before.filter((object) => !kept.has(`${object.kind} ${object.key}`)));
  installObjects(world, owner);
}

/**
 * Puts back what the kernel may have dropped without a word: the IPv4 routes of an interface that went down, or whose
 * source address went. `missing` is about those only that are known to be missing.
 */
export function restoreObjects(world: World, which: "all" | "missing"): void {
  for (const owner of world.objects.owners()) {
    if (!isInForce(owner)) continue;
    const objects = world.objects.of(owner).filter((object) => {
      const { wanted, installed, lostWithLink } = object;
      const wish = wanted.tracked ? which === "all" || !installed : lostWithLink;
      return wish && canBeThere(world, object);
    });
    installObjects(world, owner, objects);
  }
}

/** The kernel drops the routes of an interface that is down, those of IPv4 without a notice. */
export function forgetRoutesOn(world: World, interfaceName: string): void {
  for (const owner of world.objects.owners()) {
    for (const object of world.objects.of(owner)) {
      if (!interfacesOf(object).includes(interfaceName) || !object.installed) continue;
      object.installed = false;
      object.lostWithLink = true;
    }
  }
}

/** The kernel reports a route or a rule that is there. */
export function objectAdded(world: World, objects: readonly WantedObject[]): void {
  for (const object of objects) {
    object.leaving = false;
    if (isInForce(object.owner)) object.installed = true;
    tellChanged(world, object);
  }
}

/** The kernel reports a route or a rule that went: by our own wish, or somebody else took it. */
export function objectRemoved(world: World, objects: readonly WantedObject[], now: number): void {
  for (const object of objects) {
    const { leaving, installed } = object;
    object.leaving = false;
    if (leaving || !installed || !isInForce(object.owner)) continue;
    object.installed = false;
    tellChanged(world, object);
    if (object.wanted.tracked && canBeThere(world, object)) putBack(world, object, now);
  }
}

function putBack(world: World, object: WantedObject, now: number): void {
  const { owner, kind, key } = object;
  const instance = nameOf(owner);
  if (owner !== null) owner.counters.address_restored++;
  world.out.log(message.objectLost(instance, kind, key));
  const text = `${kind} ${key} was removed, restored`;
  remember(world, { at: now, level: "warning", instance: owner === null ? null : instance, text });
  installObjects(world, owner, [object]);
}

/** A route through an interface that is down or gone comes back with the interface. */
function canBeThere(world: World, object: WantedObject): boolean {
  return interfacesOf(object).every((name) => world.host.link(name)?.up ?? false);
}

/** The interfaces that a route names, in its hops too. */
function interfacesOf(object: WantedObject): readonly string[] {
  if (object.kind === "rule") return [];
  const { interface: own, nexthops } = object.wanted;
  const hops = nexthops.flatMap((words) => words.filter((_, i) => words[i - 1] === "dev"));
  return own === null ? hops : [own, ...hops];
}

/** The kernel refused to add one. */
export function objectRefused(
  world: World,
  owner: Router | null,
  key: string,
  reason: string,
): WantedObject | null {
  const object = world.objects.find(owner, key);
  if (object === undefined) return null;
  object.installed = false;
  tellChanged(world, object);
  const reported = owner?.reported ?? world.reported;
  const report = `${object.kind} ${key} ${reason}`;
  if (reported.has(report)) return object;
  reported.add(report);
  world.out.log(message.objectRefused(nameOf(owner), object.kind, key, reason));
  return object;
}

function isInForce(owner: Router | null): boolean {
  return owner === null || owner.state === "master";
}

function nameOf(owner: Router | null): string {
  return owner?.config.name ?? "";
}

function tellChanged(world: World, { owner }: WantedObject): void {
  world.out.tell({ kind: "status.changed", instance: nameOf(owner) });
}

function wanted<Kind extends WantedObject>(objects: readonly Kind[]): Kind["wanted"][] {
  return objects.map((object) => object.wanted);
}

function batches<T>(items: readonly T[]): readonly (readonly T[])[] {
  const result: T[][] = [];
  for (let i = 0; i < items.length; i += BATCH) result.push(items.slice(i, i + BATCH));
  return result;
}
