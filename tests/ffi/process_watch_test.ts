/** The process connector, ends of processes, and the wait for them, with the kernel. */
import assert from "node:assert/strict";
import { openLibc } from "../../ffi/libc.ts";
import { openProcessEnd } from "../../ffi/process_end.ts";
import { openProcessWatch, type ProcessNotice } from "../../ffi/process_watch.ts";
import { openReadiness } from "../../ffi/readiness.ts";
import { OsError } from "../../ffi/errno.ts";
import { within } from "../../cli/within.ts";
import { runsWhere } from "../support/skip.ts";

const LIMIT = 10_000;

/** Why the kernel refuses the connector to this process, or null. */
function refused(): string | null {
  using libc = openLibc();
  try {
    openProcessWatch(libc)[Symbol.dispose]();
    return null;
  } catch (error) {
    if (error instanceof OsError) return error.message;
    throw error;
  }
}

/** Hears until a notice about it has come. */
function hearing(wanted: (notice: ProcessNotice) => boolean) {
  const libc = openLibc();
  const watch = openProcessWatch(libc);
  const readiness = openReadiness(libc);
  const heard: ProcessNotice[] = [];
  const found = Promise.withResolvers<void>();
  readiness.watch(watch.descriptor, () => {
    const notices = watch.read();
    assert.notEqual(notices, "overrun");
    heard.push(...notices as ProcessNotice[]);
    if (heard.some(wanted)) found.resolve();
  });
  return {
    heard,
    found: within(LIMIT, found.promise.then(() => true)),
    [Symbol.dispose]() {
      readiness.forget(watch.descriptor);
      readiness[Symbol.dispose]();
      watch[Symbol.dispose]();
    },
  };
}

function ifPossible(name: string) {
  const test = runsWhere(name, { root: true });
  const reason = test.ignore ? null : refused();
  if (reason === null) return test;
  console.log(`skipped: ${name}: ${reason}`);
  return { ...test, ignore: true };
}

Deno.test({
  ...ifPossible("openProcessWatch() tells of a process from its fork over its program and name to its end"),
  sanitizeResources: false,
  async fn() {
    const script = "printf renamed > /proc/self/comm; true";
    const child = new Deno.Command("sh", { args: ["-c", script] });
    let pid = 0;
    using ears = hearing((notice) => notice.kind === "exited" && notice.pid === pid);
    const process = child.spawn();
    pid = process.pid;
    await process.status;
    assert.ok(await ears.found, JSON.stringify(ears.heard));
    const about = ears.heard.filter((notice) =>
      (notice.kind === "forked" ? notice.child : notice.pid) === pid
    );
    const kinds = about.map(({ kind }) => kind);
    assert.equal(kinds[0], "forked");
    assert.ok(kinds.includes("executed"), kinds.join(" "));
    assert.ok(kinds.includes("renamed"), kinds.join(" "));
    assert.equal(kinds.at(-1), "exited");
  },
});

Deno.test({
  ...ifPossible("openProcessWatch() keeps threads out"),
  sanitizeResources: false,
  async fn() {
    // Deno itself runs on a dozen threads; each ends before the process does.
    let pid = 0;
    using ears = hearing((notice) => notice.kind === "exited" && notice.pid === pid);
    const process = new Deno.Command(Deno.execPath(), { args: ["eval", "0"] }).spawn();
    pid = process.pid;
    await process.status;
    assert.ok(await ears.found);
    const ends = ears.heard.filter((notice) => notice.kind === "exited" && notice.pid === pid);
    assert.equal(ends.length, 1);
    // The kernel calls the parent of the process also the parent of its threads.
    const forks = ears.heard.filter((notice) => notice.kind === "forked" && notice.parent === Deno.pid);
    assert.deepEqual(forks, [{ kind: "forked", parent: Deno.pid, child: pid }]);
  },
});

Deno.test({
  ...runsWhere(
    "openProcessEnd() can be read once the process has ended, and knows none that is not there",
    {},
  ),
  sanitizeResources: false,
  async fn() {
    using libc = openLibc();
    using readiness = openReadiness(libc);
    const process = new Deno.Command("sleep", { args: ["600"] }).spawn();
    using end = openProcessEnd(libc, process.pid)!;
    const ended = Promise.withResolvers<void>();
    let early = true;
    readiness.watch(end.descriptor, () => {
      assert.ok(!early);
      readiness.forget(end.descriptor);
      ended.resolve();
    });
    early = false;
    process.kill("SIGKILL");
    assert.ok(await within(LIMIT, ended.promise.then(() => true)));
    await process.status;
    assert.equal(openProcessEnd(libc, 2 ** 22 + 1), null);
  },
});
