/**
 * The usual mistakes on a real server: for a host that has the address of one.
 */
import type { LoadBalancer, RealServer, VirtualServer } from "../../core/config/virtual_server_model.ts";
import { virtualServerName } from "../../core/lvs/endpoint.ts";
import { familyOf, type IpAddress } from "../../core/net/address.ts";
import { type Finding, problem } from "./finding.ts";
import { addressesOf } from "./lvs_rules.ts";
import { carrierOf, type Machine, settingOf } from "./machine.ts";

/** Findings of a host that is a real server itself. */
export function realServerFindings({ virtualServers }: LoadBalancer, machine: Machine): readonly Finding[] {
  return virtualServers.flatMap((server) => {
    const here = server.realServers.filter(({ address }) => carrierOf(machine, address) !== null);
    return here.flatMap((each) => onThisHost(server, each, machine));
  });
}

function onThisHost(server: VirtualServer, { forwarding }: RealServer, machine: Machine): Finding[] {
  if (forwarding.method !== "direct" && forwarding.method !== "tunnel") return [];
  const name = virtualServerName(server, 0);
  return addressesOf(server).flatMap((vip) => [
    ...addressHere(vip, name, forwarding.method === "tunnel", machine),
    ...quiet(vip, name, machine),
    ...reversePath(vip, name, forwarding.method === "tunnel", machine),
  ]);
}

/** Packets come with the virtual address as their destination. */
function addressHere(vip: IpAddress, name: string, tunnel: boolean, machine: Machine): Finding[] {
  if (carrierOf(machine, vip) !== null) return [];
  return [problem(
    "vip-absent",
    name,
    `This host is a real server of ${vip} and does not have that address`,
    "the director leaves the destination as it is: this host drops the packets, while checks of its own address pass",
    tunnel ? `ip link set tunl0 up && ip addr add ${vip}/32 dev tunl0` : `ha realserver start --vip ${vip}`,
  )];
}

/** It must not tell the network that it has it. A director that is a real server too answers by right. */
function quiet(vip: IpAddress, name: string, machine: Machine): Finding[] {
  const carrier = carrierOf(machine, vip);
  if (carrier === null || familyOf(vip) === 6 || !/^(lo|tunl|dummy)/.test(carrier.name)) return [];
  const ignore = settingOf(machine, "lo", "arp_ignore");
  const announce = settingOf(machine, "lo", "arp_announce");
  if (ignore >= 1 && announce >= 2) return [];
  return [problem(
    "arp-loud",
    name,
    `This host answers ARP for ${vip} (arp_ignore ${ignore}, arp_announce ${announce})`,
    "clients that hear it go past the director",
    `ha realserver start --vip ${vip}`,
    "or: sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2",
  )];
}

/** What comes out of a tunnel has a source that is reached by another interface. */
function reversePath(vip: IpAddress, name: string, tunnel: boolean, machine: Machine): Finding[] {
  const carrier = carrierOf(machine, vip);
  if (!tunnel || carrier === null || settingOf(machine, carrier.name, "rp_filter") !== 1) return [];
  return [problem(
    "tunnel-rp-filter",
    name,
    `rp_filter is strict on ${carrier.name}`,
    "packets from the tunnel come from clients that are reached by another interface: the kernel drops them",
    `sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.${carrier.name}.rp_filter=0`,
  )];
}
