/**
 * Counts the processes that trackers are about, from what is heard of beginnings and ends.
 */
import type { TrackProcess } from "../../core/config/tracking_model.ts";
import { isMeant, type ProcessIdentity } from "../../core/track/process.ts";
import type { ProcessNotice } from "../../ffi/process_watch.ts";

/** Where names and command lines come from; null for a process that is gone. */
export type Identify = (pid: number, withCommandLine: boolean) => ProcessIdentity | null;

/** The counts of tracked processes. */
export class ProcessCounter {
  readonly #identify: Identify;
  readonly #tell: (name: string, count: number) => void;
  #tracked: readonly TrackProcess[] = [];
  #needsCommandLine = false;
  /** The trackers that each process counts for; who counts for none is not in it. */
  #counted = new Map<number, readonly TrackProcess[]>();
  /** What was told last. */
  #told = new Map<string, number>();

  constructor(identify: Identify, tell: (name: string, count: number) => void) {
    this.#identify = identify;
    this.#tell = tell;
  }

  /** The processes that count for some tracker. */
  get counted(): Iterable<number> {
    return this.#counted.keys();
  }

  /** Counts these from now on; the next scan tells the count of each. */
  track(tracked: readonly TrackProcess[]): void {
    this.#tracked = tracked;
    this.#needsCommandLine = tracked.some(({ fullCommand }) => fullCommand);
    this.#told.clear();
  }

  /** Counts afresh among these, and tells what is another count than before. */
  scan(pids: Iterable<number>): void {
    this.#counted = new Map();
    for (const pid of pids) this.#look(pid);
    this.tell();
  }

  /** Takes one notice in; nothing is told yet. */
  take(notice: ProcessNotice): void {
    switch (notice.kind) {
      case "forked": {
        // A child begins as its parent's copy.
        const counted = this.#counted.get(notice.parent);
        if (counted === undefined) this.#counted.delete(notice.child);
        else this.#counted.set(notice.child, counted);
        return;
      }
      case "executed":
      case "renamed":
        this.#look(notice.pid);
        return;
      case "exited":
        this.#counted.delete(notice.pid);
        return;
      default:
        notice satisfies never;
    }
  }

  /** Tells the counts that changed since they were told last. */
  tell(): void {
    const counts = new Map(this.#tracked.map(({ name }) => [name, 0]));
    for (const trackers of this.#counted.values()) {
      for (const { name } of trackers) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const [name, count] of counts) {
      if (this.#told.get(name) !== count) this.#tell(name, count);
    }
    this.#told = counts;
  }

  #look(pid: number): void {
    const identity = this.#identify(pid, this.#needsCommandLine);
    const counts = identity === null ? [] : this.#tracked.filter((tracked) => isMeant(tracked, identity));
    if (counts.length === 0) this.#counted.delete(pid);
    else this.#counted.set(pid, counts);
  }
}
