/**
 * The usual mistakes around VRRP: what keeps two nodes from hearing each other, and what they fight about.
 */
import type { Model, VrrpInstance } from "../../core/config/model.ts";
import { passwordOctets } from "../../core/vrrp/receive.ts";
import { familyOf, type IpAddress } from "../../core/net/address.ts";
import { networkOf } from "../../core/net/prefix.ts";
import { type Finding, note, problem, warning } from "./finding.ts";
import { judgeFilter } from "./firewall.ts";
import { carrierOf, type Machine, onLink, running, settingOf } from "./machine.ts";
import type { HeardAdvert, Wire } from "./wire.ts";

/** All findings about VRRP. */
export function vrrpFindings(model: Model, machine: Machine, wire: Wire): readonly Finding[] {
  if (model.instances.length === 0) return [];
  return [
    ...otherDaemons(machine),
    ...twoDaemons(machine),
    ...filter(machine),
    ...clock(machine),
    ...conntrackd(model, machine),
    ...oldName(model, machine),
    ...model.instances.flatMap((instance) => instanceFindings(instance, machine, wire)),
  ];
}

function instanceFindings(instance: VrrpInstance, machine: Machine, wire: Wire): Finding[] {
  const findings = [
    ...interfaceOf(instance, machine),
    ...multicast(instance, machine),
    ...reversePath(instance, machine),
    ...secondaries(instance, machine),
  ];
  if (wire.silent !== null) return findings;
  return [
    ...findings,
    ...strangers(instance, wire),
    ...otherIds(instance, wire),
    ...duplicates(instance, machine, wire),
    ...unreachable(instance, wire),
    ...silence(instance, machine, wire),
  ];
}

/** Two daemons that both want to be the one. */
function otherDaemons(machine: Machine): Finding[] {
  return running(machine, "keepalived").filter(({ own }) => !own).slice(0, 1).map(({ pid }) =>
    problem(
      "keepalived-running",
      "",
      `keepalived is running in this network namespace (pid ${pid})`,
      "two daemons on one node send advertisements of the same virtual router and take its addresses from each other",
      "systemctl disable --now keepalived",
    )
  );
}

/** Two of ours, each with a run directory of its own: neither hears the other, as both are this host. */
function twoDaemons({ processes }: Machine): Finding[] {
  const pids = processes.filter(({ own, speaksVrrp }) => own && speaksVrrp).map(({ pid }) => pid);
  if (pids.length < 2) return [];
  return [warning(
    "two-daemons",
    "",
    `${pids.length} daemons of ha run in this network namespace (pids ${list(pids.map(String))})`,
    "with a VRID on the same interface both are master, unheard by each other, and take its addresses from each other",
    "kill the one that should not be there, or ha stop --run-dir DIR",
  )];
}

function filter(machine: Machine): Finding[] {
  if (machine.firewall === null) return [];
  const verdict = judgeFilter(machine.firewall);
  if (verdict.kind === "open") return [];
  return [problem(
    "vrrp-filtered",
    "",
    `The packet filter drops incoming VRRP (IP protocol 112): ${verdict.by}`,
    "a backup that does not hear its master becomes master too, and both have the addresses",
    verdict.mend,
  )];
}

function clock(machine: Machine): Finding[] {
  if (machine.clockFollows !== false) return [];
  return [warning(
    "clock-free",
    "",
    "The clock is not synchronised with others",
    "VRRP does not need it, but logs of two nodes cannot be laid side by side, and certificates are judged by it",
    "timedatectl set-ntp true",
    "or: systemctl enable --now chrony",
  )];
}

/** Scripts that tell conntrackd, which is not there. */
function conntrackd(model: Model, machine: Machine): Finding[] {
  const commands = [...model.instances, ...model.syncGroups]
    .flatMap(({ notify }) => Object.values(notify))
    .filter((command) => command !== null && /conntrackd|primary-backup\.sh/.test(command.text));
  if (commands.length === 0 || running(machine, "conntrackd").length > 0) return [];
  return [warning(
    "conntrackd-absent",
    "",
    `"${commands[0]!.text}" speaks to conntrackd, which is not running`,
    "the connections of the other node are not known here: all that go through the firewall break at a failover",
    "systemctl enable --now conntrackd",
  )];
}

/** What a script says that looks for keepalived or ends it: `killall keepalived`, `systemctl stop keepalived`, … */
const OLD_NAME = /^[^#\n]*\b((?:killall|pkill|pidof|pgrep|systemctl|service|ps)\b[^#;&|\n]*\bkeepalived)\b/m;

/** Scripts that end a keepalived which has another name now. */
function oldName(model: Model, machine: Machine): Finding[] {
  const named = running(machine, "keepalived").some(({ own }) => own);
  const commands = [
    ...model.scripts.map(({ command }) => command),
    ...[...model.instances, ...model.syncGroups].flatMap(({ notify }) => Object.values(notify)),
  ].filter((command) => command !== null);
  const files = [...new Set(commands.flatMap(({ argv }) => argv))].filter((word) => word.startsWith("/"));
  return files.flatMap((file) => {
    const words = OLD_NAME.exec(machine.file(file) ?? "")?.[1];
    // pidof goes by the file that runs, which is ours under any name.
    if (words === undefined || (named && !words.startsWith("pidof"))) return [];
    return [warning(
      "old-name",
      "",
      `${file} says "${words.trim()}", which does not find this daemon`,
      "it is another program: a node whose service is dead keeps its addresses",
      "exit 1 in place of it: the script fails, and its weight, or FAULT without one, moves the addresses",
      "or: run ha under the name keepalived (ln -s ha /usr/sbin/keepalived)",
    )];
  });
}

function interfaceOf(instance: VrrpInstance, machine: Machine): Finding[] {
  const found = machine.interfaces.find(({ name }) => name === instance.interface);
  if (found === undefined) {
    return [problem(
      "interface-absent",
      instance.name,
      `Interface ${instance.interface} is not there, or is down`,
      "the instance stays in FAULT until it comes",
      `ip link set ${instance.interface} up`,
    )];
  }
  const has = found.addresses.some(({ address }) => familyOf(address) === instance.family);
  return has || instance.sourceAddress !== null ? [] : [problem(
    "interface-unaddressed",
    instance.name,
    `Interface ${instance.interface} has no IPv${instance.family} address`,
    "advertisements need a source address; the instance stays in FAULT",
    `ip addr add ADDRESS/LENGTH dev ${instance.interface}`,
  )];
}

/** A bridge that learns who wants which group forgets the group when nobody asks. */
function multicast(instance: VrrpInstance, machine: Machine): Finding[] {
  if (instance.transport.mode !== "multicast") return [];
  const bridge = machine.interfaces.find(({ name }) => name === instance.interface)?.bridge ?? null;
  if (bridge === null) return [];
  const read = (name: string) => machine.file(`/sys/class/net/${bridge}/bridge/${name}`);
  if (read("multicast_snooping") !== "1" || read("multicast_querier") === "1") return [];
  return [warning(
    "igmp-snooping",
    instance.name,
    `Bridge ${bridge} snoops IGMP and nobody on this host asks who listens (multicast_querier is 0)`,
    "after some minutes the bridge, like a switch without a querier, stops passing 224.0.0.0/4 to ports that it believes uninterested",
    `echo 1 > /sys/class/net/${bridge}/bridge/multicast_querier`,
    `or: echo 0 > /sys/class/net/${bridge}/bridge/multicast_snooping`,
    "or: unicast_peer",
  )];
}

/** Advertisements from a network that this host would answer by another way are dropped. */
function reversePath(instance: VrrpInstance, machine: Machine): Finding[] {
  const peers = instance.transport.mode === "unicast" ? instance.transport.peers : [];
  if (settingOf(machine, instance.interface, "rp_filter") !== 1) return [];
  const elsewhere = peers.filter(({ address }) => {
    const link = onLink(machine, address);
    return link !== null && link.name !== instance.interface;
  });
  return elsewhere.slice(0, 1).map(({ address }) =>
    warning(
      "rp-filter",
      instance.name,
      `rp_filter is strict on ${instance.interface}, and the way to peer ${address} is another interface`,
      "the kernel drops packets whose answer would leave by another interface: the advertisements of this peer",
      `sysctl -w net.ipv4.conf.${instance.interface}.rp_filter=2 net.ipv4.conf.all.rp_filter=2`,
    )
  );
}

/** The first address of a network takes all others of it along when it is removed. */
function secondaries(instance: VrrpInstance, machine: Machine): Finding[] {
  // There the virtual addresses have an interface to themselves.
  if (instance.vmac !== null) return [];
  const shared = instance.addresses.find((vip) => {
    if (familyOf(vip.address) === 6 || vip.prefixLength === 32) return false;
    const network = networkOf({ address: vip.address, length: vip.prefixLength });
    return machine.interfaces.find(({ name }) => name === vip.interface)?.addresses.some((own) =>
      own.address !== vip.address && own.length === vip.prefixLength && familyOf(own.address) === 4 &&
      networkOf({ address: own.address, length: own.length }) === network
    );
  });
  if (shared === undefined || settingOf(machine, shared.interface, "promote_secondaries") > 0) return [];
  return [warning(
    "promote-secondaries",
    instance.name,
    `${shared.address}/${shared.prefixLength} shares its network with an address of ${shared.interface}, and promote_secondaries is off`,
    "where the virtual address came first, removing it makes the kernel remove the host's own addresses of that network",
    `sysctl -w net.ipv4.conf.${shared.interface}.promote_secondaries=1`,
    `or: write ${shared.address}/32`,
  )];
}

/** Somebody else uses the VRID. */
function strangers(instance: VrrpInstance, wire: Wire): Finding[] {
  const heard = heardFor(instance, wire);
  const findings = heard.flatMap((advert) => disagreement(instance, advert) ?? []);
  const masters = [...new Set(heard.filter(({ priority }) => priority > 0).map(({ source }) => source))];
  if (masters.length > 1) {
    findings.push(problem(
      "two-masters",
      instance.name,
      `${masters.join(" and ")} both say that they are master of VRID ${instance.vrid}`,
      "they do not hear each other",
      "look for a packet filter, a switch that filters multicast, or different passwords between the two",
    ));
  }
  return findings;
}

/** Why an advertisement for our VRID is dropped here: the first reason of several; null where it is not. */
function disagreement(instance: VrrpInstance, advert: HeardAdvert): Finding | null {
  const { name, vrid, version, authentication } = instance;
  const { source } = advert;
  if (!sameAddresses(instance, advert)) {
    return problem(
      "vrid-taken",
      name,
      `${source} uses VRID ${vrid} on ${instance.interface} for ${list(advert.addresses)}`,
      "a VRID is one virtual router on a network; two that share one silence each other, or both become master",
      `use another virtual_router_id than ${vrid} for one of them`,
      "or, where it is the peer: write the same virtual_ipaddress on both",
    );
  }
  if (advert.version !== version) {
    return problem(
      "version-differs",
      name,
      `${source} speaks VRRP version ${advert.version}, this node ${version}`,
      "packets of another version are dropped: both become master",
      `vrrp_version ${advert.version}`,
    );
  }
  if (version !== 2) return null;
  if (advert.authentication !== authentication.type) {
    return problem(
      "authentication-differs",
      name,
      `${source} sends with authentication ${advert.authentication}, this node expects ${authentication.type}`,
      "its packets are dropped: both become master",
      "write the same authentication block on both",
    );
  }
  if (authentication.type === "pass" && advert.password !== passwordOctets(authentication.password)) {
    return problem(
      "password-differs",
      name,
      `${source} sends another password than this node's`,
      "its packets are dropped: both become master",
      "write the same auth_pass on both",
    );
  }
  if (advert.interval !== instance.advertInterval) {
    return problem(
      "interval-differs",
      name,
      `${source} advertises every ${advert.interval / 1000} s, this node expects ${
        instance.advertInterval / 1000
      } s`,
      "with version 2 packets of another interval are dropped: both become master",
      "write the same advert_int on both",
    );
  }
  return null;
}

/** The partner of a pair whose VRIDs differ: two virtual routers with one address. */
function otherIds(instance: VrrpInstance, wire: Wire): Finding[] {
  const own = new Set(instance.addresses.map(({ address }) => address));
  const rivals = wire.adverts.filter((advert) =>
    advert.interface === instance.interface && advert.vrid !== instance.vrid && advert.priority > 0 &&
    advert.addresses.some((address) => own.has(address))
  );
  return rivals.slice(0, 1).map(({ source, vrid, addresses }) =>
    problem(
      "vrid-differs",
      instance.name,
      `${source} advertises ${
        list(addresses.filter((each) => own.has(each)))
      } with VRID ${vrid}, this node has VRID ${instance.vrid}`,
      "they are two virtual routers to each other: both become master of the address",
      `virtual_router_id ${vrid}   # or ${instance.vrid} on the other node`,
    )
  );
}

function heardFor(instance: VrrpInstance, wire: Wire): readonly HeardAdvert[] {
  return wire.adverts.filter((advert) =>
    advert.interface === instance.interface && advert.vrid === instance.vrid &&
    familyOf(advert.source) === instance.family
  );
}

function sameAddresses({ addresses }: VrrpInstance, advert: HeardAdvert): boolean {
  const own = new Set(addresses.map(({ address }) => address));
  return advert.addresses.length === 0 || own.size === 0 || advert.addresses.some((each) => own.has(each));
}

function list(addresses: readonly IpAddress[]): string {
  return addresses.length === 0 ? "no addresses" : addresses.join(", ");
}

/** An address with two owners, or with one that is no router of ours. */
function duplicates(instance: VrrpInstance, machine: Machine, wire: Wire): Finding[] {
  const masters = heardFor(instance, wire);
  return instance.addresses.flatMap(({ address }) => {
    const macs = [...new Set(wire.answers.filter((each) => each.address === address).map(({ mac }) => mac))];
    const here = carrierOf(machine, address) !== null;
    if (macs.length + (here ? 1 : 0) > 1) {
      const owners = [...(here ? ["this host"] : []), ...macs].join(" and ");
      return [problem(
        "duplicate-address",
        instance.name,
        `${address} is answered for by ${owners}`,
        "clients reach one or the other by chance: a second master, a host with the same address, or a real server that answers ARP",
        `ip neigh show ${address}   # and look for that hardware address in the switch`,
      )];
    }
    if (macs.length === 1 && !here && masters.length === 0) {
      return [warning(
        "address-taken",
        instance.name,
        `${address} is in use at ${
          macs[0]
        }, and nobody advertises VRID ${instance.vrid} on ${instance.interface}`,
        "the address belongs to a host that is no router of this instance, or its advertisements do not get here",
        `ip neigh show ${address}`,
      )];
    }
    return [];
  });
}

function unreachable(instance: VrrpInstance, wire: Wire): Finding[] {
  if (instance.transport.mode !== "unicast") return [];
  return instance.transport.peers.flatMap(({ address }) => {
    const answer = wire.peers.find((each) => each.address === address);
    if (answer?.reachable !== false) return [];
    return [problem(
      "peer-unreachable",
      instance.name,
      `Peer ${address} cannot be reached: ${answer.reason}`,
      "the node that is backup does not hear its master and becomes master too",
      `ip route get ${address}`,
      `ping ${address}`,
    )];
  });
}

/** A backup that hears nobody; a master hears nobody by right. */
function silence(instance: VrrpInstance, machine: Machine, wire: Wire): Finding[] {
  if (heardFor(instance, wire).length > 0) return [];
  const isMaster = instance.addresses.some(({ address }) => carrierOf(machine, address) !== null);
  if (isMaster || wire.seconds * 1000 < instance.advertInterval) return [];
  return [note(
    "nobody-heard",
    instance.name,
    `Nobody advertised VRID ${instance.vrid} on ${instance.interface} for ${wire.seconds} s`,
    "that is right while no other node runs; otherwise the network does not pass the advertisements (multicast filtered, a packet filter, the wrong VLAN)",
    `tcpdump -ni ${instance.interface} proto 112   # here, and on the node that is master`,
  )];
}
