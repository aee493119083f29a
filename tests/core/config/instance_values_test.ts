/** Values of instances that keepalived reads in ways of its own. */
import assert from "node:assert/strict";
import { instance, instanceFindings, instanceText, load } from "./support.ts";

Deno.test("a prefix behind the address of one host is left out and told", () => {
  const text = instanceText("mcast_src_ip 10.0.0.1/24 unicast_peer { 10.0.0.2/24 }");
  const { model, diagnostics, exitCode } = load(text.replace(" unicast_peer", "\n unicast_peer"));
  assert.equal(model.instances[0]!.sourceAddress, "10.0.0.1");
  const { transport } = model.instances[0]!;
  assert.deepEqual(transport.mode === "unicast" && transport.peers.map(({ address }) => address), [
    "10.0.0.2",
  ]);
  assert.deepEqual(diagnostics.map(({ code }) => code), ["ignored-end", "ignored-end"]);
  assert.equal(exitCode, 0);
});

Deno.test("a peer takes the prefix of an address away, and a /32 or IPv6 has no broadcast address", () => {
  const address = (line: string) => {
    const { exitCode, model } = load(instanceText(`virtual_ipaddress_excluded {\n ${line}\n }`));
    const [found] = model.instances[0]!.excludedAddresses;
    return [exitCode, found === undefined ? null : `${found.prefixLength} ${found.peer} ${found.broadcast}`];
  };
  assert.deepEqual(address("10.9.0.1/24 peer 10.9.0.2"), [5, "32 10.9.0.2 null"]);
  assert.deepEqual(address("10.9.0.1 peer 10.9.0.2"), [0, "32 10.9.0.2 null"]);
  assert.deepEqual(address("10.9.0.1 brd +"), [5, "32 null null"]);
  assert.deepEqual(address("fe80::9 brd fe80::ff"), [5, null]);
});

Deno.test("the same version twice is no conflict", () => {
  assert.equal(load(instanceText("version 3\n version 3")).exitCode, 0);
  assert.equal(load(instanceText("version 2\n version 3")).exitCode, 5);
});

Deno.test("the name of a VMAC is its own, and no other kind of interface has it", () => {
  const facts = { interfaceExists: () => true, isMacvlan: (name: string) => name !== "eth9" };
  const named = (name: string) => load(instanceText(`use_vmac ${name}`), facts);
  assert.deepEqual([named("eth9").exitCode, named("eth9").model.instances[0]!.vmac!.name], [5, null]);
  assert.deepEqual([named("vrrp.9").exitCode, named("vrrp.9").model.instances[0]!.vmac!.name], [0, "vrrp.9"]);
  const other = instanceText("use_vmac one").replace(" VI ", " B ").replace(
    "virtual_router_id 1",
    "virtual_router_id 2",
  );
  const twice = load(instanceText("use_vmac one") + other, facts);
  assert.deepEqual(twice.model.instances.map(({ vmac }) => vmac!.name), ["one", null]);
});

Deno.test("a missing interface is fatal unless dynamic_interfaces is set", () => {
  const facts = { interfaceExists: (name: string) => name === "eth0" };
  const away = instanceText("").replace("eth0", "eth9");
  assert.equal(load(away, facts).fatal, true);
  for (const block of ["linkbeat_interfaces {\n eth9\n}", "interface_up_down_delays {\n eth9 1\n}"]) {
    const { exitCode, fatal } = load(`${instanceText("")}${block}`, facts);
    assert.deepEqual([exitCode, fatal], [4, false], block);
  }
  assert.equal(load(away, facts).exitCode, 5);
  assert.equal(load(`global_defs { dynamic_interfaces }\n${away}`, facts).fatal, false);
  assert.equal(load(instanceText("virtual_ipaddress { 10.0.0.9 dev eth7 }"), facts).fatal, true);
  assert.equal(load(instanceText("track_interface { eth7 }"), facts).fatal, true);
  assert.equal(load(instanceText(""), facts).fatal, false);
});

Deno.test("garp_extra_if of an instance takes the place of the global one", () => {
  const extra = (globals: string, own: string) => {
    const { announce } = load(`global_defs {\n${globals}\n}\n` + instanceText(own)).model.instances[0]!;
    return [announce.extraInterval, announce.extraEverywhere];
  };
  assert.deepEqual(extra("vrrp_garp_extra_if all 100", ""), [100_000, true]);
  assert.deepEqual(extra("vrrp_garp_extra_if all 100", "garp_extra_if 7"), [7_000, false]);
  assert.deepEqual(extra("vrrp_garp_extra_if all 100", "garp_extra_if all 0"), [0, false]);
  assert.deepEqual(extra("vrrp_vmac_garp_intvl 9", ""), [9_000, false]);
});

Deno.test("bursts of 0 announcements are bursts of 1, as in keepalived", () => {
  const own = load(instanceText("garp_master_repeat 0\n garp_master_refresh_repeat 0"));
  assert.deepEqual([own.model.instances[0]!.announce.repeat, own.exitCode], [1, 5]);
  assert.deepEqual(own.diagnostics.map(({ code }) => code), ["replaced", "replaced"]);
  const global = load(`global_defs {\n vrrp_garp_master_repeat 0\n}\n${instanceText("")}`);
  assert.equal(global.model.instances[0]!.announce.repeat, 1);
});

Deno.test("a word without a value cannot be switched off, and says so", () => {
  for (const word of ["accept", "check_unicast_src", "nopreempt", "dont_track_primary"]) {
    const found = instanceFindings(`${word} off`).find(({ code }) => code === "excess-words")!;
    assert.match(found.message, new RegExp(`^Cannot switch ${word} off: it takes no value`));
    assert.deepEqual([found.inForce, found.exit], [word, 0]);
  }
  assert.deepEqual(instanceFindings("accept at all").map(({ code }) => code), ["excess-words"]);
  assert.equal(instance("accept off").accept, true);
});
