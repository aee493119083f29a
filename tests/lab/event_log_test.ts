import assert from "node:assert/strict";
import { EventLog } from "./event_log.ts";
import { parseAddressLine } from "./address_watch.ts";

const numbers = () => new EventLog<{ at: number; value: number }>("numbers", (item) => `${item.value}`);

Deno.test("EventLog.next() finds what is there and waits for what is not", async () => {
  const log = numbers();
  log.push({ at: 1, value: 1 });
  assert.equal((await log.next((item) => item.value === 1, { within: 10, what: "one" })).value, 1);
  const two = log.next((item) => item.value === 2, { within: 1000, what: "two" });
  log.push({ at: 2, value: 2 });
  assert.equal((await two).at, 2);
});

Deno.test("EventLog.next() passes over items before `since`", async () => {
  const log = numbers();
  log.push({ at: 1, value: 1 });
  const later = log.next((item) => item.value === 1, { within: 1000, since: 5, what: "one" });
  log.push({ at: 6, value: 1 });
  assert.equal((await later).at, 6);
});

Deno.test("EventLog.next() fails in time and shows what was there instead", async () => {
  const log = numbers();
  log.push({ at: 0, value: 7 });
  const expected = /Cannot see two in numbers: not within 5 ms; last of numbers:\n {4}00:00:00\.000 7/;
  await assert.rejects(log.next((item) => item.value === 2, { within: 5, what: "two" }), expected);
});

Deno.test("EventLog.close() ends all waits", async () => {
  const log = numbers();
  const wait = assert.rejects(log.next(() => true, { within: 60_000, what: "any" }), /ended/);
  log.close();
  await wait;
});

Deno.test("parseAddressLine() reads additions and removals with label and microseconds", () => {
  const line = String
    .raw`[2026-11-21T00:31:34.690530] 3: v0    inet 10.0.0.1/24 scope global v0:vip\       valid_lft forever preferred_lft forever`;
  const added = parseAddressLine(line)!;
  assert.deepEqual(
    [added.what, added.interface, added.address, added.prefixLength, added.rest],
    ["added", "v0", "10.0.0.1", 24, "scope global v0:vip"],
  );
  assert.equal(Math.round((added.at % 1000) * 1000), 690530);
  assert.equal(parseAddressLine(line.replace("] 3", "] Deleted 3"))!.what, "removed");
  assert.equal(parseAddressLine("[2026-11-21T00:31:34.692070] 3: v0@v1: <BROADCAST> mtu 1500"), null);
});
