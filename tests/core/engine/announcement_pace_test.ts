/** `garp_group`, `vrrp_garp_interval`: how far apart announcements are, on which ports of the switch. */
import assert from "node:assert/strict";
import { parseConfig } from "../../../core/config/config.ts";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";

const LINKS = ["eth0", "eth1", "eth2"].map((name, i) => ({
  name,
  index: i + 2,
  mac: `02:00:00:00:00:0${i + 1}`,
  mtu: 1500,
  up: true,
  arp: true,
  multicast: true,
}));

/** An owner with two addresses, so that it is master at once; one announcement each is enough. */
function owner(name: string, i: number): string {
  return `vrrp_instance ${name} {\n state MASTER\n interface ${name}\n virtual_router_id ${
    i + 1
  }\n priority 255
 garp_master_repeat 1\n garp_master_delay 0\n garp_master_refresh 0
 virtual_ipaddress {\n 10.${i}.0.100\n 10.${i}.0.101\n }\n}\n`;
}

/** ms at which each interface announced an address in the first second. */
function announced(globals: string): Record<string, number[]> {
  const text = `global_defs {\n${globals}\n}\n${LINKS.map(({ name }, i) => owner(name, i)).join("")}`;
  const { model } = parseConfig(text);
  const engine = createVrrpEngine();
  const addresses = LINKS.map(({ name }, i) => ({
    interface: name,
    address: `10.${i}.0.5`,
    prefixLength: 24,
    secondary: false,
    tentative: false,
  }));
  const times: Record<string, number[]> = {};
  let now = 0;
  let effects = engine.step({ kind: "start", model, links: LINKS, addresses }, now);
  for (let turn = 0; turn < 200 && now < 1000; turn++) {
    for (const effect of effects) {
      if (effect.kind !== "address.announce") continue;
      for (const one of effect.addresses) (times[one.interface] ??= []).push(now);
    }
    now = engine.nextWakeup() ?? Infinity;
    effects = engine.step({ kind: "timer" }, now);
  }
  return times;
}

Deno.test("without any interval all addresses are announced at once", () => {
  assert.deepEqual(announced(""), { eth0: [0, 0], eth1: [0, 0], eth2: [0, 0] });
});

Deno.test("vrrp_garp_interval keeps the announcements of each interface apart", () => {
  assert.deepEqual(announced("vrrp_garp_interval 0.1"), {
    eth0: [0, 100],
    eth1: [0, 100],
    eth2: [0, 100],
  });
});

Deno.test("garp_group has a pace of its own, common to its interfaces", () => {
  const group = "garp_group {\n garp_interval 0.2\n interfaces {\n eth0\n eth1\n }\n}";
  const times = announced(`vrrp_garp_interval 0.1\n}\n${group}\nglobal_defs {`);
  assert.deepEqual(times, { eth0: [0, 200], eth1: [400, 600], eth2: [0, 100] });
});
