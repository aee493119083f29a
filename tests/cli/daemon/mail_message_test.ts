import assert from "node:assert/strict";
import { bareAddress, mailDate, mailMessage } from "../../../cli/daemon/mail_message.ts";

const NEWS = { subject: "[R] news", body: "=> words <=", at: Date.UTC(2026, 10, 1, 4, 20, 47), id: "1" };

Deno.test("mailDate() is that of RFC 5322 in local time", () => {
  assert.equal(mailDate(NEWS.at, 0), "Sun, 01 Nov 2026 04:20:47 +0000");
  assert.equal(mailDate(NEWS.at, 330), "Sun, 01 Nov 2026 09:50:47 +0530");
  assert.equal(mailDate(NEWS.at, -210), "Sun, 01 Nov 2026 00:50:47 -0330");
});

Deno.test("bareAddress() takes the address out of its angle brackets", () => {
  assert.equal(bareAddress("ops@example.com"), "ops@example.com");
  assert.equal(bareAddress("On Call <ops@example.com>"), "ops@example.com");
});

Deno.test("mailMessage() has keepalived's headers and a Message-ID", () => {
  const people = { sender: "Node <ha@example.com>", recipients: ["a@example.com", "B <b@example.com>"] };
  assert.equal(
    mailMessage(NEWS, people, 0),
    "Date: Sun, 01 Nov 2026 04:20:47 +0000\r\nFrom: Node <ha@example.com>\r\nSubject: [R] news\r\n" +
      "X-Mailer: Keepalived\r\nTo: a@example.com, B <b@example.com>\r\nMessage-ID: <1@example.com>\r\n\r\n" +
      "=> words <=\r\n\r\n",
  );
});

Deno.test("mailMessage() lets no name add a header", () => {
  const people = { sender: "ha@example.com", recipients: ["a@example.com"] };
  const text = mailMessage({ ...NEWS, subject: "[R] a\r\nBcc: x@y" }, people, 0);
  assert.match(text, /^Subject: \[R\] a Bcc: x@y\r$/m);
  assert.doesNotMatch(text, /^Bcc/m);
});

Deno.test("mailMessage() encodes what is not ASCII in words of at most 75 octets", () => {
  const subject = `[Büro] ${"ä".repeat(60)}`;
  const people = { sender: "Wächter <ha@example.com>", recipients: ["a@example.com"] };
  const text = mailMessage({ ...NEWS, subject }, people, 0);
  const [, encoded] = /^Subject: ((?:.*\r\n )*.*)\r$/m.exec(text)!;
  const words = encoded!.split("\r\n ");
  assert.ok(words.every((word) => word.length <= 75), encoded);
  const decoded = words.map((word) => {
    const octets = atob(/^=\?utf-8\?B\?(.*)\?=$/.exec(word)![1]!);
    return new TextDecoder().decode(Uint8Array.from(octets, (octet) => octet.charCodeAt(0)));
  });
  assert.equal(decoded.join(""), subject);
  assert.match(text, /^From: =\?utf-8\?B\?\S+\?= <ha@example\.com>\r$/m);
  assert.match(text, /^Content-Type: text\/plain; charset=utf-8\r$/m);
});

Deno.test("mailMessage() breaks a long list of recipients into lines that a server must take", () => {
  const recipients = Array.from({ length: 80 }, (_, i) => `somebody.with.a.name.${i}@example.com`);
  const text = mailMessage(NEWS, { sender: "ha@example.com", recipients }, 0);
  const [, to] = /^To: ((?:.*\r\n )*.*)\r$/m.exec(text)!;
  assert.ok(to!.split("\r\n").every((line) => line.length <= 998));
  assert.deepEqual(to!.split(/,\s+/), recipients);
});
