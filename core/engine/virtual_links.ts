/**
 * Virtual interfaces (VMACs) at run time: there from start to stop, made anew when they or what they stand on vanish.
 */
import type { VrrpInstance } from "../config/model.ts";
import type { Router } from "../vrrp/router.ts";
import type { PlannedLink } from "./plan_links.ts";
import * as message from "./object_message.ts";
import { setFault } from "./trackers.ts";
import type { World } from "./world.ts";

/** A virtual interface that the configuration wants. */
export interface WantedLink extends PlannedLink {
  /** asked: we wait for the kernel's notice. */
  state: "absent" | "asked" | "there";
  /** Why the kernel refused it, in words; null where it did not. */
  refusal: string | null;
  /** An older one of the name is on its way out: its notice is no loss. */
  replacing: boolean;
}

/** Begins with the virtual interfaces of a configuration, in place of what an earlier run left. */
export function startLinks(world: World, planned: readonly PlannedLink[]): void {
  for (const plan of planned) {
    const wanted: WantedLink = { ...plan, state: "absent", refusal: null, replacing: false };
    world.links.set(plan.link.name, wanted);
    const left = world.host.link(plan.link.name);
    if (left?.driver === "macvlan") {
      wanted.replacing = true;
      world.out.now({ kind: "link.remove", instance: plan.instance, name: plan.link.name });
    } else if (left !== null) wanted.refusal = `there is an interface of that name, and it is no macvlan`;
    create(world, wanted);
  }
}

/** Exchanges the virtual interfaces of the old configuration for those of the new one. */
export function reloadLinks(world: World, planned: readonly PlannedLink[]): void {
  const wanted = new Map(planned.map((plan) => [plan.link.name, plan]));
  const kept = new Map<string, WantedLink>();
  for (const [name, old] of world.links) {
    const plan = wanted.get(name);
    if (plan !== undefined && JSON.stringify(plan.link) === JSON.stringify(old.link)) {
      kept.set(name, { ...old, instance: plan.instance });
    } else if (old.state !== "absent") {
      world.out.now({ kind: "link.remove", instance: old.instance, name });
    }
  }
  const replaced = new Set([...world.links.keys()].filter((name) => !kept.has(name)));
  world.links.clear();
  for (const [name, link] of kept) world.links.set(name, link);
  for (const plan of planned) {
    const { name } = plan.link;
    if (kept.has(name)) continue;
    const replacing = replaced.has(name) && world.host.link(name) !== null;
    const fresh: WantedLink = { ...plan, state: "absent", refusal: null, replacing };
    world.links.set(name, fresh);
    create(world, fresh);
  }
}

/** Removes all virtual interfaces. */
export function stopLinks(world: World): void {
  for (const [name, { instance, state }] of world.links) {
    if (state !== "absent") world.out.now({ kind: "link.remove", instance, name });
  }
  world.links.clear();
}

function create(world: World, wanted: WantedLink): void {
  const { instance, link, state, refusal } = wanted;
  if (state !== "absent" || refusal !== null || world.host.link(link.parent) === null) return;
  wanted.state = "asked";
  world.out.now({ kind: "link.create", instance, link });
}

/** A link came or changed: perhaps one of ours, perhaps one that ours are to stand on. */
export function virtualLinkChanged(world: World, name: string): void {
  const wanted = world.links.get(name);
  const up = world.host.link(name)?.up ?? false;
  if (wanted !== undefined && !wanted.replacing && wanted.state === "asked" && up) {
    wanted.state = "there";
    world.out.log(message.virtualLinkMade(wanted.instance, name));
  }
  for (const other of world.links.values()) {
    if (other.link.parent !== name) continue;
    if (other.state === "absent") other.refusal = null;
    create(world, other);
  }
}

/** A link went: one of ours is made anew. */
export function virtualLinkRemoved(world: World, name: string): void {
  const wanted = world.links.get(name);
  if (wanted === undefined) return;
  if (wanted.replacing) {
    wanted.replacing = false;
    return;
  }
  wanted.state = "absent";
  wanted.refusal = null;
  create(world, wanted);
}

/** The kernel refused to make one. */
export function virtualLinkRefused(world: World, name: string, reason: string): void {
  const wanted = world.links.get(name);
  if (wanted === undefined) return;
  wanted.state = "absent";
  wanted.refusal = reason;
  world.out.log(message.virtualLinkRefused(wanted.instance, name, reason));
}

const PENDING = "virtual interface";

/** Faults a router whose virtual interface is missing; one that is being made is waited for. */
export function considerVirtualLink(world: World, router: Router): void {
  const { vmac, trackPrimary } = router.config;
  const name = vmac?.name ?? null;
  const wanted = name === null ? undefined : world.links.get(name);
  const found = name === null || wanted?.replacing ? null : world.host.link(name);
  // Without carrier below it is never up; who ignores that of the interface below ignores its own, too.
  const link = found === null || trackPrimary ? found : { up: true };
  const awaited = wanted?.state === "asked" && !(link?.up ?? false);
  if (awaited) router.pending.add(PENDING);
  else router.pending.delete(PENDING);
  setFault(world, router, PENDING, awaited || name === null ? null : words(name, link, wanted));
}

function words(
  name: string,
  link: { readonly up: boolean } | null,
  wanted: WantedLink | undefined,
): string | null {
  if (wanted !== undefined && wanted.refusal !== null) {
    return `interface ${name} cannot be made: ${wanted.refusal}`;
  }
  if (link === null) return `interface ${name} does not exist`;
  return link.up ? null : `interface ${name} down`;
}

/** The interfaces that a router stands on or works through. */
export function interfacesOf({ interface: own, vmac }: VrrpInstance): readonly string[] {
  return vmac === null || vmac.name === null ? [own] : [own, vmac.name];
}
