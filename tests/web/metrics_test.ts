import assert from "node:assert/strict";
import { createApp } from "../../web/app.tsx";
import type { InstanceCounters, Status } from "../../core/engine/status.ts";
import { type MetricFamily, parseExposition } from "./exposition.ts";
import {
  backupInstance,
  FixtureSource,
  healthyStatus,
  manyInstances,
  masterInstance,
  NOW,
  troubledStatus,
} from "./fixtures.ts";

async function scrape(status: Status, now = NOW): Promise<Map<string, MetricFamily>> {
  const app = createApp(new FixtureSource(status), { now: () => now });
  const response = await app.request("/metrics");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return parseExposition(await response.text());
}

/** The value of the only series that has at least these labels. */
function value(
  families: Map<string, MetricFamily>,
  name: string,
  labels: Record<string, string> = {},
): number {
  const samples = families.get(name)?.samples ?? [];
  const found = samples.filter((sample) =>
    Object.entries(labels).every(([label, text]) => sample.labels[label] === text)
  );
  assert.equal(found.length, 1, `${name} ${JSON.stringify(labels)} is there ${found.length} times`);
  return found[0]!.value;
}

Deno.test("/metrics is valid for every fixture", async () => {
  for (const status of [healthyStatus(), troubledStatus(), manyInstances(50, 7)]) {
    const families = await scrape(status);
    for (const family of families.values()) assert.ok(family.help.length > 3, family.name);
  }
});

Deno.test("/metrics keeps the names, labels and values of mehdy/keepalived-exporter", async () => {
  const families = await scrape(troubledStatus());
  const labels = { iname: "VI_LAN", intf: "eth0", vrid: "51" };
  assert.equal(value(families, "keepalived_up"), 1);
  assert.equal(families.get("keepalived_vrrp_state")!.samples.length, 4);
  assert.equal(families.get("keepalived_vrrp_excluded_state")!.samples.length, 1);
  assert.deepEqual(families.get("keepalived_vrrp_state")!.samples[0], {
    name: "keepalived_vrrp_state",
    labels: { ...labels, ip_address: "192.0.2.1/24" },
    value: 2,
  });
  assert.equal(value(families, "keepalived_vrrp_state", { iname: "VI_WAN" }), 1);
  assert.equal(value(families, "keepalived_vrrp_state", { iname: "VI_DMZ" }), 3);
  assert.equal(value(families, "keepalived_vrrp_excluded_state", { ip_address: "192.0.2.9/32" }), 2);
  const expected: Record<string, keyof InstanceCounters> = {
    keepalived_advertisements_received_total: "advert_rcvd",
    keepalived_advertisements_sent_total: "advert_sent",
    keepalived_become_master_total: "become_master",
    keepalived_release_master_total: "release_master",
    keepalived_packet_length_errors_total: "packet_len_err",
    keepalived_advertisements_interval_errors_total: "advert_interval_err",
    keepalived_ip_ttl_errors_total: "ip_ttl_err",
    keepalived_invalid_type_received_total: "invalid_type_rcvd",
    keepalived_address_list_errors_total: "addr_list_err",
    keepalived_authentication_invalid_total: "invalid_authtype",
    keepalived_authentication_mismatch_total: "authtype_mismatch",
    keepalived_authentication_failure_total: "auth_failure",
    keepalived_priority_zero_received_total: "pri_zero_rcvd",
    keepalived_priority_zero_sent_total: "pri_zero_sent",
  };
  for (const [name, field] of Object.entries(expected)) {
    assert.equal(families.get(name)!.type, "counter", name);
    assert.equal(value(families, name, labels), masterInstance().counters[field], name);
  }
  assert.equal(value(families, "keepalived_script_status", { name: "chk_nginx" }), 1);
  assert.equal(value(families, "keepalived_script_status", { name: "chk_haproxy" }), 0);
  assert.equal(value(families, "keepalived_script_state", { name: "chk_haproxy" }), 1);
});

Deno.test("/metrics tells every counter apart", async () => {
  const names = Object.keys(masterInstance().counters) as (keyof InstanceCounters)[];
  const counters = Object.fromEntries(names.map((name, index) => [name, 1000 + index]));
  const instance = masterInstance({ counters: counters as unknown as InstanceCounters });
  const families = await scrape(healthyStatus({ instances: [instance] }));
  const values = [...families.values()]
    .filter((family) => family.type === "counter" && family.name !== "ha_packets_discarded_total")
    .flatMap((family) => family.samples.map((sample) => sample.value));
  for (const [index, name] of names.entries()) {
    // Fourteen are keepalived's and come under both exporters' names; ours come once.
    assert.equal(values.filter((each) => each === 1000 + index).length, index < 14 ? 2 : 1, name);
  }
});

Deno.test("/metrics keeps the names and labels of gen2brain/keepalived_exporter", async () => {
  const families = await scrape(troubledStatus());
  const labels = { name: "VI_DMZ", intf: "eth2", vrid: "53", state: "FAULT" };
  assert.equal(value(families, "keepalived_vrrp_advert_sent", labels), 40112);
  assert.equal(value(families, "keepalived_vrrp_auth_failure", labels), 312);
  const ours = [...families.keys()].filter((name) => /^keepalived_vrrp_[a-z_]+$/.test(name));
  for (
    const suffix of [
      "advert_rcvd advert_sent become_master release_master packet_len_err advert_interval_err ip_ttl_err",
      "invalid_type_rcvd addr_list_err invalid_authtype authtype_mismatch auth_failure pri_zero_rcvd",
      "pri_zero_sent",
    ].join(" ").split(" ")
  ) assert.ok(ours.includes(`keepalived_vrrp_${suffix}`), suffix);
});

Deno.test("/metrics has one state series for an instance without addresses", async () => {
  const families = await scrape(healthyStatus({ instances: [masterInstance({ addresses: [] })] }));
  assert.deepEqual(families.get("keepalived_vrrp_state")!.samples.map((sample) => sample.labels), [
    { iname: "VI_LAN", intf: "eth0", vrid: "51", ip_address: "" },
  ]);
});

Deno.test("/metrics has our own metrics in seconds", async () => {
  const families = await scrape(troubledStatus(), NOW + 1500);
  assert.equal(value(families, "ha_build_info", { version: "0.1.0" }), 1);
  assert.equal(value(families, "ha_healthy"), 0);
  assert.equal(value(families, "ha_alarms", { severity: "critical" }), 1);
  assert.equal(value(families, "ha_status_age_seconds"), 1.5);
  assert.equal(value(families, "ha_loop_lag_max_seconds"), 0.00231);
  assert.equal(value(families, "ha_instance_state", { iname: "VI_DMZ", state: "fault" }), 1);
  assert.equal(value(families, "ha_instance_state", { iname: "VI_DMZ", state: "master" }), 0);
  assert.equal(
    value(families, "ha_instance_state_since_timestamp_seconds", { iname: "VI_DMZ" }),
    NOW / 1000 - 95,
  );
  assert.equal(value(families, "ha_instance_priority", { iname: "VI_LAN" }), 150);
  assert.equal(value(families, "ha_instance_priority_base", { iname: "VI_LAN" }), 100);
  assert.equal(value(families, "ha_instance_advert_interval_seconds", { iname: "VI_WAN" }), 0.1);
  assert.equal(value(families, "ha_instance_addresses_installed", { iname: "VI_LAN" }), 2);
  assert.equal(value(families, "ha_instance_addresses_installed", { iname: "VI_WAN" }), 0);
  assert.equal(value(families, "ha_instance_peer_priority", { iname: "VI_WAN", peer: "2001:db8::3" }), 200);
  assert.equal(value(families, "ha_instance_alarm", { iname: "VI_SPLIT", kind: "two_masters" }), 1);
  assert.equal(value(families, "ha_instance_tracker_up", { iname: "VI_DMZ", name: "chk_haproxy" }), 0);
  assert.equal(value(families, "ha_interface_up", { interface: "eth4" }), 0);
  assert.equal(value(families, "ha_foreign_advertisements_total", { vrid: "10" }), 190771);
  assert.equal(value(families, "ha_sync_group_state", { group: "VG_FIREWALL", state: "master" }), 1);
  assert.equal(value(families, "ha_configuration_problems"), 2);
});

Deno.test("/metrics leaves out what has no value yet", async () => {
  const families = await scrape(troubledStatus());
  const trackers = families.get("ha_instance_tracker_up")!.samples;
  assert.ok(!trackers.some(({ labels }) => labels["iname"] === "VI_DMZ" && labels["name"] === "chk_nginx"));
  const status = healthyStatus();
  const fresh = { ...status.scripts[0]!, up: null, lastRun: null, lastResult: null };
  const unknown = await scrape({ ...status, scripts: [fresh] });
  assert.deepEqual(unknown.get("keepalived_script_status")!.samples, []);
  assert.deepEqual(unknown.get("ha_script_last_run_timestamp_seconds")!.samples, []);
});

Deno.test("/metrics escapes label values and never repeats a series", async () => {
  const name = 'a\\b"c\nd{}, e="f"';
  const twice = masterInstance().addresses[0]!;
  const instance = backupInstance({ name, addresses: [twice, twice] });
  const status = healthyStatus({ instances: [instance] });
  const foreign = troubledStatus().foreign[0]!;
  const families = await scrape({ ...status, foreign: [foreign, foreign] });
  assert.equal(families.get("keepalived_vrrp_state")!.samples.length, 1);
  assert.equal(families.get("keepalived_vrrp_state")!.samples[0]!.labels["iname"], name);
  assert.equal(families.get("ha_foreign_advertisements_total")!.samples.length, 1);
});

Deno.test("/metrics says that the engine is silent", async () => {
  const source = new FixtureSource(healthyStatus());
  source.current = () => Promise.reject(new Error("the worker is gone"));
  const response = await createApp(source, { now: () => NOW }).request("/metrics");
  const families = parseExposition(await response.text());
  assert.equal(response.status, 200);
  assert.equal(value(families, "keepalived_up"), 0);
  assert.equal(value(families, "ha_healthy"), 0);
  assert.deepEqual(families.get("ha_instance_state")!.samples, []);
});

Deno.test("/metrics of two scrapes at once do not mix", async () => {
  const source = new FixtureSource(healthyStatus());
  const turns = [healthyStatus(), troubledStatus()];
  source.current = () => Promise.resolve(turns.shift()!);
  const app = createApp(source, { now: () => NOW });
  const responses = await Promise.all([app.request("/metrics"), app.request("/metrics")]);
  const texts = await Promise.all(responses.map((response) => response.text()));
  const sizes = texts.map((text) => parseExposition(text).get("ha_instance_priority")!.samples.length);
  assert.deepEqual(sizes.sort(), [2, 4]);
});

Deno.test("/metrics tells whether people hear of what happens", async () => {
  const mail = { to: "mail.example.com:25", waiting: 3, sent: 11, lost: 2, trouble: "ECONNREFUSED" };
  const families = await scrape(healthyStatus({ mail }));
  const by = { by: "mail" };
  assert.equal(value(families, "ha_notices_waiting", by), 3);
  assert.equal(value(families, "ha_notices_sent_total", by), 11);
  assert.equal(value(families, "ha_notices_lost_total", by), 2);
  assert.equal(value(families, "ha_notices_server_up", by), 0);
  assert.equal(families.get("ha_notices_waiting")!.samples.length, 1);
  const neither = await scrape(healthyStatus());
  assert.equal(neither.get("ha_notices_waiting")?.samples.length ?? 0, 0);
});
