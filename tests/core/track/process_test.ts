/** Which processes are meant and whether they are enough; the table was seen with keepalived 2.2.7. */
import assert from "node:assert/strict";
import type { TrackProcess } from "../../../core/config/tracking_model.ts";
import {
  afterCount,
  afterDelay,
  firstCount,
  hasQuorum,
  isMeant,
  type ProcessIdentity,
} from "../../../core/track/process.ts";

const PLAIN: TrackProcess = {
  name: "p",
  process: "sleeper",
  parameters: [],
  parameterMatch: null,
  weight: 0,
  reverse: false,
  quorum: 1,
  quorumMax: null,
  terminateDelay: 0,
  forkDelay: 0,
  fullCommand: false,
};

function tracked(process: string, changes: Partial<TrackProcess> = {}): TrackProcess {
  return { ...PLAIN, process, ...changes };
}

function withParameters(
  process: string,
  parameters: readonly string[],
  parameterMatch: TrackProcess["parameterMatch"] = "exact",
): TrackProcess {
  return tracked(process, { parameters, parameterMatch, fullCommand: true });
}

function running(name: string, ...commandLine: string[]): ProcessIdentity {
  return { name, commandLine };
}

Deno.test("isMeant() compares the name alone, whatever the command line", () => {
  for (const first of ["./sleeper", "/tmp/w/sleeper", "sleeper", "foo"]) {
    assert.ok(isMeant(tracked("sleeper"), running("sleeper", first, "300")), first);
  }
  assert.ok(!isMeant(tracked("./sleeper"), running("sleeper", "./sleeper", "300")));
  assert.ok(!isMeant(tracked("/tmp/w/sleeper"), running("sleeper", "/tmp/w/sleeper", "300")));
  assert.ok(!isMeant(tracked("averylongprocessname"), running("averylongproces", "averylongprocessname")));
  assert.ok(isMeant(tracked("averylongproces"), running("averylongproces", "averylongprocessname")));
  assert.ok(isMeant(tracked("scr.sh"), running("scr.sh", "/bin/sh", "/tmp/w/scr.sh", "a")));
  assert.ok(isMeant(tracked("sleeper"), { name: "sleeper", commandLine: null }));
});

Deno.test("isMeant() with full_command compares the first word of the command line", () => {
  const full = (process: string) => tracked(process, { fullCommand: true });
  assert.ok(isMeant(full("sleeper"), running("sleeper", "sleeper", "300")));
  assert.ok(!isMeant(full("sleeper"), running("sleeper", "/tmp/w/sleeper", "300")));
  assert.ok(isMeant(full("/tmp/w/sleeper"), running("sleeper", "/tmp/w/sleeper", "300")));
  assert.ok(isMeant(full("foo"), running("sleeper", "foo", "300")));
  assert.ok(!isMeant(full("sleeper 300"), running("sleeper", "sleeper", "300")));
  assert.ok(!isMeant(full("sleeper"), { name: "sleeper", commandLine: null }));
});

Deno.test("isMeant() with parameters wants the very same, the first ones, or the beginning of the last one", () => {
  const fits = (process: TrackProcess) =>
    [["300"], ["300", "400"], ["3000"], ["200"], []].map((words) =>
      isMeant(process, running("sleeper", "sleeper", ...words)) ? "+" : "-"
    ).join("");
  assert.equal(fits(withParameters("sleeper", ["300"])), "+----");
  assert.equal(fits(withParameters("sleeper", ["300"], "partial")), "++---");
  assert.equal(fits(withParameters("sleeper", ["30"], "initial")), "+++--");
  assert.equal(fits(withParameters("sleeper", [], "exact")), "----+");
});

Deno.test("hasQuorum() knows a least and a most", () => {
  const counts = (quorum: number, quorumMax: number | null) =>
    [0, 1, 2, 3].map((count) => hasQuorum({ quorum, quorumMax }, count) ? "+" : "-").join("");
  assert.equal(counts(1, null), "-+++");
  assert.equal(counts(2, null), "--++");
  assert.equal(counts(1, 1), "-+--");
  assert.equal(counts(1, 0), "+---");
});

Deno.test("afterCount() waits for fork_delay with more processes, for terminate_delay with fewer", () => {
  const slow = tracked("p", { forkDelay: 1000, terminateDelay: 2000 });
  const none = firstCount(slow, 0);
  assert.deepEqual(none, { count: 0, up: false, changesAt: null });
  const rising = afterCount(slow, none, 1, 10_000);
  assert.deepEqual(rising, { count: 1, up: false, changesAt: 11_000 });
  assert.deepEqual(afterCount(slow, rising, 2, 10_500), { count: 2, up: false, changesAt: 11_000 });
  const up = afterDelay(slow, rising);
  assert.deepEqual(up, { count: 1, up: true, changesAt: null });
  const falling = afterCount(slow, up, 0, 20_000);
  assert.deepEqual(falling, { count: 0, up: true, changesAt: 22_000 });
  assert.deepEqual(afterCount(slow, falling, 1, 21_000), { count: 1, up: true, changesAt: null });
});

Deno.test("afterCount() judges at once without delays", () => {
  assert.deepEqual(afterCount(PLAIN, firstCount(PLAIN, 0), 1, 0), { count: 1, up: true, changesAt: null });
});
