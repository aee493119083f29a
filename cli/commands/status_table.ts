/**
 * The status as text for a terminal: what is wrong first, then one line an instance and one a virtual server, and below
 * each why it is not as one would wish.
 */
import type { InstanceStatus, Status, VirtualServerStatus } from "../../core/engine/status.ts";
import { alarmsOf } from "../../web/health.ts";
import { connectionsOf, isDown, serviceState, trafficOf, upCount } from "../../web/services.ts";
import { amount } from "../../web/view/format.ts";
import { type Cell, type Column, tableLines, visible, wrap } from "../text_table.ts";

/** How the text is to look. */
export interface TableOptions {
  /** Characters of a line; Infinity where nobody reads it on a screen. */
  readonly width: number;
  /** ANSI colours. */
  readonly colour: boolean;
}

/** Alarms of one kind that are spelt out, and real servers that are down of one virtual server. */
const SPELT_OUT = 5;

/** More instances or real servers than that are too many to find those among them that are in trouble. */
const MANY = 24;

const RED = "31";
const GREEN = "32";
const YELLOW = "33";
const BLUE = "34";
const DIM = "2";
const BOLD = "1";

const INSTANCE_COLUMNS: readonly Column[] = [
  { heading: "INSTANCE", least: 12 },
  { heading: "STATE" },
  { heading: "SINCE", leaveOut: 2 },
  { heading: "PRIORITY", least: 8 },
  { heading: "VIPS", least: 15, leaveOut: 1 },
  { heading: "PEER", least: 15, leaveOut: 3 },
];

const SERVICE_COLUMNS: readonly Column[] = [
  { heading: "VIRTUAL SERVER", least: 20 },
  { heading: "STATE" },
  { heading: "SINCE", leaveOut: 3 },
  { heading: "UP", right: true },
  { heading: "WEIGHT", leaveOut: 4 },
  { heading: "ACTIVE", right: true, leaveOut: 1 },
  { heading: "CONN/S", right: true, leaveOut: 2 },
];

const STATE_COLOURS: Readonly<Record<string, string>> = {
  master: GREEN,
  backup: BLUE,
  fault: RED,
  init: DIM,
  up: GREEN,
  degraded: YELLOW,
  down: RED,
  sorry: RED,
  checking: DIM,
  suspended: DIM,
};

const NO_OPTIONS: TableOptions = { width: Infinity, colour: false };

/** The whole text; `now` is in ms since the Unix epoch. */
export function formatStatus(status: Status, now: number, options: TableOptions = NO_OPTIONS): string {
  const paper = new Paper(options);
  const sections = [
    [headline(status, now, paper), ...tally(status, paper)],
    alarmLines(status, now, paper),
    instanceLines(status, now, paper),
    serviceLines(status, now, paper),
    scriptLines(status, now, paper),
    trackedLines(status, paper),
    sessionLines(status, now, paper),
    noticeLines(status, paper),
    problemLines(status, paper),
  ];
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n") + "\n";
}

/** Width and colours of what is written on. */
class Paper {
  readonly width: number;
  readonly #colour: boolean;

  constructor({ width, colour }: TableOptions) {
    this.width = width;
    this.#colour = colour;
  }

  paint(code: string, text: string): string {
    return this.#colour && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  cell(text: string, code?: string): Cell {
    return code === undefined ? { text: visible(text) } : {
      text: visible(text),
      paint: (each) => this.paint(code, each),
    };
  }

  /** A text in as many lines as it takes. */
  wrapped(text: string, indent: string, code?: string): readonly string[] {
    const lines = wrap(visible(text), this.width, indent);
    return code === undefined ? lines : lines.map((line) => this.paint(code, line));
  }
}

function headline(status: Status, now: number, paper: Paper): string {
  const { loopLag } = status;
  const [name, ...facts] = [
    visible(status.routerId),
    `ha ${status.version}`,
    `pid ${status.pid}`,
    `up ${formatAge(now - status.startedAt)}`,
    `timers late by ${loopLag.last.toFixed(2)} ms, at most ${loopLag.max.toFixed(2)} ms`,
  ];
  const lines = [[paper.paint(BOLD, name!)]];
  let length = name!.length;
  for (const fact of facts) {
    if (length + 2 + fact.length > paper.width) {
      lines.push([`  ${fact}`]);
      length = 2 + fact.length;
    } else {
      lines.at(-1)!.push(fact);
      length += 2 + fact.length;
    }
  }
  return lines.map((line) => line.join("  ")).join("\n");
}

/** How many instances and virtual servers are in which state, where there are many. */
function tally({ instances, virtualServers = [] }: Status, paper: Paper): readonly string[] {
  const counted = (name: string, states: readonly string[]) =>
    states.length <= MANY ? [] : paper.wrapped(`${states.length} ${name}: ${numbers(states)}`, "");
  return [
    ...counted("instances", instances.map(({ state }) => state)),
    ...counted("virtual servers", virtualServers.map(serviceState)),
  ];
}

function numbers(states: readonly string[]): string {
  return [...Map.groupBy(states, (state) => state)]
    .map(([state, all]) => `${all.length} ${state.toUpperCase()}`).sort().join(", ");
}

/** What is wrong, the critical things first; what stands below an instance or a virtual server anyway is left out. */
function alarmLines(status: Status, now: number, paper: Paper): readonly string[] {
  const { instances, virtualServers = [] } = status;
  const shownElsewhere = [
    ...instances.length > MANY ? [] : ["fault"],
    ...virtualServers.length > MANY ? [] : ["real_server_down"],
  ];
  const alarms = alarmsOf(status, now).filter(({ kind }) => !shownElsewhere.includes(kind));
  const lines: string[] = [];
  for (const group of Map.groupBy(alarms, ({ kind }) => kind).values()) {
    for (const { severity, instance, virtualServer, text } of group.slice(0, SPELT_OUT)) {
      const about = instance ?? virtualServer;
      const words = `${severity === "critical" ? "!!" : "!"} ${
        about === undefined ? "" : `${about}: `
      }${text}`;
      lines.push(...paper.wrapped(words, "", severity === "critical" ? RED : YELLOW));
    }
    const rest = group.length - SPELT_OUT;
    if (rest > 0) lines.push(`  … and ${rest} more like these`);
  }
  return lines;
}

function instanceLines(status: Status, now: number, paper: Paper): readonly string[] {
  const { instances, virtualServers } = status;
  if (instances.length === 0) return virtualServers === undefined ? ["no instances"] : [];
  const rows = instances.map((instance) => instanceRow(instance, now, paper));
  const [heading, ...lines] = tableLines(INSTANCE_COLUMNS, rows, paper.width);
  return [
    paper.paint(BOLD, heading!),
    ...lines.flatMap((line, i) => [line, ...remarksOn(instances[i]!, now, paper)]),
  ];
}

function instanceRow(instance: InstanceStatus, now: number, paper: Paper): readonly Cell[] {
  const { state, addresses } = instance;
  const missing = state === "master" && addresses.some(({ installed }) => !installed);
  return [
    paper.cell(instance.name),
    paper.cell(state.toUpperCase(), STATE_COLOURS[state]),
    paper.cell(formatAge(now - instance.since)),
    paper.cell(formatPriority(instance)),
    paper.cell(formatAddresses(instance), missing ? RED : undefined),
    paper.cell(formatPeer(instance, now)),
  ];
}

/** `80 = 100 - 20 (script chk_nginx)`; terms that add nothing are left out. */
function formatPriority({ effectivePriority, priorityTerms }: InstanceStatus): string {
  const [base, ...terms] = priorityTerms;
  const counted = terms.filter(({ value }) => value !== 0);
  if (counted.length === 0) return String(effectivePriority);
  const shown = counted.map(({ what, value }) => `${value < 0 ? "-" : "+"} ${Math.abs(value)} (${what})`);
  return `${effectivePriority} = ${base?.value ?? 0} ${shown.join(" ")}`;
}

/** The first address, how many more there are, and a mark where the interface does not have them all. */
function formatAddresses({ addresses, state }: InstanceStatus): string {
  const [first] = addresses;
  if (first === undefined) return "-";
  const more = addresses.length > 1 ? ` +${addresses.length - 1}` : "";
  const missing = addresses.filter(({ installed }) => !installed).length;
  const mark = state === "master" && missing > 0 ? ` (${missing} missing)` : "";
  return `${first.address}/${first.prefixLength}${more}${mark}`;
}

function formatPeer({ peer }: InstanceStatus, now: number): string {
  if (peer === null) return "-";
  return `${peer.address} (${peer.priority}) ${formatAge(now - peer.lastHeard)} ago`;
}

function remarksOn(instance: InstanceStatus, now: number, paper: Paper): readonly string[] {
  const { faults, reason, state, followsUntil } = instance;
  if (state === "backup" && followsUntil !== undefined && followsUntil > now) {
    const text = `handed over: leaves a living master alone for ${formatAge(followsUntil - now)} more`;
    return paper.wrapped(text, "  ", YELLOW);
  }
  if (state !== "fault") return [];
  return (faults.length > 0 ? faults : [reason]).flatMap((fault) => paper.wrapped(fault, "  ", RED));
}

function serviceLines({ virtualServers = [], ipvs }: Status, now: number, paper: Paper): readonly string[] {
  if (virtualServers.length === 0) return [];
  const rows = virtualServers.map((service) => serviceRow(service, now, paper));
  const [heading, ...lines] = tableLines(SERVICE_COLUMNS, rows, paper.width);
  const checks = ipvs === undefined
    ? []
    : [`  ${ipvs.checksDone} checks done, ${ipvs.checksRunning} under way, ${ipvs.checksWaiting} waiting`];
  return [
    paper.paint(BOLD, heading!),
    ...lines.flatMap((line, i) => [line, ...serversDown(virtualServers[i]!, now, paper)]),
    ...checks.map((line) => paper.paint(DIM, line)),
  ];
}

function serviceRow(service: VirtualServerStatus, now: number, paper: Paper): readonly Cell[] {
  const state = serviceState(service);
  const { name, since, realServers, liveWeight, quorum } = service;
  const connections = connectionsOf(service);
  const traffic = trafficOf(service);
  const short = upCount(service) < realServers.length;
  return [
    paper.cell(name),
    paper.cell(state === "sorry" ? "SORRY" : state.toUpperCase(), STATE_COLOURS[state]),
    paper.cell(formatAge(now - since)),
    paper.cell(`${upCount(service)}/${realServers.length}`, short ? YELLOW : undefined),
    paper.cell(`${liveWeight} (needs ${quorum})`),
    paper.cell(connections === null ? "-" : String(connections.active)),
    paper.cell(traffic === null ? "-" : amount(traffic.connectionRate)),
  ];
}

function serversDown({ realServers, sorryServer }: VirtualServerStatus, now: number, paper: Paper) {
  const down = realServers.filter(isDown);
  const lines = down.slice(0, SPELT_OUT).flatMap(({ name, reason, since }) =>
    paper.wrapped(`${name} down ${formatAge(now - since)}${reason === "" ? "" : `: ${reason}`}`, "  ", RED)
  );
  if (down.length > SPELT_OUT) lines.push(`  … and ${down.length - SPELT_OUT} more real servers down`);
  if (sorryServer?.active === true) {
    lines.push(...paper.wrapped(`sorry server ${sorryServer.name} serves`, "  ", YELLOW));
  }
  return lines;
}

function scriptLines({ scripts }: Status, now: number, paper: Paper): readonly string[] {
  if (scripts.length === 0) return [];
  const lines = scripts.flatMap(({ name, up, lastResult, lastRun }) => {
    const verdict = up === null ? "no result yet" : up ? "up" : "down";
    const last = lastRun === null ? "" : `, ${lastResult} ${formatAge(now - lastRun)} ago`;
    return paper.wrapped(`${name}: ${verdict}${last}`, "  ", up === false ? RED : undefined);
  });
  return [paper.paint(BOLD, "SCRIPTS"), ...lines];
}

/** Whether people hear of what happens. */
function noticeLines({ mail, webhook }: Status, paper: Paper): readonly string[] {
  const servers = [["mail", mail] as const, ["webhook", webhook] as const];
  const lines = servers.flatMap(([what, delivery]) => {
    if (delivery === undefined) return [];
    const { to, sent, waiting, lost, trouble } = delivery;
    const colour = trouble !== null ? YELLOW : undefined;
    return paper.wrapped(`${what} to ${to}: ${sent} sent, ${waiting} waiting, ${lost} lost`, "  ", colour);
  });
  return lines.length === 0 ? [] : [paper.paint(BOLD, "NOTICES"), ...lines];
}

function trackedLines({ trackFiles = [], trackProcesses = [] }: Status, paper: Paper): readonly string[] {
  if (trackFiles.length + trackProcesses.length === 0) return [];
  const processes = trackProcesses.flatMap(({ name, process, count, quorum, up }) =>
    paper.wrapped(
      `${name}: ${count} of ${process} run, needs ${quorum}`,
      "  ",
      up ? undefined : RED,
    )
  );
  const files = trackFiles.flatMap(({ name, file, value }) =>
    paper.wrapped(`${name}: ${file} says ${value}`, "  ")
  );
  return [paper.paint(BOLD, "TRACKED"), ...processes, ...files];
}

function sessionLines({ bfdSessions = [] }: Status, now: number, paper: Paper): readonly string[] {
  if (bfdSessions.length === 0) return [];
  const lines = bfdSessions.flatMap(({ name, neighbour, up, state, since, diagnostic, trouble }) => {
    const words = `${name}: ${neighbour} ${state.replace("_", " ")} for ${formatAge(now - since)}`;
    const why = trouble ?? (up ? "" : diagnostic);
    return paper.wrapped(why === "" ? words : `${words}, ${why}`, "  ", up ? undefined : RED);
  });
  return [paper.paint(BOLD, "BFD SESSIONS"), ...lines];
}

function problemLines({ configuration }: Status, paper: Paper): readonly string[] {
  const { file, problems } = configuration;
  if (problems.length === 0) return [];
  const lines = problems.flatMap((text) => paper.wrapped(text, "  ", YELLOW));
  return [paper.paint(BOLD, `PROBLEMS of ${visible(file)}`), ...lines];
}

/** A span of ms in the largest unit that fits, and the next one: `3 min 20 s`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor(seconds % 86_400 / 3600)} h`;
}
