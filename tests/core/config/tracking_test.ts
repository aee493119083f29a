import assert from "node:assert/strict";
import { polledInterfaces } from "../../../core/config/polled_interfaces.ts";
import { instanceText, load, model } from "./support.ts";

const errors = (text: string) =>
  load(text).diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);

Deno.test("track_file", () => {
  const text = 'track_file f {\n file "/tmp/a b"\n weight -5 reverse\n init_file 7 overwrite\n}\n';
  const [file] = model(text).trackFiles;
  assert.deepEqual(file, {
    name: "f",
    file: "/tmp/a b",
    weight: -5,
    reverse: true,
    init: { value: 7, overwrite: true },
  });
  assert.deepEqual(errors("track_file f {\n weight 5\n}"), ["no-file"]);
  assert.deepEqual(errors("track_file f {\n file /x\n weight 255\n}"), ["bad-value"]);
  assert.deepEqual(errors("track_file f {\n file /x\n file /y\n}"), ["repeated-word"]);
  assert.equal(model("vrrp_track_file f {\n file /x\n}").trackFiles.length, 1);
});

Deno.test("vrrp_track_process", () => {
  const text =
    'vrrp_track_process p {\n process "/usr/sbin/a b" -x "y z"\n quorum 2\n quorum_max 1\n delay 1.5\n}\n';
  const loaded = load(text);
  assert.deepEqual(loaded.model.trackProcesses[0], {
    name: "p",
    process: "/usr/sbin/a b",
    parameters: ["-x", "y z"],
    parameterMatch: "exact",
    weight: 0,
    reverse: false,
    quorum: 2,
    quorumMax: null,
    terminateDelay: 1500,
    forkDelay: 1500,
    fullCommand: true,
  });
  assert.ok(loaded.diagnostics.some(({ code }) => code === "bad-quorum"));
  assert.deepEqual(errors("vrrp_track_process p {\n quorum 2\n}"), ["no-process"]);
});

Deno.test("bfd_instance may come behind its use", () => {
  const bfd = "bfd_instance b {\n neighbour_ip 10.0.0.9\n min_rx 3.5\n vrrp\n}\n";
  const loaded = load(instanceText("track_bfd {\n b weight 5\n }") + bfd);
  assert.deepEqual(loaded.model.instances[0]!.trackBfds, [{ name: "b", weight: 5, reverse: false }]);
  assert.deepEqual(loaded.model.bfdInstances[0]!.tells, { vrrp: true, checker: false });
  assert.equal(loaded.model.bfdInstances[0]!.minReceive, 3.5);
  assert.deepEqual(errors("bfd_instance b {\n min_rx 5\n}"), ["bad-bfd"]);
});

Deno.test("tracked files and processes bring their weight along", () => {
  const objects =
    "track_file f {\n file /x\n weight 3\n}\nvrrp_track_process p {\n process x\n weight 4 reverse\n}\n";
  const lines = "track_file {\n f\n }\n track_process {\n p weight 254 noreverse\n }";
  const [instance] = model(objects + instanceText(lines)).instances;
  assert.deepEqual(instance!.trackFiles, [{ name: "f", weight: 3, reverse: false }]);
  assert.deepEqual(instance!.trackProcesses, [{ name: "p", weight: 254, reverse: false }]);
});

Deno.test("routes", () => {
  const routes = (lines: string) =>
    model(instanceText(`virtual_routes {\n ${lines}\n }`)).instances[0]!.routes;
  assert.deepEqual(
    routes(
      "src 10.0.0.1 to 10.6.0.0/16 via 10.0.0.2 dev eth0 table 5 metric 3 scope link onlink mtu lock 1400",
    ),
    [{
      family: 4,
      destination: "10.6.0.0",
      prefixLength: 16,
      type: "unicast",
      gateway: "10.0.0.2",
      interface: "eth0",
      source: "10.0.0.1",
      table: "5",
      metric: 3,
      scope: 253,
      onlink: true,
      tracked: true,
      trackGroup: null,
      nexthops: [],
      kept: { mtu: ["lock", "1400"] },
    }],
  );
  const [blackhole] = routes("blackhole 10.9.0.0/16");
  assert.deepEqual([blackhole!.type, blackhole!.tracked], ["blackhole", false]);
  const [six] = routes("inet6 default via fe80::1 dev eth0");
  assert.deepEqual([six!.destination, six!.prefixLength, six!.family], ["::", 0, 6]);
  const [hops] = routes("10.1.0.0/16 nexthop via 10.0.0.2 dev eth0 nexthop via 10.0.0.3 weight 2");
  assert.deepEqual(hops!.nexthops, [["via", "10.0.0.2", "dev", "eth0"], ["via", "10.0.0.3", "weight", "2"]]);
  for (
    const bad of [
      "10.7.0.0/16 dev eth0 foo",
      "10.8.0.0/16 via x",
      "via 10.0.0.1",
      "10.8.0.0/16 via inet6 fe80::1",
    ]
  ) {
    assert.deepEqual(routes(bad), [], bad);
  }
});

Deno.test("a route or rule whose option cannot have its value is skipped, as keepalived does", () => {
  const bad = (block: string, line: string) => {
    const { exitCode, model } = load(instanceText(`${block} {\n ${line}\n }`));
    const { routes, rules } = model.instances[0]!;
    assert.deepEqual([exitCode, routes.length + rules.length], [5, 0], line);
  };
  const options = [
    "rtt 960001",
    "rttvar 481s",
    "rto_min 0.5",
    "mtu x",
    "hoplimit 256",
    "quickack 2",
    "features 1",
  ];
  const more = [
    "pref low",
    "expires 5",
    "realms 256",
    "realms 1/2/3",
    "tos 256",
    "encap foo",
    "track_group g",
  ];
  const hops = ["nexthop via 10.0.0.1 weight 257", "nexthop via 10.0.0.1 weight 0"];
  for (const option of [...options, ...more, ...hops]) {
    bad("virtual_routes", `10.9.0.0/16 dev eth0 ${option}`);
  }
  const actions = ["table 5 goto 9", "nop blackhole", "goto 6", "type foo", "table 0", "table 4294967296"];
  const selectors = ["uidrange 1", "sport 70000", "ipproto foo", "protocol 256", "tunnel-id x"];
  for (const action of actions) bad("virtual_rules", `from 10.0.0.1 ${action} preference 6`);
  for (const selector of selectors) bad("virtual_rules", `${selector} table 5 preference 6`);
});

Deno.test("two BFD sessions to one neighbour need sources of their own", () => {
  const session = (name: string, source: string) =>
    `bfd_instance ${name} {\n neighbor_ip 10.0.0.3\n ${source}\n}\n`;
  const left = (one: string, two: string) =>
    load(session("a", one) + session("b", two)).model.bfdInstances.length;
  assert.equal(left("source_ip 10.0.0.1", "source_ip 10.0.0.2"), 2);
  assert.deepEqual([left("source_ip 10.0.0.1", ""), left("", "source_ip 10.0.0.1"), left("", "")], [1, 1, 1]);
});

Deno.test("a BFD session with checker or vrrp alone is none of the other's business", () => {
  const check = "virtual_server 10.0.0.1 80 {\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n" +
    " real_server 10.0.0.2 80 {\n BFD_CHECK {\n name s\n }\n }\n}\n";
  const session = (word: string) => `bfd_instance s {\n neighbor_ip 10.0.0.3\n ${word}\n}\n`;
  const track = instanceText("track_bfd {\n s\n }");
  const exits = (word: string) =>
    [session(word) + track, session(word) + check].map((text) => load(text).exitCode);
  assert.deepEqual([exits("checker"), exits("vrrp")], [[5, 0], [0, 5]]);
  assert.deepEqual([exits(""), exits("checker\n vrrp")], [[0, 0], [0, 0]]);
});

Deno.test("the weight of a tracked object stands first, and its turn behind it", () => {
  const tracked = (options: string) => load(instanceText(`track_interface {\n eth1 ${options}\n }`));
  const weights = (options: string) =>
    tracked(options).model.instances[0]!.trackInterfaces.map(({ weight, reverse }) => `${weight} ${reverse}`);
  assert.deepEqual(weights("weight 5 reverse"), ["5 true"]);
  assert.deepEqual([weights("reverse"), tracked("reverse").exitCode], [[], 5]);
  assert.deepEqual([weights("weight 5 weight 6"), tracked("weight 5 weight 6").exitCode], [["5 false"], 5]);
});

Deno.test("names of iproute2 are looked up, and only a route that is not tracked keeps a protocol of its own", () => {
  const facts = {
    routingNumber: (file: string, name: string) => file === "rt_tables" && name === "dmz" ? 7 : null,
  };
  const route = (options: string) =>
    load(instanceText(`virtual_routes {\n 10.9.0.0/16 dev eth0 ${options}\n }`), facts);
  assert.equal(route("table dmz").exitCode, 0);
  assert.equal(route("table nowhere").model.instances[0]!.routes.length, 0);
  assert.deepEqual(route("protocol 4").model.instances[0]!.routes[0]!.kept, {});
  assert.equal(route("protocol 4").exitCode, 5);
  assert.deepEqual(route("protocol 4 no_track").model.instances[0]!.routes[0]!.kept, { protocol: ["4"] });
});

Deno.test("rules", () => {
  const rules = (lines: string) => model(instanceText(`virtual_rules {\n ${lines}\n }`)).instances[0]!.rules;
  assert.deepEqual(
    rules("from 10.5.0.0/16 lookup main priority 5 fwmark 5/0xff iif eth0 no_track oif eth1"),
    [{
      family: 4,
      from: { address: "10.5.0.0", prefixLength: 16 },
      to: null,
      fwmark: { mark: 5, mask: 255 },
      inputInterface: "eth0",
      table: "main",
      preference: 5,
      tracked: false,
      trackGroup: null,
      kept: { oif: "eth1" },
    }],
  );
  for (
    const bad of [
      "from 10.5.0.0/16",
      "foo",
      "from x table 5",
      "from 10.0.0.1 goto 5",
      "from 10.0.0.1 to fe80::1 table 5",
    ]
  ) {
    assert.deepEqual(rules(bad), [], bad);
  }
});

Deno.test("static entries and their track group", () => {
  const text = `track_group g {
 group {
  VI
 }
}
static_ipaddress {
 10.7.7.7/24 track_group g
 10.7.7.8 dev eth1 track_group h
}
static_routes {
 10.8.0.0/24 dev eth0 track_group g
}
static_rules {
 from 10.8.8.8 table 5 preference 3
}
${instanceText("")}`;
  const loaded = load(text);
  assert.deepEqual(loaded.model.staticAddresses.map((each) => [each.interface, each.trackGroup]), [[
    "eth0",
    "g",
  ], [
    "eth1",
    null,
  ]]);
  assert.equal(loaded.model.staticRoutes[0]!.trackGroup, "g");
  assert.equal(loaded.model.staticRules.length, 1);
  assert.deepEqual(loaded.model.trackGroups, [{ name: "g", members: ["VI"] }]);
  assert.deepEqual(
    loaded.diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code),
    [
      "unknown-group",
    ],
  );
});

Deno.test("garp groups, link polling and delays", () => {
  const loaded = load(`garp_group {
 garp_interval 0.5
 interfaces {
  eth0 eth1
 }
}
garp_group {
 interface eth0
}
linkbeat_interfaces {
 eth0
 eth1 MII
 eth2 FOO
}
interface_up_down_delays {
 eth0 1 2.5
 eth1 300
}`);
  assert.deepEqual(loaded.model.garpGroups, [{
    garpInterval: 500,
    gnaInterval: null,
    interfaces: ["eth0", "eth1"],
  }]);
  assert.deepEqual(loaded.model.linkPolling.map(({ method }) => method), [null, "MII", null]);
  assert.deepEqual(loaded.model.interfaceDelays, [
    { interface: "eth0", down: 1000, up: 2500 },
    { interface: "eth1", down: 0, up: 0 },
  ]);
});

Deno.test("use_vmac", () => {
  const vmac = (lines: string) => model(instanceText(lines)).instances[0]!.vmac;
  assert.equal(vmac(""), null);
  assert.deepEqual(vmac("use_vmac vrrp.1 0:11:22:33:44:5 group 3\n vmac_xmit_base"), {
    name: "vrrp.1",
    macAddress: "00:11:22:33:44:05",
    transmitOnBase: true,
    forOtherInterfaces: false,
    announceOnNetlink: false,
    group: "3",
  });
  assert.equal(vmac("use_vmac 00:11:22:33:44")!.macAddress, "00:11:22:33:44:01");
  assert.equal(vmac("use_vmac averylonginterfacename")!.name, null);
});

Deno.test("words that nothing acts on are kept with their values", () => {
  const text = `global_defs {
 vrrp_rt_priority 50
 vrrp_cpu_affinity 1 2
 enable_snmp_keepalived
}
linkbeat_use_polling
${
    instanceText(
      "debug 3\n timer_expired_backup",
    )
  }`;
  const loaded = model(text);
  assert.deepEqual(loaded.daemon.kept, {
    vrrp_rt_priority: 50,
    vrrp_cpu_affinity: ["1", "2"],
    enable_snmp_vrrp: true,
    linkbeat_use_polling: true,
  });
  assert.deepEqual(loaded.instances[0]!.kept, {
    "debug": 3,
    "timer_expired_backup": 254,
  });
});

Deno.test("a delay of the own interface that others would not wait for is reported", () => {
  const delays = (line: string) =>
    load(`interface_up_down_delays {\n ${line}\n}\n` + instanceText("advert_int 1")).diagnostics
      .filter(({ code }) => code === "long-delay").map(({ line, inForce }) => `${line} ${inForce}`);
  assert.deepEqual(delays("eth0 1.9 1"), []);
  assert.deepEqual(delays("eth0 2.5"), ["2 1.996094 s"]);
  assert.deepEqual(delays("eth0 1 2.5"), ["2 1.996094 s"]);
  assert.deepEqual(delays("eth1 60"), []);
});

Deno.test("polledInterfaces() are those that are named, and those of instances that poll", () => {
  const polled = (text: string) =>
    polledInterfaces(model(text)).map(({ interface: name, method }) => `${name} ${method}`);
  const more = "track_interface {\n  eth1\n }";
  const list = "linkbeat_interfaces {\n eth2 ETHTOOL\n eth0 MII\n}\n";
  assert.deepEqual(polled(instanceText(more)), []);
  assert.deepEqual(polled(list + instanceText(more)), ["eth2 ETHTOOL", "eth0 MII"]);
  assert.deepEqual(polled(instanceText(`linkbeat_use_polling\n ${more}`)), ["eth0 null"]);
  assert.deepEqual(polled(`linkbeat_use_polling\n` + list + instanceText(more)), [
    "eth2 ETHTOOL",
    "eth0 MII",
    "eth1 null",
  ]);
});
