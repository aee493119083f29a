import assert from "node:assert/strict";
import { load, model } from "./support.ts";
import { codes, HEAD, server, serverText } from "./virtual_server_text.ts";

Deno.test("a group of all ports is persistent, one of fwmarks has no protocol, and a prefix begins its network", () => {
  const text = (entries: string) =>
    `virtual_server_group G {\n ${entries}\n}\nvirtual_server group G {\n lvs_sched rr\n lvs_method NAT\n` +
    " protocol TCP\n real_server 10.0.1.1 80 {\n weight 1\n }\n}\n";
  const codes = (entries: string) =>
    load(text(entries)).diagnostics.filter(({ severity }) => severity !== "note").map(({ code }) => code);
  assert.deepEqual(codes("10.0.0.1 80\n 10.0.0.8/30 80"), []);
  assert.deepEqual([codes("10.0.0.1"), codes("10.0.0.1 0")], [["port-0"], ["port-0"]]);
  assert.deepEqual([codes("fwmark 5"), codes("fwmark 5\n 10.0.0.1 80")], [["fwmark-protocol"], []]);
  assert.deepEqual(codes("10.0.0.1 80\n 10.0.0.9/30 80"), ["bad-address"]);
});

Deno.test("a sorry_server of the pool is inhibited as its real_server is", () => {
  const text = (inhibit: string) =>
    `virtual_server 10.0.0.1 80 {\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n sorry_server 10.0.1.1 80\n` +
    ` sorry_server_inhibit\n real_server 10.0.1.1 80 {\n ${inhibit}\n weight 1\n }\n}\n`;
  const differing = load(text(""));
  assert.equal(differing.exitCode, 5);
  assert.equal(differing.model.loadBalancer.virtualServers[0]!.sorryServer!.inhibit, false);
  assert.equal(load(text("inhibit_on_failure")).exitCode, 0);
});

Deno.test("a virtual server has every default", () => {
  const { realServers, ...own } = server("");
  assert.deepEqual(own, {
    service: { kind: "address", address: "10.0.0.1", port: 80 },
    family: 4,
    protocol: "tcp",
    scheduler: "rr",
    schedulerFlags: [],
    onePacket: false,
    persistence: null,
    persistenceMask: 0xffffffff,
    persistenceEngine: null,
    haSuspend: false,
    smtpAlert: false,
    alpha: false,
    omega: false,
    quorum: 1,
    hysteresis: 0,
    quorumUp: null,
    quorumDown: null,
    sorryServer: null,
    snmpName: null,
  });
  assert.deepEqual(realServers, [{
    address: "10.0.0.2",
    port: 80,
    weight: 1,
    forwarding: { method: "nat" },
    upperThreshold: 0,
    lowerThreshold: 0,
    inhibitOnFailure: false,
    alpha: false,
    notifyUp: null,
    notifyDown: null,
    smtpAlert: true,
    snmpName: null,
    slowStart: 0,
    checkers: [{
      kind: "tcp",
      delayLoop: 60_000,
      retry: 1,
      delayBeforeRetry: 1000,
      warmup: 60_000,
      alpha: false,
      logAllFailures: false,
      target: {
        address: "10.0.0.2",
        port: 80,
        sourceAddress: null,
        sourcePort: 0,
        interface: null,
        mark: 0,
        timeout: 5000,
      },
    }],
  }]);
});

Deno.test("what is missing gets keepalived's default and is said", () => {
  const text = "virtual_server 10.0.0.1 80 {\n real_server 10.0.0.2 80 {\n TCP_CHECK { }\n }\n}";
  const [added] = model(text).loadBalancer.virtualServers;
  assert.deepEqual([added!.protocol, added!.scheduler, added!.realServers[0]!.forwarding.method], [
    "udp",
    "wlc",
    "nat",
  ]);
  assert.deepEqual(codes(text).toSorted(), ["no-forwarding", "no-protocol", "no-scheduler"]);
});

Deno.test("words of every tutorial that nobody supports are explained", () => {
  for (const word of ["net_mask", "nat_mask"]) {
    const [finding] = load(serverText(`${word} 255.255.255.0`)).diagnostics.filter(({ code }) =>
      code === "unknown-keyword"
    );
    assert.match(finding!.message, /removed years ago and has no effect/);
  }
});

Deno.test("with DR and TUN the port must be the virtual server's", () => {
  const made = (kind: string) =>
    server(`lb_kind ${kind}`, "real_server 10.0.0.2 8080 {\n TCP_CHECK { }\n }").realServers[0]!.port;
  assert.equal(made("NAT"), 8080);
  assert.equal(made("DR"), 80);
  assert.equal(made("TUN"), 80);
  assert.deepEqual(codes(serverText("lb_kind DR", "real_server 10.0.0.2 8080 {\n TCP_CHECK { }\n }")), [
    "port-mismatch",
  ]);
});

Deno.test("tunnels", () => {
  const forwarding = (words: string) => server(`lb_kind ${words}`).realServers[0]!.forwarding;
  assert.deepEqual(forwarding("TUN"), { method: "tunnel", encapsulation: "ipip", port: 0, checksum: "none" });
  assert.deepEqual(forwarding("TUN type gue port 5555 csum"), {
    method: "tunnel",
    encapsulation: "gue",
    port: 5555,
    checksum: "checksum",
  });
  for (const bad of ["TUN type gue", "TUN type gre remcsum", "TUN type x", "TUN port 5", "XX", "NAT type"]) {
    assert.ok(codes(serverText(`lb_kind ${bad}`)).length > 0, bad);
  }
});

Deno.test("a virtual server without real servers, and a second of the same, are left out", () => {
  assert.deepEqual(codes(`virtual_server 10.0.0.1 80 {\n ${HEAD}}`), ["no-real-server"]);
  const twice = load(serverText("") + serverText("quorum 1"));
  assert.equal(twice.model.loadBalancer.virtualServers.length, 1);
  const doubled = server("", "real_server 10.0.0.2 80 { }\n real_server 10.0.0.2 80 {\n weight 5\n }");
  assert.deepEqual(doubled.realServers.map(({ weight }) => weight), [1]);
});

Deno.test("a fmwark service has neither protocol nor address to watch", () => {
  const made = server("ha_suspend", "real_server 10.0.0.2 {\n TCP_CHECK { }\n }", "fwmark 5");
  assert.deepEqual(made.service, { kind: "fwmark", mark: 5 });
  assert.equal(made.haSuspend, false);
});

Deno.test("a service for all ports must be persistent", () => {
  assert.equal(server("", undefined, "10.0.0.1 0").persistence, 360_000);
  assert.equal(server("persistence_timeout 50", undefined, "10.0.0.1").persistence, 50_000);
  assert.equal(server("persistence_timeout").persistence, 360_000);
  const masked = server("persistence_granularity 255.255.255.0");
  assert.deepEqual([masked.persistence, masked.persistenceMask], [360_000, 0xffffff00]);
  assert.equal(server("persistence_granularity 255.0.255.0").persistenceMask, 0xff00ff00);
  assert.equal(server("persistence_granularity 0.0.0.0").persistenceMask, 0);
  assert.deepEqual(codes(serverText("persistence_granularity ::ffff:1.2.3.4")), ["bad-value"]);
});

Deno.test("quorum and hysteresis are bounded by the weights", () => {
  const made = server("quorum 10\n hysteresis 12\n weight 3");
  assert.deepEqual([made.quorum, made.hysteresis, made.realServers[0]!.weight], [3, 2, 3]);
  const lines = (text: string) => codes(serverText(text)).filter((code) => code === "quorum-out-of-reach");
  assert.deepEqual(lines("quorum 3\n hysteresis 1\n weight 3"), ["quorum-out-of-reach"]);
  assert.deepEqual(lines("quorum 3\n hysteresis 1\n weight 4"), []);
});

Deno.test("a virtual server that is written twice has the real servers of both, and the settings of the first", () => {
  const block = (inside: string) => `virtual_server 10.0.0.1 80 {\n protocol TCP\n ${inside}\n}\n`;
  const text =
    block("lb_algo rr\n lb_kind NAT\n real_server 10.0.0.2 80 {\n }\n real_server 10.0.0.3 80 {\n }") +
    block("lb_algo wlc\n lb_kind DR\n real_server 10.0.0.3 80 {\n }\n real_server 10.0.0.4 80 {\n }");
  const { virtualServers } = model(text).loadBalancer;
  assert.deepEqual(virtualServers.map(({ scheduler }) => scheduler), ["rr"]);
  const found = virtualServers[0]!.realServers.map(({ address, forwarding }) => [address, forwarding.method]);
  assert.deepEqual(found, [["10.0.0.2", "nat"], ["10.0.0.3", "nat"], ["10.0.0.4", "direct"]]);
  assert.ok(codes(text).includes("repeated-service"));
});

Deno.test("a real server of a group without NAT may have the port that all of the group has", () => {
  const text = (entries: string, method = "DR") =>
    `virtual_server_group G {\n ${entries}\n}\nvirtual_server group G {\n lb_algo rr\n lb_kind ${method}\n` +
    " real_server 10.0.1.1 80 {\n TCP_CHECK {\n }\n }\n protocol TCP\n}\n";
  const found = (entries: string, method?: string) => {
    const { exitCode, model } = load(text(entries, method));
    return [exitCode, model.loadBalancer.virtualServers[0]!.realServers[0]!.port];
  };
  assert.deepEqual(found("10.0.0.1 80\n 10.0.0.2 80"), [0, 80]);
  assert.deepEqual(found("10.0.0.1 80\n 10.0.0.2 81"), [5, 0]);
  assert.deepEqual(found("10.0.0.1 80\n 10.0.0.2 81", "NAT"), [0, 80]);
  assert.deepEqual(found("10.0.0.1 80\n fd00::1 80", "TUN"), [0, 80]);
  assert.deepEqual(found("10.0.0.1 80\n fd00::1 80"), [0, 80], "told of, and started");
});

Deno.test("a persistence engine needs persistence", () => {
  assert.equal(server("protocol UDP\n persistence_engine sip").persistenceEngine, null);
  assert.equal(server("persistence_engine sip\n persistence_timeout 9").persistenceEngine, "sip");
  const alone = load(serverText("persistence_engine sip"));
  assert.deepEqual([alone.diagnostics.map(({ code }) => code), alone.exitCode], [[
    "engine-without-persistence",
  ], 0]);
});

Deno.test("an ip_family that is not that of the addresses changes nothing and is told of", () => {
  const text = (family: string, more = "") =>
    `virtual_server_group G {\n 10.0.0.1 80\n ${more}\n}\nvirtual_server group G {\n ip_family ${family}\n` +
    " lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 10.0.0.2 80 {\n TCP_CHECK { }\n }\n}\n";
  assert.deepEqual(codes(text("inet6")), ["wrong-family"]);
  assert.deepEqual(model(text("inet6")).loadBalancer.virtualServers.map(({ family }) => family), [4]);
  assert.deepEqual([codes(text("inet")), codes(text("inet", "fd00::1 80"))], [[], ["wrong-family"]]);
});

Deno.test("scheduler flags go with their scheduler, which must stand before them", () => {
  assert.deepEqual(server("lb_algo sh\n sh-port\n sh-fallback").schedulerFlags, [1, 2]);
  assert.deepEqual(codes(serverText("sh-port")), ["wrong-scheduler"]);
  assert.deepEqual(server("flag-3\n flag-1").schedulerFlags, [1, 3]);
});

Deno.test("sorry_server", () => {
  const made = server("sorry_server 10.0.0.99 8080\n sorry_server_lvs_method DR\n sorry_server_inhibit");
  assert.deepEqual(made.sorryServer, {
    address: "10.0.0.99",
    port: 80,
    forwarding: { method: "direct" },
    inhibit: true,
  });
  assert.deepEqual(codes(serverText("sorry_server_inhibit")), ["no-sorry-server"]);
  assert.equal(
    server("sorry_server 10.0.0.99 0").sorryServer!.port,
    server("sorry_server 10.0.0.99").sorryServer!.port,
  );
});

Deno.test("virtual_server_group", () => {
  const group = `virtual_server_group g {
  10.0.0.1 80
  10.0.0.2-5 81
  10.0.0.9-10.0.0.4 82
  10.0.0.16/28 83
  10.0.0.300 84
  fwmark 7 inet
}
`;
  const loaded = load(group + serverText("", undefined, "group g"));
  const [made] = loaded.model.loadBalancer.virtualServers;
  assert.deepEqual(made!.service, {
    kind: "group",
    name: "g",
    entries: [
      { kind: "range", first: "10.0.0.1", last: "10.0.0.1", port: 80 },
      { kind: "range", first: "10.0.0.2", last: "10.0.0.5", port: 81 },
      { kind: "range", first: "10.0.0.16", last: "10.0.0.31", port: 83 },
      { kind: "fwmark", mark: 7, family: 4 },
    ],
  });
  const lines = loaded.diagnostics.filter(({ code }) => code === "bad-address").map(({ line }) => line);
  assert.deepEqual(lines, [4, 6]);
  assert.deepEqual(codes(serverText("", undefined, "group x")), ["unknown-server-group"]);
});

Deno.test("settings of global_defs that concern virtual servers", () => {
  const { settings } = model(`global_defs {
    lvs_timeouts tcp 5 tcpfin 6
    lvs_flush
    lvs_flush_on_stop VS
    lvs_sync_daemon eth0 A port 5
    lvs_notify_fifo /run/f root
    lvs_notify_fifo_script "/x y"
}
net_namespace_ipvs
vrrp_instance A {
  interface eth0
  virtual_router_id 9
  virtual_ipaddress {
    10.0.0.1
  }
}`).loadBalancer;
  assert.deepEqual(settings, {
    timeouts: { tcp: 5000, tcpFin: 6000, udp: null },
    flushOnStart: true,
    flushOnStop: "services",
    syncDaemon: { interface: "eth0", instance: "A", id: 9, maxLength: null, port: 5, ttl: null, group: null },
    notifyAtStart: false,
    mailPoolChangesOnly: false,
    notifyFifo: {
      path: "/run/f",
      owner: { user: "root", group: null },
      reader: { argv: ["/x", "y"], user: null, text: "/x y" },
    },
    ipvsNamespace: "",
    commandBuffer: null,
    maxChecks: 2000,
  });
});

Deno.test("a mark may be balanced for both families, each once; checks ask the port that is written", () => {
  const one = (address: string, port: number) =>
    `virtual_server group G {\n ${HEAD} real_server ${address} ${port} {\n TCP_CHECK { }\n }\n}\n`;
  const group = "virtual_server_group G {\n fwmark 38\n}\n";
  const loaded = load(group + one("10.0.0.2", 80) + one("fd00::2", 80) + one("10.0.0.3", 80));
  assert.deepEqual(loaded.model.loadBalancer.virtualServers.map(({ family }) => family), [4, 6]);
  assert.deepEqual(
    loaded.diagnostics.filter(({ code }) => code === "repeated-service").map(({ line }) => line),
    [20],
  );
  const real = server("lb_kind DR", "real_server 10.0.0.2 8080 {\n TCP_CHECK { }\n }").realServers[0]!;
  const [asked] = real.checkers;
  assert.deepEqual([real.port, asked!.kind === "tcp" && asked!.target.port], [80, 8080]);
});

Deno.test("of two lvs_sync_daemon the first counts", () => {
  const text = `global_defs {\n lvs_sync_daemon lo id 3\n lvs_sync_daemon lo id 4\n}\n${serverText("")}`;
  assert.equal(model(text).loadBalancer.settings.syncDaemon!.id, 3);
  assert.ok(codes(text).includes("repeated-word"));
});

Deno.test("the family of a mark is that of a server that is not tunnelled, else IPv6 where all are", () => {
  const family = (...servers: readonly string[]) => {
    const blocks = servers.map((words) => {
      const [address, method] = words.split(" ");
      return `real_server ${address} {\n lvs_method ${method}\n }\n`;
    });
    return server("", blocks.join(""), "fwmark 83").family;
  };
  assert.equal(family("fd00::1 TUN", "10.0.0.2 TUN"), 4);
  assert.equal(family("fd00::1 TUN", "fd00::2 TUN"), 6);
  assert.equal(family("10.0.0.2 TUN", "fd00::2 NAT"), 6);
  assert.equal(family("fd00::2 TUN", "10.0.0.2 NAT"), 4);
});

Deno.test("ADDRESS:PORT is told apart, and what a faulty port costs is said", () => {
  const found = (text: string) =>
    load(text).diagnostics.filter(({ severity }) => severity === "error").at(-1)!;
  const server = (line: string) => `virtual_server 10.0.0.1 80 {\n protocol TCP\n ${line}\n}`;
  assert.equal(found("virtual_server 10.0.0.1:80 {\n}").suggestion, "10.0.0.1 80");
  assert.equal(found("virtual_server [fd00::1]:80 {\n}").suggestion, "fd00::1 80");
  assert.equal(found(server("real_server 10.0.0.2:80 { }")).suggestion, "10.0.0.2 80");
  assert.equal(found(server("real_server 10.0.0.300:80 { }")).suggestion, null);
  assert.match(found(server("real_server 10.0.0.2 99999 { }")).message, /65535; the real_server is skipped$/);
  assert.match(found("virtual_server 10.0.0.1 http {\n}").message, /65535; the virtual_server is skipped$/);
  assert.equal(
    found("virtual_server fwmark {\n}").message,
    "Cannot use fwmark without a number; it is skipped",
  );
});

Deno.test("what stands in for a faulty lb_kind is told at its place; a skipped server lacks no checker", () => {
  const text = "virtual_server 10.0.0.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind nat\n" +
    " real_server 10.0.0.2 80 {\n TCP_CHECK {\n }\n }\n real_server 10.0.0.2 80 {\n }\n}";
  assert.deepEqual(load(text).diagnostics.map(({ line, code, inForce }) => [line, code, inForce]), [
    [4, "bad-value", null],
    [4, "no-forwarding", "lb_kind NAT"],
    [9, "repeated-server", null],
  ]);
});
