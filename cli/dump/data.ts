/**
 * `keepalived.data`: the instances, groups and scripts in keepalived's layout (SIGUSR1), for people and old exporters.
 */
import type { InstanceStatus, ScriptStatus, Status, SyncGroupStatus } from "../../core/engine/status.ts";
import { addressLines, STATE } from "./common.ts";
import type { DumpFacts, InstanceFacts, ScriptFacts } from "./facts.ts";

/** The file's text. */
export function formatData(status: Status, { instances, scripts }: DumpFacts): string {
  const lines = [
    "------< Global definitions >------",
    ` Router ID = ${status.routerId}`,
    "------< VRRP Topology >------",
    ...status.instances.flatMap((instance) => {
      const facts = instances.get(instance.name);
      return facts === undefined ? [] : instanceLines(instance, facts);
    }),
    ...section("VRRP Sync groups", status.syncGroups.flatMap(groupLines)),
    ...section(
      "VRRP Scripts",
      status.scripts.flatMap((script) => {
        const facts = scripts.get(script.name);
        return facts === undefined ? [] : scriptLines(script, facts, status.instances);
      }),
    ),
  ];
  return lines.join("\n") + "\n";
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`------< ${title} >------`, ...lines];
}

function instanceLines(status: InstanceStatus, facts: InstanceFacts): readonly string[] {
  const { advertised, excluded } = addressLines(status, facts);
  const settings: readonly (readonly [string, string | number])[] = [
    ["Gratuitous ARP delay", facts.garpDelay],
    ["Gratuitous ARP repeat", facts.garpRepeat],
    ["Gratuitous ARP refresh", facts.garpRefresh],
    ["Gratuitous ARP refresh repeat", facts.garpRefreshRepeat],
    ["Gratuitous ARP lower priority delay", facts.garpLowerPriorityDelay],
    ["Gratuitous ARP lower priority repeat", facts.garpLowerPriorityRepeat],
    ["Down timer adverts", facts.downTimerAdverts],
    ["Send advert after receive lower priority advert", String(!facts.lowerPriorityNoAdvert)],
    ["Send advert after receive higher priority advert", String(facts.higherPrioritySendAdvert)],
    ["Virtual Router ID", status.vrid],
    ["Priority", status.basePriority],
    ["Effective priority", status.effectivePriority],
    ["Total priority", status.effectivePriority],
    ["Advert interval", intervalText(status)],
    ["Accept", enabled(facts.accept)],
    ["Preempt", enabled(status.preempt)],
    ...(status.preemptDelay > 0 ? [["Preempt delay", `${status.preemptDelay / 1000} secs`] as const] : []),
    ["Promote_secondaries", enabled(facts.promoteSecondaries)],
  ];
  return [
    ` VRRP Instance = ${status.name}`,
    ...indent([
      `VRRP Version = ${status.version}`,
      ...(status.syncGroup === null ? [] : [`Sync group = ${status.syncGroup}`]),
      `State = ${STATE[status.state].word}`,
      ...(status.transport === "unicast" ? ["Flags:", "  Using unicast"] : ["Flags: none"]),
      `Wantstate = ${STATE[status.state].word}`,
      `Number of interface and track script faults = ${status.faults.length}`,
      `Last transition = ${momentText(status.since)}`,
      ...(status.state === "backup" && status.peer !== null
        ? [`Master router = ${status.peer.address}`, `Master priority = ${status.peer.priority}`]
        : []),
      `Interface = ${interfaceText(status, facts)}`,
      `Using src_ip = ${status.source ?? "(none)"}${facts.sourceConfigured ? " (from configuration)" : ""}`,
      ...(status.transport === "multicast"
        ? status.destinations.map((group) => `Multicast address ${group}`)
        : []),
      ...settings.map(([name, value]) => `${name} = ${value}`),
      ...authenticationLines(status),
      `Virtual IP (${advertised.length}):`,
      ...indent(advertised),
      ...list("Virtual IP Excluded :", excluded),
      ...unicastLines(status, facts),
      ...list("Virtual Routes :", (status.routes ?? []).map(({ text }) => text)),
      ...list("Virtual Rules :", (status.rules ?? []).map(({ text }) => text)),
      ...trackerLines(status),
      `Using smtp notification = ${facts.smtpAlert ? "yes" : "no"}`,
      `Notify deleted = ${facts.notifyDeleted ? "Deleted" : "Fault"}`,
      ...Object.entries(SCRIPT_NAMES).flatMap(([key, name]) => {
        const command = facts.scripts[key];
        return command === undefined ? [] : [`${name} state transition script = ${command}`];
      }),
    ], 3),
  ];
}

/** `eth0`, or `vrrp.51, vmac on eth0, xmit base i/f`. */
function interfaceText({ interface: name }: InstanceStatus, { vmac, transmitOnBase }: InstanceFacts): string {
  if (vmac === "") return name;
  return `${vmac}, vmac on ${name}${transmitOnBase ? ", xmit base i/f" : ""}`;
}

const SCRIPT_NAMES = {
  script_backup: "Backup",
  script_master: "Master",
  script_fault: "Fault",
  script_stop: "Stop",
  script: "Generic",
} as const;

/** Version 2 counts in seconds, version 3 in parts of them. */
function intervalText({ version, advertInterval }: InstanceStatus): string {
  return version === 2 ? `${advertInterval / 1000} sec` : `${advertInterval} milli-sec`;
}

function enabled(yes: boolean): string {
  return yes ? "enabled" : "disabled";
}

function authenticationLines({ version, authentication }: InstanceStatus): readonly string[] {
  if (authentication === "pass") return ["Authentication type = SIMPLE_PASSWORD", "Password = ********"];
  if (authentication === "ah") return ["Authentication type = IPSEC_AH", "Password = ********"];
  return version === 2 ? ["Authentication type = none"] : [];
}

function unicastLines({ transport, destinations }: InstanceStatus, facts: InstanceFacts): readonly string[] {
  if (transport === "multicast") return [];
  const check = `Check unicast src : ${facts.checkUnicastSource ? "yes" : "no"}`;
  return [`Unicast TTL = ${facts.ttl}`, check, ...list("Unicast Peer :", destinations)];
}

const TRACKED = {
  interface: "Tracked interfaces :",
  script: "Tracked scripts :",
  file: "Tracked files :",
  process: "Tracked processes :",
  bfd: "Tracked BFD instances :",
} as const;

function trackerLines({ trackers }: InstanceStatus): readonly string[] {
  return Object.entries(TRACKED).flatMap(([kind, title]) => {
    const those = trackers.filter((tracker) => tracker.kind === kind);
    return list(
      title,
      those.map(({ name, weight, reverse }) => `${name} weight ${weight}${reverse ? " reverse" : ""}`),
    );
  });
}

function groupLines({ name, state, members }: SyncGroupStatus): readonly string[] {
  return [
    ` VRRP Sync Group = ${name}, ${STATE[state].word}`,
    "   VRRP member instances :",
    ...indent(members, 5),
  ];
}

function scriptLines(
  { name, up, running }: ScriptStatus,
  facts: ScriptFacts,
  instances: readonly InstanceStatus[],
): readonly string[] {
  const users = instances.flatMap((instance) =>
    instance.trackers.filter((one) => one.kind === "script" && one.name === name)
      .map(({ weight }) => `${instance.name}, weight ${weight}`)
  );
  return [
    ` VRRP Script = ${name}`,
    ...indent([
      `Command = ${facts.command}`,
      `Interval = ${facts.interval} sec`,
      `Timeout = ${facts.timeout} sec`,
      `Weight = ${facts.weight}`,
      `Rise = ${facts.rise}`,
      `Fall = ${facts.fall}`,
      `Status = ${up === null ? "INIT" : up ? "GOOD" : "BAD"}`,
      ...list("Tracking instances :", users),
      `State = ${running ? "running" : "idle"}`,
    ], 3),
  ];
}

function list(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...indent(lines)];
}

function indent(lines: readonly string[], by = 2): readonly string[] {
  return lines.map((line) => " ".repeat(by) + line);
}

/** `1795238257.580321 (Sat Nov 21 05:17:37.580321 2026)`, in this host's time. */
function momentText(at: number): string {
  const seconds = (at / 1000).toFixed(6);
  const [weekday, month, day, year, time] = new Date(at).toString().split(" ");
  return `${seconds} (${weekday} ${month} ${day} ${time}.${seconds.split(".")[1]} ${year})`;
}
