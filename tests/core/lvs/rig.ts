/**
 * An engine of virtual servers with a kernel and probes in memory: what a test says is up is up.
 */
import assert from "node:assert/strict";
import type { ProbeResult } from "../../../core/check/verdict.ts";
import type { LoadBalancer } from "../../../core/config/virtual_server_model.ts";
import type { LvsEffect } from "../../../core/engine/lvs_effect.ts";
import { createLvsEngine } from "../../../core/engine/lvs_engine.ts";
import type { LvsEvent, TableReading } from "../../../core/engine/lvs_event.ts";
import type { TableEntry } from "../../../core/packet/ipvs.ts";
import { applyOperation } from "./apply_operation.ts";

type ProbeStart = Extract<LvsEffect, { kind: "probe.start" }>;

/** One engine in a world where every probe takes `probeTime` ms. */
export class Rig {
  readonly engine = createLvsEngine();
  /** The kernel's table. */
  readonly table = new Map<string, TableEntry>();
  /** Every effect so far but log and table, as they came. */
  readonly effects: LvsEffect[] = [];
  /** Text of every log record. */
  readonly logged: string[] = [];
  /** Probes that were started, with the time. */
  readonly probes: { readonly at: number; readonly start: ProbeStart }[] = [];
  /** Answers to probes: by default all pass. */
  answer: (start: ProbeStart) => ProbeResult | "silence" = () => ({ ok: true, weight: null });
  /** false: the kernel has no load balancer. */
  available = true;
  now = 1000;
  probeTime = 10;
  #pending: { readonly at: number; readonly event: LvsEvent }[] = [];

  start(loadBalancer: LoadBalancer, more: Partial<Extract<LvsEvent, { kind: "start" }>> = {}): this {
    return this.tell({
      kind: "start",
      loadBalancer,
      table: this.reading(),
      addresses: [],
      seed: 1,
      ...more,
    });
  }

  reload(loadBalancer: LoadBalancer): this {
    return this.tell({ kind: "reload", loadBalancer, table: this.reading() });
  }

  reading(): TableReading {
    return this.available
      ? { ok: true, entries: [...this.table.values()] }
      : { ok: false, reason: "no such family" };
  }

  tell(event: LvsEvent): this {
    const effects = this.engine.step(event, this.now);
    // Every effect survives a JSON round trip.
    assert.deepEqual(JSON.parse(JSON.stringify(effects)), effects);
    for (const effect of effects) this.#perform(effect);
    return this;
  }

  /** Lets time pass: timers and answers come in their order. */
  run(ms: number): this {
    const end = this.now + ms;
    for (;;) {
      const answerAt = this.#pending[0]?.at ?? Infinity;
      const timerAt = this.engine.nextWakeup() ?? Infinity;
      const next = Math.min(answerAt, timerAt);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (answerAt <= timerAt) this.tell(this.#pending.shift()!.event);
      else this.tell({ kind: "timer" });
    }
    this.now = end;
    return this;
  }

  /** The table as lines like `tcp 10.0.0.1 80: 10.0.0.11:80=1 10.0.0.12:80=0`. */
  lines(): string[] {
    return [...this.table].map(([key, { destinations }]) => {
      const list = destinations.map(({ address, port, weight }) => `${address}:${port}=${weight}`);
      return `${key}: ${list.sort().join(" ")}`.trim();
    });
  }

  /** The notices of people so far, such as `RS [10.0.0.11]:tcp:80 [10.0.0.1]:tcp:80 DOWN`. */
  told(): string[] {
    return this.effects.flatMap((effect) =>
      effect.kind === "notify" && effect.fifo !== null ? [effect.fifo] : []
    );
  }

  #perform(effect: LvsEffect): void {
    switch (effect.kind) {
      case "log":
        this.logged.push(effect.message.text);
        return;
      case "table.apply":
        for (const operation of effect.operations) applyOperation(this.table, operation);
        return;
      case "table.flush":
        this.table.clear();
        return;
      case "table.read":
        this.tell({ kind: "table.reading", table: this.reading() });
        return;
      case "probe.start":
        this.#probe(effect);
        return;
      default:
        this.effects.push(effect);
    }
  }

  #probe(start: ProbeStart): void {
    this.probes.push({ at: this.now, start });
    const result = this.answer(start);
    if (result === "silence") return;
    const at = this.now + this.probeTime;
    this.#pending.push({
      at,
      event: { kind: "probe.ended", probe: start.probe, result, duration: this.probeTime },
    });
    this.#pending.sort((a, b) => a.at - b.at);
  }
}

/** Fails the probes of some addresses. */
export function dead(...addresses: readonly string[]): Rig["answer"] {
  return ({ checker }) =>
    checker.kind !== "misc" && addresses.includes(checker.target.address)
      ? { ok: false, kind: "connect", reason: "connection refused" }
      : { ok: true, weight: null };
}
