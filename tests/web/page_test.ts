import assert from "node:assert/strict";
import type { Status } from "../../core/engine/status.ts";
import { createApp } from "../../web/app.tsx";
import {
  backupInstance,
  faultInstance,
  FixtureSource,
  healthyStatus,
  manyInstances,
  masterInstance,
  NOW,
  rejectingInstance,
  troubledStatus,
} from "./fixtures.ts";

async function page(status: Status, path = "/", headers: Record<string, string> = {}): Promise<string> {
  const app = createApp(new FixtureSource(status), { now: () => NOW });
  return await (await app.request(path, { headers })).text();
}

/** The text that a reader sees: without tags, white space as one blank. */
function visible(html: string): string {
  const body = html.replace(/<(style|script)[^>]*>.*?<\/\1>/gs, "");
  const text = body.replace(/<[^>]*>/g, " ").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  return text.replace(/\s+/g, " ");
}

/** Names in the order in which the page has them. */
function order(html: string): readonly string[] {
  return [...html.matchAll(/<(?:article|tr)[^>]* id="i-([^"]*)"/g)].map((match) => match[1]!);
}

Deno.test("the page says of an instance all that decides its state", async () => {
  const html = await page(troubledStatus());
  assert.ok(html.startsWith("<!doctype html><html"));
  const text = visible(html);
  for (
    const words of [
      "MASTER VI_LAN eth0 · VRID 51 · VRRPv2 IPv4 · every 1 s for 3 h 12 min",
      "no advertisement from 192.0.2.3 for 3.61 s; our own timers were at most 0.3 ms late in that time",
      "Priority 150 = 100 base + 50 script chk_nginx",
      "192.0.2.1/24 on eth0 label eth0:vip",
      "192.0.2.9/32 on eth0 not advertised",
      "Master this node (192.0.2.2)",
      "Peer 192.0.2.3 , priority 100, heard 3 h ago",
      "Sync group VG_FIREWALL",
      "script chk_nginx up weight 50",
      "adverts received 8,214 adverts sent 11,531 became master 1 priority 0 received 1",
      "BACKUP VI_WAN eth1 · VRID 52 · VRRPv3 IPv6 unicast · every 100 ms for 2 d 4 h",
      "2001:db8::1/64 not on eth1",
      "Master 2001:db8::3",
      "FAULT VI_DMZ",
      "Faults script chk_haproxy failed (exited with status 1)",
      "Priority 100 = 100 base + 0 script chk_nginx",
      "script chk_nginx no result yet weight 50",
      "Errors 312 authentication failures 4 wrong TTLs",
    ]
  ) assert.ok(text.includes(words), `${words} is not in ${text}`);
});

Deno.test("the page has the sections below the instances", async () => {
  const text = visible(await page(troubledStatus()));
  for (
    const words of [
      "Events (",
      "error: VI_DMZ MASTER → FAULT: script chk_haproxy failed",
      "Sync groups State Group For Members MASTER VG_FIREWALL 3 h 12 min VI_LAN",
      "succeeds chk_nginx exited with status 0 1.2 s ago",
      "fails chk_haproxy exited with status 1 400 ms ago , runs now , 1 of 3 results needed to succeed",
      "VRRP routers with other VRIDs",
      "192.0.2.77 10 eth0 100 800 ms ago 190,771",
      "up eth1 2001:db8::2/64 fe80::5054:ff:fe00:1/64",
      "down eth4",
      "Version ha 0.1.0, process 812",
      "Running for 2 d 5 h",
      "Timers late by 0.08 ms now, 2.31 ms at most",
      "/etc/keepalived/keepalived.conf , loaded 2 d 5 h ago",
      'keepalived.conf:31:9: Cannot use "nat_mask" in vrrp_instance: it was removed years ago and has no effect',
      "in force: auth_pass ********",
    ]
  ) assert.ok(text.includes(words), `${words} is not in ${text}`);
});

Deno.test("the page shows events newest first", async () => {
  const text = visible(await page(troubledStatus()));
  assert.ok(text.indexOf("MASTER → FAULT") < text.indexOf("BACKUP → MASTER"));
  assert.ok(text.indexOf("BACKUP → MASTER") < text.indexOf("INIT → BACKUP"));
});

Deno.test("the page begins with the verdict and the alarms", async () => {
  const well = visible(await page(healthyStatus()));
  assert.ok(well.includes("All is well: 1 MASTER, 1 BACKUP"), well);
  const trouble = visible(await page(troubledStatus()));
  assert.ok(trouble.includes("Needs attention: 1 critical, 1 warning VI_SPLIT : Two masters: "), trouble);
  const stale = await createApp(new FixtureSource(healthyStatus()), { now: () => NOW + 61_000 }).request("/");
  assert.ok(visible(await stale.text()).includes("The engine does not answer: everything below is 61 s old"));
});

Deno.test("the page shows the last rejected advertisement", async () => {
  const text = visible(await page(healthyStatus({ instances: [rejectingInstance()], syncGroups: [] })));
  const words =
    "Errors 8 authentication failures last: received an invalid passwd from 192.0.2.3! 400 ms ago";
  assert.ok(text.includes(words), text);
});

Deno.test("the page puts alarms and faults first, then masters, then backups, by name", async () => {
  assert.deepEqual(order(await page(troubledStatus())), ["VI_SPLIT", "VI_DMZ", "VI_LAN", "VI_WAN"]);
  const names = ["VI_10", "VI_9", "VI_100"].map((name) => masterInstance({ name }));
  const instances = [backupInstance({ name: "VI_1" }), ...names, faultInstance({ name: "VI_99" })];
  const html = await page(healthyStatus({ instances, syncGroups: [] }));
  assert.deepEqual(order(html), ["VI_99", "VI_9", "VI_10", "VI_100", "VI_1"]);
});

Deno.test("the page filters by text and by state", async () => {
  const shown = async (query: string) => order(await page(troubledStatus(), `/?${query}`));
  assert.deepEqual(await shown("q=dmz"), ["VI_DMZ"]);
  assert.deepEqual(await shown("q=2001:db8"), ["VI_WAN"]);
  assert.deepEqual(await shown("q=eth0"), ["VI_LAN"]);
  assert.deepEqual(await shown("q=vrid:53"), ["VI_DMZ"]);
  assert.deepEqual(await shown("q=master+eth3"), ["VI_SPLIT"]);
  assert.deepEqual(await shown("state=backup"), ["VI_WAN"]);
  assert.deepEqual(await shown("state=master&q=lan"), ["VI_LAN"]);
  assert.equal((await shown("state=nonsense")).length, 4);
  assert.deepEqual(await shown("q=nobody"), []);
  assert.ok(visible(await page(troubledStatus(), "/?q=nobody")).includes("No instance to show."));
});

Deno.test("the page shows many instances as rows, every one of them", async () => {
  const html = await page(manyInstances(1000, 97));
  assert.equal(order(html).length, 1000);
  assert.equal(new Set(order(html)).size, 1000);
  assert.ok(order(html).slice(0, 10).every((name) => Number(name.slice(3)) % 97 === 0));
  assert.ok(visible(html).includes("… and 7 more like these"));
  const row = visible(/<tr[^>]* id="i-VI_97".*?<\/tr>/s.exec(html)![0]);
  assert.equal(
    row.trim(),
    "FAULT VI_97 eth0.101 vrid 97 95 s script chk_haproxy failed (exited with status 1) 100 " +
      "198.51.100.1 (not here) 198.51.100.3 700 ms ago 312 authentication failures, 4 wrong TTLs",
  );
});

Deno.test("the page of an instance has every counter and its own events", async () => {
  const html = await page(troubledStatus(), "/instances/VI_DMZ");
  const text = visible(html);
  for (
    const words of ["VI_DMZ is FAULT", "authentication failures 312", "addresses put back 0", "Preempt yes"]
  ) {
    assert.ok(text.includes(words), `${words} is not in ${text}`);
  }
  assert.ok(text.includes("MASTER → FAULT"));
  assert.ok(!text.includes("BACKUP → MASTER"));
  assert.ok(html.includes('href="/status/instances/VI_DMZ?pretty"'));
});

Deno.test("the page links to instances whose names no path likes", async () => {
  const html = await page(healthyStatus({ instances: [masterInstance({ name: "a/b?c#d%" })] }));
  assert.ok(html.includes('href="/instances/a%2Fb%3Fc%23d%25"'));
});

Deno.test("the page of an unknown instance is a 404", async () => {
  const app = createApp(new FixtureSource(healthyStatus()), { now: () => NOW });
  const response = await app.request("/instances/nobody");
  assert.equal(response.status, 404);
  assert.ok(visible(await response.text()).includes('There is no instance "nobody"'));
});

Deno.test("the page as the script asks for it is only the part that changes", async () => {
  const whole = await page(troubledStatus());
  const part = await page(troubledStatus(), "/", { "Ha-Fragment": "1" });
  assert.ok(part.startsWith('<main id="main" data-title="✕ fw1"'));
  assert.ok(part.endsWith("</main>"));
  assert.ok(whole.includes(part));
});

Deno.test("the page has nothing from elsewhere and no inline style or handler", async () => {
  for (const path of ["/", "/instances/VI_DMZ"]) {
    const html = await page(troubledStatus(), path);
    const markup = html.replace(/<(style|script)[^>]*>.*?<\/\1>/gs, "");
    assert.ok(!/\s(?:src|srcset|style|on[a-z]+)=/.test(markup));
    for (const [, target] of markup.matchAll(/href="([^"]*)"/g)) {
      assert.match(target!, /^(?:[/#]|data:image\/svg)/);
    }
    assert.ok(!/url\(|@import/.test(html));
  }
});

/** Every string of a status made hostile. */
function hostile(status: Status): Status {
  const text = JSON.stringify(status, (key, value) => {
    const words = ["state", "wantedState", "transport", "level", "kind", "authentication"];
    return typeof value === "string" && !words.includes(key)
      ? `"'></p><script>alert(1)</script>&lt;${value}`
      : value;
  });
  return JSON.parse(text);
}

Deno.test("the page escapes everything", async () => {
  const status = hostile(troubledStatus());
  const name = encodeURIComponent(status.instances[2]!.name);
  for (
    const path of ["/", `/instances/${name}`, "/?q=%3Cscript%3Ealert(1)", "/instances/%3Cscript%3Ealert(1)"]
  ) {
    const html = await page(status, path);
    assert.ok(!html.includes("<script>alert"), path);
    assert.ok(!/="[^"]*"'/.test(html), `an attribute of ${path} can be left`);
    assert.ok(html.includes("&lt;script&gt;alert(1)"), path);
  }
  const rows = await page({ ...status, instances: Array.from({ length: 30 }, () => status.instances[2]!) });
  assert.ok(!rows.includes("<script>alert"));
});
