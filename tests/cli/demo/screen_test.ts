import assert from "node:assert/strict";
import { clock, PLAIN, renderScreen, wrap } from "../../../cli/demo/screen.ts";
import { Stage } from "../../../cli/demo/stage.ts";

const START = 1_700_000_000_000;

function stage(): Stage {
  const view = (last: number, priority: number) => ({
    address: `192.0.2.${last}`,
    url: `http://127.0.0.1:965${last}/`,
    priority,
  });
  return new Stage({
    sharedAddress: "192.0.2.100",
    advertInterval: 1000,
    pingInterval: 20,
    now: START,
    nodes: { a: view(1, 150), b: view(2, 100) },
  });
}

const OPTIONS = { width: 80, height: 24, paint: PLAIN, keys: "q quit" };

/** Answers every 20 ms from one moment to another, as ping numbers them. */
function answer(to: Stage, from: number, until: number): void {
  for (let at = from; at < until; at += 20) to.answered({ at, sequence: (at - START) / 20 });
}

Deno.test("renderScreen() fits 80 columns and 24 lines, whatever happens", () => {
  const play = stage();
  play.caption = { title: "T".repeat(60), text: "long ".repeat(60) };
  for (let i = 0; i < 50; i++) play.tell({ at: START + i, who: "a", text: "x".repeat(200) });
  play.update("a", { state: "master", holdsAddress: true }, START);
  answer(play, START, START + 20_000);
  const lines = renderScreen(play, START + 20_000, OPTIONS);
  assert.equal(lines.length, 24);
  for (const line of lines) assert.ok([...line].length <= 80, line);
});

Deno.test("renderScreen() leaves the story out where a terminal is low", () => {
  const play = stage();
  play.caption = { title: "The story", text: "It goes on." };
  for (const height of [12, 15, 19]) {
    const lines = renderScreen(play, START, { ...OPTIONS, height });
    assert.equal(lines.length, height);
    assert.match(lines[2]!, /192\.0\.2\.1 /);
  }
});

Deno.test("renderScreen() shows who is the master, since when, and where the address is", () => {
  const play = stage();
  play.update("a", { state: "master", holdsAddress: true }, START + 1_000);
  play.update("b", { state: "backup" }, START + 2_000);
  const text = renderScreen(play, START + 13_000, OPTIONS).join("\n");
  assert.match(text, /a {2}192\.0\.2\.1 +● MASTER +priority 150 +for 12 s +http:\/\/127\.0\.0\.1:9651\//);
  assert.match(text, /b {2}192\.0\.2\.2 +○ BACKUP +priority 100 +for 11 s/);
  assert.match(text, /192\.0\.2\.100 is at a$/m);
});

Deno.test("renderScreen() tells a left-over address from a held one", () => {
  const play = stage();
  play.update("a", { state: "down", holdsAddress: true }, START);
  play.update("b", { state: "master", holdsAddress: true }, START);
  assert.match(renderScreen(play, START, OPTIONS).join("\n"), /is at a \(left over\) and b/);
});

Deno.test("renderScreen() draws lost pings as dots where they were lost", () => {
  const play = stage();
  answer(play, START, START + 2_000);
  answer(play, START + 2_500, START + 4_000);
  const strip = renderScreen(play, START + 4_000, OPTIONS).find((line) => line.includes("▪"))!;
  assert.equal(strip.trimStart(), "▪".repeat(20) + "·".repeat(5) + "▪".repeat(15));
});

Deno.test("Stage.client counts what was lost since the act began, and the gap only where something was", () => {
  const play = stage();
  answer(play, START, START + 1_000);
  play.beginCount(START + 1_000);
  answer(play, START + 1_600, START + 2_000);
  assert.deepEqual(play.client, { answered: 20, lost: 30, longestGap: 620 });
  assert.match(play.events(1)[0]!.text, /client: 620 ms without an answer/);
  play.beginCount(START + 2_000);
  // Ping itself was late: nothing is missing in the numbers.
  play.answered({ at: START + 2_300, sequence: 100 });
  assert.deepEqual(play.client, { answered: 1, lost: 0, longestGap: 0 });
});

Deno.test("Stage.until() wakes on a change and gives up in time", async () => {
  const play = stage();
  const never = new AbortController().signal;
  const waiting = play.until("a master", () => play.master?.name === "a", 1_000, never);
  play.update("a", { state: "master" }, START);
  await waiting;
  await assert.rejects(play.until("b", () => false, 5, never), /Cannot see b: not within 5 ms/);
});

Deno.test("clock() and wrap()", () => {
  assert.equal(clock(123_456), "02:03.456");
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
});
