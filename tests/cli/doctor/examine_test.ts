/** Each mistake once, on a machine made up for it, and a machine without mistakes. */
import assert from "node:assert/strict";
import { loadConfig, memorySource, offlineFacts } from "../../../core/config/config.ts";
import { examine } from "../../../cli/doctor/examine.ts";
import type { Machine } from "../../../cli/doctor/machine.ts";
import type { HeardAdvert, Wire } from "../../../cli/doctor/wire.ts";

const VRRP = `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  virtual_ipaddress {
    10.0.0.100/24
  }
}
`;

const NGINX = `vrrp_script nginx {
  script "/etc/nginx_check.sh"
}
${VRRP.replace("priority", "track_script {\n nginx\n }\n priority")}`;

const KILLS = { "/etc/nginx_check.sh": "if [ $A -eq 0 ]; then\n    killall keepalived\nfi\n" };

const UNICAST = VRRP.replace("priority", "unicast_peer {\n 10.0.0.2\n }\n priority");

function balanced(kind: string, server = "10.1.0.11"): string {
  return `
virtual_server 10.0.0.100 80 {
  lb_algo rr
  lb_kind ${kind}
  protocol TCP
  real_server ${server} 80 {
    TCP_CHECK {
    }
  }
}
`;
}

const SETTINGS: Readonly<Record<string, string>> = {
  "net/ipv4/ip_forward": "1",
  "net/ipv4/conf/eth0/promote_secondaries": "1",
};

const eth0 = {
  name: "eth0",
  mac: "02:00:00:00:00:01",
  mtu: 1500,
  addresses: [{ address: "10.0.0.1", length: 24 }],
  bridge: null,
};
const eth1 = { ...eth0, name: "eth1", addresses: [{ address: "10.1.0.1", length: 24 }] };
const lo = { ...eth0, name: "lo", mac: "", addresses: [{ address: "127.0.0.1", length: 8 }] };

interface Host extends Partial<Omit<Machine, "setting" | "file" | "module">> {
  readonly settings?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly missing?: readonly string[];
}

function machine({ settings = {}, files = {}, missing = [], ...more }: Host = {}): Machine {
  return {
    setting: (path) => settings[path] ?? SETTINGS[path] ?? "0",
    file: (path) => files[path] ?? null,
    interfaces: [lo, eth0, eth1],
    processes: [],
    routes: [],
    firewall: "",
    module: (name) => missing.includes(name) ? "missing" : "loaded",
    clockFollows: true,
    ...more,
  };
}

const keepalived = (own: boolean) => ({ pid: 7, name: "keepalived", own, speaksVrrp: true });
const daemon = (pid: number, speaksVrrp = true) => ({ pid, name: "ha", own: true, speaksVrrp });

const ADVERT: HeardAdvert = {
  interface: "eth0",
  source: "10.0.0.2",
  vrid: 51,
  version: 2,
  priority: 150,
  addresses: ["10.0.0.100"],
  authentication: "none",
  password: "",
  interval: 1000,
  ttl: 255,
};
const PASSWORD = VRRP.replace(
  "priority",
  "authentication {\n auth_type PASS\n auth_pass secret\n }\n priority",
);

function wire(more: Partial<Wire> = {}): Wire {
  return { adverts: [ADVERT], answers: [], peers: [], seconds: 4, silent: null, ...more };
}

const answer = (address: string, mac: string) => ({
  interface: "eth0",
  address,
  mac: `02:00:00:00:00:${mac}`,
});

const CASES: readonly (readonly [config: string, host: Host, heard: Partial<Wire>, codes: string])[] = [
  [VRRP, {}, {}, ""],
  [balanced("NAT"), {}, {}, "note nat-route-back"],
  [balanced("DR"), {}, {}, "note own-vip"],
  [VRRP, { processes: [keepalived(false)] }, {}, "problem keepalived-running"],
  [VRRP, { processes: [keepalived(true)] }, {}, ""],
  [VRRP, { processes: [daemon(8), daemon(9, false)] }, {}, ""],
  [VRRP, { processes: [keepalived(true), daemon(8)] }, {}, "warning two-daemons"],
  [VRRP, {}, { adverts: [ADVERT, { ...ADVERT, vrid: 52 }] }, "problem vrid-differs"],
  [VRRP, {}, { adverts: [ADVERT, { ...ADVERT, vrid: 52, addresses: ["10.0.0.101"] }] }, ""],
  [NGINX, { files: KILLS }, {}, "warning old-name"],
  [NGINX, { files: { "/etc/nginx_check.sh": "# killall keepalived\nexit 1\n" } }, {}, ""],
  [NGINX, { files: KILLS, processes: [keepalived(true)] }, {}, ""],
  [
    NGINX,
    {
      files: { "/etc/nginx_check.sh": "kill $(pidof keepalived)\n" },
      processes: [keepalived(true)],
    },
    {},
    "warning old-name",
  ],
  [VRRP, { firewall: "*filter\n:INPUT DROP [0:0]\n" }, {}, "problem vrrp-filtered"],
  [VRRP, { firewall: null }, {}, "note filter-unread"],
  [VRRP, { clockFollows: false }, {}, "warning clock-free"],
  [
    VRRP.replace("priority", 'notify_master "/etc/conntrackd/primary-backup.sh primary"\n priority'),
    {},
    {},
    "warning conntrackd-absent",
  ],
  [VRRP, { interfaces: [lo, eth1] }, {}, "problem interface-absent"],
  [VRRP, { interfaces: [lo, { ...eth0, addresses: [] }] }, {}, "problem interface-unaddressed"],
  [
    VRRP,
    {
      interfaces: [lo, { ...eth0, bridge: "eth0" }],
      files: {
        "/sys/class/net/eth0/bridge/multicast_snooping": "1",
        "/sys/class/net/eth0/bridge/multicast_querier": "0",
      },
    },
    {},
    "warning igmp-snooping",
  ],
  [
    UNICAST.replace("10.0.0.2", "10.1.0.2"),
    { settings: { "net/ipv4/conf/eth0/rp_filter": "1" } },
    {},
    "warning rp-filter",
  ],
  [VRRP, { settings: { "net/ipv4/conf/eth0/promote_secondaries": "0" } }, {}, "warning promote-secondaries"],
  [VRRP, {}, { adverts: [{ ...ADVERT, addresses: ["10.0.0.77"] }] }, "problem vrid-taken"],
  [VRRP, {}, { adverts: [{ ...ADVERT, version: 3 }] }, "problem version-differs"],
  [VRRP, {}, { adverts: [{ ...ADVERT, authentication: "pass" }] }, "problem authentication-differs"],
  [PASSWORD, {}, { adverts: [{ ...ADVERT, authentication: "pass", password: "secret" }] }, ""],
  [
    PASSWORD,
    {},
    { adverts: [{ ...ADVERT, authentication: "pass", password: "other" }] },
    "problem password-differs",
  ],
  [VRRP, {}, { adverts: [{ ...ADVERT, interval: 3000 }] }, "problem interval-differs"],
  [VRRP.replace("priority", "version 3\n priority"), {}, {
    adverts: [{ ...ADVERT, version: 3, interval: 3000 }],
  }, ""],
  [VRRP, {}, { adverts: [ADVERT, { ...ADVERT, source: "10.0.0.3" }] }, "problem two-masters"],
  [
    VRRP,
    {},
    { answers: [answer("10.0.0.100", "05"), answer("10.0.0.100", "06")] },
    "problem duplicate-address",
  ],
  [
    VRRP,
    {},
    { adverts: [], answers: [answer("10.0.0.100", "05")] },
    "warning address-taken, note nobody-heard",
  ],
  [VRRP, {}, { adverts: [] }, "note nobody-heard"],
  [
    UNICAST,
    {},
    { peers: [{ address: "10.0.0.2", reachable: false, reason: "EHOSTUNREACH" }] },
    "problem peer-unreachable",
  ],
  [VRRP, {}, { silent: "EPERM" }, "note not-listened"],
  [balanced("NAT"), { missing: ["ip_vs"] }, {}, "problem ip-vs-missing, note nat-route-back"],
  [balanced("NAT"), { missing: ["ip_vs_rr"] }, {}, "problem scheduler-missing, note nat-route-back"],
  [
    balanced("NAT"),
    { settings: { "net/ipv4/ip_forward": "0" } },
    {},
    "problem ip-forward, note nat-route-back",
  ],
  [
    balanced("NAT"),
    { firewall: "-A POSTROUTING -j MASQUERADE" },
    {},
    "warning vs-conntrack, note nat-route-back",
  ],
  [
    balanced("NAT"),
    { settings: { "net/netfilter/nf_conntrack_count": "90", "net/netfilter/nf_conntrack_max": "100" } },
    {},
    "warning conntrack-full, note nat-route-back",
  ],
  [balanced("NAT", "10.0.0.11"), {}, {}, "warning nat-one-arm, note nat-route-back"],
  [balanced("FULLNAT"), {}, {}, "note fullnat-conntrack"],
  [balanced("TUN"), {}, {}, "warning tunnel-mtu, note own-vip"],
  [balanced("TUN"), { interfaces: [lo, eth0, { ...eth1, mtu: 1600 }] }, {}, "note own-vip"],
  [balanced("DR", "10.9.0.11"), {}, {}, "problem dr-not-adjacent, note own-vip"],
  [
    balanced("DR", "10.0.0.11"),
    {},
    { answers: [answer("10.0.0.11", "11"), answer("10.0.0.100", "11")] },
    "problem arp-answered, note own-vip",
  ],
  [balanced("DR", "10.1.0.1"), {}, {}, "problem vip-absent, note own-vip"],
  [
    balanced("DR", "10.1.0.1"),
    { interfaces: [{ ...lo, addresses: [{ address: "10.0.0.100", length: 32 }] }, eth1] },
    {},
    "problem arp-loud, note own-vip",
  ],
  [
    balanced("TUN", "10.1.0.1"),
    {
      interfaces: [{ ...eth1, mtu: 1600 }, {
        ...lo,
        name: "tunl0",
        addresses: [{ address: "10.0.0.100", length: 32 }],
      }],
      settings: {
        "net/ipv4/conf/tunl0/rp_filter": "1",
        "net/ipv4/conf/all/arp_ignore": "1",
        "net/ipv4/conf/all/arp_announce": "2",
      },
    },
    {},
    "problem tunnel-rp-filter, note own-vip",
  ],
];

for (const [config, host, heard, codes] of CASES) {
  Deno.test(`examine(): ${codes || "nothing to say"}`, () => {
    const loaded = loadConfig("ha.conf", memorySource({ "ha.conf": config }), offlineFacts());
    assert.equal(loaded.fatal, false, JSON.stringify(loaded.diagnostics));
    const findings = examine(loaded.model, machine(host), wire(heard));
    assert.equal(findings.map(({ severity, code }) => `${severity} ${code}`).join(", "), codes);
    for (const { severity, why, mend } of findings) {
      assert.ok(why.length > 0);
      if (severity !== "note") assert.ok(mend.length > 0);
    }
  });
}

Deno.test("examine() tells who had it not listen to leave that out, and others to be root", () => {
  const { model } = loadConfig("ha.conf", memorySource({ "ha.conf": VRRP }), offlineFacts());
  const mendOf = (heard: Partial<Wire>) => examine(model, machine({}), wire(heard))[0]!.mend;
  assert.deepEqual(mendOf({ silent: "it was told not to (--listen 0)", seconds: 0 }), [
    "leave --listen 0 out",
  ]);
  assert.deepEqual(mendOf({ silent: "EPERM" }), ["run it as root"]);
});
