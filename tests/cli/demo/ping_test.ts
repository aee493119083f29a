import assert from "node:assert/strict";
import { longestGap, parseReply, silenceBefore } from "../../../cli/demo/ping.ts";

Deno.test("parseReply() reads answers and nothing else", () => {
  const line = "[1795221422.469379] 64 bytes from 10.0.0.9: icmp_seq=7 ttl=64 time=0.03 ms";
  assert.deepEqual(parseReply(line), { at: 1795221422469.379, sequence: 7 });
  assert.equal(parseReply("[1795221422.469379] From 10.0.0.3 icmp_seq=9 Destination Host Unreachable"), null);
  assert.equal(parseReply("PING 10.0.0.9 (10.0.0.9) 56(84) bytes of data."), null);
});

Deno.test("longestGap() counts the gap that ends after the trigger", () => {
  const replies = [0, 5, 10, 200, 205, 210, 240, 245].map((at, sequence) => ({ at, sequence }));
  assert.deepEqual(longestGap(replies, 0), { length: 190, from: 10, to: 200 });
  assert.deepEqual(longestGap(replies, 201), { length: 30, from: 210, to: 240 });
});

Deno.test("silenceBefore() is 0 where ping was late and nothing was lost", () => {
  assert.equal(silenceBefore({ at: 0, sequence: 1 }, { at: 300, sequence: 2 }), 0);
  assert.equal(silenceBefore({ at: 0, sequence: 1 }, { at: 300, sequence: 3 }), 300);
});
