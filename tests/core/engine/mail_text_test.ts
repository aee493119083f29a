import assert from "node:assert/strict";
import { mailText } from "../../../core/engine/mail_text.ts";

Deno.test("mailText() words each state of an instance as keepalived does", () => {
  const of = (state: Parameters<typeof mailText>[0]["state"]) =>
    mailText({ object: "INSTANCE", name: "VI_1", state });
  assert.deepEqual(of("MASTER"), {
    subject: "VRRP Instance VI_1 - Entering MASTER state",
    body: "=> VRRP Instance is now owning VRRP VIPs <=",
  });
  assert.deepEqual(of("FAULT"), {
    subject: "VRRP Instance VI_1 - Entering FAULT state",
    body: "=> VRRP Instance is no longer owning VRRP VIPs <=",
  });
  assert.deepEqual(of("STOP"), {
    subject: "VRRP Instance VI_1 - Stopping",
    body: "=> VRRP Instance stopping <=",
  });
  assert.deepEqual(of("DELETED"), {
    subject: "VRRP Instance VI_1 - Deleted",
    body: "=> VRRP Deleted at reload <=",
  });
});

Deno.test("mailText() of a group speaks of its instances", () => {
  assert.deepEqual(mailText({ object: "GROUP", name: "G", state: "BACKUP" }), {
    subject: "VRRP Group G - Entering BACKUP state",
    body: "=> All VRRP group instances are now in BACKUP state <=",
  });
});

Deno.test("mailText() has nothing to say about a weaker router", () => {
  assert.equal(mailText({ object: "INSTANCE", name: "VI_1", state: "MASTER_RX_LOWER_PRI" }), null);
});
