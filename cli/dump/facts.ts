/**
 * What keepalived's dumps say of a configuration and the status does not: kept small, one flat object an instance.
 */
import type { Command, Model, TrackScript, VirtualAddress, VrrpInstance } from "../../core/config/model.ts";

/** One instance. Times are in s, as the dumps have them. */
export interface InstanceFacts {
  readonly dontTrackPrimary: boolean;
  readonly skipAddressCheck: boolean;
  readonly strict: boolean;
  readonly vmac: string;
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
export function dumpFacts({ instances, scripts, daemon }: Model): DumpFacts {
  return {
    instances: new Map(instances.map((instance) => [instance.name, instanceFacts(instance)])),
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

function instanceFacts(instance: VrrpInstance): InstanceFacts {
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
    vmac: instance.vmac === null ? "" : instance.vmac.name ?? `vrrp.${instance.vrid}`,
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
    addresses: [...instance.addresses, ...instance.excludedAddresses].map(addressText),
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
function addressText(vip: VirtualAddress): string {
  const whole = vip.address.includes(":") ? 128 : 32;
  const words = [vip.prefixLength === whole ? vip.address : `${vip.address}/${vip.prefixLength}`];
  if (vip.broadcast !== null) words.push("brd", vip.broadcast);
  words.push("dev", vip.interface, "scope", SCOPES.get(vip.scope) ?? String(vip.scope));
  if (vip.label !== null) words.push("label", vip.label);
  return words.join(" ");
}
