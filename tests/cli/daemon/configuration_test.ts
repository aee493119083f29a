import assert from "node:assert/strict";
import { type ConfigurationParts, loadConfiguration } from "../../../cli/daemon/configuration.ts";

const TEXT = `global_defs {
 lvs_sync_daemon lo VI_1
}
static_ipaddress {
 10.0.0.9/32 dev none9
}
vrrp_instance VI_1 {
 interface none9
 virtual_router_id 51
 priority 999
}
virtual_server 10.0.0.1 80 {
 lb_algo rr
 lb_kind NAT
 protocol TCP
 quorum 0
 real_server 10.0.0.2 80 {
 }
}
`;

async function load(parts: ConfigurationParts, text = TEXT) {
  const file = await Deno.makeTempFile({ prefix: "ha-configuration-" });
  try {
    await Deno.writeTextFile(file, text);
    return loadConfiguration({ file, strict: false, configId: null, parts, running: false });
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("loadConfiguration() for virtual servers alone is not kept from it by what is wrong elsewhere", async () => {
  const result = await load("virtual_servers");
  assert.ok(result.ok);
  const { model, problems } = result.configuration;
  assert.equal(model.loadBalancer.virtualServers.length, 1);
  assert.deepEqual([model.instances, model.staticAddresses], [[], []]);
  // It follows an instance.
  assert.equal(model.loadBalancer.settings.syncDaemon, null);
  const lines = problems.filter(({ level }) => level === "error" || level === "warning").map(({ text }) =>
    text.split(":")[1]
  );
  assert.deepEqual(lines, ["16"]);
});

Deno.test("loadConfiguration() for both halves is refused where an interface is missing", async () => {
  assert.equal((await load("all")).ok, false);
});

Deno.test("the sync daemon goes with VRRP where it follows an instance, else with the virtual servers", async () => {
  const known = TEXT.replace("{", "{\n dynamic_interfaces").replace("999", "100");
  const daemons = async (text: string) => {
    const results = [await load("vrrp", text), await load("virtual_servers", text), await load("all", text)];
    return results.map((result) =>
      result.ok && result.configuration.model.loadBalancer.settings.syncDaemon !== null
    );
  };
  assert.deepEqual(await daemons(known), [true, false, true]);
  assert.deepEqual(await daemons(known.replace("lo VI_1", "lo id 3")), [false, true, true]);
});
