import assert from "node:assert/strict";
import { type Attempt, DeliveryQueue, type QueueNews } from "../../../cli/daemon/delivery_queue.ts";

/** A queue of words with a server that answers as told and a clock that jumps from wait to wait. */
class Rig {
  readonly attempts: { readonly at: number; readonly item: string }[] = [];
  readonly news: QueueNews<string>[] = [];
  readonly waits: number[] = [];
  readonly queue: DeliveryQueue<string>;
  clock = 0;

  constructor(
    answer: (item: string, at: number) => Attempt<string> | Promise<Attempt<string>>,
    bounds = { length: 10, age: 3_600_000 },
  ) {
    this.queue = new DeliveryQueue<string>({
      attempt: async (item) => {
        this.attempts.push({ at: this.clock, item });
        return await answer(item, this.clock);
      },
      idle: () => {},
      tell: (news) => this.news.push(news),
      bounds: () => bounds,
      now: () => this.clock,
      wait: (ms, signal) => {
        if (!signal.aborted) this.clock += ms;
        this.waits.push(ms);
        return Promise.resolve();
      },
    });
  }

  async untilEmpty(): Promise<void> {
    for (let turns = 0; this.queue.counts.waiting > 0; turns++) {
      assert.ok(turns < 10_000, "the queue never empties");
      await Promise.resolve();
    }
  }

  get items(): string[] {
    return this.attempts.map(({ item }) => item);
  }
}

const DONE = { kind: "done" } as const;
const DOWN = { kind: "down", reason: "refused" } as const;

Deno.test("DeliveryQueue delivers in order", async () => {
  const rig = new Rig(() => DONE);
  for (const item of ["a", "b", "c"]) rig.queue.add(item);
  await rig.untilEmpty();
  assert.deepEqual(rig.items, ["a", "b", "c"]);
  assert.deepEqual(rig.queue.counts, { waiting: 0, sent: 3, lost: 0, trouble: null });
  rig.queue.add("d");
  await rig.untilEmpty();
  assert.equal(rig.queue.counts.sent, 4);
});

Deno.test("DeliveryQueue waits longer and longer for a server that is down, tells it once, and loses nothing", async () => {
  const rig = new Rig((_, at) => at < 100_000 ? DOWN : DONE);
  rig.queue.add("a");
  rig.queue.add("b");
  await rig.untilEmpty();
  assert.deepEqual(rig.waits.slice(0, 4), [2000, 4000, 8000, 16000]);
  assert.deepEqual(rig.items.slice(-2), ["a", "b"]);
  assert.deepEqual(rig.news.map(({ kind }) => kind), ["down", "up"]);
  assert.deepEqual(rig.queue.counts, { waiting: 0, sent: 2, lost: 0, trouble: null });
});

Deno.test("DeliveryQueue goes round one item that is not taken now", async () => {
  const rig = new Rig((item, at) =>
    item === "a" && at < 5000 ? { kind: "later", reason: "busy", rest: "a" } : DONE
  );
  rig.queue.add("a");
  rig.queue.add("b");
  await rig.untilEmpty();
  assert.deepEqual(rig.items, ["a", "b", "a", "a"]);
  assert.deepEqual(rig.news, []);
});

Deno.test("DeliveryQueue gives up what is refused for ever, and what is too old", async () => {
  const rig = new Rig((item) => item === "bad" ? { kind: "never", reason: "no such user" } : DOWN, {
    length: 10,
    age: 60_000,
  });
  rig.queue.add("bad");
  rig.queue.add("old");
  await rig.untilEmpty();
  assert.deepEqual(rig.news, [
    { kind: "lost", items: ["bad"], reason: "no such user" },
    { kind: "down", reason: "refused", waiting: 1 },
    { kind: "lost", items: ["old"], reason: "refused" },
  ]);
  assert.equal(rig.clock, 60_000);
  assert.equal(rig.queue.counts.lost, 2);
});

Deno.test("DeliveryQueue keeps the newest where too many wait, and says so once", async () => {
  const first = Promise.withResolvers<Attempt<string>>();
  const rig = new Rig((item) => item === "0" ? first.promise : DONE, { length: 3, age: 1000 });
  for (let i = 0; i < 10; i++) rig.queue.add(String(i));
  first.resolve(DONE);
  await rig.untilEmpty();
  assert.deepEqual(rig.items, ["0", "8", "9"]);
  assert.deepEqual(rig.news, [{ kind: "full", length: 3 }]);
  assert.equal(rig.queue.counts.lost, 7);
});

Deno.test("DeliveryQueue at its end tries once more and then gives up all at once", async () => {
  const rig = new Rig(() => DOWN);
  rig.queue.add("a");
  rig.queue.add("b");
  await rig.queue.end();
  assert.deepEqual(rig.news.at(-1), { kind: "lost", items: ["a", "b"], reason: "refused" });
  assert.equal(rig.queue.counts.waiting, 0);
});
