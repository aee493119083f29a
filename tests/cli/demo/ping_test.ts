import assert from "node:assert/strict";
import { parseReply, silenceBefore } from "../../../cli/demo/ping.ts";

Deno.test("parseReply() reads answers and nothing else", () => {
  const line = "[1795221422.469379] 64 bytes from 10.0.0.9: icmp_seq=7 ttl=64 time=0.03 ms";
  assert.deepEqual(parseReply(line), { at: 1795221422469.379, sequence: 7 });
  assert.equal(parseReply("[1795221422.469379] From 10.0.0.3 icmp_seq=9 Destination Host Unreachable"), null);
  assert.equal(parseReply("PING 10.0.0.9 (10.0.0.9) 56(84) bytes of data."), null);
});

Deno.test("silenceBefore() is 0 where ping was late and nothing was lost", () => {
  assert.equal(silenceBefore({ at: 0, sequence: 1 }, { at: 300, sequence: 2 }), 0);
  assert.equal(silenceBefore({ at: 0, sequence: 1 }, { at: 300, sequence: 3 }), 300);
});
