/**
 * Metric families read from one snapshot, and their text in the Prometheus exposition format.
 *
 * Nothing is kept between two scrapes: every value is read from the snapshot, so that a metric cannot be stale and
 * 1,000 instances cost no memory while nobody asks.
 */
import type { Registry as PromRegistry } from "prom-client";
import type { Answer } from "../source.ts";
import type { Alarm } from "../health.ts";
import type { InstanceStatus, Status } from "../../core/engine/status.ts";

/** Label names with their values. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a family. `shared` are labels that many families have in common, as one and the same object. */
export interface Series {
  readonly value: number;
  readonly labels?: Labels;
  readonly shared?: Labels;
}

/** How the values of a family are read from a snapshot. */
export type Reader = (snapshot: Snapshot) => readonly Series[];

/** A metric: name, HELP text, type, and how its values are read. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly read: Reader;
}

/** All that a scrape is made of. */
export interface Snapshot {
  readonly answer: Answer;
  /** The status, or null where the engine did not answer. */
  readonly status: Status | null;
  readonly alarms: readonly Alarm[];
  readonly healthy: boolean;
  /** ms since the Unix epoch */
  readonly now: number;
  /** The instances with their labels `iname`, `intf` and `vrid`. */
  readonly instances: readonly LabelledInstance[];
}

/** An instance and the labels that name it, once for all families. */
export interface LabelledInstance {
  readonly instance: InstanceStatus;
  readonly labels: Labels;
  /** `name`, `intf`, `vrid` and `state`, as gen2brain/keepalived_exporter has them. */
  readonly gen2brainLabels: Labels;
}

/** The exposition text of some families, and its content type. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Writes families in the Prometheus text format through a registry of their own. */
export async function expose(families: readonly Family[], snapshot: Snapshot): Promise<Exposition> {
  const Registry = await loadRegistry();
  const registry = new Registry();
  const parts: string[] = [];
  for (const family of families) {
    register(registry, family, snapshot);
    // One family at a time: its lines are garbage before the next one's are made.
    parts.push(await registry.getSingleMetricAsString(family.name));
  }
  return { contentType: registry.contentType, text: `${parts.join("\n\n")}\n` };
}

/** A family whose values go up and down. */
export function gauge(name: string, help: string, read: Reader): Family {
  return { name, help, type: "gauge", read };
}

/** A family whose values only grow while the daemon runs. */
export function counter(name: string, help: string, read: Reader): Family {
  return { name, help, type: "counter", read };
}

/** Only the first of several series with the same labels: a second one makes the whole scrape invalid. */
export function distinct(series: readonly Series[]): readonly Series[] {
  const seen = new Map<string, Series>();
  for (const entry of series) {
    const key = JSON.stringify([entry.shared, entry.labels]);
    if (!seen.has(key)) seen.set(key, entry);
  }
  return [...seen.values()];
}

/**
 * prom-client's registry alone, at the first scrape: the whole package costs 9 MiB more (OpenTelemetry, clusters,
 * histograms), and most daemons are never scraped.
 */
async function loadRegistry(): Promise<typeof PromRegistry> {
  const module = await import("prom-client/lib/registry.js") as { default: typeof PromRegistry };
  return module.default;
}

/** The registry asks a metric for its name and for `get()`, nothing else; its type declaration wants a class. */
function register(registry: PromRegistry, family: Family, snapshot: Snapshot): void {
  const { name, help, type } = family;
  const values = family.read(snapshot).map(({ value, labels, shared }) => ({
    value,
    labels: labels ?? {},
    sharedLabels: shared ?? {},
  }));
  const metric = { name, get: () => Promise.resolve({ name, help, type, values }) };
  registry.registerMetric(metric as never);
}
