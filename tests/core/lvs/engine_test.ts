/**
 * The engine of virtual servers: what keepalived 2.2.7 was seen to do with the same configurations.
 */
import assert from "node:assert/strict";
import {
  checkedServer,
  httpCheck,
  loadBalancer,
  miscCheck,
  realServer,
  sorryServer,
  target,
  tcpCheck,
  url,
  virtualServer,
} from "./builders.ts";
import { dead, Rig } from "./rig.ts";

const A = "10.0.0.11";
const B = "10.0.0.12";

Deno.test("start puts unchecked and not alpha servers into the table at once", () => {
  const rig = new Rig().start(
    loadBalancer([virtualServer([checkedServer(A, { weight: 2 }), checkedServer(B)])]),
  );
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=2 10.0.0.12:80=1"]);
  assert.deepEqual(rig.told(), ["VS [10.0.0.1]:tcp:80 UP"]);
  assert.ok(rig.logged.includes("Gained quorum 1+0=1 <= 3 for VS [10.0.0.1]:tcp:80"));
});

Deno.test("a server that was never up goes with its first failed check, whatever retry says", () => {
  const rig = new Rig();
  rig.answer = dead(A);
  const checker = tcpCheck({ retry: 5 });
  rig.start(loadBalancer([virtualServer([realServer(A, [checker]), checkedServer(B)])])).run(100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.12:80=1"]);
  assert.ok(rig.logged.includes("TCP_CHECK on service [10.0.0.11]:tcp:80 failed. (connection refused)"));
  assert.ok(rig.logged.includes("Removing service [10.0.0.11]:tcp:80 from VS [10.0.0.1]:tcp:80"));
});

Deno.test("a server that was up goes after retry further attempts, and comes back with the first success", () => {
  const rig = new Rig().start(loadBalancer([virtualServer([checkedServer(A), checkedServer(B)])])).run(100);
  rig.answer = dead(A);
  const from = rig.now;
  rig.run(6900);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1 10.0.0.12:80=1"]);
  rig.run(100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.12:80=1"]);
  const attempts = rig.probes.filter(({ at, start }) =>
    at > from && start.checker.kind === "tcp" && start.checker.target.address === A
  );
  assert.deepEqual(attempts.map(({ at }) => at), [7010, 8020]);
  assert.ok(
    rig.logged.includes(
      "TCP_CHECK on service [10.0.0.11]:tcp:80 failed after 1 retries. (connection refused)",
    ),
  );
  rig.answer = dead();
  rig.run(6000);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1 10.0.0.12:80=1"]);
  assert.deepEqual(rig.told().slice(1), [
    "RS [10.0.0.11]:tcp:80 [10.0.0.1]:tcp:80 DOWN",
    "RS [10.0.0.11]:tcp:80 [10.0.0.1]:tcp:80 UP",
  ]);
});

Deno.test("an alpha server is told of as down with its first verdict, and is in the table after its first success", () => {
  const rig = new Rig();
  rig.answer = dead(A);
  rig.start(loadBalancer([virtualServer([realServer(A, [tcpCheck({ alpha: true })], { alpha: true })])])).run(
    100,
  );
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80:"]);
  assert.deepEqual(rig.told(), ["RS [10.0.0.11]:tcp:80 [10.0.0.1]:tcp:80 DOWN"]);
  assert.ok(rig.logged.some((line) => line.startsWith("Starting with quorum down 1-0=1 > 0")));
  rig.answer = dead();
  rig.run(6100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1"]);
});

Deno.test("inhibit_on_failure keeps the entry with weight 0", () => {
  const rig = new Rig();
  rig.answer = dead(A);
  rig.start(loadBalancer([virtualServer([checkedServer(A, { inhibitOnFailure: true })])])).run(100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=0"]);
  assert.ok(rig.logged.includes("Disabling service [10.0.0.11]:tcp:80 of VS [10.0.0.1]:tcp:80"));
});

Deno.test("a lost quorum brings in the sorry server alone, a gained one the live servers", () => {
  const servers = [checkedServer(A, { weight: 2 }), checkedServer(B, { weight: 2 })];
  const config = virtualServer(servers, { quorum: 3, hysteresis: 1, sorryServer: sorryServer("10.0.0.99") });
  const rig = new Rig().start(loadBalancer([config])).run(100);
  rig.answer = dead(A);
  rig.run(8000);
  // 2 is not less than 3-1.
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.12:80=2"]);
  rig.answer = dead(A, B);
  rig.run(8000);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.99:80=1"]);
  rig.answer = dead(B);
  rig.run(8000);
  // 2 is not 3+1: the sorry server stays although A lives.
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.99:80=1"]);
  rig.answer = dead();
  rig.run(8000);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=2 10.0.0.12:80=2"]);
  assert.deepEqual(rig.logged.filter((line) => /quorum|pool|sorry/.test(line)), [
    "Gained quorum 3+1=4 <= 4 for VS [10.0.0.1]:tcp:80",
    "Lost quorum 3-1=2 > 0 for VS [10.0.0.1]:tcp:80",
    "Adding sorry server [10.0.0.99]:tcp:80 to VS [10.0.0.1]:tcp:80",
    "Removing alive servers from the pool for VS [10.0.0.1]:tcp:80",
    "Gained quorum 3+1=4 <= 4 for VS [10.0.0.1]:tcp:80",
    "Removing sorry server [10.0.0.99]:tcp:80 from VS [10.0.0.1]:tcp:80",
    "Adding alive servers to the pool for VS [10.0.0.1]:tcp:80",
  ]);
});

Deno.test("at the start a quorum must be gained: until then the sorry server stands in, and is told of", () => {
  const servers = [checkedServer(A, { weight: 5 }), checkedServer(B, { weight: 4 })];
  const rules = { quorum: 8, hysteresis: 3 };
  const sorry = virtualServer(servers, { ...rules, sorryServer: sorryServer("10.0.0.99") });
  const rig = new Rig().start(loadBalancer([sorry])).run(100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.99:80=1"]);
  assert.ok(rig.logged.includes("Starting with quorum down 8+3=11 > 9 for VS [10.0.0.1]:tcp:80"));
  assert.deepEqual(rig.told(), ["VS [10.0.0.1]:tcp:80 DOWN"]);
  const bare = new Rig().start(loadBalancer([virtualServer(servers, rules)])).run(100);
  assert.deepEqual(bare.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=5 10.0.0.12:80=4"]);
  assert.deepEqual(bare.told(), []);
});

Deno.test("log_all_failures tells of attempts on a server in service, not of those on one that is out", () => {
  const check = tcpCheck({ target: target({ address: A }), logAllFailures: true, retry: 2 });
  const rig = new Rig().start(loadBalancer([virtualServer([realServer(A, [check])])])).run(8000);
  rig.answer = dead(A);
  rig.run(60_000);
  const lines = rig.logged.filter((line) => line.startsWith("TCP_CHECK"));
  assert.deepEqual(lines.map((line) => /after 2 retries/.test(line)), [false, false, true]);
});

Deno.test("a sorry server that is inhibited waits in the table with weight 0", () => {
  const config = virtualServer([checkedServer(A)], {
    sorryServer: sorryServer("10.0.0.99", { inhibit: true }),
  });
  const rig = new Rig().start(loadBalancer([config]));
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1 10.0.0.99:80=0"]);
});

Deno.test("misc_dynamic sets the weight to the status less 2, and the quorum follows", () => {
  const rig = new Rig();
  rig.answer = () => ({ ok: true, weight: 10 });
  const config = virtualServer([realServer(A, [miscCheck({ dynamic: true })])], { quorum: 1 });
  rig.start(loadBalancer([config])).run(100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=10"]);
  assert.ok(
    rig.logged.includes(
      "Changing weight from 1 to 10 for active service [10.0.0.11]:tcp:80 of VS [10.0.0.1]:tcp:80",
    ),
  );
  rig.answer = () => ({ ok: true, weight: 0 });
  rig.run(6100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=0"]);
  assert.ok(rig.logged.includes("Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:80"));
});

Deno.test("urls are asked one a delay_loop; after a failure that one alone, then all from the first", () => {
  const rig = new Rig();
  const asked: string[] = [];
  let broken = true;
  rig.answer = ({ checker, step }) => {
    const path = checker.kind === "http" ? checker.urls[step]!.path : "";
    asked.push(path);
    return path === "/b" && broken
      ? { ok: false, kind: "status", reason: "status code 500" }
      : { ok: true, weight: null };
  };
  const urls = ["/a", "/b", "/c"].map((path) => url({ path }));
  const checker = httpCheck({ urls, delayLoop: 1000, alpha: true });
  rig.start(loadBalancer([virtualServer([realServer(A, [checker], { alpha: true })])])).run(5500);
  broken = false;
  rig.run(4600);
  assert.match(asked.join(""), /^\/a(\/b){6}\/a\/b\/c(\/a)?$/);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1"]);
});

Deno.test("fast_recovery asks all urls at once", () => {
  const urls = ["/a", "/b", "/c"].map((path) => url({ path }));
  const checker = httpCheck({ urls, fastRecovery: true, alpha: true });
  const rig = new Rig().start(loadBalancer([virtualServer([realServer(A, [checker], { alpha: true })])])).run(
    100,
  );
  assert.deepEqual(rig.probes.map(({ start }) => start.step), [0, 1, 2]);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1"]);
});

Deno.test("an equal check of two virtual servers is one probe, and both follow it", () => {
  const second = virtualServer([checkedServer(A, { port: 443 })], {
    service: { kind: "address", address: "10.0.0.2", port: 443 },
  });
  const rig = new Rig();
  rig.answer = dead(A);
  rig.start(loadBalancer([virtualServer([checkedServer(A)]), second])).run(100);
  assert.equal(rig.probes.length, 1);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80:", "tcp 10.0.0.2 443:"]);
});

Deno.test("a probe that we were too late for says nothing, is told of once and repeated each second", () => {
  const rig = new Rig().start(loadBalancer([virtualServer([checkedServer(A)])])).run(100);
  const before = rig.probes.length;
  rig.answer = () => ({ ok: null, reason: "this node was not running for 7 s" });
  rig.run(9000);
  const times = rig.probes.slice(before).map(({ at }) => at);
  assert.deepEqual(times.slice(1).map((at, i) => at - times[i]!), [1010, 1010, 1010]);
  assert.equal(rig.logged.filter((line) => line.includes("was not running")).length, 1);
  rig.answer = dead();
  rig.run(1000);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1"]);
  assert.ok(!rig.logged.some((line) => line.includes("failed")));
});

Deno.test("no more than lvs_max_checks probes run at a time, and every check has its turn", () => {
  const rig = new Rig();
  rig.answer = () => "silence";
  const servers = Array.from({ length: 20 }, (_, i) => checkedServer(`10.0.0.${11 + i}`));
  rig.start(loadBalancer([virtualServer(servers)], { maxChecks: 5 })).run(100);
  assert.equal(rig.probes.length, 5);
  for (let probe = 1; probe <= 20; probe++) {
    rig.tell({ kind: "probe.ended", probe, result: { ok: true, weight: null }, duration: 1 });
  }
  assert.equal(new Set(rig.probes.map(({ start }) => start.checker)).size, 20);
});

Deno.test("ha_suspend holds checks and votes while the address is not here", () => {
  const config = virtualServer([checkedServer(A)], { haSuspend: true });
  const rig = new Rig();
  rig.answer = dead(A);
  rig.start(loadBalancer([config])).run(60_000);
  assert.equal(rig.probes.length, 0);
  const news = (word: string) =>
    `${word} healthchecker for service [10.0.0.11]:tcp:80 for VS [10.0.0.1]:tcp:80`;
  assert.deepEqual(rig.logged.filter((line) => line.includes("healthchecker")), [news("Deactivating")]);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1"]);
  rig.tell({ kind: "address.added", address: "10.0.0.1" }).run(100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80:"]);
  rig.answer = dead();
  rig.tell({ kind: "address.removed", address: "10.0.0.1" }).run(60_000);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80:"]);
  assert.ok(rig.logged.includes(news("Activating")));
  assert.ok(rig.logged.includes(news("Suspending")));
});

Deno.test("of two virtual servers with the same check only the one in use follows it", () => {
  const held = virtualServer([checkedServer(A)], { haSuspend: true });
  const used = virtualServer([checkedServer(A)], {
    service: { kind: "address", address: "10.0.0.2", port: 80 },
  });
  const rig = new Rig();
  rig.answer = dead(A);
  rig.start(loadBalancer([held, used])).run(100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1", "tcp 10.0.0.2 80:"]);
});

Deno.test("slow start lets the weight grow after a failure, not at the start", () => {
  const server = checkedServer(A, { weight: 100, slowStart: 10_000 });
  const rig = new Rig().start(loadBalancer([virtualServer([server])]));
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=100"]);
  rig.run(100).answer = dead(A);
  rig.run(8000).answer = dead();
  const weights: string[] = [];
  for (let second = 0; second < 20; second++) weights.push(rig.run(1000).lines()[0]!.split("=")[1] ?? "-");
  const grown = weights.filter((weight) => weight !== "-").map(Number);
  assert.deepEqual(grown.toSorted((a, b) => a - b), grown);
  assert.ok(grown[0]! <= 10 && grown.at(-1) === 100, weights.join(" "));
});

Deno.test("a group is one service an address, with names as keepalived has them", () => {
  const service = {
    kind: "group",
    name: "G",
    entries: [
      { kind: "range", first: "10.0.0.50", last: "10.0.0.51", port: 80 },
      { kind: "fwmark", mark: 7, family: null },
    ],
  } as const;
  const nat = virtualServer([checkedServer(A, { port: 8080 })], { service });
  const direct = virtualServer([checkedServer(A, { forwarding: { method: "direct" } })], {
    service,
    protocol: "udp",
  });
  const rig = new Rig().start(loadBalancer([nat, direct]));
  assert.deepEqual(rig.lines(), [
    "tcp 10.0.0.50 80: 10.0.0.11:8080=1",
    "tcp 10.0.0.51 80: 10.0.0.11:8080=1",
    "fwm 7 4: 10.0.0.11:0=1 10.0.0.11:8080=1",
    "udp 10.0.0.50 80: 10.0.0.11:80=1",
    "udp 10.0.0.51 80: 10.0.0.11:80=1",
  ]);
  assert.deepEqual(rig.told(), ["VS [G]:0 UP", "VS [G]:1 UP"]);
});

Deno.test("a file adds to the weight or takes the server down", () => {
  const file = { kind: "file", name: "f", file: "/run/f", weight: 2, reverse: false } as const;
  const switchFile = { kind: "file", name: "g", file: "/run/g", weight: 0, reverse: false } as const;
  const rig = new Rig().start(
    loadBalancer([virtualServer([realServer(A, [file, switchFile], { weight: 5 })])]),
  );
  rig.tell({ kind: "file.read", name: "f", value: 3 });
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=11"]);
  rig.tell({ kind: "file.read", name: "g", value: 1 });
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80:"]);
  rig.tell({ kind: "file.read", name: "g", value: 0 });
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=11"]);
  assert.deepEqual(rig.logged.filter((line) => line.includes("tracked file")), [
    "([10.0.0.11]:tcp:80): tracked file g now FAULT state",
    "([10.0.0.11]:tcp:80): tracked file g leaving FAULT state",
  ]);
});

Deno.test("the sync daemon follows the instance", () => {
  const syncDaemon = {
    interface: "eth0",
    instance: "VI_1",
    id: 51,
    maxLength: null,
    port: null,
    ttl: null,
    group: null,
  };
  const rig = new Rig().start(loadBalancer([virtualServer([checkedServer(A)])], { syncDaemon }));
  rig.tell({ kind: "instance.changed", instance: "VI_1", master: true });
  // None of its business: the kernel is not asked again.
  rig.tell({ kind: "instance.changed", instance: "VI_2", master: true });
  rig.tell({ kind: "instance.changed", instance: "VI_1", master: false });
  const roles = rig.effects.flatMap((effect) => effect.kind === "sync.set" ? [effect.roles] : []);
  assert.deepEqual(roles.map((list) => list.map(({ state }) => state)), [["backup"], ["master"], ["backup"]]);
});

Deno.test("mail goes out for servers that ask for it, with keepalived's words", () => {
  const rig = new Rig().start(loadBalancer([
    virtualServer([checkedServer(A, { smtpAlert: true })], { smtpAlert: true }),
  ])).run(100);
  rig.answer = dead(A);
  rig.run(8000);
  const mails = rig.effects.flatMap((effect) =>
    effect.kind === "notify" && effect.mail !== null ? [effect.mail] : []
  );
  assert.deepEqual(mails.map(({ subject, body }) => `${subject}: ${body}`).sort(), [
    "Realserver [10.0.0.11]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN: => TCP CHECK failed on service <=",
    "Virtualserver [10.0.0.1]:tcp:80 - DOWN: => Lost quorum 1-0=1 > 0 <=",
    "Virtualserver [10.0.0.1]:tcp:80 - UP: => Starting with quorum up 1+0=1 <= 1 <=",
  ]);
});

Deno.test("a mail about one of two checks says whether the server is up", () => {
  const checkers = [80, 81].map((port) => tcpCheck({ target: target({ address: A, port }) }));
  const server = realServer(A, checkers, { smtpAlert: true });
  const rig = new Rig().start(loadBalancer([virtualServer([server])])).run(100);
  const mails = () =>
    rig.effects.flatMap((effect) =>
      effect.kind === "notify" && effect.mail !== null ? [effect.mail.subject.slice(-4)] : []
    );
  rig.answer = dead(A);
  rig.run(8000);
  rig.answer = ({ checker }) =>
    checker.kind === "tcp" && checker.target.port === 80
      ? { ok: true, weight: null }
      : { ok: false, kind: "connect", reason: "connection refused" };
  rig.run(8000);
  rig.answer = dead();
  rig.run(8000);
  assert.deepEqual(mails(), ["DOWN", "DOWN", "DOWN", "- UP"]);
});

Deno.test("no_checker_emails: of two checkers that fail only the first one is worth a mail", () => {
  const mails = (mailPoolChangesOnly: boolean) => {
    const checkers = [80, 81].map((port) => tcpCheck({ target: target({ address: A, port }) }));
    const server = realServer(A, checkers, { smtpAlert: true });
    const rig = new Rig().start(loadBalancer([virtualServer([server])], { mailPoolChangesOnly })).run(100);
    rig.answer = dead(A);
    rig.run(8000);
    return rig.effects.filter((effect) => effect.kind === "notify" && effect.mail !== null).length;
  };
  assert.deepEqual([mails(false), mails(true)], [2, 1]);
});

Deno.test("checks start at random times within their warm-up", () => {
  const servers = Array.from({ length: 200 }, (_, i) => {
    const address = `10.1.0.${i + 1}`;
    return realServer(address, [tcpCheck({ target: target({ address }), warmup: 6000 })]);
  });
  const rig = new Rig().start(loadBalancer([virtualServer(servers)])).run(6000);
  assert.equal(rig.probes.length, 200);
  for (let second = 0; second < 6; second++) {
    const started = rig.probes.filter(({ at }) => Math.floor((at - 1000) / 1000) === second).length;
    assert.ok(started > 15 && started < 55, `${started} started in second ${second}`);
  }
});
