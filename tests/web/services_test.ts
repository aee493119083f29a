import assert from "node:assert/strict";
import type { BfdStatus, Status } from "../../core/engine/status.ts";
import { formatStatus } from "../../cli/commands/status_table.ts";
import { createApp } from "../../web/app.tsx";
import { alarmsOf } from "../../web/health.ts";
import { serviceState } from "../../web/services.ts";
import { amount } from "../../web/view/format.ts";
import { parseExposition } from "./exposition.ts";
import { backupInstance, FixtureSource, NOW } from "./fixtures.ts";
import {
  check,
  directorStatus,
  failedServer,
  manyServices,
  realServer,
  traffic,
  virtualServer,
} from "./service_fixtures.ts";

const WEB = "[192.0.2.10]:tcp:443";
const WEB_PATH = `/virtual-servers/${encodeURIComponent(WEB)}`;

async function request(status: Status, path = "/"): Promise<Response> {
  return await createApp(new FixtureSource(status), { now: () => NOW }).request(path);
}

async function visible(status: Status, path = "/"): Promise<string> {
  const html = await (await request(status, path)).text();
  const text = html.replace(/<(style|script)[^>]*>.*?<\/\1>/gs, "").replace(/<[^>]*>/g, " ");
  return text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&").replace(
    /\s+/g,
    " ",
  );
}

function assertSays(text: string, ...words: readonly string[]): void {
  for (const each of words) assert.ok(text.includes(each), `${each} is not in ${text}`);
}

Deno.test("serviceState() tells the six states apart", () => {
  const states = (directorStatus().virtualServers ?? []).map(serviceState);
  assert.deepEqual(states, ["up", "degraded", "sorry", "down", "checking", "suspended"]);
  assert.equal(serviceState(virtualServer({ up: false, realServers: [] })), "down");
});

Deno.test("the page shows virtual servers, those that need eyes first, and why real servers are down", async () => {
  const text = await visible(directorStatus());
  assertSays(
    text,
    "190,114 checks done, 2 under way",
    "6 virtual servers 1 DOWN 1 SORRY SERVER 1 DEGRADED 1 CHECKING 1 SUSPENDED 1 UP",
    "DEGRADED [192.0.2.10]:tcp:443 tcp · wrr · DR · persistent 50 s for 26 h " +
      "2 of 3 real servers up, live weight 20, the quorum needs 1",
    "DOWN 10.0.0.12:443 95 s — of 10 not in the kernel status code 503 HTTP_GET 10.0.0.11:80 /healthz in 1.1 ms, 1.2 s ago",
    "UP 10.0.0.11:443 26 h 7 of 10 194 active, 1,790 inactive 71 conn/s, 126 kB/s in, 3.3 MB/s out ok",
    "up, but no connection within 3 s: ETIMEDOUT (Connection timed out)",
    ", failed 1 of 3 times",
    "no result yet HTTP_GET",
    "sorry server [2001:db8::99]:udp:53 SERVES",
  );
  const order = [
    "DOWN FWM 5",
    "SORRY SERVER [2001",
    "DEGRADED [192",
    "CHECKING [192",
    "SUSPENDED [192",
    "UP [192",
  ];
  const places = order.map((words) => text.indexOf(words));
  assert.deepEqual(places, places.toSorted((a, b) => a - b));
});

Deno.test("the page filters virtual servers by state and by what their real servers are called", async () => {
  const degraded = await visible(directorStatus(), "/?state=degraded");
  assertSays(degraded, "tcp:443");
  assert.ok(!degraded.includes("DOWN FWM 5"));
  assertSays(await visible(directorStatus(), "/?q=10.0.0.51"), "SUSPENDED [192.0.2.12]:tcp:5432");
  assertSays(await visible(directorStatus(), "/?q=nothing"), "No virtual server to show.");
});

Deno.test("the page of one virtual server has what the kernel counted, and how often its table was put right", async () => {
  assertSays(
    await visible(directorStatus(), WEB_PATH),
    "[192.0.2.10]:tcp:443 is DEGRADED",
    "Connections 390 active, 3,580 inactive",
    "Rates 424 conn/s, 754 kB/s in, 20 MB/s out",
    "Totals 3,744,082 connections in 40,237,746 packets, 6.2 GB out 62,409,110 packets, 163 GB",
    "Kernel entries 192.0.2.10:443",
    "Put right 2 entries that somebody else changed",
    "3 real servers 1 DOWN",
  );
  const down = await visible(directorStatus(), `${WEB_PATH}?state=down`);
  assert.ok(down.includes("10.0.0.12:443") && !down.includes("10.0.0.13:443"));
  assert.equal((await request(directorStatus(), "/virtual-servers/nothing")).status, 404);
});

Deno.test("the pages of 5,000 real servers are short, and every one of them can be reached", async () => {
  const many = manyServices(1, 5000);
  const name = many.virtualServers![0]!.name;
  const first = await (await request(many, "/")).text();
  assert.ok(first.length < 100_000, `${first.length} characters`);
  const seen = new Set<string>();
  for (let page = 1; page <= 50; page++) {
    const html = await (await request(many, `/virtual-servers/${encodeURIComponent(name)}?page=${page}`))
      .text();
    assert.ok(html.length < 200_000, `${html.length} characters`);
    for (const [, server] of html.matchAll(/<th scope="row" class="address">([^<]+)</g)) seen.add(server!);
  }
  assert.equal(seen.size, 5000);
  assertSays(await visible(many, `/virtual-servers/${encodeURIComponent(name)}?page=999`), "Page 50 of 50");
  assertSays(await visible(manyServices(250, 1), "/?page=3"), "Page 3 of 3", "[192.0.0.250]:tcp:80");
});

Deno.test("/status/virtual-servers answers with all of them, one of them, or 404", async () => {
  const all = await (await request(directorStatus(), "/status/virtual-servers")).json();
  assert.equal(all.length, 6);
  const one = await (await request(directorStatus(), `/status${WEB_PATH}`)).json();
  assert.deepEqual([one.name, one.services[0].traffic.connectionRate], [WEB, 424]);
  const none = await request(directorStatus(), "/status/virtual-servers/nothing");
  assert.deepEqual([none.status, await none.json()], [404, {
    error: 'There is no virtual server "nothing"',
  }]);
});

Deno.test("alarmsOf() warns of what is down on other hosts, and is critical of a kernel without IPVS", () => {
  const alarms = alarmsOf(directorStatus(), NOW);
  assert.deepEqual(alarms.map(({ kind, severity, virtualServer }) => [kind, severity, virtualServer]), [
    ["real_server_down", "warning", WEB],
    ["sorry_server", "warning", "[2001:db8::10]:udp:53"],
    ["virtual_server_down", "warning", "FWM 5"],
  ]);
  const ipvs = { ...directorStatus().ipvs!, available: false, reason: "ENOENT (No such file or directory)" };
  assert.equal(alarmsOf(directorStatus({ ipvs }), NOW)[0]?.kind, "ipvs_unavailable");
});

Deno.test("/metrics has virtual servers, real servers, checks, and the exporter's names for them", async () => {
  const shared = virtualServer({
    name: "[192.0.2.10]:tcp:8080",
    realServers: [realServer(10)],
    services: [],
  });
  const status = directorStatus();
  const text =
    await (await request({ ...status, virtualServers: [...status.virtualServers!, shared] }, "/metrics"))
      .text();
  const families = parseExposition(text);
  const value = (name: string, labels: Record<string, string>) =>
    families.get(name)?.samples.find((sample) =>
      Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted)
    )?.value;
  const web = { virtual_server: WEB, real_server: "[10.0.0.11]:tcp:80" };
  assert.equal(value("ha_virtual_server_up", { virtual_server: "FWM 5" }), 0);
  assert.equal(value("ha_virtual_server_repairs_total", { virtual_server: WEB }), 2);
  assert.equal(
    value("ha_virtual_server_sorry_server_active", { virtual_server: "[2001:db8::10]:udp:53" }),
    1,
  );
  assert.equal(value("ha_real_server_weight", web), 7);
  assert.equal(value("ha_real_server_check_duration_seconds", web), 0.0034);
  assert.equal(
    value("keepalived_lvs_vip_conn", { addr: "192.0.2.10:443", proto: "6" }),
    traffic(2).connections,
  );
  assert.equal(
    value("keepalived_lvs_vip_in_packets", { addr: "2001:db8::10:53", proto: "17" }),
    traffic(0.01).inPackets,
  );
  // One real server of two virtual servers is one series there.
  assert.equal(value("keepalived_lvs_rs_conn", { addr: "10.0.0.11:80" }), 2 * traffic(1 / 3).connections);
  assert.equal(value("ha_checks_done_total", {}), 190_114);
});

Deno.test("a password in the target of a check is shown nowhere", async () => {
  const target = "/usr/bin/check --password hunter2";
  const servers = [failedServer(1, { checks: [check({ kind: "MISC_CHECK", target })] })];
  const status = directorStatus({ virtualServers: [virtualServer({ realServers: servers })] });
  for (const path of ["/", "/status", "/metrics"]) {
    const text = await (await request(status, path)).text();
    assert.ok(text.includes("/usr/bin/check --password ********"), path);
    assert.ok(!text.includes("hunter2"), path);
  }
});

Deno.test("amount() rounds with a prefix", () => {
  assert.deepEqual([0, 7, 999, 1000, 1234, 33_900, 999_900, 8_200_000_000].map(amount), [
    "0",
    "7",
    "999",
    "1 k",
    "1.2 k",
    "34 k",
    "1 M",
    "8.2 G",
  ]);
});

Deno.test("tracked files and processes are shown with what was found, on the page and in the metrics", async () => {
  const status = directorStatus({
    trackFiles: [{ name: "load", file: "/run/load", value: -12 }],
    trackProcesses: [{
      name: "nginx",
      process: "nginx -g",
      count: 1,
      quorum: 2,
      quorumMax: null,
      up: false,
      changing: true,
    }],
  });
  assertSays(
    await visible(status),
    "1 run needs 2, about to change nginx process nginx -g",
    "says -12 load file /run/load",
  );
  const metrics = await (await request(status, "/metrics")).text();
  for (const line of ['ha_track_file_value{name="load"} -12', 'ha_track_process_count{name="nginx"} 1']) {
    assert.ok(metrics.includes(`${line}\n`), line);
  }
  const text = formatStatus(status, NOW);
  assertSays(text, "TRACKED\n  nginx: 1 of nginx -g run, needs 2\n  load: /run/load says -12\n");
});

Deno.test("an instance that had to hand over says for how long it follows", async () => {
  const instances = [backupInstance({ followsUntil: NOW + 45_000 })];
  assertSays(
    await visible(directorStatus({ instances })),
    "Handed over: leaves a living master alone for 45 s more",
  );
});

Deno.test("the page says how often the kernel's table was put right", async () => {
  const ipvs = { ...directorStatus().ipvs!, repairs: 3 };
  assertSays(await visible(directorStatus({ ipvs })), "3 entries of the kernel's table put right");
});

Deno.test("BFD sessions are shown, those that are down first, on the page, in the metrics and in ha status", async () => {
  const session: BfdStatus = {
    name: "uplink",
    neighbour: "192.0.2.254",
    source: null,
    state: "up",
    remoteState: "up",
    diagnostic: "No Diagnostic",
    remoteDiagnostic: "No Diagnostic",
    up: true,
    since: NOW - 60_000,
    lastHeard: NOW - 20,
    transmitInterval: 50,
    detectionTime: 150,
    multiplier: 3,
    polling: false,
    localDiscriminator: 1,
    remoteDiscriminator: 2,
    trouble: null,
    counters: { sent: 1200, received: 1199, discarded: 0, up: 1, down: 0 },
  };
  const lost: BfdStatus = {
    ...session,
    name: "backup",
    neighbour: "2001:db8::fe",
    up: false,
    state: "down",
    diagnostic: "Control Detection Time Expired",
    lastHeard: null,
    counters: { ...session.counters, discarded: 7, down: 4 },
  };
  const status = directorStatus({ bfdSessions: [session, lost] });
  const text = await visible(status);
  assertSays(
    text,
    "Up uplink 60 s 192.0.2.254 , heard 20 ms ago 150 ms sends every 50 ms, multiplier 3 1,199 in, 1,200 out",
    "Down backup 60 s 2001:db8::fe , never heard, says Up",
    ", 7 discarded",
  );
  assert.ok(text.indexOf("Down backup") < text.indexOf("Up uplink"));
  const metrics = await (await request(status, "/metrics")).text();
  assertSays(metrics, 'ha_bfd_session_downs_total{name="backup",neighbour="2001:db8::fe"} 4\n');
  assertSays(
    formatStatus(status, NOW),
    "BFD SESSIONS\n  uplink: 192.0.2.254 up for 1 min 0 s\n  backup: 2001:db8::fe down for 1 min 0 s, Control Detection Time Expired",
  );
});
