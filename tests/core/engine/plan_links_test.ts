import assert from "node:assert/strict";
import { parseConfig } from "../../../core/config/config.ts";
import { planLinks } from "../../../core/engine/plan_links.ts";

function plan(text: string) {
  const { model, fatal, diagnostics } = parseConfig(text);
  assert.ok(!fatal, JSON.stringify(diagnostics));
  const { model: planned, links } = planLinks(model);
  return {
    links: links.map(({ instance, link }) => `${instance} ${link.name} on ${link.parent} ${link.mac}`),
    vips: planned.instances.flatMap(({ addresses, excludedAddresses }) =>
      [...addresses, ...excludedAddresses].map((vip) => `${vip.address} dev ${vip.interface}`)
    ),
  };
}

function instance(name: string, vrid: number, vip: string, more: string): string {
  return `vrrp_instance ${name} {
    interface eth0
    virtual_router_id ${vrid}
    ${more}
    virtual_ipaddress { ${vip} }
  }\n`;
}

Deno.test("planLinks() leaves a configuration without use_vmac alone", () => {
  const { model } = parseConfig(instance("A", 51, "10.0.0.100", ""));
  assert.equal(planLinks(model).model, model);
});

Deno.test("planLinks() names interfaces as keepalived does, each only once", () => {
  const text = instance("A", 52, "fe80::1/64", "use_vmac") + instance("B", 52, "10.0.0.100", "use_vmac") +
    instance("C", 7, "10.0.0.101", "use_vmac vrrp.8") + instance("D", 8, "10.0.0.102", "use_vmac");
  assert.deepEqual(plan(text), {
    links: [
      "A vrrp.52 on eth0 00:00:5e:00:02:34",
      "B vrrp1.52 on eth0 00:00:5e:00:01:34",
      "C vrrp.8 on eth0 00:00:5e:00:01:07",
      "D vrrp1.8 on eth0 00:00:5e:00:01:08",
    ],
    vips: [
      "fe80::1 dev vrrp.52",
      "10.0.0.100 dev vrrp1.52",
      "10.0.0.101 dev vrrp.8",
      "10.0.0.102 dev vrrp1.8",
    ],
  });
});

Deno.test("planLinks() gives vrrp6.VRID to IPv6 where vrrp.VRID is taken, then vrrp1.VRID and so on, as keepalived", () => {
  const text = instance("A", 3, "10.0.0.100", "use_vmac") + instance("B", 3, "fe80::1/64", "use_vmac") +
    instance("C", 3, "fe80::2/64", "use_vmac").replace("eth0", "eth1") +
    instance("D", 3, "10.0.0.101", "use_vmac").replace("eth0", "eth1");
  assert.deepEqual(plan(text).links, [
    "A vrrp.3 on eth0 00:00:5e:00:01:03",
    "B vrrp6.3 on eth0 00:00:5e:00:02:03",
    "C vrrp1.3 on eth1 00:00:5e:00:02:03",
    "D vrrp2.3 on eth1 00:00:5e:00:01:03",
  ]);
});

Deno.test("planLinks() takes the prefix for addresses where the instance itself has no virtual interface", () => {
  const text = "global_defs {\n vmac_prefix I\n vmac_addr_prefix A\n}\n" +
    instance("A", 1, "10.0.0.100 use_vmac", "").replace("{ 10", "{\n 10");
  assert.deepEqual(plan(text).links, ["A A.1 on eth0 00:00:5e:00:01:01"]);
});

Deno.test("planLinks() gives a name to the first instance that asks for it, and says so of the others", () => {
  const text = instance("A", 1, "10.0.0.100", "use_vmac router") +
    instance("B", 2, "10.0.0.101", "use_vmac router");
  assert.deepEqual(plan(text).links, [
    "A router on eth0 00:00:5e:00:01:01",
    "B vrrp.2 on eth0 00:00:5e:00:01:02",
  ]);
  const [finding] = parseConfig(text).diagnostics.filter(({ code }) => code === "vmac-name");
  assert.equal(finding?.message, 'Cannot use "router" as the name of the VMAC of B: A has it already');
});

const OTHERS = "virtual_ipaddress_excluded { 10.1.0.1/24 dev eth1\n 2001:db8::1/64 }";

Deno.test("planLinks() leaves VIPs on other interfaces and of the other family where they are", () => {
  assert.deepEqual(plan(instance("A", 51, "10.0.0.100", `use_vmac\n${OTHERS}`)), {
    links: ["A vrrp.51 on eth0 00:00:5e:00:01:33"],
    vips: ["10.0.0.100 dev vrrp.51", "10.1.0.1 dev eth1", "2001:db8::1 dev eth0"],
  });
});

Deno.test("planLinks() gives an IPv6 interface a link-local address where no VIP on it is one", () => {
  const vips = (addresses: string) => plan(instance("A", 51, addresses, "use_vmac")).vips;
  assert.deepEqual(vips("2001:db8::1/64"), [
    "2001:db8::1 dev vrrp.51",
    "fe80::200:5eff:fe00:233 dev vrrp.51",
  ]);
  assert.deepEqual(vips("2001:db8::1/64\n fe80::1/64"), [
    "2001:db8::1 dev vrrp.51",
    "fe80::1 dev vrrp.51",
  ]);
});

Deno.test("planLinks() gives those an interface of their own with use_vmac_addr", () => {
  assert.deepEqual(plan(instance("A", 51, "10.0.0.100", `use_vmac\nuse_vmac_addr\n${OTHERS}`)), {
    links: [
      "A vrrp.51 on eth0 00:00:5e:00:01:33",
      "A vrrp1.51 on eth1 00:00:5e:00:01:33",
      "A vrrp6.51 on eth0 00:00:5e:00:02:33",
    ],
    vips: [
      "10.0.0.100 dev vrrp.51",
      "10.1.0.1 dev vrrp1.51",
      "2001:db8::1 dev vrrp6.51",
      "fe80::200:5eff:fe00:233 dev vrrp6.51",
    ],
  });
});

Deno.test("planLinks() takes use_vmac_addr without use_vmac for the addresses that are elsewhere", () => {
  assert.deepEqual(plan(instance("A", 51, "10.0.0.100", `use_vmac_addr\n${OTHERS}`)), {
    links: ["A vrrp.51 on eth1 00:00:5e:00:01:33", "A vrrp6.51 on eth0 00:00:5e:00:02:33"],
    vips: [
      "10.0.0.100 dev eth0",
      "10.1.0.1 dev vrrp.51",
      "2001:db8::1 dev vrrp6.51",
      "fe80::200:5eff:fe00:233 dev vrrp6.51",
    ],
  });
});

Deno.test("planLinks() gives one address an interface of its own with use_vmac on its line", () => {
  assert.deepEqual(plan(instance("A", 51, "10.0.0.100 use_vmac\n 10.0.0.101", "")), {
    links: ["A vrrp.51 on eth0 00:00:5e:00:01:33"],
    vips: ["10.0.0.100 dev vrrp.51", "10.0.0.101 dev eth0"],
  });
});

Deno.test("planLinks() takes prefixes, a hardware address and a group", () => {
  const text = `global_defs { vmac_prefix v\n vmac_addr_prefix w }\n` +
    instance("A", 51, "10.0.0.100", `use_vmac 02:00:00:00:00:07 group 9\nuse_vmac_addr\n${OTHERS}`);
  const { model } = parseConfig(text);
  const { links } = planLinks(model);
  assert.deepEqual(links.map(({ link }) => [link.name, link.mac, link.group]), [
    ["v.51", "02:00:00:00:00:07", 9],
    ["w.51", "02:00:00:00:00:07", 9],
    ["w6.51", "02:00:00:00:00:07", 9],
  ]);
});
