/**
 * SMTP, DNS, UDP, ping, scripts, files, digests, patterns.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import dnsPacket from "dns-packet";
import fc from "fast-check";
import { compilePattern, matches } from "../../../core/config/body_pattern.ts";
import { dnsQuery, judgeDnsAnswer } from "../../../core/check/dns.ts";
import { fileNumber, judgeFile } from "../../../core/check/file.ts";
import { Md5 } from "../../../core/net/md5.ts";
import { judgeMiscOutcome } from "../../../core/check/misc.ts";
import { echoRequest, isEchoReply } from "../../../core/check/ping.ts";
import { smtpConversation } from "../../../core/check/smtp.ts";
import { excerpt, latin1, utf8 } from "../../../core/check/text.ts";
import { judgeUdpReply } from "../../../core/check/udp.ts";
import { fromHex, toHex } from "../../../core/net/bytes.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** What the client says to each thing that the server says, and the verdict; `|` is the server's hanging up. */
function visit(...server: readonly string[]): string {
  const conversation = smtpConversation("me");
  assert.equal(conversation.start().verdict, null);
  const said: string[] = [];
  for (const line of server) {
    const { send, verdict } = line === "|" ? conversation.end() : conversation.receive(bytes(line));
    if (send !== null) said.push(new TextDecoder().decode(send).trim());
    if (verdict !== null) return [...said, verdict.ok ? "ok" : verdict.reason].join(", ");
  }
  return [...said, "open"].join(", ");
}

Deno.test("SMTP greets, asks, and takes its leave", () => {
  assert.equal(visit("220 hi\r\n", "250 ok\r\n", "221 bye\r\n"), "HELO me, QUIT, ok");
  assert.equal(
    visit("220-hi\r\n220 there\r\n", "250-a\r\n", "250 b\r\n", "221 bye\r\n"),
    "HELO me, QUIT, ok",
  );
  assert.equal(visit("22", "0 h", "i\r\n", "250 ok\r\n", "500 what\r\n"), "HELO me, QUIT, ok");
});

Deno.test("SMTP says what went wrong", () => {
  assert.equal(visit("554 no\r\n"), 'bad greeting banner "554 no"');
  assert.equal(visit("220 hi\r\n", "500 no\r\n"), 'HELO me, bad HELO response "500 no"');
  assert.equal(visit("hello\r\n"), 'bad greeting banner "hello"');
  assert.equal(visit("|"), "the server closed the connection");
  assert.equal(visit("220 hi\r\n", "250 ok\r\n", "|"), "HELO me, QUIT, the server closed the connection");
  assert.equal(visit("x".repeat(9000)), "the reply does not end");
  assert.equal(visit("220-" + "x\r\n220-".repeat(3000)), "the reply does not end");
});

Deno.test("dnsQuery() is what dns-packet makes of it", () => {
  for (const [name, type] of [[".", "SOA"], ["example.org", "AAAA"], ["a.b.", "DNSKEY"]] as const) {
    const decoded = dnsPacket.decode(Buffer.from(dnsQuery(0x1234, { name, type })));
    assert.equal(decoded.id, 0x1234);
    assert.equal(decoded.flags, dnsPacket.RECURSION_DESIRED);
    assert.deepEqual(decoded.questions?.map((question) => [question.name, question.type]), [
      [name.replace(/\.$/, "") || ".", type],
    ]);
  }
  // As keepalived asks: captured from 2.2.7.
  assert.equal(toHex(dnsQuery(0xa7c9, { name: ".", type: "SOA" })), "a7c9010000010000000000000000060001");
});

Deno.test("judgeDnsAnswer() takes any answer without error for its own query", () => {
  const judge = (hex: string) => {
    const verdict = judgeDnsAnswer(0x1234, fromHex(hex));
    return verdict === null ? null : verdict.ok ? "ok" : verdict.reason;
  };
  assert.equal(judge("1234 8180 0001 0000 0000 0000"), "ok");
  assert.equal(judge("1234 8380 0001 0000 0000 0000"), "ok");
  assert.equal(judge("1234 8183 0001 0000 0000 0000"), "the answer is NXDOMAIN");
  assert.equal(judge("1234 818f 0001 0000 0000 0000"), "the answer is error 15");
  assert.equal(judge("1235 8180 0001 0000 0000 0000"), null);
  assert.equal(judge("1234 0100 0001 0000 0000 0000"), "the answer is a query");
  assert.equal(judge("1234 8180"), "the answer is too short");
});

Deno.test("judgeUdpReply() compares as far as pattern and reply go", () => {
  const check = { reply: null, minReplyLength: 0, maxReplyLength: 255 };
  const judge = (hex: string, more = {}) => judgeUdpReply({ ...check, ...more }, fromHex(hex)).ok;
  assert.equal(judge(""), true);
  assert.equal(judge("0112", { reply: "01x2" }), true);
  assert.equal(judge("0113", { reply: "01x2" }), false);
  assert.equal(judge("01", { reply: "01x2" }), true);
  assert.equal(judge("0112ff", { reply: "01X2" }), true);
  assert.equal(judge("0112", { minReplyLength: 3 }), false);
  assert.equal(judge("0112", { maxReplyLength: 1 }), false);
});

Deno.test("echo requests are answered by replies of the same sequence", () => {
  assert.equal(toHex(echoRequest(4, 0x0102)).slice(0, 16), "0800000000000102");
  assert.equal(toHex(echoRequest(6, 1)).slice(0, 16), "8000000000000001");
  assert.equal(isEchoReply(4, 7, fromHex("0000 1234 abcd 0007")), true);
  assert.equal(isEchoReply(4, 7, fromHex("0000 1234 abcd 0008")), false);
  assert.equal(isEchoReply(4, 7, fromHex("0300 1234 abcd 0007")), false);
  assert.equal(isEchoReply(6, 7, fromHex("8100 1234 abcd 0007")), true);
  assert.equal(isEchoReply(6, 7, fromHex("81")), false);
});

Deno.test("judgeMiscOutcome() reads exit statuses", () => {
  const judge = (dynamic: boolean, status: number) =>
    judgeMiscOutcome({ dynamic }, { kind: "exited", status });
  assert.deepEqual(judge(false, 0), { ok: true, weight: null });
  assert.deepEqual(judge(true, 0), { ok: true, weight: null });
  assert.deepEqual(judge(true, 255), { ok: true, weight: 253 });
  assert.deepEqual(judge(true, 2), { ok: true, weight: 0 });
  assert.deepEqual(judge(true, 1), { ok: false, kind: "script", reason: "exited with status 1" });
  assert.deepEqual(judge(false, 12), { ok: false, kind: "script", reason: "exited with status 12" });
  assert.equal(judgeMiscOutcome({ dynamic: true }, { kind: "timed_out" }).ok, false);
});

Deno.test("fileNumber() reads like strtol with base 0", () => {
  const numbers = {
    "": 0,
    "7\n": 7,
    " -12 x": -12,
    "0x1F": 31,
    "010": 8,
    "abc": 0,
    "+3": 3,
    "0": 0,
    "09": 0,
  };
  for (const [text, number] of Object.entries(numbers)) assert.equal(fileNumber(text), number, text);
});

Deno.test("judgeFile() multiplies, or switches with weight 0", () => {
  assert.deepEqual(judgeFile({ weight: 2, reverse: false }, 3), { up: true, weight: 6 });
  assert.deepEqual(judgeFile({ weight: 2, reverse: true }, 3), { up: true, weight: -6 });
  assert.deepEqual(judgeFile({ weight: 0, reverse: false }, 3), { up: false, weight: 0 });
  assert.deepEqual(judgeFile({ weight: 0, reverse: true }, 0), { up: false, weight: 0 });
  assert.deepEqual(judgeFile({ weight: 1, reverse: false }, -2147483648), { up: false, weight: 0 });
});

Deno.test("Md5 is MD5, however the octets come", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
    const ours = new Md5();
    const reference = createHash("md5");
    for (const piece of pieces) {
      ours.update(piece);
      reference.update(piece);
    }
    assert.equal(ours.digest(), reference.digest("hex"));
  }));
});

Deno.test("compilePattern() takes PCRE2's ways where JavaScript has them", () => {
  const finds = (pattern: string, text: string, options: readonly string[] = []) => {
    const check = { pattern, options, inverted: false, minOffset: 0, maxOffset: null };
    const compiled = compilePattern(check);
    return compiled.ok ? matches(compiled.regex, text, check) : compiled.reason;
  };
  assert.equal(finds("(?i)HELLO", "hello"), true);
  assert.equal(finds("\\Ahello\\z", "hello"), true);
  assert.equal(finds("\\Ahello\\z", "a\nhello", ["multiline"]), false);
  assert.equal(finds("^hello$", "a\nhello\nb", ["multiline"]), true);
  assert.equal(finds("[[:digit:]]+x", "12x"), true);
  assert.equal(finds("(?P<a>.)(?P=a)", "xx"), true);
  assert.equal(finds("a b # comment\n c", "abc", ["extended"]), true);
  assert.equal(finds("a.b", "a\nb"), false);
  assert.equal(finds("a.b", "a\nb", ["dotall"]), true);
  assert.equal(finds("ü.", latin1(bytes("üx")), []), false);
  assert.equal(finds("ü.", utf8(bytes("üx")), ["utf"]), true);
  assert.equal(finds("a", "a", ["ungreedy"]), "the option ungreedy is not supported");
  assert.match(String(finds("(", "a")), /Invalid regular expression/);
});

Deno.test("utf8() is what TextDecoder makes of it where the text is UTF-8, and never throws", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => assert.equal(utf8(bytes(text)), text)));
  fc.assert(fc.property(fc.uint8Array(), (octets) => assert.equal(typeof utf8(octets), "string")));
});

Deno.test("excerpt() fits into a log line", () => {
  assert.equal(excerpt("a\r\n\x1b[31mb\0c"), "a [31mb c");
  assert.equal(excerpt("x".repeat(100)).length, 61);
});
