/** What a master answers, and whom it gives way to. */
import { now } from "../../lab/clock.ts";
import type { Behaviour } from "../behaviour.ts";
import {
  between,
  downInterval3,
  givesWay,
  HIGH,
  LOW,
  master,
  OFTEN,
  speaks,
  takesOver,
  v3,
  VIP,
} from "../moves.ts";
import { advertFrame } from "../rig/packet.ts";
import { HOST } from "../rig/stand.ts";
import { answersAtOnce, AT_ONCE, EQUAL, stays, yields } from "./election_moves.ts";

/** Masters. */
export const MASTERS: readonly Behaviour[] = [
  {
    title: "A master that hears a goodbye answers at once and stays",
    source: "RFC 9568 6.4.3",
    run: (stand) => answersAtOnce(stand, { ...HIGH, interval: 200, priority: 0 }),
  },
  {
    title: "A master that hears a lower priority answers at once and stays",
    source: "RFC 9568 6.4.3",
    run: (stand) => answersAtOnce(stand, { ...HIGH, interval: 200, priority: 50 }),
  },
  {
    title: "A master that hears its own priority from a lower address answers at once and stays",
    source: "RFC 9568 6.4.3; numeric comparison: 10.80.0.3 is lower than 10.80.0.20",
    run: (stand) => answersAtOnce(stand, { ...LOW, interval: 200, priority: 254 }),
  },
  {
    title: "`lower_prio_no_advert`: a lower priority is not answered",
    source: "keepalived.conf(5) lower_prio_no_advert",
    async run(stand) {
      await master(stand, v3({ priority: 254, interval: 2, more: ["lower_prio_no_advert"] }));
      const said = stand.wire.say({ ...HIGH, interval: 200, priority: 50 });
      await stand.wire.silent(600, "an answer", said);
    },
  },
  {
    title: "A master goes on when it hears lower priorities again and again",
    source: "RFC 9568 6.4.3",
    run: (stand) => stays(stand, v3(), { ...HIGH, priority: 99 }),
  },
  {
    title: "A master gives way to a higher priority, without a goodbye",
    source: "RFC 9568 6.4.3",
    run: (stand) => yields(stand, v3(), { ...LOW, priority: 101 }),
  },
  {
    title: "A master gives way to its own priority from a higher address",
    source: "RFC 9568 6.4.3; numeric comparison: 10.80.0.100 is higher than 10.80.0.20",
    run: (stand) => yields(stand, v3(), { ...HIGH, ...EQUAL }),
  },
  {
    title: "A master with `nopreempt` gives way to a higher priority as well",
    source: "RFC 9568 6.4.3",
    run: (stand) => yields(stand, v3({ more: ["nopreempt"] }), { ...LOW, priority: 101 }),
  },
  {
    title: "`higher_prio_send_advert`: one more advertisement before it gives way",
    source: "keepalived.conf(5) higher_prio_send_advert",
    async run(stand) {
      await master(stand, v3({ interval: 2, more: ["higher_prio_send_advert"] }));
      await speaks(stand, { since: now() });
      const said = stand.wire.say({ ...HIGH, interval: 200 });
      const answer = await speaks(stand, { since: said, within: 15_000 });
      between(answer.at - said, 0, AT_ONCE, "answer after, ms");
      await givesWay(stand, said, VIP, 200);
    },
  },
  {
    title: "Having given way, it takes over again when the better one falls silent",
    source: "RFC 9568 6.4.3, 6.4.2",
    async run(stand) {
      await master(stand, v3());
      const feed = stand.wire.feed(advertFrame(HIGH), OFTEN);
      await givesWay(stand, feed.lastAt);
      const advert = await takesOver(stand, feed.stop(), downInterval3(100));
      await stand.addresses.added(VIP, { since: advert.at - 1 });
    },
  },
  {
    title: "An advertisement with its own address as source does not move a master",
    source: "RFC 9568 6.4.3; keepalived",
    run: (stand) => stays(stand, v3(), { source: HOST.address, sourceMac: HOST.mac, priority: 100 }),
  },
];
