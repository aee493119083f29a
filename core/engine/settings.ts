/**
 * Kernel settings of interfaces that the configuration needs, and their return to what they were.
 */
import type { Setting } from "./effect.ts";
import type { World } from "./world.ts";

/** So that a host answers ARP for a VIP with the virtual router's hardware address alone, and never asks in its name. */
const BELOW_A_VIRTUAL_LINK: readonly Setting[] = [
  { name: "ipv4/arp_ignore", value: "1" },
  { name: "ipv4/arp_filter", value: "1" },
  { name: "ipv4/arp_announce", value: "2" },
];

/** `promote_secondaries`: when the first address of a subnet goes, the next one takes its place. */
const PROMOTE: readonly Setting[] = [{ name: "ipv4/promote_secondaries", value: "1" }];

/** Brings settings in line with the routers and virtual links that there are now. */
export function applySettings(world: World): void {
  const wanted = wantedSettings(world);
  for (const [name, applied] of world.settings) {
    const keep = new Set(wanted.get(name)?.map((setting) => setting.name));
    const names = [...applied.names].filter((each) => !keep.has(each));
    if (names.length === 0) continue;
    world.out.now({ kind: "setting.restore", interface: name, names });
    for (const each of names) applied.names.delete(each);
  }
  for (const [name, settings] of wanted) applyTo(world, name, settings);
}

/** Gives all settings back. */
export function restoreSettings(world: World): void {
  for (const [name, { names }] of world.settings) {
    if (names.size > 0) world.out.now({ kind: "setting.restore", interface: name, names: [...names] });
  }
  world.settings.clear();
}

function applyTo(world: World, name: string, settings: readonly Setting[]): void {
  const link = world.host.link(name);
  if (link === null) return;
  let applied = world.settings.get(name);
  // An interface that was made anew has the system's settings again.
  if (applied === undefined || applied.index !== link.index) {
    applied = { index: link.index, names: new Set() };
    world.settings.set(name, applied);
  }
  const { names } = applied;
  const missing = settings.filter((setting) => !names.has(setting.name));
  if (missing.length === 0) return;
  for (const setting of missing) names.add(setting.name);
  world.out.now({ kind: "setting.set", interface: name, settings: missing });
}

function wantedSettings(world: World): ReadonlyMap<string, readonly Setting[]> {
  const wanted = new Map<string, Setting[]>();
  const want = (name: string, settings: readonly Setting[]) => {
    const known = wanted.get(name) ?? [];
    wanted.set(name, [...known, ...settings.filter((each) => !known.some((one) => one.name === each.name))]);
  };
  for (const { link } of world.links.values()) {
    if (link.family === 4) want(link.parent, BELOW_A_VIRTUAL_LINK);
  }
  for (const { config } of world.routers.values()) {
    if (!config.promoteSecondaries) continue;
    want(config.interface, PROMOTE);
  }
  return wanted;
}
