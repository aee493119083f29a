/**
 * What a reload would change: two models compared object by object, with what happens to each.
 *
 * Objects keep their identity as keepalived has it: an instance by VRID, family, interface and way of sending (its
 * name may change), a virtual server by what it listens to, a real server by address and port, all others by name.
 */
import type { Model, VrrpInstance } from "./model.ts";
import type { RealServer, VirtualServer } from "./virtual_server_model.ts";

/** What kind of thing changes. */
export type ObjectKind =
  | "settings"
  | "instance"
  | "sync group"
  | "script"
  | "track file"
  | "track process"
  | "BFD session"
  | "virtual server"
  | "real server";

/** One field with another value; the path names it, such as `addresses` or `announce.delay`. */
export interface FieldChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** One object that is there in one of the models alone, or differs. */
export interface Change {
  readonly kind: ObjectKind;
  /** As the new configuration calls it, or the old one where it is gone. */
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  /** Empty unless `changed`. */
  readonly fields: readonly FieldChange[];
  /** What a reload does to it, one sentence without full stop. */
  readonly effect: string;
}

/** Everything that differs, in the order of the old model; what is new comes behind its kind. */
export function diffModels(before: Model, after: Model): readonly Change[] {
  return [
    ...settings(before, after),
    ...objects("instance", before.instances, after.instances, instanceKey, nameOf, instanceEffect),
    ...objects("sync group", before.syncGroups, after.syncGroups, nameOf, nameOf, plainEffect("is watched")),
    ...objects("script", before.scripts, after.scripts, nameOf, nameOf, scriptEffect),
    ...objects(
      "track file",
      before.trackFiles,
      after.trackFiles,
      nameOf,
      nameOf,
      plainEffect("is read anew"),
    ),
    ...objects(
      "track process",
      before.trackProcesses,
      after.trackProcesses,
      nameOf,
      nameOf,
      plainEffect("is counted anew"),
    ),
    ...objects(
      "BFD session",
      before.bfdInstances,
      after.bfdInstances,
      nameOf,
      nameOf,
      plainEffect("starts anew"),
    ),
    ...virtualServers(before, after),
  ];
}

const nameOf = ({ name }: { readonly name: string }) => name;

/** Settings that only a restart changes. */
const FIXED = ["daemon.networkNamespace", "daemon.instanceName", "loadBalancer.settings.ipvsNamespace"];

function settings(before: Model, after: Model): Change[] {
  const pick = ({ global, daemon, loadBalancer, ...rest }: Model) => ({
    global,
    daemon,
    loadBalancer: { settings: loadBalancer.settings },
    staticAddresses: rest.staticAddresses,
    staticRoutes: rest.staticRoutes,
    staticRules: rest.staticRules,
    trackGroups: rest.trackGroups,
    garpGroups: rest.garpGroups,
    linkPolling: rest.linkPolling,
    interfaceDelays: rest.interfaceDelays,
  });
  const fields = fieldChanges(pick(before), pick(after));
  if (fields.length === 0) return [];
  const fixed = fields.filter(({ path }) => FIXED.includes(path)).map(({ path }) => path.split(".").at(-1)!);
  const effect = fixed.length === 0
    ? "holds from the reload on"
    : `${fixed.join(", ")} only change with a restart`;
  return [{ kind: "settings", name: "global_defs", change: "changed", fields, effect }];
}

type Effect<T> = (before: T | null, after: T | null, fields: readonly FieldChange[]) => string;

function objects<T extends object>(
  kind: ObjectKind,
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
  title: (item: T) => string,
  effect: Effect<T>,
): Change[] {
  const [old, fresh] = [byKey(before, keyOf), byKey(after, keyOf)];
  const changes: Change[] = [];
  for (const [key, item] of old) {
    const now = fresh.get(key);
    const fields = now === undefined ? [] : fieldChanges(item, now);
    if (now === undefined) {
      changes.push({
        kind,
        name: title(item),
        change: "removed",
        fields,
        effect: effect(item, null, fields),
      });
    } else if (fields.length > 0) {
      changes.push({ kind, name: title(now), change: "changed", fields, effect: effect(item, now, fields) });
    }
  }
  for (const [key, item] of fresh) {
    if (old.has(key)) continue;
    changes.push({ kind, name: title(item), change: "added", fields: [], effect: effect(null, item, []) });
  }
  return changes;
}

/** Objects by their identity; those that share one are told apart by their order. */
function byKey<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T> {
  const found = new Map<string, T>();
  const counts = new Map<string, number>();
  for (const item of items) {
    const name = keyOf(item);
    let count = counts.get(name) ?? 1;
    let key = count === 1 ? name : `${name} ${count}`;
    while (found.has(key)) key = `${name} ${++count}`;
    found.set(key, item);
    counts.set(name, count + 1);
  }
  return found;
}

function instanceKey(instance: VrrpInstance): string {
  const { interface: device, family, vrid, transport, sourceAddress, vmac } = instance;
  const way = transport.mode === "unicast"
    ? `unicast ${sourceAddress}`
    : `${transport.group} ${JSON.stringify(vmac)}`;
  return `${device} ${family} ${vrid} ${way}`;
}

function instanceEffect(
  before: VrrpInstance | null,
  after: VrrpInstance | null,
  fields: readonly FieldChange[],
): string {
  if (before === null) return "starts as BACKUP";
  if (after === null) return "gives its addresses up, with priority 0 where it is MASTER";
  const moved = addressChanges(before, after);
  const renamed = before.name === after.name ? [] : [`is called ${after.name} instead of ${before.name}`];
  const state = fields.some(({ path }) => path === "priority")
    ? ["stands for election with its new priority"]
    : [];
  return ["keeps its state and counters", ...renamed, ...moved, ...state].join("; ");
}

function addressChanges(before: VrrpInstance, after: VrrpInstance): string[] {
  const list = (instance: VrrpInstance) =>
    new Set(
      [...instance.addresses, ...instance.excludedAddresses].map((each) =>
        `${each.address}/${each.prefixLength}`
      ),
    );
  const [old, fresh] = [list(before), list(after)];
  const added = [...fresh].filter((address) => !old.has(address));
  const removed = [...old].filter((address) => !fresh.has(address));
  return [
    ...(added.length === 0 ? [] : [`takes ${added.join(", ")} while MASTER`]),
    ...(removed.length === 0 ? [] : [`gives ${removed.join(", ")} up`]),
  ];
}

function scriptEffect(
  before: Model["scripts"][number] | null,
  after: Model["scripts"][number] | null,
): string {
  if (before === null) return "runs at once; who tracks it waits for its first result";
  if (after === null) return "is not run any more";
  const same = JSON.stringify(before.command) === JSON.stringify(after.command);
  return same ? "keeps its last result" : "runs at once as another command";
}

function plainEffect<T>(verb: string): Effect<T> {
  return (before, after) => before === null ? `${verb} from now on` : after === null ? "is gone" : verb;
}

function serviceTitle({ service, protocol }: VirtualServer): string {
  if (service.kind === "address") {
    const address = service.address.includes(":") ? `[${service.address}]` : service.address;
    return `${protocol} ${address}:${service.port}`;
  }
  return service.kind === "fwmark" ? `fwmark ${service.mark}` : `${protocol} group ${service.name}`;
}

function serverTitle({ address, port }: RealServer): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function virtualServers(before: Model, after: Model): Change[] {
  const [old, fresh] = [before.loadBalancer.virtualServers, after.loadBalancer.virtualServers];
  const key = (server: VirtualServer) => `${serviceTitle(server)} IPv${server.family}`;
  const bare = (server: VirtualServer): Omit<VirtualServer, "realServers"> => {
    const { realServers: _, ...rest } = server;
    return rest;
  };
  const kept = new Map(fresh.map((server) => [key(server), server]));
  const own = objects(
    "virtual server",
    old.map(bare),
    fresh.map(bare),
    (item) => key(item as VirtualServer),
    (item) => serviceTitle(item as VirtualServer),
    serviceEffect,
  );
  const inner = old.flatMap((server) => {
    const now = kept.get(key(server));
    return now === undefined ? [] : realServers(server, now);
  });
  return [...own, ...inner];
}

function serviceEffect<T>(before: T | null, after: T | null, fields: readonly FieldChange[]): string {
  if (before === null) return "is added with its real servers";
  if (after === null) return "is removed, which ends its connections";
  return fields.some(({ path }) => path.startsWith("service."))
    ? "keeps its real servers, and the connections to what is still listed"
    : "keeps its real servers and connections";
}

function realServers(before: VirtualServer, after: VirtualServer): Change[] {
  const title = (server: RealServer) => `${serverTitle(server)} of ${serviceTitle(after)}`;
  return objects("real server", before.realServers, after.realServers, serverTitle, title, serverEffect);
}

function serverEffect(
  before: RealServer | null,
  after: RealServer | null,
  fields: readonly FieldChange[],
): string {
  if (before === null) return "is added";
  if (after === null) return "is removed, which ends its connections";
  return fields.some(({ path }) => path.startsWith("checkers"))
    ? "keeps its connections; checks that differ start anew"
    : "keeps its connections and its checks' state";
}

/** The leaves that differ; lists are compared as a whole, but where one object in them has other details. */
function fieldChanges(before: unknown, after: unknown, path = ""): FieldChange[] {
  if (isRecord(before) && isRecord(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      fieldChanges(before[name], after[name], path === "" ? name : `${path}.${name}`)
    );
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const index = Array.isArray(before) && Array.isArray(after) ? otherDetails(before, after) : -1;
  if (index < 0) return [{ path, before: before ?? null, after: after ?? null }];
  const [old, fresh] = [before, after].map((list) => (list as readonly unknown[])[index]);
  return fieldChanges(old, fresh, `${path}[${index}]`);
}

/** What tells the objects of a list from each other. */
const TELLING = ["kind", "family", "address", "prefixLength", "destination", "name"];

/** The index of the one object in a list that is the same object with other details; -1 where more has changed. */
function otherDetails(before: readonly unknown[], after: readonly unknown[]): number {
  if (before.length !== after.length) return -1;
  const differing = before.flatMap((item, i) => JSON.stringify(item) === JSON.stringify(after[i]) ? [] : [i]);
  const [index] = differing;
  if (index === undefined || differing.length > 1) return -1;
  const [old, fresh] = [before[index], after[index]];
  if (!isRecord(old) || !isRecord(fresh) || !TELLING.some((key) => key in old)) return -1;
  return TELLING.every((key) => old[key] === fresh[key]) ? index : -1;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
