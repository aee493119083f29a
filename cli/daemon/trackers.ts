/**
 * What trackers of the engine look at outside of it: files, processes, and links that are polled.
 */
import type { Model, TrackReference } from "../../core/config/model.ts";
import { type PolledInterface, polledInterfaces } from "../../core/config/polled_interfaces.ts";
import { receiveBuffer } from "../../core/config/receive_buffer.ts";
import type { TrackFile } from "../../core/config/tracking_model.ts";
import type { Event, Readings } from "../../core/engine/event.ts";
import { reasonOf } from "../exit_codes.ts";
import { LinkPolling } from "./link_polling.ts";
import { TrackedFiles } from "./tracked_files.ts";
import { TrackedProcesses } from "./tracked_processes.ts";

/** What is done with what trackers say. */
export interface TrackersListener {
  readonly tell: (event: Extract<Event, { kind: "file.read" | "process.counted" | "link.polled" }>) => void;
  /** A sentence for the log. */
  readonly say: (level: "info" | "warning", text: string) => void;
}

/** Follows files and processes that instances and groups track. */
export class Trackers implements Disposable {
  readonly #listener: TrackersListener;
  readonly #files: TrackedFiles;
  readonly #processes: TrackedProcesses;
  readonly #polling: LinkPolling;
  readonly #readings: {
    readonly files: Record<string, number>;
    readonly processes: Record<string, number>;
    readonly links: Record<string, boolean>;
  } = { files: {}, processes: {}, links: {} };
  readonly #initialised = new Set<string>();
  /** What is told while a configuration is taken over goes with it. */
  #quiet = false;

  constructor(listener: TrackersListener) {
    this.#listener = listener;
    const { say } = listener;
    const warn = (text: string) => say("warning", text);
    this.#polling = new LinkPolling({
      say,
      tell: (name, up) => {
        this.#readings.links[name] = up;
        if (!this.#quiet) this.#listener.tell({ kind: "link.polled", interface: name, up });
      },
    });
    this.#files = new TrackedFiles({
      warn,
      tell: (file, value) => {
        this.#readings.files[file] = value;
        if (!this.#quiet) this.#listener.tell({ kind: "file.read", file, value });
      },
    });
    this.#processes = new TrackedProcesses({
      warn,
      tell: (process, count) => {
        this.#readings.processes[process] = count;
        if (!this.#quiet) this.#listener.tell({ kind: "process.counted", process, count });
      },
    });
  }

  /** Follows what a configuration tracks; returns what all of it says now. */
  follow(model: Model): Readings {
    this.#quiet = true;
    try {
      for (const file of model.trackFiles) this.#initialise(file);
      const files = usedOf(model, "trackFiles", model.trackFiles);
      this.#files.watch(new Map(files.map(({ name, file }) => [name, file])));
      const wish = receiveBuffer(model.daemon.kept, "process_monitor");
      this.#processes.watch(usedOf(model, "trackProcesses", model.trackProcesses), wish);
      this.#poll(polledInterfaces(model));
    } finally {
      this.#quiet = false;
    }
    return structuredClone(this.#readings);
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
    this.#processes[Symbol.dispose]();
    this.#polling[Symbol.dispose]();
  }

  #poll(interfaces: readonly PolledInterface[]): void {
    const { links } = this.#readings;
    const names = new Set(interfaces.map((each) => each.interface));
    for (const name of Object.keys(links)) if (!names.has(name)) delete links[name];
    this.#polling.watch(interfaces);
  }

  /** `init_file`, once for each file: a reload must not undo what was written since. */
  #initialise({ file, init }: TrackFile): void {
    if (init === null || this.#initialised.has(file)) return;
    this.#initialised.add(file);
    try {
      Deno.writeTextFileSync(file, `${init.value}\n`, { createNew: !init.overwrite });
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return;
      this.#listener.say("warning", `Cannot initialise tracked file "${file}": ${reasonOf(error)}`);
    }
  }
}

function usedOf<T extends { readonly name: string }>(
  model: Model,
  kind: "trackFiles" | "trackProcesses",
  all: readonly T[],
): readonly T[] {
  if (all.length === 0) return all;
  const users: readonly { readonly [K in typeof kind]: readonly TrackReference[] }[] = [
    ...model.instances,
    ...model.syncGroups,
  ];
  const used = new Set(users.flatMap((user) => user[kind].map(({ name }) => name)));
  return all.filter(({ name }) => used.has(name));
}
