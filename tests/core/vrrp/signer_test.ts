/** Sequences, windows and memories of `auth_hmac`. */
import assert from "node:assert/strict";
import type { HmacSettings } from "../../../core/config/model.ts";
import {
  decodeTrailer,
  octetsOf,
  type ReceivedTrailer,
  type TrailerContext,
} from "../../../core/packet/vrrp_trailer.ts";
import { Signer } from "../../../core/vrrp/signer.ts";

const MESSAGE = Uint8Array.from([0x31, 51, 200, 1, 0, 100, 0, 0, 10, 0, 0, 100]);
const FROM: TrailerContext = { version: 3, vrid: 51, source: "10.0.0.1" };
/** 2026-01-01, half a second in. */
const NOON = 1_767_225_600_500;

function settings(overrides: Partial<HmacSettings> = {}): HmacSettings {
  const keys = [1, 2].map((id) => ({ id, value: "", secret: `0${id}`.repeat(32) }));
  return { keys, activeKey: 1, timeWindow: 5, antiReplay: "time", mode: "enforce", ...overrides };
}

function sent(signer: Signer, wall: number): ReceivedTrailer {
  const trailer = signer.sign(MESSAGE, FROM, wall);
  assert.ok(trailer !== null);
  return decodeTrailer(Uint8Array.of(...MESSAGE, ...octetsOf(trailer)));
}

function verdict(
  receiver: Signer,
  trailer: ReceivedTrailer | null,
  wall: number,
  source = FROM.source,
): string {
  const judged = receiver.judge(trailer, { ...FROM, source }, wall);
  return judged.ok ? "accepted" : judged.rejection.kind;
}

Deno.test("a trailer carries the clock and grows while the clock stands still", () => {
  const signer = new Signer(settings());
  const first = sent(signer, NOON);
  assert.deepEqual([first.seconds, first.fraction], [NOON / 1000 | 0, 0x80000000]);
  assert.equal(sent(signer, NOON).fraction, 0x80000001);
  assert.equal(sent(signer, NOON - 3000).fraction, 0x80000002, "a clock set back a little");
  assert.equal(sent(signer, NOON + 250).fraction, 0xc0000000);
});

Deno.test("a trailer is accepted once, and nothing that is older than the newest", () => {
  const [signer, receiver] = [new Signer(settings()), new Signer(settings())];
  const [first, second, third] = [0, 10, 20].map((after) => sent(signer, NOON + after));
  assert.equal(verdict(receiver, second!, NOON), "accepted");
  assert.equal(verdict(receiver, second!, NOON), "trailer_replayed");
  assert.equal(verdict(receiver, first!, NOON), "trailer_replayed");
  assert.equal(verdict(receiver, third!, NOON), "accepted");
});

Deno.test("time: what is too far from our clock is stale, either way, before any code is computed", () => {
  const [signer, receiver] = [new Signer(settings()), new Signer(settings())];
  const trailer = { ...sent(signer, NOON), code: "" };
  for (const [ahead, expected] of [[-6000, "stale"], [-5000, "forged"], [5000, "forged"], [6000, "stale"]]) {
    assert.equal(verdict(receiver, trailer, NOON + Number(ahead)), `trailer_${expected}`, `${ahead} ms`);
  }
  assert.ok(receiver.isFarApart(3) && receiver.isFarApart(-3) && !receiver.isFarApart(2));
});

Deno.test("monotonic: the clock does not matter, the order does", () => {
  const rules = settings({ antiReplay: "monotonic" });
  const [signer, receiver] = [new Signer(rules), new Signer(rules)];
  const early = sent(signer, NOON);
  assert.equal(verdict(receiver, early, NOON + 86_400_000), "accepted");
  assert.equal(verdict(receiver, early, NOON + 86_400_000), "trailer_replayed");
  const late = sent(signer, NOON - 3_600_000);
  assert.equal(late.seconds, early.seconds, "it goes on growing though the clock was set back");
  assert.equal(verdict(receiver, late, NOON), "accepted");
});

Deno.test("time: a clock that was far ahead and is set right is heard again at once", () => {
  const [signer, receiver] = [new Signer(settings()), new Signer(settings())];
  const ahead = sent(signer, NOON + 3_600_000);
  assert.equal(verdict(receiver, ahead, NOON + 3_600_000), "accepted");
  const right = sent(signer, NOON);
  assert.equal(right.seconds, NOON / 1000 | 0);
  assert.equal(verdict(receiver, right, NOON), "accepted");
});

Deno.test("a sender that was restarted goes on with its clock", () => {
  const receiver = new Signer(settings());
  assert.equal(verdict(receiver, sent(new Signer(settings()), NOON), NOON), "accepted");
  assert.equal(verdict(receiver, sent(new Signer(settings()), NOON + 20), NOON + 20), "accepted");
});

Deno.test("sequences wrap as serial numbers do", () => {
  const rules = settings({ antiReplay: "monotonic" });
  const [signer, receiver] = [new Signer(rules), new Signer(rules)];
  const end = 2 ** 32 * 1000 - 1;
  const last = sent(signer, end);
  assert.equal(last.seconds, 0xffffffff);
  assert.equal(verdict(receiver, last, end), "accepted");
  const next = sent(signer, end + 1000);
  assert.equal(next.seconds, 0);
  assert.equal(verdict(receiver, next, end), "accepted");
  assert.equal(verdict(receiver, last, end), "trailer_replayed");
});

Deno.test("misshapen trailers, unknown keys and forged codes are told apart", () => {
  const [signer, receiver] = [new Signer(settings()), new Signer(settings())];
  const trailer = sent(signer, NOON);
  assert.equal(verdict(receiver, { ...trailer, type: 2 }, NOON), "trailer_malformed");
  assert.equal(verdict(receiver, { ...trailer, reserved: 1 }, NOON), "trailer_malformed");
  assert.equal(verdict(receiver, { ...trailer, keyId: 3 }, NOON), "trailer_unknown_key");
  assert.equal(verdict(receiver, { ...trailer, keyId: 2 }, NOON), "trailer_forged");
  assert.equal(verdict(receiver, trailer, NOON, "10.0.0.9"), "trailer_forged");
  assert.equal(verdict(receiver, trailer, NOON), "accepted", "what was refused is not remembered");
});

Deno.test("the modes: enforce wants a trailer, permissive takes none too, receive-only sends none", () => {
  for (const [mode, missing] of [["enforce", "trailer_missing"], ["permissive", "accepted"]] as const) {
    assert.equal(verdict(new Signer(settings({ mode })), null, NOON), missing);
    assert.notEqual(new Signer(settings({ mode })).sign(MESSAGE, FROM, NOON), null);
  }
  const quiet = new Signer(settings({ mode: "receive-only" }));
  assert.equal(quiet.sign(MESSAGE, FROM, NOON), null);
  assert.equal(verdict(quiet, null, NOON), "accepted");
  const forged = { ...sent(new Signer(settings()), NOON), code: "x".repeat(16) };
  assert.equal(verdict(quiet, forged, NOON), "trailer_forged");
});

Deno.test("use() takes other keys and keeps what was sent and heard", () => {
  const [signer, receiver] = [new Signer(settings()), new Signer(settings())];
  const old = sent(signer, NOON);
  assert.equal(verdict(receiver, old, NOON), "accepted");
  signer.use(settings({ activeKey: 2 }));
  receiver.use(settings({ activeKey: 2, timeWindow: 60 }));
  const fresh = sent(signer, NOON);
  assert.deepEqual([fresh.keyId, fresh.fraction], [2, old.fraction + 1]);
  assert.equal(verdict(receiver, old, NOON), "trailer_replayed");
  assert.equal(verdict(receiver, fresh, NOON), "accepted");
});

Deno.test("the memory for senders is bounded, and the one heard last stays", () => {
  const [receiver, sender] = [new Signer(settings()), new Signer(settings())];
  const [first, second] = [sent(sender, NOON), sent(sender, NOON + 10)];
  const other = (number: number) => {
    const source = `10.0.1.${number}`;
    const text = new Signer(settings()).sign(MESSAGE, { ...FROM, source }, NOON)!;
    const trailer = decodeTrailer(Uint8Array.of(...MESSAGE, ...octetsOf(text)));
    return verdict(receiver, trailer, NOON, source);
  };
  assert.equal(verdict(receiver, first, NOON), "accepted");
  for (let i = 0; i < 15; i++) assert.equal(other(i), "accepted");
  assert.equal(verdict(receiver, second, NOON), "accepted");
  assert.equal(other(15), "accepted", "the seventeenth takes the place of the one that was silent longest");
  assert.equal(verdict(receiver, first, NOON), "trailer_replayed");
  assert.equal(other(0), "accepted", "forgotten");
});
