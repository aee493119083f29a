/**
 * The status as text for a terminal: one line an instance, and below it why it is not as one would wish.
 */
import type { InstanceStatus, Status } from "../../core/engine/status.ts";

const HEADINGS = ["INSTANCE", "STATE", "SINCE", "PRIORITY", "VIPS", "PEER"] as const;

/** The whole table; `now` is in ms since the Unix epoch. */
export function formatStatus(status: Status, now: number): string {
  const rows = status.instances.map((instance) => rowOf(instance, now));
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const lines = [headline(status, now), "", formatRow(HEADINGS, widths)];
  for (const [i, row] of rows.entries()) {
    lines.push(formatRow(row, widths), ...remarksOn(status.instances[i]!, now));
  }
  if (rows.length === 0) lines.push("no instances");
  return [...lines, ...scriptLines(status, now), ...problemLines(status)].join("\n") + "\n";
}

function headline(status: Status, now: number): string {
  const { loopLag } = status;
  return [
    status.routerId,
    `ha ${status.version}`,
    `pid ${status.pid}`,
    `up ${formatAge(now - status.startedAt)}`,
    `timers late by ${loopLag.last.toFixed(2)} ms, at most ${loopLag.max.toFixed(2)} ms`,
  ].join("  ");
}

function rowOf(instance: InstanceStatus, now: number): readonly string[] {
  return [
    instance.name,
    instance.state.toUpperCase(),
    formatAge(now - instance.since),
    formatPriority(instance),
    formatAddresses(instance),
    formatPeer(instance, now),
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

function remarksOn({ faults, reason, state, followsUntil }: InstanceStatus, now: number): readonly string[] {
  if (followsUntil !== undefined && followsUntil > now) {
    return [`  handed over: leaves a living master alone for ${formatAge(followsUntil - now)} more`];
  }
  if (state === "fault") return (faults.length > 0 ? faults : [reason]).map((fault) => `  ${fault}`);
  return [];
}

function scriptLines({ scripts }: Status, now: number): readonly string[] {
  if (scripts.length === 0) return [];
  const lines = scripts.map(({ name, up, lastResult, lastRun }) => {
    const verdict = up === null ? "no result yet" : up ? "up" : "down";
    const last = lastRun === null ? "" : `, ${lastResult} ${formatAge(now - lastRun)} ago`;
    return `  ${name}: ${verdict}${last}`;
  });
  return ["", "SCRIPTS", ...lines];
}

function problemLines({ configuration }: Status): readonly string[] {
  if (configuration.problems.length === 0) return [];
  return ["", `PROBLEMS of ${configuration.file}`, ...configuration.problems.map((text) => `  ${text}`)];
}

function formatRow(cells: readonly string[], widths: readonly number[]): string {
  return cells.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd();
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
