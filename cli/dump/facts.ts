/**
 * What keepalived's dumps say of a configuration and the status does not: kept small, one flat object an instance.
 */
import { FOREVER } from "../../core/config/values.ts";
import { planLinks } from "../../core/engine/plan_links.ts";
import type { Command, Model, TrackScript, VirtualAddress, VrrpInstance } from "../../core/config/model.ts";

/** One instance. Times are in s, as the dumps have them. */
export interface InstanceFacts {
  readonly dontTrackPrimary: boolean;
  readonly skipAddressCheck: boolean;
  readonly strict: boolean;
  /** The VMAC; "" without one. */
  readonly vmac: string;
  /** It sends through the interface below. */
  readonly transmitOnBase: boolean;
  readonly garpDelay: number;
  readonly garpRefresh: number;
  readonly garpRepeat: number;
  readonly garpRefreshRepeat: number;
  readonly garpLowerPriorityDelay: number;
  readonly garpLowerPriorityRepeat: number;
  readonly lowerPriorityNoAdvert: boolean;
  readonly higherPrioritySendAdvert: boolean;
  readonly promoteSecondaries: boolean;
  readonly accept: boolean;
  readonly downTimerAdverts: number;
  readonly checkUnicastSource: boolean;
  readonly smtpAlert: boolean;
  readonly notifyDeleted: boolean;
  /** The source address is a configured one. */
  readonly sourceConfigured: boolean;
  /** TTL of unicast advertisements. */
  readonly ttl: number;
  /** Under the dump's names; only those that are configured. */
  readonly scripts: Readonly<Record<string, string>>;
  /** How the addresses are written, in the order of the status. */
  readonly addresses: readonly string[];
}

/** One `vrrp_script`. Times are in s. */
export interface ScriptFacts {
  readonly command: string;
  readonly interval: number;
  readonly timeout: number;
  readonly weight: number;
  readonly rise: number;
  readonly fall: number;
}

/** Everything. */
export interface DumpFacts {
  readonly instances: ReadonlyMap<string, InstanceFacts>;
  readonly scripts: ReadonlyMap<string, ScriptFacts>;
  /** `json_version` */
  readonly jsonVersion: 1 | 2;
  /** `state_dump_file`, `stats_dump_file`, `json_dump_file`; null is the run directory's. */
  readonly files: Readonly<Record<"data" | "stats" | "json", string | null>>;
  /** `data_use_instance`: what stands before the `.data` of the usual name, such as `.blue`; else "". */
  readonly dataMark: string;
}

/** What the dumps need of a configuration. */
export function dumpFacts(model: Model): DumpFacts {
  const { model: { instances, scripts, daemon }, links } = planLinks(model);
  const parents = new Map(links.map(({ link }) => [link.name, link.parent]));
  return {
    instances: new Map(instances.map((instance) => [instance.name, instanceFacts(instance, parents)])),
    scripts: new Map(scripts.map((script) => [script.name, scriptFacts(script)])),
    jsonVersion: daemon.jsonVersion,
    dataMark: dataMark(daemon),
    files: { data: daemon.dumpFiles.state, stats: daemon.dumpFiles.stats, json: daemon.dumpFiles.json },
  };
}

function dataMark({ kept, networkNamespace, instanceName }: Model["daemon"]): string {
  if (kept["data_use_instance"] !== true) return "";
  const names = [networkNamespace, instanceName].filter((name) => name !== null);
  return names.length === 0 ? "" : `.${names.join("_")}`;
}

/** The interface below each virtual one. */
type Parents = ReadonlyMap<string, string>;

function instanceFacts(instance: VrrpInstance, parents: Parents): InstanceFacts {
  const { announce, notify } = instance;
  const scripts: Record<string, string> = {};
  const add = (name: string, command: Command | null) => {
    if (command !== null) scripts[name] = quotedCommand(command);
  };
  add("script_backup", notify.backup);
  add("script_master", notify.master);
  add("script_fault", notify.fault);
  add("script_stop", notify.stop);
  add("script_deleted", notify.deleted);
  add("script", notify.any);
  add("script_master_rx_lower_pri", notify.masterRxLowerPriority);
  return {
    dontTrackPrimary: !instance.trackPrimary,
    skipAddressCheck: instance.skipAddressCheck,
    strict: instance.strict,
    vmac: instance.vmac?.name ?? "",
    transmitOnBase: instance.vmac?.transmitOnBase ?? false,
    garpDelay: announce.delay / 1000,
    garpRefresh: announce.refresh / 1000,
    garpRepeat: announce.repeat,
    garpRefreshRepeat: announce.refreshRepeat,
    garpLowerPriorityDelay: announce.lowerPriorityDelay / 1000,
    garpLowerPriorityRepeat: announce.lowerPriorityRepeat,
    lowerPriorityNoAdvert: instance.lowerPriorityNoAdvert,
    higherPrioritySendAdvert: instance.higherPrioritySendAdvert,
    promoteSecondaries: instance.promoteSecondaries,
    accept: instance.accept,
    downTimerAdverts: instance.downTimerAdverts,
    checkUnicastSource: instance.checkUnicastSource,
    smtpAlert: instance.smtpAlert,
    notifyDeleted: instance.notifyDeleted,
    sourceConfigured: instance.sourceAddress !== null,
    ttl: instance.ttl,
    scripts,
    addresses: [...instance.addresses, ...instance.excludedAddresses].map((vip) => addressText(vip, parents)),
  };
}

function scriptFacts({ command, interval, timeout, weight, rise, fall }: TrackScript): ScriptFacts {
  return {
    command: quotedCommand(command),
    interval: interval / 1000,
    timeout: timeout === interval ? 0 : timeout / 1000,
    weight,
    rise,
    fall,
  };
}

/** `'/usr/bin/true' 'master'`: each argument in quotes, as keepalived shows a command. */
function quotedCommand({ argv }: Command): string {
  return argv.map((argument) => `'${argument}'`).join(" ");
}

const SCOPES: ReadonlyMap<number, string> = new Map([
  [0, "global"],
  [200, "site"],
  [253, "link"],
  [254, "host"],
  [255, "nowhere"],
]);

/** `10.0.0.100/24 brd 10.0.0.255 dev eth0 scope global label eth0:1`; a whole-length prefix is not written. */
function addressText(vip: VirtualAddress, parents: Parents): string {
  const ipv6 = vip.address.includes(":");
  const words = [vip.prefixLength === (ipv6 ? 128 : 32) ? vip.address : `${vip.address}/${vip.prefixLength}`];
  if (vip.broadcast !== null) words.push("brd", vip.broadcast);
  const parent = parents.get(vip.interface);
  words.push("dev", parent === undefined ? vip.interface : `${vip.interface}@${parent}`);
  words.push("scope", SCOPES.get(vip.scope) ?? String(vip.scope));
  if (vip.label !== null) words.push("label", vip.label);
  if (vip.flags.includes("noprefixroute")) words.push("noprefixroute");
  if (ipv6) words.push(...preferred(vip));
  return words.join(" ");
}

/** How long an IPv6 address is a source of new connections. */
function preferred({ prefixLength, preferredLifetime }: VirtualAddress): string[] {
  const lifetime = preferredLifetime ?? (prefixLength === 128 ? 0 : FOREVER);
  if (lifetime === 0) return ["deprecated"];
  return ["preferred_lft", lifetime === FOREVER ? "forever" : String(lifetime)];
}
