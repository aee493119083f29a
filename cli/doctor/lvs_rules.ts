/**
 * The usual mistakes around virtual servers, seen from the director.
 */
import type { Forwarding, LoadBalancer, VirtualServer } from "../../core/config/virtual_server_model.ts";
import { familyOf, type IpAddress } from "../../core/net/address.ts";
import { virtualServerName } from "../../core/lvs/endpoint.ts";
import { servicesOf } from "../../core/lvs/services.ts";
import { type Finding, note, problem, warning } from "./finding.ts";
import { carrierOf, type Machine, type MachineInterface, onLink } from "./machine.ts";
import type { Wire } from "./wire.ts";

type Method = Forwarding["method"];

/** Octets that each kind of tunnel puts before a packet, with IPv4 outside. */
const TUNNEL_OVERHEAD = { ipip: 20, gre: 24, gue: 32 } as const;

/** A full table of connections drops new ones. */
const NEARLY_FULL = 0.8;

/** All findings about virtual servers. */
export function lvsFindings(
  { virtualServers }: LoadBalancer,
  machine: Machine,
  wire: Wire,
): readonly Finding[] {
  if (virtualServers.length === 0) return [];
  const methods = new Set(virtualServers.flatMap((server) => [...methodsOf(server)]));
  return [
    ...modules(virtualServers, machine),
    ...forwarding(virtualServers, machine),
    ...translation(methods, machine),
    ...virtualServers.flatMap((server) => serverFindings(server, machine, wire)),
    ...strangers(methods),
  ];
}

/** How packets of a virtual server reach its servers. */
function methodsOf({ realServers, sorryServer }: VirtualServer): ReadonlySet<Method> {
  const all = sorryServer === null ? realServers : [...realServers, sorryServer];
  return new Set(all.map((server) => server.forwarding.method));
}

/** The addresses that a virtual server listens to. */
export function addressesOf(server: VirtualServer): readonly IpAddress[] {
  return servicesOf(server).flatMap(({ id }) => id.kind === "address" ? [id.address] : []);
}

function serverFindings(server: VirtualServer, machine: Machine, wire: Wire): Finding[] {
  const name = virtualServerName(server, 0);
  return [
    ...arpAnswered(server, name, wire),
    ...oneArm(server, name, machine),
    ...tunnels(server, name, machine),
    ...elsewhere(server, name, machine),
  ];
}

/** The kernel's part: the load balancer itself, schedulers, tunnels. */
function modules(servers: readonly VirtualServer[], machine: Machine): Finding[] {
  const state = machine.module("ip_vs");
  if (state === "missing") {
    return [problem(
      "ip-vs-missing",
      "",
      "This kernel has no ip_vs",
      "health checks run, but nothing is balanced",
      "install the kernel's own modules (linux-image-amd64, linux-modules-extra), then modprobe ip_vs",
    )];
  }
  const schedulers = [...new Set(servers.map(({ scheduler }) => `ip_vs_${scheduler}`))];
  return schedulers.filter((name) => machine.module(name) === "missing").map((name) =>
    problem(
      "scheduler-missing",
      "",
      `This kernel has no ${name}`,
      "the virtual servers that use this lb_algo are refused by the kernel",
      "choose another lb_algo, or a kernel that has it",
    )
  );
}

/** The director forwards packets between networks. */
function forwarding(servers: readonly VirtualServer[], machine: Machine): Finding[] {
  const families = new Set(
    servers.filter((server) => [...methodsOf(server)].some((each) => each === "nat" || each === "fullnat"))
      .map(({ family }) => family),
  );
  const settings = [
    [4, "net/ipv4/ip_forward", "net.ipv4.ip_forward"],
    [6, "net/ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding"],
  ] as const;
  return settings.filter(([family, path]) => families.has(family) && machine.setting(path) === "0").map((
    [family, , name],
  ) =>
    problem(
      "ip-forward",
      "",
      `${name} is 0, and virtual servers for IPv${family} use NAT`,
      "answers of the real servers come back through this host, which drops them: connections time out while checks pass",
      `sysctl -w ${name}=1`,
      `echo '${name} = 1' > /etc/sysctl.d/90-ha.conf`,
    )
  );
}

/** The packet filter's connection table and IPVS do not know of each other unless told. */
function translation(methods: ReadonlySet<Method>, machine: Machine): Finding[] {
  const findings: Finding[] = [];
  const conntrack = machine.setting("net/ipv4/vs/conntrack");
  const masquerades = /\b(masquerade|snat|MASQUERADE|SNAT)\b/.test(machine.firewall ?? "");
  if (methods.has("nat") && masquerades && conntrack === "0") {
    findings.push(warning(
      "vs-conntrack",
      "",
      "The packet filter translates source addresses, and net.ipv4.vs.conntrack is 0",
      "packets of IPVS are not tracked, so that these rules do not see them and state rules take them for invalid",
      "sysctl -w net.ipv4.vs.conntrack=1",
    ));
  }
  if (methods.has("fullnat") && conntrack === "0") {
    findings.push(note(
      "fullnat-conntrack",
      "",
      "net.ipv4.vs.conntrack is 0; ha sets it to 1 when it starts, as FULLNAT needs it",
      "source addresses are translated by the packet filter, which must see the connections of IPVS",
    ));
  }
  const [count, limit] = ["count", "max"].map((name) =>
    Number(machine.setting(`net/netfilter/nf_conntrack_${name}`) ?? "0")
  ) as [number, number];
  if (limit > 0 && count > limit * NEARLY_FULL) {
    findings.push(warning(
      "conntrack-full",
      "",
      `The connection table of the packet filter has ${count} of ${limit} entries`,
      "new connections are dropped when it is full",
      `sysctl -w net.netfilter.nf_conntrack_max=${limit * 4}`,
    ));
  }
  return findings;
}

/** A real server that answers ARP for the address takes clients from the director. */
function arpAnswered(server: VirtualServer, name: string, wire: Wire): Finding[] {
  const quiet = server.realServers.filter(({ forwarding: { method } }) =>
    method === "direct" || method === "tunnel"
  );
  const macOf = (address: IpAddress) => wire.answers.find((each) => each.address === address)?.mac ?? null;
  return addressesOf(server).flatMap((vip) => {
    const macs = new Set(wire.answers.filter(({ address }) => address === vip).map(({ mac }) => mac));
    return quiet.filter(({ address }) => {
      const mac = macOf(address);
      return mac !== null && macs.has(mac);
    }).map(({ address }) =>
      problem(
        "arp-answered",
        name,
        `Real server ${address} answers ARP for ${vip}`,
        "clients that hear it go past the director: no balancing, no sorry server, and all of them to one server",
        `on ${address}: ha realserver start --vip ${vip}`,
        `or there: sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2`,
      )
    );
  });
}

/** Answers must come back through the director; a server beside the client answers directly. */
function oneArm(server: VirtualServer, name: string, machine: Machine): Finding[] {
  if (!methodsOf(server).has("nat")) return [];
  const findings: Finding[] = [];
  const nats = server.realServers.filter(({ forwarding: { method } }) => method === "nat");
  for (const vip of addressesOf(server)) {
    const front = onLink(machine, vip);
    const beside = nats.find(({ address }) => front !== null && onLink(machine, address) === front);
    if (beside === undefined) continue;
    findings.push(warning(
      "nat-one-arm",
      name,
      `Real server ${beside.address} is in the network of ${vip} (${front!.name}), with NAT`,
      "it answers clients of that network directly, from an address that they did not call: their connections hang; clients behind a router are fine as long as this host is the server's gateway",
      "use DR, or FULLNAT, or another network for the real servers",
      `sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.${front!.name}.send_redirects=0`,
    ));
    break;
  }
  const [first] = nats;
  if (first !== undefined) {
    findings.push(note(
      "nat-route-back",
      name,
      "With NAT every real server needs this host as its gateway: an address that moves with the master",
      "answers that take another way reach the client from an address that it did not call",
      `on ${first.address}: ip route replace default via ADDRESS`,
    ));
  }
  return findings;
}

/** A packet in a tunnel is longer than the packet. */
function tunnels(server: VirtualServer, name: string, machine: Machine): Finding[] {
  for (const { address, forwarding } of server.realServers) {
    if (forwarding.method !== "tunnel") continue;
    const link = onLink(machine, address) ?? defaultLink(machine);
    const overhead = TUNNEL_OVERHEAD[forwarding.encapsulation];
    if (link?.mtu == null || link.mtu >= ETHERNET_MTU + overhead) continue;
    return [warning(
      "tunnel-mtu",
      name,
      `A ${forwarding.encapsulation} tunnel takes ${overhead} octets, and ${link.name} carries packets of ${link.mtu}`,
      `packets of clients with more than ${
        link.mtu - overhead
      } octets do not fit: uploads hang where ICMP "fragmentation needed" does not get back to the client`,
      `ip link set ${link.name} mtu ${ETHERNET_MTU + overhead}   # where the network carries it`,
      `or, on the real servers: ip route change default via GATEWAY advmss ${link.mtu - overhead - 40}`,
    )];
  }
  return [];
}

const ETHERNET_MTU = 1500;

function defaultLink(machine: Machine): MachineInterface | null {
  const route = machine.routes.find(({ mask }) => mask === 0);
  return machine.interfaces.find(({ name }) => name === route?.interface) ?? null;
}

/** The director answers for the address, by VRRP or by hand; direct routing needs a common wire. */
function elsewhere(server: VirtualServer, name: string, machine: Machine): Finding[] {
  if (!methodsOf(server).has("direct")) return [];
  const far = server.realServers.find(({ address, forwarding }) =>
    forwarding.method === "direct" && familyOf(address) === 4 && onLink(machine, address) === null &&
    carrierOf(machine, address) === null
  );
  if (far === undefined) return [];
  return [problem(
    "dr-not-adjacent",
    name,
    `Real server ${far.address} is behind a router, with DR`,
    "direct routing only changes the hardware address: the next router sends the packet back to the director",
    "use TUN, NAT or FULLNAT for it, or give it an address in a network of this host",
  )];
}

/** What surprises people although it is right. */
function strangers(methods: ReadonlySet<Method>): Finding[] {
  if (!methods.has("direct") && !methods.has("tunnel")) return [];
  return [note(
    "own-vip",
    "",
    "The director itself cannot reach the virtual address with DR or TUN: expected",
    "its own packets to the address are delivered locally, and the real server's answer would come from an address of its own; test from another host",
  )];
}
