import assert from "node:assert/strict";
import { openEpoll } from "../../ffi/epoll.ts";
import { OsError } from "../../ffi/errno.ts";
import { openLibc } from "../../ffi/libc.ts";
import { openClock, openTimer, setTimerSlack } from "../../ffi/timer.ts";

const WAIT_MS = 2000;

Deno.test("openClock() counts ms since boot and never goes back", () => {
  using libc = openLibc();
  const now = openClock(libc);
  const uptime = Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]) * 1000;
  // The two differ by the time spent suspended and by the 10 ms that /proc/uptime is precise to.
  assert.ok(Math.abs(now() - uptime) < 60_000, `${now()} is far from ${uptime}`);
  let last = now();
  for (let i = 0; i < 1000; i++) {
    const next = now();
    assert.ok(next >= last);
    last = next;
  }
});

Deno.test("a timer goes off at its moment, not before", () => {
  using libc = openLibc();
  using timer = openTimer(libc);
  using epoll = openEpoll(libc);
  const now = openClock(libc);
  setTimerSlack(libc, 1);
  epoll.add(timer.descriptor);
  for (const delay of [20, 1.5, 0, -1000]) {
    const at = now() + delay;
    timer.arm(at);
    assert.deepEqual(epoll.wait(WAIT_MS), [timer.descriptor]);
    assert.ok(now() >= at);
    assert.ok(timer.acknowledge());
    assert.ok(!timer.acknowledge());
    assert.deepEqual(epoll.wait(0), []);
  }
});

Deno.test("a timer is armed anew and disarmed", () => {
  using libc = openLibc();
  using timer = openTimer(libc);
  using epoll = openEpoll(libc);
  const now = openClock(libc);
  epoll.add(timer.descriptor);
  timer.arm(now());
  timer.arm(now() + 60_000);
  assert.deepEqual(epoll.wait(0), []);
  timer.arm(0);
  assert.deepEqual(epoll.wait(WAIT_MS), [timer.descriptor]);
  timer.arm(null);
  assert.deepEqual(epoll.wait(0), []);
  // A fraction that rounds up to a whole second.
  timer.arm(Math.floor(now() / 1000) * 1000 + 999.9999999);
  assert.deepEqual(epoll.wait(WAIT_MS), [timer.descriptor]);
});

Deno.test("epoll gives only what is watched and ready", () => {
  using libc = openLibc();
  using epoll = openEpoll(libc);
  const now = openClock(libc);
  const timers = Array.from({ length: 5 }, () => openTimer(libc));
  for (const timer of timers) {
    timer.arm(0);
    epoll.add(timer.descriptor);
  }
  assert.throws(
    () => epoll.add(timers[0]!.descriptor),
    (error) => error instanceof OsError && error.code === "EEXIST",
  );
  epoll.remove(timers[1]!.descriptor);
  epoll.remove(timers[1]!.descriptor);
  timers[2]!.arm(now() + 60_000);
  timers[3]![Symbol.dispose]();
  assert.deepEqual(
    [...epoll.wait(0)].sort(),
    [timers[0]!, timers[4]!].map(({ descriptor }) => descriptor).sort(),
  );
  const before = now();
  for (const timer of timers) timer[Symbol.dispose]();
  assert.deepEqual(epoll.wait(20), []);
  assert.ok(now() - before >= 19);
});
