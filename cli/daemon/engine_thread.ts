/**
 * The engine thread: the module of the Worker. It is told once what to run and then loops for ever; see
 * `engine_loop.ts`.
 *
 * It imports the engine and the kernel bindings only: each megabyte here is resident memory of the daemon.
 */
/// <reference lib="deno.worker" />
import type { Model } from "../../core/config/model.ts";
import { createVrrpEngine } from "../../core/engine/vrrp_engine.ts";
import { openLibc } from "../../ffi/libc.ts";
import { reasonOf } from "../exit_codes.ts";
import { reachForKernel } from "./dress_rehearsal.ts";
import type { EngineKernel } from "./engine_kernel.ts";
import { EngineLoop } from "./engine_loop.ts";
import { openLinuxKernel } from "./linux_kernel.ts";
import { rehearse, solo } from "./rehearsal.ts";
import { arrangeThread, automaticPriority, limitThread } from "./thread_priority.ts";
import type { EngineReport, EngineStart } from "./thread_messages.ts";

/** ms that a rehearsal may take: the first packet waits for it. */
const REHEARSAL = 5;

self.onmessage = (message: MessageEvent) => run(message.data as EngineStart);

function run(start: EngineStart): void {
  const kernel = open(start);
  if (kernel === null) return;
  try {
    using libc = openLibc();
    warn(arrangeThread(libc, start.model));
    const warmUp = prepare(start.model, kernel);
    const raise = automaticPriority(libc, start.model);
    const wasLate = (late: number) => warn([raise(late)].filter((text) => text !== null));
    const loop = new EngineLoop(createVrrpEngine(), kernel, post, start, { warmUp, wasLate });
    loop.start(start.model, start.readings, start.maintenance);
    warmUp();
    warn(limitThread(libc, start.model));
    for (;;) loop.turn();
  } catch (error) {
    post([{ kind: "crashed", reason: describe(error) }]);
  }
}

/** What comes of this thread's place among all threads. */
function warn(texts: readonly string[]): void {
  for (const text of texts) {
    const message = { level: "warning", code: "daemon.thread", text, fields: {} } as const;
    post([{ kind: "effect", at: Date.now(), effect: { kind: "log", message } }]);
  }
}

/** Rehearses, and returns what refreshes the memory shortly before a takeover. */
function prepare(model: Model, kernel: EngineKernel): () => void {
  rehearse(model, REHEARSAL, kernel.now);
  const [instance] = model.instances;
  if (instance === undefined) return () => {};
  // One instance, not the thousand that a reload may replace.
  const small = solo(model, instance);
  return () => {
    rehearse(small, 0, kernel.now);
    reachForKernel(kernel, instance);
  };
}

function open({ commandDescriptor, model }: EngineStart): EngineKernel | null {
  try {
    return openLinuxKernel(commandDescriptor, model.daemon.kept);
  } catch (error) {
    const reason = reasonOf(error);
    post([{ kind: "refused", reason, permission: /EPERM|EACCES/.test(reason) }]);
    return null;
  }
}

/** A defect is worth its stack: the only place where one is logged. */
function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

function post(reports: readonly EngineReport[]): void {
  self.postMessage(reports);
}
