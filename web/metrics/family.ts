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

/** The exposition of some families: its content type, and its text in UTF-8. */
export interface Exposition {
  readonly contentType: string;
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * Writes families in the Prometheus text format through a registry of their own.
 *
 * One family at a time, and only as fast as it is read: the lines of one are garbage before those of the next are
 * made, which keeps a scrape of 1,000 instances from taking 100 MiB.
 */
export async function expose(families: readonly Family[], snapshot: Snapshot): Promise<Exposition> {
  const Registry = await loadRegistry();
  const registry = new Registry();
  for (const family of families) register(registry, family, snapshot);
  const rest = families.values();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = rest.next();
      if (done) return controller.close();
      controller.enqueue(encoder.encode(`${await registry.getSingleMetricAsString(value.name)}\n`));
    },
  }, { highWaterMark: 0 });
  return { contentType: registry.contentType, body };
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

const NONE: Labels = {};

/** The registry asks a metric for its name and for `get()`, nothing else; its type declaration wants a class. */
function register(registry: PromRegistry, family: Family, snapshot: Snapshot): void {
  const { name, help, type } = family;
  const values = () =>
    family.read(snapshot).map(({ value, labels = NONE, shared = NONE }) => ({
      value,
      labels,
      sharedLabels: shared,
    }));
  const metric = { name, get: () => Promise.resolve({ name, help, type, values: values() }) };
  registry.registerMetric(metric as never);
}
