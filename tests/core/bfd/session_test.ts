/** Sessions of RFC 5880, alone and two of them on a wire in memory. */
import assert from "node:assert/strict";
import {
  type BfdOutcome,
  type BfdSession,
  createSession,
  hear,
  nextDue,
  packetOf,
  reconfigure,
  shutDown,
  tick,
} from "../../../core/bfd/session.ts";
import { detectionTime, jittered, mayTransmit, transmitInterval } from "../../../core/bfd/timing.ts";
import type { BfdInstance } from "../../../core/config/tracking_model.ts";
import { seededNumbers } from "../../../core/net/random.ts";
import { BFD_STATES, type BfdPacket } from "../../../core/packet/bfd.ts";
import { bfd } from "../../support/models.ts";

const random = () => 0.5;

function down(overrides: Partial<BfdPacket> = {}): BfdPacket {
  return {
    state: "down",
    diagnostic: 0,
    poll: false,
    final: false,
    demand: false,
    detectMultiplier: 3,
    myDiscriminator: 77,
    yourDiscriminator: 0,
    desiredMinTransmit: 1_000_000,
    requiredMinReceive: 50_000,
    ...overrides,
  };
}

function up(overrides: Partial<BfdPacket> = {}): BfdPacket {
  return down({ state: "up", yourDiscriminator: 5, desiredMinTransmit: 50_000, ...overrides });
}

function upSession(config: Partial<BfdInstance> = {}): BfdSession {
  const session = createSession(bfd("b", config), 5, 0);
  hear(session, down(), 0, random);
  hear(session, up({ state: "init" }), 1, random);
  assert.equal(session.state, "up");
  return session;
}

function sent(outcomes: readonly BfdOutcome[]): BfdPacket[] {
  return outcomes.flatMap((outcome) => outcome.kind === "send" ? [outcome.packet] : []);
}

function verdicts(outcomes: readonly BfdOutcome[]): boolean[] {
  return outcomes.flatMap((outcome) => outcome.kind === "verdict" ? [outcome.up] : []);
}

/** RFC 5880 section 6.8.6: our state, the neighbour's, what becomes of ours. */
const RECEPTION = {
  down: { admin_down: "down", down: "init", init: "up", up: "down" },
  init: { admin_down: "down", down: "init", init: "up", up: "up" },
  up: { admin_down: "down", down: "down", init: "up", up: "up" },
  admin_down: { admin_down: "admin_down", down: "admin_down", init: "admin_down", up: "admin_down" },
} as const;

Deno.test("hear() follows the table of RFC 5880 in every cell", () => {
  for (const state of BFD_STATES) {
    for (const remote of BFD_STATES) {
      const session = createSession(bfd("b"), 5, 0);
      session.state = state;
      hear(session, up({ state: remote }), 10, random);
      assert.equal(session.state, RECEPTION[state][remote], `${state} hears ${remote}`);
    }
  }
});

Deno.test("a session comes up by three packets, each sent at once, and tells who follows it", () => {
  const session = createSession(bfd("b"), 5, 0);
  const [first] = sent(tick(session, 0, random));
  assert.deepEqual([first!.state, first!.yourDiscriminator, first!.desiredMinTransmit], [
    "down",
    0,
    1_000_000,
  ]);
  const [second] = sent(hear(session, down(), 10, random));
  assert.deepEqual([second!.state, second!.yourDiscriminator], ["init", 77]);
  const outcomes = hear(session, up({ state: "init" }), 20, random);
  assert.deepEqual(verdicts(outcomes), [true]);
  const [third] = sent(outcomes);
  assert.deepEqual([third!.state, third!.poll, third!.desiredMinTransmit], ["up", true, 10_000]);
});

Deno.test("silence for the detection time ends a session, with diagnostic 1 and no discriminator", () => {
  const session = upSession();
  hear(session, up(), 100, random);
  assert.equal(detectionTime(session), 150_000, "three times the 50 ms that the neighbour wants to send at");
  assert.equal(session.detectAt, 250);
  assert.deepEqual(verdicts(tick(session, 249.9, random)), []);
  const outcomes = tick(session, 250, random);
  assert.deepEqual(verdicts(outcomes), [false]);
  assert.deepEqual(outcomes[0], { kind: "expired", silence: 150, late: 0 });
  const [packet] = sent(outcomes);
  assert.deepEqual([packet!.state, packet!.diagnostic, packet!.yourDiscriminator], ["down", 1, 0]);
  assert.deepEqual([packet!.desiredMinTransmit, session.counters.down], [1_000_000, 1]);
});

Deno.test("the detection time is the neighbour's multiplier times the slower of both", () => {
  const session = upSession({ minReceive: 80 });
  hear(session, up({ detectMultiplier: 7, desiredMinTransmit: 20_000 }), 10, random);
  assert.equal(detectionTime(session), 7 * 80_000);
  hear(session, up({ detectMultiplier: 2, desiredMinTransmit: 90_000 }), 20, random);
  assert.equal(detectionTime(session), 2 * 90_000);
});

Deno.test("a neighbour that signals down is answered at once, with diagnostic 3", () => {
  const session = upSession();
  const outcomes = hear(session, up({ state: "down", diagnostic: 1 }), 50, random);
  assert.deepEqual(verdicts(outcomes), [false]);
  const [packet] = sent(outcomes);
  assert.deepEqual([packet!.state, packet!.diagnostic, packet!.yourDiscriminator], ["down", 3, 77]);
  assert.equal(session.remoteDiagnostic, 1);
});

Deno.test("an administrative end of the neighbour is down, but no failure that is told", () => {
  const session = upSession();
  const outcomes = hear(session, up({ state: "admin_down", diagnostic: 7 }), 50, random);
  assert.deepEqual([session.state, session.verdict, verdicts(outcomes)], ["down", true, []]);
  assert.deepEqual(verdicts(tick(session, 60_000, random)), []);
  hear(session, down(), 70_000, random);
  assert.deepEqual(verdicts(hear(session, up({ state: "init" }), 70_010, random)), []);
  assert.deepEqual(verdicts(hear(session, up({ state: "down" }), 70_020, random)), [false]);
});

Deno.test("a poll is answered at once with the final bit and never with both", () => {
  const session = upSession();
  assert.ok(session.polling);
  const [packet] = sent(hear(session, up({ poll: true }), 30, random));
  assert.deepEqual([packet!.final, packet!.poll], [true, false]);
  const [next] = sent(tick(session, session.sendAt!, random));
  assert.ok(next!.poll, "our own poll goes on");
  hear(session, up({ final: true }), 60, random);
  assert.equal(session.polling, false);
});

Deno.test("worse intervals wait for the end of the poll, better ones do not", () => {
  const session = upSession({ minTransmit: 100, minReceive: 100 });
  hear(session, up({ final: true }), 10, random);
  assert.deepEqual([session.inForce, session.polling], [{ transmit: 100_000, receive: 100_000 }, false]);
  reconfigure(session, bfd("b", { minTransmit: 300, minReceive: 40 }), 20, random);
  assert.deepEqual([session.inForce, session.polling], [{ transmit: 100_000, receive: 100_000 }, true]);
  assert.deepEqual([packetOf(session).desiredMinTransmit, packetOf(session).requiredMinReceive], [
    300_000,
    40_000,
  ]);
  hear(session, up({ final: true }), 30, random);
  assert.deepEqual(session.inForce, { transmit: 300_000, receive: 40_000 });
  reconfigure(session, bfd("b", { minTransmit: 50, minReceive: 200 }), 40, random);
  assert.deepEqual([session.inForce, session.polling], [{ transmit: 50_000, receive: 200_000 }, true]);
});

Deno.test("a poll ends with an unasked final bit no more than it began", () => {
  const session = upSession({ minTransmit: 1000, idleTransmit: 1000 });
  assert.equal(session.polling, false, "nothing changed on the way up");
  hear(session, up({ final: true }), 10, random);
  assert.equal(session.polling, false);
});

Deno.test("who is asked for no packets sends none, and who is asked for few sends few", () => {
  const session = upSession();
  hear(session, up({ requiredMinReceive: 700_000 }), 10, random);
  assert.equal(transmitInterval(session), 700_000);
  hear(session, up({ requiredMinReceive: 0 }), 20, random);
  assert.deepEqual([mayTransmit(session), session.sendAt], [false, null]);
  const [answer] = sent(hear(session, up({ requiredMinReceive: 0, poll: true }), 30, random));
  assert.ok(answer!.final, "a poll is answered all the same");
});

Deno.test("a neighbour in demand mode gets no periodic packets while both are up and nothing is polled", () => {
  const session = upSession();
  hear(session, up({ demand: true }), 10, random);
  assert.ok(mayTransmit(session), "our own poll goes on");
  hear(session, up({ demand: true, final: true }), 20, random);
  assert.deepEqual([mayTransmit(session), session.sendAt], [false, null]);
  hear(session, up({ demand: false }), 30, random);
  assert.notEqual(session.sendAt, null);
});

Deno.test("a passive session waits to be spoken to, and is silent again when the neighbour is", () => {
  const session = createSession(bfd("b", { passive: true }), 5, 0);
  assert.equal(nextDue(session), Infinity);
  const [packet] = sent(hear(session, down(), 10, random));
  assert.equal(packet!.state, "init");
  const outcomes = tick(session, session.detectAt!, random);
  assert.deepEqual([session.state, sent(outcomes), nextDue(session)], ["down", [], Infinity]);
});

Deno.test("shutDown() says so, and nothing is heard from then on", () => {
  const session = upSession();
  const packets = sent(shutDown(session, 50));
  assert.equal(packets.length, 3);
  assert.deepEqual([packets[0]!.state, packets[0]!.diagnostic, packets[0]!.yourDiscriminator], [
    "admin_down",
    7,
    77,
  ]);
  assert.deepEqual(hear(session, up(), 60, random), []);
  assert.deepEqual([session.state, nextDue(session), session.counters.discarded], [
    "admin_down",
    Infinity,
    1,
  ]);
  const unheard = createSession(bfd("b"), 5, 0);
  assert.deepEqual(sent(shutDown(unheard, 1)), [], "nobody is there to be told");
});

Deno.test("jittered() takes up to a quarter off, and at least a tenth where one loss is the end", () => {
  assert.deepEqual([jittered(100, 3, () => 0), jittered(100, 3, () => 1)], [100, 75]);
  assert.deepEqual([jittered(100, 1, () => 0), jittered(100, 1, () => 1)], [90, 75]);
});

Deno.test("what is heard does not put a periodic packet off, and a shorter interval brings it forward", () => {
  const session = upSession({ minTransmit: 20 });
  hear(session, up({ requiredMinReceive: 1_000_000, final: true }), 2, random);
  tick(session, session.sendAt!, random);
  const slow = session.sendAt!;
  assert.equal(slow - session.sentAt!, 875);
  hear(session, up({ requiredMinReceive: 1_000_000 }), session.sentAt! + 500, random);
  assert.equal(session.sendAt, slow, "hearing changes nothing");
  hear(session, up({ requiredMinReceive: 20_000 }), session.sentAt! + 510, random);
  assert.equal(session.sendAt, session.sentAt! + 510, "overdue by the new interval: at once");
  tick(session, session.sendAt!, random);
  assert.equal(session.sendAt, session.sentAt! + 17.5);
});

/** Two sessions, a wire that delays by 1 ms, loses some, and can be cut. */
function wire(configA: Partial<BfdInstance>, configB: Partial<BfdInstance>, seed = 1) {
  const numbers = seededNumbers(seed);
  const sessions = [
    createSession(bfd("a", configA), 11, 0),
    createSession(bfd("b", configB), 22, 0),
  ] as const;
  const flying: { at: number; to: number; packet: BfdPacket }[] = [];
  const state = { now: 0, cut: false, loss: 0, log: [] as string[], sent: [[], []] as number[][] };
  const take = (from: number, outcomes: readonly BfdOutcome[]) => {
    for (const outcome of outcomes) {
      if (outcome.kind === "verdict") {
        state.log.push(`${from === 0 ? "a" : "b"} ${outcome.up ? "up" : "down"}`);
      }
      if (outcome.kind !== "send") continue;
      state.sent[from]!.push(state.now);
      if (!state.cut && numbers() >= state.loss) {
        flying.push({ at: state.now + 1, to: 1 - from, packet: outcome.packet });
      }
    }
  };
  const run = (ms: number) => {
    for (const end = state.now + ms;;) {
      const next = Math.min(...sessions.map(nextDue), flying[0]?.at ?? Infinity);
      if (next > end) {
        state.now = end;
        return;
      }
      state.now = next;
      while (flying[0] !== undefined && flying[0].at <= next) {
        const { to, packet } = flying.shift()!;
        take(to, hear(sessions[to]!, packet, next, numbers));
      }
      for (const [i, session] of sessions.entries()) {
        if (nextDue(session) <= next) take(i, tick(session, next, numbers));
      }
    }
  };
  return { sessions, state, run, take };
}

Deno.test("two sessions come up within a packet of each other and send at the slower one's pace", () => {
  const { sessions, state, run } = wire({ minTransmit: 20, minReceive: 30 }, {
    minTransmit: 10,
    minReceive: 40,
  });
  run(3000);
  assert.deepEqual(sessions.map((session) => session.state), ["up", "up"]);
  assert.deepEqual(sessions.map(transmitInterval), [40_000, 30_000]);
  assert.deepEqual(sessions.map(detectionTime), [5 * 30_000, 5 * 40_000]);
  assert.deepEqual(state.log.sort(), ["a up", "b up"]);
  const gaps = state.sent[0]!.slice(-20).map((at, i, all) => at - (all[i - 1] ?? at - 35));
  assert.ok(gaps.every((gap) => gap >= 29.9 && gap <= 40.1), String(gaps));
});

Deno.test("a cut wire is noticed within the detection time on both sides, and healed", () => {
  const { sessions, state, run } = wire({}, {});
  run(5000);
  state.cut = true;
  const at = state.now;
  run(52);
  assert.deepEqual(sessions.map((session) => session.state), ["down", "down"]);
  assert.deepEqual(sessions.map((session) => session.diagnostic), [1, 1]);
  assert.ok(sessions.every((session) => session.since - at <= 51));
  state.cut = false;
  run(3000);
  assert.deepEqual(sessions.map((session) => session.state), ["up", "up"]);
});

Deno.test("a session that is shut down takes the other one to down without a failure", () => {
  const { sessions, state, run, take } = wire({}, {});
  run(5000);
  take(0, shutDown(sessions[0], state.now));
  run(1000);
  const other = () => [sessions[1].state, sessions[1].verdict, sessions[1].remoteState];
  assert.deepEqual(other(), ["down", true, "admin_down"]);
  run(6000);
  assert.deepEqual(
    other(),
    ["down", true, "down"],
    "it was told so five seconds ago, and heard nothing since",
  );
});

Deno.test("one packet in fifty lost: a session with multiplier 5 stays up for an hour", () => {
  for (const seed of [1, 2, 3]) {
    const { sessions, state, run } = wire({ minTransmit: 100, minReceive: 100 }, {
      minTransmit: 100,
      minReceive: 100,
    }, seed);
    run(5000);
    state.loss = 0.02;
    run(3_600_000);
    assert.deepEqual(sessions.map((session) => session.counters.down), [0, 0], `seed ${seed}`);
  }
});

Deno.test("a passive and an active session come up; two passive ones wait for ever", () => {
  const mixed = wire({ passive: true }, {});
  mixed.run(5000);
  assert.deepEqual(mixed.sessions.map((session) => session.state), ["up", "up"]);
  const quiet = wire({ passive: true }, { passive: true });
  quiet.run(60_000);
  assert.deepEqual(quiet.state.sent, [[], []]);
});
