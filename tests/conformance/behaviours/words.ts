/** Further words of the configuration language, each by what it does. */
import assert from "node:assert/strict";
import { elapse, now } from "../../lab/clock.ts";
import { configuration, instance } from "../../lab/config_text.ts";
import { socketsOf } from "../../ffi/receive_buffers.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import { between, downInterval3, goesOn, LATE, master, V3, v3, VIP } from "../moves.ts";
import type { Stand } from "../rig/stand.ts";

/** A master whose instance tracks eth1, with lines of `interface_up_down_delays`. */
function delayed(stand: Stand, ...lines: string[]) {
  const more = ["track_interface {", "    eth1", "}"];
  const block = ["interface_up_down_delays {", ...lines, "}", ""];
  return master(stand, block.join("\n") + v3({ state: "MASTER", priority: 200, more }));
}

const DELAYS: readonly Behaviour[] = [
  {
    title: "`interface_up_down_delays`: a tracked interface must be down for its delay before it is FAULT",
    source: "keepalived.conf(5) interface_up_down_delays",
    links: 2,
    async run(stand) {
      const { daemon } = await delayed(stand, "eth1 1.2");
      const cut = await stand.wires[1]!.carrier(false);
      const { at } = await daemon.enters("VI_1", "FAULT", { since: cut });
      between(at - cut, 1_200 - 20, 1_200 + LATE * 3, "from the cut to FAULT, ms");
    },
  },
  {
    title: "`interface_up_down_delays`: an interface that comes back within its delay changes nothing",
    source: "keepalived.conf(5) interface_up_down_delays",
    links: 2,
    async run(stand) {
      await delayed(stand, "eth1 5");
      const cut = await stand.wires[1]!.carrier(false);
      await stand.shows("-br link show dev eth1", /NO-CARRIER/, "eth1 without a link");
      await stand.wires[1]!.carrier(true);
      await stand.shows("-br link show dev eth1", /LOWER_UP/, "eth1 with a link");
      await goesOn(stand, cut);
    },
  },
  {
    title: "`interface_up_down_delays`: the second time is for coming up, and 0 where it is not written",
    source: "keepalived 2.2.7; keepalived.conf(5) says otherwise",
    links: 2,
    async run(stand) {
      const { daemon } = await delayed(stand, "eth1 0 1.2", "eth0 0.1");
      await stand.wires[1]!.carrier(false);
      const { at: fault } = await daemon.enters("VI_1", "FAULT");
      const repaired = await stand.wires[1]!.carrier(true);
      const { at } = await daemon.enters("VI_1", "BACKUP", { since: fault });
      between(at - repaired, 1_200 - 20, 1_200 + LATE * 3, "from the repair to BACKUP, ms");
      const cut = await stand.wire.carrier(false);
      await daemon.enters("VI_1", "FAULT", { since: cut });
      const mended = await stand.wire.carrier(true);
      const back = await daemon.enters("VI_1", "BACKUP", { since: mended });
      between(back.at - mended, 0, LATE * 3, "without a time for coming up, ms");
    },
  },
  {
    title: "A delay of the own interface is cut to less than two advertisement intervals",
    source: "keepalived.conf(5) interface_up_down_delays",
    links: 2,
    async run(stand) {
      const { daemon } = await delayed(stand, "eth0 30");
      const cut = await stand.wire.carrier(false);
      await daemon.enters("VI_1", "FAULT", { since: cut, within: 15_000 });
      await stand.addresses.removed(VIP, { since: cut });
    },
  },
];

const POLLING: readonly Behaviour[] = [
  {
    title: "`linkbeat_interfaces`: a polled link that is lost is FAULT, and one that is back is not",
    source: "keepalived.conf(5) linkbeat_interfaces",
    links: 2,
    async run(stand) {
      const more = ["track_interface {", "    eth1", "}"];
      const block = "linkbeat_interfaces {\n    eth1 ETHTOOL\n}\n";
      const { daemon } = await master(stand, block + v3({ state: "MASTER", priority: 200, more }));
      const cut = await stand.wires[1]!.carrier(false);
      await daemon.enters("VI_1", "FAULT", { since: cut });
      const mended = await stand.wires[1]!.carrier(true);
      await daemon.enters("VI_1", "BACKUP", { since: mended });
      if (stand.kind === "ha") await daemon.says(/Polling the link of eth1 by ETHTOOL/);
    },
  },
];

/** Of a raw socket for VRRP, and of netlink's for links and routes. */
const RAW = { domain: 2, protocol: 112 } as const;
const ROUTE = { domain: 16, protocol: 0 } as const;

/** Waits until the daemon has a socket of a kind with that receive buffer, in octets as the kernel counts: twice. */
async function hasBuffer(stand: Stand, kind: typeof RAW | typeof ROUTE, octets: number): Promise<void> {
  const daemon = stand.daemons.at(-1)!;
  const own = await Deno.readTextFile(`${daemon.directory}/vrrp.pid`).then(Number, () => daemon.process.pid);
  const end = now() + 15_000;
  for (;;) {
    const alike = socketsOf(own).filter(({ domain, protocol }) =>
      domain === kind.domain && protocol === kind.protocol
    );
    if (alike.some(({ receiveBuffer }) => receiveBuffer === octets)) return;
    const seen = alike.map(({ receiveBuffer }) => receiveBuffer).join(", ");
    if (now() > end) throw new Error(`no socket with a receive buffer of ${octets}: ${seen}`);
    await elapse(50);
  }
}

/** Two instances on one interface. */
function pair(globals: readonly string[], ...more: string[]): string {
  const second = { ...V3, name: "VI_2", vrid: 52, addresses: ["10.80.0.201/24"] };
  return configuration([instance({ ...V3, more }), instance(second)], globals);
}

const BUFFERS: readonly Behaviour[] = [
  ...([
    ["`vrrp_rx_bufs_policy MTU`: three MTUs for each instance", ["vrrp_rx_bufs_policy MTU"], [], 9_000],
    [
      "`vrrp_rx_bufs_policy ADVERT` with `vrrp_rx_bufs_multiplier 200`: so many advertisements for each",
      ["vrrp_rx_bufs_policy ADVERT", "vrrp_rx_bufs_multiplier 200"],
      [],
      2 * 200 * 32,
    ],
    ["`vrrp_rx_bufs_policy 30000`: so many octets for each", ["vrrp_rx_bufs_policy 30000"], [], 60_000],
    [
      "`kernel_rx_buf_size 10000` is the share of its instance, whatever the policy",
      ["vrrp_rx_bufs_policy 30000"],
      ["kernel_rx_buf_size 10000"],
      40_000,
    ],
  ] as const).map(([title, globals, more, octets]): Behaviour => ({
    title: `The receive buffer: ${title}`,
    source: "keepalived.conf(5) vrrp_rx_bufs_policy",
    async run(stand) {
      await master(stand, pair(globals, ...more));
      await hasBuffer(stand, RAW, octets * 2);
    },
  })),
  {
    title: "`vrrp_netlink_monitor_rcv_bufs` is the receive buffer of what netlink tells",
    source: "keepalived.conf(5) vrrp_netlink_monitor_rcv_bufs",
    async run(stand) {
      const words = ["vrrp_netlink_monitor_rcv_bufs 300000", "vrrp_netlink_monitor_rcv_bufs_force true"];
      await master(stand, v3({}, words));
      await hasBuffer(stand, ROUTE, 600_000);
    },
  },
  {
    title:
      "`vrrp_netlink_cmd_rcv_bufs` with force is the receive buffer of answers, beyond the system's limit",
    source: "keepalived.conf(5) vrrp_netlink_cmd_rcv_bufs",
    async run(stand) {
      const words = ["vrrp_netlink_cmd_rcv_bufs 30000000", "vrrp_netlink_cmd_rcv_bufs_force true"];
      await master(stand, v3({}, words));
      await hasBuffer(stand, ROUTE, 60_000_000);
    },
  },
];

const LOCAL_REPORTS = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports";

const HOST: readonly Behaviour[] = [
  {
    title:
      "`disable_local_igmp`: no IGMP report for the group while it runs, and the host's setting afterwards",
    source: "keepalived.conf(5) disable_local_igmp",
    async run(stand) {
      const setting = async () => (await stand.run(["cat", LOCAL_REPORTS])).stdout.trim();
      assert.equal(await setting(), "1");
      const { daemon } = await master(stand, v3({}, ["disable_local_igmp"]));
      assert.equal(await setting(), "0");
      await elapse(1_500);
      assert.deepEqual(stand.wire.memberships("224.0.0.18", [2, 4]), []);
      await daemon.stop();
      assert.equal(await setting(), "1");
    },
  },
  {
    title: "`nftables_counters`: what is dropped for `no_accept` is counted",
    source: "keepalived.conf(5) nftables_counters",
    async run(stand) {
      await master(stand, v3({ more: ["no_accept"] }, ["nftables keepalived", "nftables_counters"]));
      await assert.rejects(stand.ping(VIP, 2_000));
      const { stdout } = await stand.run(["nft", "list", "ruleset"]);
      assert.match(stdout, /counter packets [1-9]\d* bytes \d+ drop/);
    },
  },
];

const PEERS: readonly Behaviour[] = [
  {
    title: "`unicast_fault_no_peer`: unicast without a peer is FAULT, and silent",
    source: "keepalived.conf(5) unicast_fault_no_peer",
    async run(stand) {
      const daemon = await stand.start(v3({ more: ["unicast_src_ip 10.80.0.20", "unicast_fault_no_peer"] }));
      await daemon.says(
        stand.kind === "ha" ? /entering FAULT state \(no unicast peers\)/ : /going to fault state/,
      );
      await stand.wire.silent(downInterval3(100) * 3, "an advertisement");
      assert.equal(stand.addresses.has(VIP), false);
    },
  },
  {
    title: "Unicast without a peer is multicast where `unicast_fault_no_peer` is not written",
    source: "keepalived.conf(5) unicast_fault_no_peer",
    async run(stand) {
      const { first } = await master(stand, v3({ more: ["unicast_src_ip 10.80.0.20"] }));
      assert.equal(first.destination, "224.0.0.18");
    },
  },
];

export const WORDS: Chapter = {
  number: 22,
  title: "Further words",
  behaviours: [...DELAYS, ...POLLING, ...BUFFERS, ...HOST, ...PEERS],
};
