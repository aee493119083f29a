/** Further words of the configuration language, each by what it does. */
import type { Behaviour, Chapter } from "../behaviour.ts";
import { between, goesOn, LATE, master, v3, VIP } from "../moves.ts";
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
      await daemon.enters("VI_1", "FAULT", { since: cut, within: 3_000 });
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

export const WORDS: Chapter = { number: 22, title: "Further words", behaviours: [...DELAYS, ...POLLING] };
