/**
 * HTTP checks: the request octet for octet, and the verdict on answers good, bad and endless, however they are cut.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Conversation } from "../../../core/check/conversation.ts";
import { BODY_LIMIT } from "../../../core/check/http_answer.ts";
import { httpConversation, httpRequest, withoutChunks } from "../../../core/check/http.ts";
import type { HttpChecker, UrlCheck } from "../../../core/config/virtual_server_model.ts";
import { target, url } from "../lvs/builders.ts";

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (octets: Uint8Array) => String.fromCharCode(...octets);

function request(
  protocol: HttpChecker["protocol"],
  more: Partial<UrlCheck> = {},
  address = "10.0.0.11",
): string {
  return text(httpRequest({ protocol, url: url({ path: "/x", ...more }), target: target({ address }) }));
}

function converse(more: Partial<UrlCheck> = {}): Conversation {
  const conversation = httpConversation({ protocol: "1.0", url: url(more), target: target() });
  conversation.start();
  return conversation;
}

/** The verdict on an answer that comes in pieces and then ends: `ok`, or the kind of failure; `open` without one. */
function verdict(pieces: readonly string[], more: Partial<UrlCheck> = {}, end = true): string {
  const conversation = converse(more);
  for (const piece of pieces) {
    const { verdict } = conversation.receive(bytes(piece));
    if (verdict !== null) return verdict.ok ? "ok" : verdict.kind;
  }
  if (!end) return "open";
  const last = conversation.end().verdict;
  return last === null ? "open" : last.ok ? "ok" : last.kind;
}

Deno.test("httpRequest() is keepalived's", () => {
  assert.equal(
    request("1.0"),
    "GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 10.0.0.11:80\r\n\r\n",
  );
  assert.equal(
    request("1.0C", { virtualHost: "www.example.org" }),
    "GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www.example.org\r\n\r\n",
  );
  assert.equal(
    request("1.1", {}, "fd00::1"),
    "GET /x HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: [fd00::1]:80\r\n\r\n",
  );
});

Deno.test("httpRequest() with method, headers and body", () => {
  const headers = [{ name: "user-agent", value: "me" }, { name: "X-Y", value: "z" }];
  assert.equal(
    request("1.1", { method: "POST", headers, body: "ü" }),
    "POST /x HTTP/1.1\r\nConnection: close\r\nHost: 10.0.0.11:80\r\nContent-Length: 2\r\n" +
      "user-agent: me\r\nX-Y: z\r\n\r\n\xc3\xbc",
  );
});

Deno.test("the status code decides", () => {
  assert.equal(verdict(["HTTP/1.0 200 OK\r\n\r\nhi"]), "ok");
  assert.equal(verdict(["HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n"]), "status");
  assert.equal(verdict(["HTTP/1.1 503\r\n\r\n"]), "status");
  const statusCodes = [{ first: 404, last: 404 }, { first: 500, last: 599 }];
  assert.equal(verdict(["HTTP/1.1 503 x\r\n\r\n"], { statusCodes }), "ok");
  assert.equal(verdict(["HTTP/1.1 200 x\r\n\r\n"], { statusCodes }), "status");
});

Deno.test("an answer is over with its Content-Length, or with the connection", () => {
  assert.equal(verdict(["HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"], {}, false), "ok");
  assert.equal(verdict(["HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello"], {}, false), "open");
  assert.equal(verdict(["HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nshort"]), "ok");
  assert.equal(verdict(["HTTP/1.0 204 No Content\r\n\r\n"], {}, false), "ok");
  assert.equal(verdict(["HTTP/1.0 200 OK\r\n\r\nhello"], {}, false), "open");
});

Deno.test("an interim answer is passed over", () => {
  assert.equal(verdict(["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"]), "ok");
  assert.equal(verdict(["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 500 No\r\n\r\n"]), "status");
});

Deno.test("what is no HTTP fails at once", () => {
  assert.equal(verdict(["SSH-2.0-OpenSSH\r\n"], {}, false), "protocol");
  assert.equal(verdict(["HTTP/x\r\n\r\n"], {}, false), "protocol");
  assert.equal(verdict(["HTTP/1.0 2000 OK\r\n\r\n"], {}, false), "protocol");
  assert.equal(verdict([]), "read");
  assert.equal(verdict(["HTTP/1.0 200 OK\r\nServer: x\r\n"]), "read");
});

Deno.test("an endless head fails, and is not kept", () => {
  const conversation = converse();
  conversation.receive(bytes("HTTP/1.0 200 OK\r\n"));
  let reply = conversation.receive(bytes("X: "));
  for (let i = 0; reply.verdict === null && i < 100; i++) {
    reply = conversation.receive(new Uint8Array(10_000).fill(97));
  }
  assert.deepEqual(reply.verdict, {
    ok: false,
    kind: "protocol",
    reason: "the head of the answer is longer than 65536 octets",
  });
});

Deno.test("an endless body ends the check as soon as it cannot matter any more", () => {
  const megabyte = new Uint8Array(1 << 20);
  const conversation = converse();
  conversation.receive(bytes("HTTP/1.0 200 OK\r\n\r\n"));
  assert.deepEqual(conversation.receive(megabyte).verdict, { ok: true, weight: null });
  const digested = converse({ digest: "0".repeat(32) });
  digested.receive(bytes("HTTP/1.0 200 OK\r\n\r\n"));
  for (let i = 0; i < 20; i++) assert.equal(digested.receive(megabyte).verdict, null);
});

Deno.test("digest is the MD5 of the body as it came, up to its Content-Length", () => {
  const hello = "5d41402abc4b2a76b9719d911017c592";
  assert.equal(verdict(["HTTP/1.0 200 OK\r\n\r\nhello"], { digest: hello }), "ok");
  assert.equal(verdict(["HTTP/1.0 200 OK\r\n\r\nhello!"], { digest: hello }), "digest");
  assert.equal(verdict(["HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello!"], { digest: hello }), "ok");
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  assert.equal(verdict([chunked], { digest: hello }), "digest");
  assert.equal(verdict([chunked], { digest: "a3a1ea5baa7ecb7ffe3f1e26e5f13f4c" }), "digest");
  assert.equal(verdict(["HTTP/1.0 500 No\r\n\r\nhello"], { digest: hello }), "status");
});

Deno.test("regex looks at the body, between its offsets", () => {
  const regex = { pattern: "wor.d", options: [], inverted: false, minOffset: 0, maxOffset: null };
  const body = "HTTP/1.0 200 OK\r\n\r\nhello world";
  assert.equal(verdict([body], { regex }), "ok");
  assert.equal(verdict([body], { regex: { ...regex, inverted: true } }), "regex");
  assert.equal(verdict([body], { regex: { ...regex, pattern: "HTTP" } }), "regex");
  assert.equal(verdict([body], { regex: { ...regex, minOffset: 6 } }), "ok");
  assert.equal(verdict([body], { regex: { ...regex, minOffset: 7 } }), "regex");
  assert.equal(verdict([body], { regex: { ...regex, maxOffset: 6 } }), "ok");
  assert.equal(verdict([body], { regex: { ...regex, maxOffset: 5 } }), "regex");
  assert.equal(verdict([body], { regex: { ...regex, pattern: "WORLD", options: ["caseless"] } }), "ok");
});

Deno.test("a pattern is looked for in the first MiB after its offset", () => {
  const regex = { pattern: "needle", options: [], inverted: false, minOffset: 100, maxOffset: null };
  const head = "HTTP/1.0 200 OK\r\n\r\n";
  const hay = "x".repeat(BODY_LIMIT - 10);
  assert.equal(verdict([head, hay, "needle"], { regex }), "ok");
  assert.equal(verdict([head, hay, hay, "needle"], { regex }), "regex");
});

Deno.test("json names a value in the body, chunked or not", () => {
  const json = { pointer: "/checks/0/a~1b", value: { up: true } };
  const body = '{"checks":[{"a/b":{"up":true}}]}';
  assert.equal(verdict([`HTTP/1.1 200 OK\r\n\r\n${body}`], { json }), "ok");
  const size = body.length.toString(16);
  const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`;
  assert.equal(verdict([chunked], { json }), "ok");
  assert.equal(verdict(["HTTP/1.1 200 OK\r\n\r\n{}"], { json }), "json");
  assert.equal(verdict(["HTTP/1.1 200 OK\r\n\r\nno"], { json }), "json");
});

Deno.test("withoutChunks() undoes the coding and stops at nonsense", () => {
  assert.equal(text(withoutChunks(bytes("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"))), "abcde");
  assert.equal(text(withoutChunks(bytes("5\r\nab"))), "ab");
  assert.equal(text(withoutChunks(bytes("zz"))), "");
});

Deno.test("the verdict does not depend on how an answer is cut", () => {
  const answers: readonly (readonly [string, Partial<UrlCheck>])[] = [
    ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", {
      digest: "5d41402abc4b2a76b9719d911017c592",
    }],
    ["HTTP/1.0 404 Not Found\n\nhello", {}],
    ["HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello world", {
      regex: { pattern: "o w", options: [], inverted: false, minOffset: 2, maxOffset: 4 },
    }],
    ["garbage in, garbage out", {}],
  ];
  fc.assert(fc.property(
    fc.constantFrom(...answers),
    fc.array(fc.nat(60), { maxLength: 20 }),
    ([answer, more], cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b).filter((cut) => cut < answer.length), answer.length];
      const pieces = places.slice(1).map((place, i) => answer.slice(places[i], place));
      assert.equal(verdict(pieces, more), verdict([answer], more));
    },
  ));
});

Deno.test("no answer makes the reader throw", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (pieces) => {
    const conversation = converse();
    for (const piece of [bytes("HTTP/1.0 200 OK\r\n"), ...pieces]) {
      if (conversation.receive(piece).verdict !== null) return;
    }
    assert.notEqual(conversation.end().verdict, null);
  }));
});
