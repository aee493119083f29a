/**
 * Which instances an operator means, and whether they may hand over.
 */
import type { InstanceStatus, Status } from "../../core/engine/status.ts";

/** The part of the status that is asked. */
export type Known = Pick<Status, "instances" | "syncGroups">;

/** An answer with its reason where it is no. */
export type Targets =
  | { readonly ok: true; readonly instances: readonly InstanceStatus[] }
  | { readonly ok: false; readonly reason: string };

/** The instances of these names, where a sync group stands for its members; null means all. */
export function targetsOf({ instances, syncGroups }: Known, names: readonly string[] | null): Targets {
  if (names === null) return { ok: true, instances };
  const found: InstanceStatus[] = [];
  for (const name of names) {
    const members = syncGroups.find((group) => group.name === name)?.members ?? [name];
    const meant = instances.filter((instance) => members.includes(instance.name));
    if (meant.length === 0) {
      const known = instances.map((instance) => instance.name).join(", ");
      return { ok: false, reason: `there is no instance or sync group of that name; instances are ${known}` };
    }
    found.push(...meant.filter((instance) => !found.includes(instance)));
  }
  return { ok: true, instances: found };
}

/** The masters that are to hand over; with `force` also where nobody is known to be there. */
export function mayHandOver(
  known: Known,
  names: readonly string[] | null,
  force: boolean,
  now: number,
): Targets {
  const targets = targetsOf(known, names);
  if (!targets.ok) return targets;
  const masters = withCompanions(known, targets.instances).filter(({ state }) => state === "master");
  if (masters.length === 0) return { ok: false, reason: notMaster(targets.instances) };
  const alone = force ? undefined : masters.find((instance) => !hasPeer(instance));
  if (alone === undefined) return { ok: true, instances: masters };
  return { ok: false, reason: `${loneliness(alone, now)}; --force hands over all the same` };
}

/** What a sync group has in common moves together. */
function withCompanions({ instances }: Known, chosen: readonly InstanceStatus[]): readonly InstanceStatus[] {
  const groups = new Set(chosen.flatMap(({ syncGroup }) => syncGroup ?? []));
  return instances.filter((instance) =>
    chosen.includes(instance) || (instance.syncGroup !== null && groups.has(instance.syncGroup))
  );
}

/** A backup is silent by protocol: what counts is that it was heard, and did not say goodbye as its last word. */
function hasPeer({ peer }: InstanceStatus): boolean {
  return peer !== null && peer.priority > 0;
}

function loneliness({ name, vrid, peer }: InstanceStatus, now: number): string {
  if (peer === null) return `no other router of VRID ${vrid} (${name}) was heard since the start`;
  const ago = Math.round((now - peer.lastHeard) / 1000);
  return `${peer.address}, the only other router heard for ${name}, said goodbye ${ago} s ago`;
}

function notMaster(instances: readonly InstanceStatus[]): string {
  const [only] = instances;
  if (only === undefined || instances.length > 1) return "no instance is MASTER here";
  const where = only.master === null ? "" : `; the master is ${only.master}`;
  return `it is ${only.state.toUpperCase()} here${where}`;
}
