/**
 * The main thread's side of the engine thread: starts it, talks to it, sorts what it reports.
 */
import type { EngineSnapshot } from "../../core/engine/engine.ts";
import type { InstanceStatus } from "../../core/engine/status.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import type { EngineCommand, EngineReport, EngineStart, LoopLag, MainEffect } from "./thread_messages.ts";

/** A snapshot with the loop's own figure. */
export type TimedSnapshot = EngineSnapshot & { readonly loopLag: LoopLag };

/** What is done with the reports; all of them are called on the main thread. */
export interface EngineListener {
  /** `at` is in ms since the Unix epoch. */
  effect(effect: MainEffect, at: number): void;
  alive(): void;
  record(line: string): void;
  /** The loop is gone; nothing more will come. */
  crashed(reason: string): void;
}

/** The part of a `Worker` that is used. */
export type EngineWorker = Pick<Worker, "postMessage" | "onmessage" | "onerror" | "terminate">;

interface PendingSnapshot {
  readonly instances: InstanceStatus[];
  readonly resolve: (snapshot: TimedSnapshot) => void;
}

/** A running (or starting) engine thread. */
export class EngineLink {
  readonly #worker: EngineWorker;
  readonly #send: (command: EngineCommand) => void;
  readonly #ready = Promise.withResolvers<void>();
  readonly #snapshots = new Map<number, PendingSnapshot>();
  #listener: EngineListener | null = null;
  #nextId = 1;

  constructor(worker: EngineWorker, send: (command: EngineCommand) => void) {
    this.#worker = worker;
    this.#send = send;
    worker.onmessage = (message: MessageEvent) => this.#sort(message.data as readonly EngineReport[]);
    worker.onerror = (event: ErrorEvent) => {
      event.preventDefault();
      this.#crashed(event.message);
    };
  }

  /**
   * Starts the engine; resolves once sockets are open and the first effects are performed.
   *
   * @throws {Refusal} where the engine thread could not open what it needs
   */
  start(start: EngineStart, listener: EngineListener): Promise<void> {
    this.#listener = listener;
    this.#worker.postMessage(start);
    return this.#ready.promise;
  }

  send(command: EngineCommand): void {
    this.#send(command);
  }

  /** A fresh snapshot. Never settles where the engine is frozen: the caller sets the bound. */
  snapshot(): Promise<TimedSnapshot> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<TimedSnapshot>();
    this.#snapshots.set(id, { instances: [], resolve });
    this.#send({ kind: "status", id });
    return promise;
  }

  #sort(reports: readonly EngineReport[]): void {
    for (const report of reports) this.#take(report);
  }

  #take(report: EngineReport): void {
    switch (report.kind) {
      case "ready":
        return this.#ready.resolve();
      case "refused":
        return this.#ready.reject(
          new Refusal(report.reason, report.permission ? EXIT.permission : EXIT.fatal),
        );
      case "effect":
        return this.#listener?.effect(report.effect, report.at);
      case "status.part":
        return this.#assemble(report);
      case "alive":
        return this.#listener?.alive();
      case "record":
        return this.#listener?.record(report.line);
      case "crashed":
        return this.#crashed(report.reason);
      default:
        report satisfies never;
    }
  }

  #assemble(part: Extract<EngineReport, { kind: "status.part" }>): void {
    const pending = this.#snapshots.get(part.id);
    if (pending === undefined) return;
    pending.instances.splice(part.first, Infinity, ...part.instances);
    if (part.frame === null) return;
    this.#snapshots.delete(part.id);
    pending.resolve({ ...part.frame, instances: pending.instances, loopLag: part.loopLag });
  }

  #crashed(reason: string): void {
    const [what] = reason.split("\n", 1);
    this.#ready.reject(new Refusal(`Cannot run the engine thread: ${what}`, EXIT.software));
    this.#listener?.crashed(reason);
  }
}
