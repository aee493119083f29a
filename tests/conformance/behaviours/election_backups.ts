/** What a backup follows, and when it takes over. */
import type { Behaviour } from "../behaviour.ts";
import {
  ADVERT2,
  backup,
  between,
  downInterval2,
  downInterval3,
  entersBackup,
  HIGH,
  LOG_LATE,
  LOW,
  OFTEN,
  skew2,
  skew3,
  speaks,
  takesOver,
  v2,
  v3,
} from "../moves.ts";
import { advertFrame } from "../rig/packet.ts";
import { EQUAL, follows } from "./election_moves.ts";

/** Backups. */
export const BACKUPS: readonly Behaviour[] = [
  {
    title: "Version 3: a backup takes over 3 intervals and the skew after the last word of the master",
    source: "RFC 9568 6.1, 6.4.2",
    run: (stand) => follows(stand, v3(), HIGH, downInterval3(100)),
  },
  {
    title: "Version 2: a backup takes over 3 s and the skew after the last word of the master",
    source: "RFC 3768 6.1, 6.4.2",
    run: (stand) => follows(stand, v2({ priority: 50 }), { ...HIGH, ...ADVERT2 }, downInterval2(50)),
  },
  {
    title: "A backup follows a master of the same priority with a higher address",
    source: "RFC 9568 6.4.2",
    run: (stand) => follows(stand, v3(), { ...HIGH, ...EQUAL }, downInterval3(100)),
  },
  {
    title: "A backup follows a master of the same priority with a lower address, too",
    source: "RFC 9568 6.4.2",
    run: (stand) => follows(stand, v3(), { ...LOW, ...EQUAL }, downInterval3(100)),
  },
  {
    title: "A backup does not follow a lower priority: it takes over at its own time",
    source: "RFC 9568 6.4.2",
    async run(stand) {
      const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 99 }), OFTEN);
      const daemon = await stand.start(v3());
      const at = await entersBackup(daemon);
      await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
      feed.stop();
    },
  },
  {
    title: "A master that grows weaker is taken over from when the timer of its last good word runs out",
    source: "RFC 9568 6.4.2",
    async run(stand) {
      const { feed } = await backup(stand, v3());
      const last = feed.lastAt;
      feed.change(advertFrame({ ...HIGH, priority: 50 }));
      await takesOver(stand, last, downInterval3(100));
      feed.stop();
    },
  },
  {
    title: "`nopreempt`: a backup follows a lower priority",
    source: "RFC 9568 6.1 (Preempt_Mode); keepalived.conf(5) nopreempt",
    run: (stand) => follows(stand, v3({ more: ["nopreempt"] }), { ...HIGH, priority: 1 }, downInterval3(100)),
  },
  {
    title: "`nopreempt` with `state MASTER` is cleared: it preempts",
    source: "keepalived.conf(5) nopreempt",
    async run(stand) {
      const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 50 }), OFTEN);
      const daemon = await stand.start(v3({ state: "MASTER", more: ["nopreempt"] }));
      const at = await entersBackup(daemon);
      await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
      feed.stop();
    },
  },
  {
    title: "`nopreempt`: a goodbye is followed all the same",
    source: "RFC 9568 6.4.2",
    async run(stand) {
      const { feed } = await backup(stand, v3({ more: ["nopreempt"] }), { ...HIGH, priority: 50 });
      feed.stop();
      const said = stand.wire.say({ ...HIGH, priority: 0 });
      await takesOver(stand, said, skew3(100));
    },
  },
  {
    title: "`preempt_delay`: a lower priority is followed that long, then taken over from",
    source: "keepalived.conf(5) preempt_delay",
    async run(stand) {
      const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 50 }), OFTEN);
      const daemon = await stand.start(v3({ more: ["preempt_delay 2"] }));
      const at = await entersBackup(daemon);
      const advert = await speaks(stand, { within: 15_000 });
      const least = 2_000 + downInterval3(100) - OFTEN - LOG_LATE;
      between(advert.at - at, least, least + 1_500, "from BACKUP to the takeover, ms");
      feed.stop();
    },
  },
  {
    title: "`preempt_delay` does not delay where no master is heard",
    source: "keepalived.conf(5) preempt_delay",
    async run(stand) {
      const daemon = await stand.start(v3({ more: ["preempt_delay 5"] }));
      const at = await entersBackup(daemon);
      await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
    },
  },
  {
    title: "Version 3: a goodbye leaves only the skew",
    source: "RFC 9568 6.4.2",
    async run(stand) {
      const { feed } = await backup(stand, v3({ interval: 0.5, priority: 50 }), { ...HIGH, interval: 50 });
      feed.stop();
      const said = stand.wire.say({ ...HIGH, interval: 50, priority: 0 });
      await takesOver(stand, said, skew3(50, 500));
    },
  },
  {
    title: "Version 2: a goodbye leaves only the skew",
    source: "RFC 3768 6.4.2",
    async run(stand) {
      const { feed } = await backup(stand, v2(), { ...HIGH, ...ADVERT2 });
      feed.stop();
      const said = stand.wire.say({ ...HIGH, ...ADVERT2, priority: 0 });
      await takesOver(stand, said, skew2(100));
    },
  },
];
