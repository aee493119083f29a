/** Counting of processes from notices, with processes that do not exist. */
import assert from "node:assert/strict";
import type { TrackProcess } from "../../../core/config/tracking_model.ts";
import type { ProcessIdentity } from "../../../core/track/process.ts";
import { ProcessCounter } from "../../../cli/daemon/process_counter.ts";

function tracked(name: string, changes: Partial<TrackProcess> = {}): TrackProcess {
  return {
    name,
    process: name,
    parameters: [],
    parameterMatch: null,
    weight: 0,
    reverse: false,
    quorum: 1,
    quorumMax: null,
    terminateDelay: 0,
    forkDelay: 0,
    fullCommand: false,
    ...changes,
  };
}

function rig(...trackers: readonly TrackProcess[]) {
  const running = new Map<number, ProcessIdentity>();
  const asked: boolean[] = [];
  const told: string[] = [];
  const counter = new ProcessCounter(
    (pid, withCommandLine) => {
      asked.push(withCommandLine);
      return running.get(pid) ?? null;
    },
    (name, count) => told.push(`${name} ${count}`),
  );
  counter.track(trackers);
  const be = (pid: number, name: string, ...commandLine: string[]) => running.set(pid, { name, commandLine });
  return { counter, running, asked, told, be };
}

Deno.test("ProcessCounter tells every count of the first scan, and changed ones alone from then on", () => {
  const { counter, told, be, running } = rig(tracked("nginx"), tracked("haproxy"));
  be(10, "nginx");
  be(11, "nginx");
  counter.scan(running.keys());
  assert.deepEqual(told.splice(0), ["nginx 2", "haproxy 0"]);
  counter.scan(running.keys());
  assert.deepEqual(told.splice(0), []);
  running.delete(11);
  counter.scan(running.keys());
  assert.deepEqual(told, ["nginx 1"]);
});

Deno.test("ProcessCounter follows forks, programs, names and ends", () => {
  const { counter, told, be, running, asked } = rig(tracked("nginx"));
  be(10, "nginx");
  counter.scan(running.keys());
  asked.length = 0;
  counter.take({ kind: "forked", parent: 10, child: 20 });
  counter.take({ kind: "forked", parent: 1, child: 30 });
  assert.deepEqual(asked, [], "nobody looks at a process that is its parent's copy");
  counter.tell();
  be(20, "sh");
  counter.take({ kind: "executed", pid: 20 });
  counter.tell();
  be(30, "nginx");
  counter.take({ kind: "renamed", pid: 30 });
  counter.tell();
  counter.take({ kind: "exited", pid: 10 });
  counter.take({ kind: "exited", pid: 30 });
  counter.take({ kind: "exited", pid: 99 });
  counter.tell();
  assert.deepEqual(told, ["nginx 1", "nginx 2", "nginx 1", "nginx 2", "nginx 0"]);
});

Deno.test("ProcessCounter takes a number that is given to another process for what that one is", () => {
  const { counter, told, be, running } = rig(tracked("nginx"));
  be(10, "nginx");
  counter.scan(running.keys());
  counter.take({ kind: "forked", parent: 1, child: 10 });
  counter.tell();
  assert.deepEqual(told, ["nginx 1", "nginx 0"]);
});

Deno.test("ProcessCounter tells nothing of what is undone before it tells", () => {
  const { counter, told, be, running } = rig(tracked("sh"));
  be(10, "sh");
  counter.scan(running.keys());
  counter.take({ kind: "forked", parent: 10, child: 20 });
  be(20, "grep");
  counter.take({ kind: "executed", pid: 20 });
  counter.tell();
  assert.deepEqual(told, ["sh 1"]);
});

Deno.test("ProcessCounter asks for command lines where some tracker compares them", () => {
  const { counter, be, running, asked, told } = rig(tracked("a"), tracked("b", { fullCommand: true }));
  be(10, "x", "b", "--fast");
  counter.scan(running.keys());
  assert.deepEqual(asked, [true]);
  assert.deepEqual(told, ["a 0", "b 1"]);
  counter.track([tracked("a")]);
  counter.scan(running.keys());
  assert.deepEqual(asked, [true, false]);
  assert.deepEqual(told.slice(2), ["a 0"]);
});
