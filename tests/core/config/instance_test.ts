import assert from "node:assert/strict";
import { brief, instance, instanceFindings, instanceText, load, model } from "./support.ts";

Deno.test("an instance has every default", () => {
  assert.deepEqual(instance(""), {
    name: "VI",
    family: 4,
    interface: "eth0",
    vrid: 1,
    version: 2,
    initialState: "backup",
    priority: 100,
    advertInterval: 1000,
    sourceAddress: null,
    trackSourceAddress: false,
    transport: { mode: "multicast", group: "224.0.0.18" },
    ttl: 255,
    authentication: { type: "none" },
    hmac: null,
    addresses: [{
      address: "10.0.0.1",
      prefixLength: 32,
      interface: "eth0",
      label: null,
      scope: 0,
      broadcast: null,
      duplicateDetection: false,
      tracked: true,
      flags: [],
      peer: null,
      preferredLifetime: null,
    }],
    excludedAddresses: [],
    preempt: true,
    preemptDelay: 0,
    accept: true,
    strict: false,
    skipAddressCheck: false,
    checkUnicastSource: false,
    checksumWithoutPseudoHeader: false,
    oldUnicastChecksum: "auto",
    announce: {
      delay: 5000,
      repeat: 5,
      refresh: 0,
      refreshRepeat: 1,
      lowerPriorityDelay: 5000,
      lowerPriorityRepeat: 5,
      extraInterval: 0,
      extraEverywhere: false,
    },
    lowerPriorityNoAdvert: false,
    higherPrioritySendAdvert: false,
    ownerIgnoreAdverts: false,
    downTimerAdverts: 3,
    trackPrimary: true,
    trackInterfaces: [],
    trackScripts: [],
    notify: {
      master: null,
      backup: null,
      fault: null,
      stop: null,
      deleted: null,
      masterRxLowerPriority: null,
      any: null,
    },
    smtpAlert: false,
    notifyPriorityChanges: null,
    trackFiles: [],
    trackProcesses: [],
    trackBfds: [],
    routes: [],
    rules: [],
    vmac: null,
    receiveBuffer: null,
    promoteSecondaries: false,
    notifyDeleted: false,
    kept: {},
  });
});

Deno.test("state MASTER without priority means 255", () => {
  assert.equal(instance("state MASTER").priority, 255);
  assert.equal(instance("state MASTER\n priority 50").priority, 50);
  assert.equal(instance("state BACKUP").priority, 100);
  assert.equal(instance("priority 255").initialState, "master");
  assert.equal(instance("priority 254").initialState, "backup");
});

Deno.test("a bad priority means 100, even with state MASTER", () => {
  assert.equal(instance("state MASTER\n priority 999").priority, 100);
  const [finding] = instanceFindings("priority 999");
  assert.equal(finding!.message, "Cannot use priority 999 as it must be between 1 and 255");
  assert.equal(finding!.inForce, "priority 100");
  for (const bad of ["0", "256", "0x64", "50x", "1.5", "-1", "１"]) {
    assert.equal(instance(`priority ${bad}`).priority, 100, bad);
    assert.equal(instanceFindings(`priority ${bad}`)[0]!.code, "bad-value", bad);
  }
  for (const good of ["+50", "050"]) assert.equal(instance(`priority ${good}`).priority, 50);
});

Deno.test("the last of two priorities counts, the first state MASTER stays", () => {
  assert.equal(instance("priority 5\n priority 6").priority, 6);
  assert.equal(instance("state MASTER\n state BACKUP\n priority 7").initialState, "master");
  assert.equal(instanceFindings("state MASTER\n priority 7\n state BACKUP")[0]!.code, "state-again");
});

Deno.test("an unknown state means BACKUP", () => {
  assert.equal(instance("state master").initialState, "backup");
  assert.equal(instanceFindings("state master")[0]!.suggestion, "MASTER");
});

Deno.test("nopreempt is cleared with state MASTER, with keepalived's words", () => {
  const lines = "state MASTER\n priority 100\n nopreempt";
  assert.equal(instance(lines).preempt, true);
  assert.equal(
    instanceFindings(lines)[0]!.message,
    "(VI) Warning - nopreempt will not work with initial state MASTER - clearing",
  );
  assert.equal(instance("nopreempt").preempt, false);
  assert.equal(instance("nopreempt\n preempt").preempt, true);
  assert.equal(instance("priority 255\n nopreempt").preempt, true);
});

Deno.test("preempt_delay is cleared with state MASTER, nopreempt and strict mode", () => {
  assert.equal(instance("preempt_delay 5").preemptDelay, 5000);
  assert.equal(instance("preempt_delay 0.5").preemptDelay, 500);
  assert.equal(instance("preempt_delay 5\n state MASTER").preemptDelay, 0);
  assert.equal(instance("preempt_delay 5\n nopreempt").preemptDelay, 0);
  assert.equal(instance("preempt_delay 5\n strict_mode").preemptDelay, 0);
  assert.equal(instance("preempt_delay 1001").preemptDelay, 0);
});

Deno.test("advert_int is rounded to what the version can send", () => {
  const interval = (lines: string) => instance(lines).advertInterval;
  assert.equal(interval("advert_int 1.4"), 1000);
  assert.equal(interval("advert_int 1.5"), 2000);
  assert.equal(interval("advert_int 0.3"), 1000);
  assert.equal(interval("advert_int 0.3\n version 3"), 300);
  assert.equal(interval("advert_int 0.314\n version 3"), 310);
  assert.equal(interval("advert_int 41\n version 3"), 40950);
  assert.equal(interval("advert_int 255"), 255000);
  assert.equal(interval("advert_int .5\n version 3"), 500);
  for (const bad of ["0", "256", "1e1", "x"]) assert.equal(interval(`advert_int ${bad}`), 1000);
});

Deno.test("auth_pass is cut at 8 bytes, never within a character", () => {
  const pass = (text: string) =>
    instance(`authentication {\n auth_type PASS\n auth_pass ${text}\n }`).authentication;
  assert.deepEqual(pass("sunxiang9"), { type: "pass", password: "sunxiang" });
  assert.deepEqual(pass("密码密码"), { type: "pass", password: "密码" });
});

Deno.test("authentication without a password, in version 3 or in strict mode is off", () => {
  const type = (lines: string) => instance(lines).authentication.type;
  const block = "authentication {\n auth_type PASS\n auth_pass x\n }";
  assert.equal(type(block), "pass");
  assert.equal(type(block.replace("PASS", "AH")), "ah");
  assert.equal(type(`${block}\n version 3`), "none");
  assert.equal(type(`${block}\n strict_mode`), "none");
  assert.equal(type("authentication { auth_type PASS }"), "none");
  assert.equal(type("authentication { auth_pass x }"), "none");
});

Deno.test("an address line keeps its address without the option it does not know", () => {
  const lines = "virtual_ipaddress {\n 10.0.0.15 dev ens33 laber ens33:0\n }";
  const added = instance(lines).addresses[1]!;
  assert.deepEqual([added.address, added.interface, added.label], ["10.0.0.15", "ens33", null]);
  const found = instanceFindings(lines);
  assert.equal(found.length, 1);
  assert.equal(found[0]!.suggestion, "label");
  assert.equal(found[0]!.column, 22);
});

Deno.test("address options", () => {
  const address = (line: string) => instance(`virtual_ipaddress {\n ${line}\n }`).addresses[1];
  assert.equal(address("10.1.0.1/16 dev eth1 label eth1:vip scope link")!.label, "eth1:vip");
  assert.equal(address("10.1.0.1 scope link")!.scope, 253);
  assert.equal(address("10.1.0.1 scope fred")!.scope, 0);
  assert.equal(address("10.1.0.1/16 brd +")!.broadcast, "10.1.255.255");
  assert.equal(address("10.1.0.1/16 broadcast -")!.broadcast, "10.1.0.0");
  assert.equal(address("10.1.0.1 brd 10.1.0.255")!.broadcast, "10.1.0.255");
  assert.equal(address("10.1.0.1 brd x"), undefined);
  assert.equal(address("10.1.0.1 label eth0:toolongforalabel"), undefined);
  assert.equal(address("10.1.0.1/33")!.prefixLength, 32);
  assert.equal(address("10.1.0.1 no_track")!.tracked, false);
  assert.deepEqual(address("10.1.0.1 noprefixroute home")!.flags, ["noprefixroute", "home"]);
  for (const bad of ["10.0.0", "10.0.0.05", "300.1.1.1", "dev eth0", "fe80::1%eth0", "fe80:::3"]) {
    assert.equal(address(bad), undefined, bad);
  }
});

Deno.test("the first address decides the family, others are refused", () => {
  assert.deepEqual(instanceFindings("virtual_ipaddress { fe80::1 }").map(brief), ["5:23 error wrong-family"]);
  const six = model(
    "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n FE80::0001\n 2001:db8::1/64\n }\n}",
  );
  const [added] = six.instances;
  assert.deepEqual([added!.family, added!.version], [6, 3]);
  assert.deepEqual(added!.addresses.map((address) => `${address.address}/${address.prefixLength}`), [
    "fe80::1/128",
    "2001:db8::1/64",
  ]);
  assert.deepEqual(added!.transport, { mode: "multicast", group: "ff02::12" });
});

Deno.test("virtual_ipaddress_excluded may mix families", () => {
  const excluded = instance("virtual_ipaddress_excluded {\n fe80::9\n 10.0.0.22\n }").excludedAddresses;
  assert.deepEqual(excluded.map((address) => address.address), ["fe80::9", "10.0.0.22"]);
});

Deno.test("more addresses than a packet holds move to excluded", () => {
  const many = Array.from({ length: 300 }, (_, i) => `10.1.${i >> 8}.${i & 255}`).join("\n");
  const added = instance(`virtual_ipaddress {\n${many}\n}`);
  assert.deepEqual([added.addresses.length, added.excludedAddresses.length], [255, 46]);
});

Deno.test("unicast peers", () => {
  const added = instance(
    "unicast_src_ip 10.1.1.1\n unicast_peer{\n 10.1.1.2\n 10.1.1.3 min_ttl 254 max_ttl 255\n 10.1.1.x\n fe80::1\n }",
  );
  assert.equal(added.sourceAddress, "10.1.1.1");
  assert.deepEqual(added.transport, {
    mode: "unicast",
    peers: [
      { address: "10.1.1.2", minTtl: null, maxTtl: null },
      { address: "10.1.1.3", minTtl: 254, maxTtl: 255 },
    ],
  });
  assert.equal(added.checkUnicastSource, true);
  assert.equal(instanceFindings("unicast_src_ip 10.1.1.1")[0]!.code, "no-peers");
});

Deno.test("a VRID that is missing, out of range or taken is fatal", () => {
  const text = (vrid: string) =>
    `vrrp_instance A {\n interface eth0\n ${vrid}\n virtual_ipaddress { 10.0.0.1 }\n}\n`;
  for (const vrid of ["", "virtual_router_id 0", "virtual_router_id 256"]) {
    const loaded = load(text(vrid));
    assert.equal(loaded.fatal, true, vrid);
    assert.equal(loaded.exitCode, 5);
    assert.equal(loaded.model.instances.length, 0);
  }
  const twice = load(text("virtual_router_id 3") + text("virtual_router_id 3").replace(" A ", " B "));
  assert.equal(twice.fatal, true);
  assert.equal(twice.diagnostics[0]!.message, "A and B both use VRID 3 with IPv4 on interface eth0");
  assert.deepEqual([twice.diagnostics[0]!.line, twice.diagnostics[0]!.column], [8, 20]);
  const elsewhere = text("virtual_router_id 3").replace(" A ", " B ").replace("eth0", "eth1");
  assert.equal(load(text("virtual_router_id 3") + elsewhere).fatal, false);
  const unicast = text("virtual_router_id 3\n unicast_peer {\n 10.0.0.9\n }").replace(" A ", " U ");
  assert.equal(load(text("virtual_router_id 3") + unicast).exitCode, 0);
  const same = load(unicast + unicast.replace(" U ", " V "));
  assert.deepEqual([same.fatal, same.exitCode, same.diagnostics[0]!.code], [false, 0, "duplicate-vrid"]);
});

Deno.test("a tracked interface that is no name is left out", () => {
  const facts = { interfaceExists: (name: string) => name.startsWith("eth") };
  const loaded = load(instanceText("track_interface {\n eth1\n eth2 weight 20\n …\n }"), facts);
  assert.equal(loaded.fatal, false);
  assert.deepEqual(loaded.diagnostics.map(brief), ["8:2 error junk-interface"]);
  assert.deepEqual(loaded.model.instances[0]!.trackInterfaces, [
    { name: "eth1", weight: 0, reverse: false },
    { name: "eth2", weight: 20, reverse: false },
  ]);
});

Deno.test("tracked interfaces: own interface, clamped and faulty weights", () => {
  const tracked = (lines: string) => instance(`track_interface {\n ${lines}\n }`).trackInterfaces;
  assert.deepEqual(tracked("eth0"), []);
  assert.deepEqual(tracked("eth1 weight -254 reverse"), [{ name: "eth1", weight: -253, reverse: true }]);
  assert.deepEqual(tracked("eth1 weight 255"), [{ name: "eth1", weight: 0, reverse: false }]);
  assert.deepEqual(tracked("eth1 weight"), []);
  assert.deepEqual(tracked("eth1 wieght 3"), []);
});

Deno.test("an instance without a name or with a taken one is skipped", () => {
  const loaded = load(instanceText("") + instanceText("priority 7") + "vrrp_instance {\n}\n");
  assert.equal(loaded.model.instances.length, 1);
  assert.equal(loaded.model.instances[0]!.priority, 100);
  assert.deepEqual(loaded.diagnostics.map((finding) => finding.code), ["repeated-name", "missing-name"]);
});

Deno.test("strict mode", () => {
  const strict = (lines: string) => instance(`strict_mode\n ${lines}`);
  assert.equal(strict("").accept, false);
  assert.equal(strict("priority 255").accept, true);
  assert.equal(strict("priority 255\n no_accept").accept, false);
  assert.equal(strict("accept").accept, false);
  assert.equal(strict("accept\n version 3").accept, true);
  assert.equal(strict("state MASTER\n priority 100").initialState, "backup");
  assert.equal(strict("lower_prio_no_advert off").lowerPriorityNoAdvert, true);
  assert.equal(strict("higher_prio_send_advert").higherPrioritySendAdvert, false);
  assert.equal(strict("down_timer_adverts 5").downTimerAdverts, 3);
  assert.equal(strict("garp_lower_prio_repeat 3").announce.lowerPriorityRepeat, 0);
});

Deno.test("global settings are defaults of the instances, wherever global_defs stands", () => {
  const text = instanceText("") + `global_defs {
    vrrp_version 3
    vrrp_garp_master_delay 7
    vrrp_garp_master_repeat 2
    vrrp_mcast_group4 230.0.0.0
    vrrp_skip_check_adv_addr
    smtp_alert
  }`;
  const [added] = model(text).instances;
  assert.equal(added!.version, 3);
  assert.deepEqual([added!.announce.delay, added!.announce.lowerPriorityDelay, added!.announce.repeat], [
    7000,
    7000,
    2,
  ]);
  assert.deepEqual(added!.transport, { mode: "multicast", group: "230.0.0.0" });
  assert.equal(added!.skipAddressCheck, true);
  assert.equal(added!.smtpAlert, true);
});

Deno.test("keywords without their value end the load, as keepalived has it", () => {
  for (const line of ["virtual_router_id", "priority", "unicast_src_ip", "interface", "state", "auth_pass"]) {
    const text = line === "auth_pass" ? "authentication { auth_pass }" : line;
    const loaded = load(instanceText(text));
    assert.deepEqual([loaded.exitCode, loaded.fatal], [2, true], line);
  }
});

Deno.test("strict loading makes every error fatal", () => {
  assert.equal(load(instanceText("foo")).fatal, false);
  assert.equal(load(instanceText("foo"), {}, true).fatal, true);
  assert.equal(load(`global_defs { config_strict }\n${instanceText("foo")}`).fatal, true);
  assert.equal(load(instanceText("advert_int 1.5"), {}, true).fatal, false);
});

for (const vrid of ["300", "0", "abc"]) {
  Deno.test(`virtual_router_id ${vrid} is one error, and it is fatal`, () => {
    const text =
      `vrrp_instance VI {\n interface eth0\n virtual_router_id ${vrid}\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n`;
    const { diagnostics, fatal } = load(text);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    assert.equal(errors.length, 1);
    assert.match(errors[0]!.message, new RegExp(`virtual_router_id ${vrid} as it must be between 1 and 255`));
    assert.equal(fatal, true);
  });
}

Deno.test("kernel_rx_buf_size, or else vrrp_rx_bufs_policy, is the instance's share of the receive buffer", () => {
  const share = (globals: string, own: string) =>
    load(`global_defs {\n${globals}\n}\n` + instanceText(own)).model.instances[0]!.receiveBuffer;
  assert.equal(share("", ""), null);
  assert.equal(share("vrrp_rx_bufs_multiplier 7", ""), null);
  assert.deepEqual(share("vrrp_rx_bufs_policy MTU", ""), { mtus: 3 });
  assert.deepEqual(share("vrrp_rx_bufs_policy ADVERT\nvrrp_rx_bufs_multiplier 100", ""), { octets: 4000 });
  assert.deepEqual(share("vrrp_rx_bufs_policy ADVERT", "version 3"), { octets: 96 });
  assert.deepEqual(share("vrrp_rx_bufs_policy 5000", ""), { octets: 5000 });
  assert.deepEqual(share("vrrp_rx_bufs_policy 5000", "kernel_rx_buf_size 7"), { octets: 7 });
  assert.deepEqual(share("vrrp_rx_bufs_policy 5000", "kernel_rx_buf_size 0"), { octets: 5000 });
});

Deno.test("where keepalived only warns of a number its beginning counts", () => {
  const text = `global_defs {
  vrrp_garp_master_refresh 1.0
  vrrp_garp_master_delay 3s
}
vrrp_script s {
  script /bin/true
  interval 2s
  fall 3x
  weight 7.0
}
${instanceText("garp_lower_prio_repeat 4.5\n track_script { s }")}`;
  const { model: { instances: [instance], scripts: [script] }, diagnostics } = load(text);
  const { refresh, delay, lowerPriorityRepeat } = instance!.announce;
  assert.deepEqual([refresh, delay, lowerPriorityRepeat], [1000, 3000, 4]);
  assert.deepEqual([script!.interval, script!.fall, script!.weight], [2000, 3, 7]);
  assert.equal(diagnostics.filter(({ code }) => code === "replaced").length, 6);
  for (const line of ["priority 90.5", "advert_int 2s"]) {
    assert.equal(instanceFindings(line)[0]!.code, "bad-value", line);
  }
});

Deno.test("an address with a peer has neither a prefix nor a broadcast address", () => {
  const { model, diagnostics, exitCode } = load(
    instanceText("").replace("{ 10.0.0.1 }", "{\n 10.0.0.1/24 brd + peer 10.0.0.2\n }"),
  );
  const [vip] = model.instances[0]!.addresses;
  assert.deepEqual([vip!.prefixLength, vip!.peer, vip!.broadcast], [32, "10.0.0.2", null]);
  assert.deepEqual(diagnostics.map(({ code }) => code), ["broadcast-with-peer", "bad-prefix"]);
  assert.equal(exitCode, 5);
});
