import assert from "node:assert/strict";
import { families } from "../../web/metrics/mod.ts";
import type { AlarmKind } from "../../web/health.ts";
import { rejectingInstance, troubledStatus } from "./fixtures.ts";
import { directorStatus } from "./service_fixtures.ts";

const text = Deno.readTextFileSync(new URL("../../docs/status.md", import.meta.url));

/** What stands in backquotes in the reference. */
const terms = new Set([...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!));

Deno.test("docs/status.md names every metric, and none that is not there", () => {
  const known = new Set(families.map((family) => family.name));
  for (const name of known) assert.ok(terms.has(name), name);
  const absent = ["keepalived_gratuitous_arp_delay_total", "keepalived_check_script_status", "ha_suspend"];
  for (const term of terms) {
    if (!/^(?:keepalived|ha)_[a-z_]+$/.test(term) || absent.includes(term)) continue;
    assert.ok(known.has(term), `${term} is documented and not there`);
  }
});

Deno.test("docs/status.md gives every metric its type", () => {
  for (const { name, type } of families) {
    if (/^keepalived_vrrp_(?!state|excluded_state)|^keepalived_lvs_/.test(name)) continue;
    assert.match(text, new RegExp(`\\| \`${name}\` +\\| ${type} +\\|`), name);
  }
});

Deno.test("docs/status.md names every field of the JSON", () => {
  const fields = new Set<string>();
  const {
    virtualServers = [],
    ipvs = { available: true, reason: "", checksRunning: 0, checksWaiting: 0, checksDone: 0 },
  } = directorStatus();
  const statics = {
    addresses: [],
    routes: [{ text: "default via 192.0.2.254", installed: true }],
    rules: [],
  };
  const status = troubledStatus({ instances: [rejectingInstance()], virtualServers, ipvs, statics });
  JSON.stringify(status, (key, value) => {
    if (/^[a-z]/i.test(key)) fields.add(key);
    return value;
  });
  for (const field of fields) {
    const named = [...terms].some((term) => term.split(/[.[\]]+/).includes(field));
    assert.ok(named, field);
  }
});

Deno.test("docs/status.md names every alarm", () => {
  const kinds: Record<AlarmKind, true> = {
    silent: true,
    stale: true,
    two_masters: true,
    no_master: true,
    rejected: true,
    address_missing: true,
    address_left_over: true,
    group_split: true,
    unexplained: true,
    fault: true,
    late_timers: true,
    notices: true,
    reload_refused: true,
    maintenance: true,
    two_owners: true,
    ipvs_unavailable: true,
    virtual_server_down: true,
    sorry_server: true,
    real_server_down: true,
  };
  for (const kind of Object.keys(kinds)) assert.match(text, new RegExp(`\\| \`${kind}\` +\\|`), kind);
});
