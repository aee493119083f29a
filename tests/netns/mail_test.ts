/** Mail: the same mails as keepalived's through the same life, and a mail server in all its moods. */
import assert from "node:assert/strict";
import type { DaemonKind } from "../lab/adapter.ts";
import { now } from "../lab/clock.ts";
import { block, configuration, instance } from "../lab/config_text.ts";
import type { Daemon } from "../lab/daemon.ts";
import { eventually } from "../lab/eventually.ts";
import type { Lab, LabSpec } from "../lab/lab.ts";
import { certificateFor, MailServer, subjectOf } from "../lab/mail_server.ts";
import { type Case, scenarios } from "../lab/scenario.ts";
import type { DeliveryStatus, Status } from "../../core/engine/status.ts";
import { VIP } from "./pair.ts";

/** The mail server is not on the link that is cut. */
const LAN: LabSpec = { a: ["lan", "office"], mail: ["office"] };

const SERVER = "10.80.1.2";

function globals(more: readonly string[] = []): string[] {
  return [
    "notification_email {",
    "    ops@example.com",
    "    second@example.com",
    "}",
    "notification_email_from ha@example.com",
    `smtp_server ${SERVER}`,
    "smtp_connect_timeout 5",
    "smtp_alert",
    ...more,
  ];
}

function config(more: readonly string[] = [], inInstance: readonly string[] = []): string {
  const router = instance({ priority: 100, version: 3, interval: 0.1, addresses: [VIP], more: inInstance });
  const group = block("vrrp_sync_group G", ["group {", "    VI_1", "}"]);
  return configuration([group, router], globals(more));
}

/** What is not the same each time: the date, and the Message-ID, which only ours have. */
function withoutDate(content: string): string {
  return content.replace(/^Date: .*\r\n/, "Date: …\r\n").replace(/^Message-ID: <.*>\r\n/m, "");
}

function expected(what: string, text: string): string {
  return [
    "Date: …",
    "From: ha@example.com",
    `Subject: [lab] VRRP ${what}`,
    "X-Mailer: Keepalived",
    "To: ops@example.com, second@example.com",
    "",
    `=> ${text} <=`,
    "",
    "",
  ].join("\r\n");
}

const NO_LONGER = "VRRP Instance is no longer owning VRRP VIPs";
const inGroup = (state: string) => `All VRRP group instances are now in ${state} state`;

/** A life from its start through FAULT; the two mails of a transition may come in either order. */
const LIFE = [
  ["Instance VI_1 - Entering BACKUP state", NO_LONGER],
  ["Group G - Entering BACKUP state", inGroup("BACKUP")],
  ["Instance VI_1 - Entering MASTER state", "VRRP Instance is now owning VRRP VIPs"],
  ["Group G - Entering MASTER state", inGroup("MASTER")],
  ["Instance VI_1 - Entering FAULT state", NO_LONGER],
  ["Group G - Entering FAULT state", inGroup("FAULT")],
] as const;

function sameLife(kind: DaemonKind): Case {
  return {
    name: `the mails of an instance and its group through BACKUP, MASTER and FAULT, ${kind}`,
    lab: LAN,
    needs: kind === "keepalived" ? ["keepalived"] : [],
    async run(lab) {
      const server = await MailServer.start(lab.node("mail"));
      const a = lab.node("a");
      const daemon = await a.start(kind, config());
      await server.mail("Group G - Entering MASTER state");
      await server.mail("Instance VI_1 - Entering MASTER state");
      await a.cut("carrier", "lan");
      for (const [what] of LIFE) await server.mail(what);
      await daemon.says(/Remote SMTP server \[10\.80\.1\.2\]:25 connected\.$/);
      await daemon.says(/SMTP alert successfully sent\.$/);
      const mails = [...server.mails.items];
      assert.deepEqual(
        mails.map(({ content }) => withoutDate(content)).sort(),
        LIFE.map(([what, text]) => expected(what, text)).sort(),
      );
      for (const { sender, recipients } of mails) {
        assert.deepEqual({ sender, recipients }, {
          sender: "ha@example.com",
          recipients: ["ops@example.com", "second@example.com"],
        });
      }
      const stopped = daemon.terminate();
      if (kind === "keepalived") return;
      // keepalived 2.2.7 has these words, too, but is gone before it has said them.
      await server.mail("Instance VI_1 - Stopping", 30_000, stopped);
      await server.mail("Group G - Stopping", 30_000, stopped);
      assert.equal((await daemon.stop()).code, 0);
    },
  };
}

function noFaults(kind: DaemonKind): Case {
  return {
    name: `no_email_faults: no mail about FAULT, and none about the BACKUP that was told before, ${kind}`,
    lab: { ...LAN, b: ["lan"] },
    needs: kind === "keepalived" ? ["keepalived"] : [],
    async run(lab) {
      const server = await MailServer.start(lab.node("mail"));
      const [a, b] = [lab.node("a"), lab.node("b")];
      const router = (priority: number) => instance({ priority, version: 3, interval: 1, addresses: [VIP] });
      const master = await b.start("ha", configuration([router(150)]));
      await master.enters("VI_1", "MASTER");
      const daemon = await a.start(kind, configuration([router(100)], globals(["no_email_faults"])));
      await server.mail("Entering BACKUP state");
      const cut = await a.cut("carrier", "lan");
      await daemon.enters("VI_1", "FAULT", { since: cut });
      const back = await a.restore("lan");
      await daemon.enters("VI_1", "BACKUP", { since: back });
      await master.stop();
      await server.mail("Entering MASTER state", 15_000, back);
      const states = server.mails.items.map(({ content }) => /Entering (\w+)/.exec(subjectOf(content))![1]);
      assert.deepEqual(states, ["BACKUP", "MASTER"]);
    },
  };
}

/** What a reload that takes an instance away tells. */
function deleted(kind: DaemonKind, words: readonly string[], subject: string, body: string): Case {
  return {
    name: `an instance that a reload takes away${
      words.length === 0 ? "" : ` (${words})`
    }: ${subject}, ${kind}`,
    lab: LAN,
    needs: kind === "keepalived" ? ["keepalived"] : [],
    async run(lab) {
      const server = await MailServer.start(lab.node("mail"));
      const a = lab.node("a");
      const text = { priority: 100, version: 3, interval: 0.1 } as const;
      const stays = instance({
        ...text,
        name: "STAYS",
        vrid: 52,
        addresses: ["10.80.0.101"],
        more: ["smtp_alert off"],
      });
      const goes = instance({ ...text, addresses: [VIP], more: words });
      const daemon = await a.start(kind, configuration([stays, goes], globals()));
      await server.mail("Instance VI_1 - Entering MASTER state");
      await a.write("daemon0/keepalived.conf", configuration([stays], globals()));
      const reloaded = daemon.reload();
      const { content } = await server.mail(`Instance VI_1 - ${subject}`, 15_000, reloaded);
      assert.equal(withoutDate(content), expected(`Instance VI_1 - ${subject}`, body));
    },
  };
}

/** Lines about the mail server at a level that an operator sees. */
function complaints(daemon: Daemon): string[] {
  return daemon.log.lines(/[Mm]ail server|Giving up|Cannot mail/).map(({ text }) => text);
}

async function deliveryOf(daemon: Daemon): Promise<DeliveryStatus> {
  return (await daemon.ask({ command: "status" }) as Status).mail!;
}

const down: Case = {
  name: "a mail server that is down: one line, and all mails in order when it is back",
  lab: LAN,
  async run(lab) {
    const daemon = await lab.node("a").start("ha", config());
    await daemon.enters("VI_1", "MASTER");
    await daemon.says(/Mail server 10\.80\.1\.2:25 takes no mails: .*refused.* - trying again/i);
    const { waiting, trouble } = await eventually(() => deliveryOf(daemon), (mail) => mail.waiting === 4);
    assert.equal(waiting, 4);
    assert.match(trouble!, /refused/i);
    const server = await MailServer.start(lab.node("mail"));
    await server.mail("Group G - Entering MASTER state", 40_000);
    assert.deepEqual(server.mails.items.map(({ content }) => subjectOf(content)), [
      "[lab] VRRP Instance VI_1 - Entering BACKUP state",
      "[lab] VRRP Group G - Entering BACKUP state",
      "[lab] VRRP Instance VI_1 - Entering MASTER state",
      "[lab] VRRP Group G - Entering MASTER state",
    ]);
    await daemon.says(/Mail server 10\.80\.1\.2:25 takes mails again/);
    assert.equal(complaints(daemon).length, 2);
    // The server has the last mail before the daemon has its answer.
    const after = await eventually(() => deliveryOf(daemon), (mail) => mail.waiting === 0);
    assert.deepEqual([after.waiting, after.lost, after.trouble], [0, 0, null]);
  },
};

const hanging: Case = {
  name: "a mail server that hangs: nothing else waits for it, and its mails come when it goes on",
  lab: LAN,
  async run(lab) {
    const server = await MailServer.start(lab.node("mail"));
    server.process.signalAll("SIGSTOP");
    const a = lab.node("a");
    const daemon = await a.start("ha", config(["smtp_connect_timeout 3"]));
    await a.addresses.added(VIP, { within: 15_000 });
    await daemon.says(/Mail server 10\.80\.1\.2:25 takes no mails: /);
    assert.equal((await daemon.status()).state, "master");
    server.process.signalAll("SIGCONT");
    await server.mail("Group G - Entering MASTER state", 40_000);
    await daemon.says(/Mail server 10\.80\.1\.2:25 takes mails again/);
    assert.equal(complaints(daemon).length, 2);
  },
};

const silentAtTheEnd: Case = {
  name: "a mail server that hangs does not hold up the end",
  lab: LAN,
  async run(lab) {
    const server = await MailServer.start(lab.node("mail"));
    const daemon = await lab.node("a").start("ha", config());
    await server.mail("Group G - Entering MASTER state");
    server.process.signalAll("SIGSTOP");
    daemon.terminate();
    await daemon.says(/Giving up \d mails: /);
    assert.equal((await daemon.stop()).code, 0);
  },
};

const byName: Case = {
  name: "a mail server with a name that has several addresses, of which one answers",
  lab: LAN,
  async run(lab) {
    const a = lab.node("a");
    await a.run(["ip", "link", "set", "lo", "up"]);
    const server = await MailServer.start(a, { address: "127.0.0.1", port: 2525 });
    const daemon = await a.start("ha", config(["smtp_server localhost 2525"]));
    await server.mail("Group G - Entering MASTER state");
    assert.deepEqual(complaints(daemon), []);
  },
};

const refused: Case = {
  name: "one recipient refused for ever and one for now: the others have their mail, the second has it later",
  lab: LAN,
  async run(lab) {
    const mail = lab.node("mail");
    const first = await MailServer.start(mail, { refuse: "second@example.com", busy: "third@example.com" });
    const third = ["notification_email {", '    "Third Person <third@example.com>"', "}"];
    const daemon = await lab.node("a").start("ha", config(third));
    const master = await first.mail("Group G - Entering MASTER state");
    assert.deepEqual(master.recipients, ["ops@example.com"]);
    assert.match(
      master.content,
      /^To: ops@example\.com, second@example\.com, Third Person <third@example\.com>\r$/m,
    );
    // One line for each of the four mails, when the daemon has the answer of the server: what it has not heard it
    // rightly sends again, to all.
    let judged = 0;
    await daemon.log.next(({ text }) => {
      if (text.includes("Cannot mail to second@example.com: 550 5.1.1 no such user")) judged++;
      return judged === 4;
    }, { within: 15_000, what: "the server's word on all four mails" });
    first.process.kill();
    await first.process.ended;
    const second = await MailServer.start(mail);
    const later = await second.mail("Group G - Entering MASTER state", 40_000);
    assert.deepEqual(later.recipients, ["third@example.com"]);
    assert.equal(idOf(later.content), idOf(master.content));
    assert.match(later.content, /^To: ops@example\.com, second@example\.com, Third Person/m);
  },
};

function idOf(content: string): string {
  return /^Message-ID: (.*)\r$/m.exec(content)![1]!;
}

async function encrypted(lab: Lab, words: readonly string[], implicit: boolean) {
  const mail = lab.node("mail");
  const keys = await certificateFor(mail);
  const server = await MailServer.start(mail, { tls: { ...keys, implicit }, login: "ha:right horse" });
  const password = await lab.node("a").write("password", "wrong\n", 0o600);
  const login = [`smtp_tls_ca ${keys.certificate}`, `smtp_login ha ${password}`];
  const daemon = await lab.node("a").start("ha", config([...login, ...words]));
  await daemon.says(/Mail server 10\.80\.1\.2:25 takes no mails: 535 .* - trying again/);
  assert.equal(server.mails.items.length, 0);
  await Deno.writeTextFile(password, "right horse\n");
  const taken = await server.mail("Group G - Entering MASTER state", 60_000);
  assert.deepEqual([taken.tls, taken.login], [true, "ha"]);
  await daemon.says(/Mail server 10\.80\.1\.2:25 takes mails again/);
  assert.equal(complaints(daemon).length, 2);
}

const startTls: Case = {
  name:
    "smtp_tls starttls with smtp_login: a wrong password is one line, a mended file is used without a reload",
  lab: LAN,
  needs: ["openssl"],
  run: (lab) => encrypted(lab, ["smtp_tls starttls"], false),
};

const implicitTls: Case = {
  name: "smtp_tls implicit with smtp_login",
  lab: LAN,
  needs: ["openssl"],
  run: (lab) => encrypted(lab, ["smtp_tls implicit"], true),
};

const unknownCertificate: Case = {
  name: "a certificate that nobody vouches for: no mail, unless smtp_tls_verify is off",
  lab: LAN,
  needs: ["openssl"],
  async run(lab) {
    const mail = lab.node("mail");
    const keys = await certificateFor(mail);
    const server = await MailServer.start(mail, { tls: { ...keys, implicit: false } });
    const a = lab.node("a");
    const daemon = await a.start("ha", config(["smtp_tls starttls"]));
    await daemon.says(/Mail server .* takes no mails: .*(certificate|self.signed|UnknownIssuer)/i);
    assert.equal(server.mails.items.length, 0);
    await a.write("daemon0/keepalived.conf", config(["smtp_tls starttls", "smtp_tls_verify off"]));
    const reloaded = now();
    daemon.reload();
    assert.equal((await server.mail("Group G - Entering MASTER state", 20_000, reloaded)).tls, true);
  },
};

const plainServer: Case = {
  name: "smtp_tls starttls with a server that has none: nothing goes out in clear",
  lab: LAN,
  async run(lab) {
    const server = await MailServer.start(lab.node("mail"));
    const daemon = await lab.node("a").start("ha", config(["smtp_tls starttls"]));
    await daemon.says(/Mail server .* takes no mails: /);
    assert.equal(server.mails.items.length, 0);
  },
};

scenarios("mail", [
  sameLife("ha"),
  sameLife("keepalived"),
  noFaults("ha"),
  noFaults("keepalived"),
  ...(["ha", "keepalived"] as const).flatMap((kind) => [
    deleted(kind, [], "Entering FAULT state", NO_LONGER),
    deleted(kind, ["notify_deleted"], "Deleted", "VRRP Deleted at reload"),
  ]),
  down,
  hanging,
  silentAtTheEnd,
  byName,
  refused,
  startTls,
  implicitTls,
  unknownCertificate,
  plainServer,
], { without: aiosmtpdMissing() });

function aiosmtpdMissing(): string | null {
  const there = new Deno.Command("/usr/bin/env", { args: ["test", "-x", "/usr/bin/aiosmtpd"] }).outputSync();
  return there.success ? null : "needs the Debian package python3-aiosmtpd";
}
