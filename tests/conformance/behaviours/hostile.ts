/** Packets that nobody should send, and too many of them: state, addresses and pace must stay. */
import assert from "node:assert/strict";
import { elapse, now } from "../../lab/clock.ts";
import { descendants } from "../../lab/process.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import {
  ADVERT2,
  backup,
  between,
  downInterval3,
  givesWay,
  HIGH,
  INTERVAL,
  longestPause,
  master,
  takesOver,
  v2,
  v3,
  VIP,
} from "../moves.ts";
import { ADVERT, advertFrame, type AdvertSpec, frameAround, vrrpMessage } from "../rig/packet.ts";
import type { Stand } from "../rig/stand.ts";

type Frame = Uint8Array<ArrayBuffer>;

const FLOOD = 5_000;
const TURN = 5;

/** Sends frames in turn, that many a second, for a time (ms), in small portions. */
async function flood(
  stand: Stand,
  frames: readonly Frame[],
  perSecond: number,
  milliseconds: number,
): Promise<void> {
  const start = now();
  let sent = 0;
  for (let gone = 0; gone < milliseconds; gone = now() - start) {
    const due = Math.min(gone + TURN, milliseconds) * perSecond / 1000;
    while (sent < due) stand.wire.send(frames[sent++ % frames.length]!);
    await elapse(TURN);
  }
}

/** How a master was from `since` until now. */
function undisturbed(stand: Stand, since: number, interval: number, what: string): void {
  const until = now();
  const times = stand.wire.adverts(since, ({ priority }) => priority > 0).map(({ at }) => at);
  const edges = [since, ...times, until];
  const longest = Math.max(...edges.slice(1).map((at, i) => at - edges[i]!));
  between(longest, 0, longestPause(interval), `longest pause in ${what}, ms`);
  assert.deepEqual(stand.addresses.changes(VIP, since), []);
}

/** A master in a flood keeps its pace, and still hears a real master afterwards. */
async function withstands(
  stand: Stand,
  text: string,
  frames: readonly Frame[],
  load: { perSecond: number; milliseconds: number; interval: number },
  good: Partial<AdvertSpec>,
): Promise<void> {
  await master(stand, text);
  const since = now();
  await flood(stand, frames, load.perSecond, load.milliseconds);
  undisturbed(stand, since, load.interval, "the flood");
  await givesWay(stand, stand.wire.say(good), VIP, 100);
}

/** Refused packets at a rate, at a master of version 2 with an interval of 1 s or version 3 with 0.2 s. */
function stream(
  title: string,
  version: 2 | 3,
  bad: Partial<AdvertSpec>,
  perSecond: number,
  extra: Partial<Behaviour> = {},
): Behaviour {
  const good = version === 2 ? { ...HIGH, ...ADVERT2 } : HIGH;
  const interval = version === 2 ? 1000 : INTERVAL;
  return {
    title,
    source: "RFC 9568 7.1: MUST discard; nothing else happens",
    ...extra,
    run: (stand) =>
      withstands(
        stand,
        version === 2 ? v2() : v3(),
        [advertFrame({ ...good, ...bad })],
        { perSecond, milliseconds: version === 2 ? 6_000 : 3_000, interval },
        good,
      ),
  };
}

const SLOWED = { remark: "keepalived starts its interval anew with every packet that it discards" };

/** Every packet that differs from a right one in a single bit of its VRRP message. */
function bitFlips(spec: Partial<AdvertSpec>): Frame[] {
  const whole = { ...ADVERT, ...spec };
  const message = vrrpMessage(whole);
  return Array.from({ length: message.length * 8 }, (_, bit) => {
    const flipped = message.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    return frameAround(whole, flipped);
  });
}

/** A message cut at every length. */
function truncations(spec: Partial<AdvertSpec>): Frame[] {
  const whole = { ...ADVERT, ...spec, minimum: 0 };
  return Array.from(vrrpMessage(whole), (_, cut) => advertFrame({ ...whole, cut }));
}

/** Pseudo-random octets that are the same in every run (xorshift). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function garbage(count: number): Frame[] {
  const random = noise(20_230_815);
  return Array.from({ length: count }, () => {
    const length = Math.floor(random() * 64);
    return frameAround({ ...ADVERT, ...HIGH }, Array.from({ length }, () => Math.floor(random() * 256)));
  });
}

/** Sends each frame once to a master, no faster than it advertises, so that pace is not the matter here. */
async function shrugsOff(
  stand: Stand,
  text: string,
  frames: readonly Frame[],
  interval: number,
): Promise<void> {
  await master(stand, text);
  const since = now();
  const portion = Math.max(1, Math.ceil(frames.length / 10));
  for (let at = 0; at < frames.length; at += portion) {
    await stand.wire.nextAdverts(1, now());
    for (const frame of frames.slice(at, at + portion)) stand.wire.send(frame);
  }
  await stand.wire.nextAdverts(2, now());
  undisturbed(stand, since, interval, "this");
}

/** Packets a second of the greatest flood; the peer's own voice is one more. */
const GREAT_FLOOD = 50_000;

/** Truncations, bit flips, forged VRIDs, other versions and types, wrong address lists. */
const MIXED: readonly Frame[] = [
  ...bitFlips(HIGH),
  ...truncations(HIGH),
  ...Array.from({ length: 50 }, (_, i) => advertFrame({ ...HIGH, vrid: 100 + i })),
  ...[0, 1, 2, 4, 15].map((version) => advertFrame({ ...HIGH, version })),
  ...[0, 2, 15].map((type) => advertFrame({ ...HIGH, type })),
  ...[0, 1, 64, 254].map((ttl) => advertFrame({ ...HIGH, ttl })),
  ...Array.from({ length: 20 }, (_, i) => advertFrame({ ...HIGH, addresses: [`10.80.0.${i + 1}`] })),
  ...garbage(100),
];

/** MiB that a garbage collector may be behind. */
const MEMORY_NOISE = 40;

/** Resident memory of a process and all that came from it, MiB. */
function residentMemory(pid: number): number {
  const sizes = descendants(pid).map((each) => {
    try {
      return Number(/^VmRSS:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${each}/status`))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

export const HOSTILE: Chapter = {
  number: 16,
  title: "Hostile packets",
  behaviours: [
    stream(
      "Five wrong checksums a second do not slow a master of version 2 down",
      2,
      { checksum: "wrong" },
      5,
      SLOWED,
    ),
    stream(
      "Ten wrong checksums a second do not slow a master of version 3 down",
      3,
      { checksum: "wrong" },
      10,
      SLOWED,
    ),
    stream("Twenty packets with TTL 254 a second do not slow a master down", 3, { ttl: 254 }, 20, SLOWED),
    stream(
      "Twenty packets of another version a second do not slow a master down",
      3,
      { version: 2, interval: 1 },
      20,
      SLOWED,
    ),
    stream(
      "Five packets with another address a second do not slow a master down",
      2,
      { addresses: ["10.80.0.199"] },
      5,
      SLOWED,
    ),
    stream(
      "Five packets with a password that is not ours a second do not slow a master down",
      2,
      { authenticationType: 1, password: "guess" },
      5,
      SLOWED,
    ),
    stream(
      "Five packets with another interval a second do not slow a master down",
      2,
      { interval: 9 },
      5,
      SLOWED,
    ),
    stream(`${FLOOD} packets of another VRID a second do not slow a master down`, 3, { vrid: 99 }, FLOOD, {
      alone: true,
    }),
    stream(`${FLOOD} wrong checksums a second do not slow a master down`, 3, { checksum: "wrong" }, FLOOD, {
      alone: true,
      ...SLOWED,
    }),
    {
      title: `${FLOOD} random packets a second to protocol 112 do not slow a master down`,
      source: "RFC 9568 7.1",
      alone: true,
      ...SLOWED,
      run: (stand) =>
        withstands(
          stand,
          v3(),
          garbage(500),
          { perSecond: FLOOD, milliseconds: 3_000, interval: INTERVAL },
          HIGH,
        ),
    },
    {
      title: `A backup in a flood of ${FLOOD} foreign packets a second goes on hearing its master`,
      source: "RFC 9568 6.4.2",
      alone: true,
      async run(stand) {
        const { feed } = await backup(stand, v3());
        await flood(
          stand,
          [advertFrame({ ...HIGH, vrid: 99 }), advertFrame({ ...HIGH, vrid: 7 })],
          FLOOD,
          3_000,
        );
        assert.deepEqual(stand.wire.adverts(), []);
        await takesOver(stand, feed.stop(), downInterval3(100));
      },
    },
    {
      title: `A backup in a flood of ${FLOOD} wrong checksums a second goes on hearing its master`,
      source: "RFC 9568 6.4.2",
      alone: true,
      async run(stand) {
        const { feed } = await backup(stand, v3());
        await flood(stand, [advertFrame({ ...HIGH, checksum: "wrong" })], FLOOD, 3_000);
        assert.deepEqual(stand.wire.adverts(), []);
        await takesOver(stand, feed.stop(), downInterval3(100));
      },
    },
    {
      title: "A backup takes over at its time in the midst of refused packets, 50 a second",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const { feed } = await backup(stand, v3());
        const wrong = stand.wire.feed(advertFrame({ ...HIGH, ttl: 1 }), 20);
        await wrong.sends(5);
        await takesOver(stand, feed.stop(), downInterval3(100));
        wrong.stop();
      },
    },
    {
      title: "Every single bit of a version 3 message flipped: a master believes none",
      source: "RFC 9568 7.1 (checksum)",
      ...SLOWED,
      run: (stand) => shrugsOff(stand, v3(), bitFlips(HIGH), INTERVAL),
    },
    {
      title: "Every single bit of a version 2 message flipped: a master believes none",
      source: "RFC 3768 7.1 (checksum)",
      ...SLOWED,
      run: (stand) =>
        shrugsOff(
          stand,
          v2({ password: "secret" }),
          bitFlips({ ...HIGH, ...ADVERT2, authenticationType: 1, password: "secret" }),
          1000,
        ),
    },
    {
      title: "A message cut at every length: a master believes none",
      source: "RFC 9568 7.1 (length)",
      ...SLOWED,
      run: (stand) => shrugsOff(stand, v3(), truncations(HIGH), INTERVAL),
    },
    {
      title: "A message cut at every length, version 2 with a password: a master believes none",
      source: "RFC 3768 7.1 (length)",
      ...SLOWED,
      run: (stand) =>
        shrugsOff(
          stand,
          v2({ password: "secret" }),
          truncations({ ...HIGH, ...ADVERT2, authenticationType: 1, password: "secret" }),
          1000,
        ),
    },
    {
      title: "Two hundred packets of random octets: a master believes none",
      source: "RFC 9568 7.1",
      ...SLOWED,
      run: (stand) => shrugsOff(stand, v3(), garbage(200), INTERVAL),
    },
    {
      title: "The largest packet that there can be, 255 addresses: refused, nothing happens",
      source: "RFC 9568 5.2.5",
      ...SLOWED,
      run: (stand) =>
        shrugsOff(
          stand,
          v3(),
          [advertFrame({ ...HIGH, addresses: Array.from({ length: 255 }, (_, i) => `10.90.0.${i}`) })],
          INTERVAL,
        ),
    },
    {
      title: "Five hundred packets of lower priority a second do not make a master send as many",
      source: "a flood must not be amplified",
      alone: true,
      remark: "keepalived answers each of them",
      async run(stand) {
        await master(stand, v3({ more: ["garp_lower_prio_repeat 0"] }));
        const since = now();
        await flood(stand, [advertFrame({ ...HIGH, priority: 10 })], 500, 2_000);
        const count = stand.wire.adverts(since).length;
        between(count, 4, 200, "advertisements in 2 s");
        assert.deepEqual(stand.addresses.changes(VIP, since), []);
      },
    },
    {
      title: "A goodbye that nobody of rank said: a backup of a living master comes back to it",
      source: "RFC 9568 6.4.2, 6.4.3",
      async run(stand) {
        const { feed } = await backup(stand, v3());
        stand.wire.say({ ...HIGH, source: "10.80.0.99", priority: 0 });
        await feed.sends(30);
        assert.ok(!stand.addresses.has(VIP), "it follows the living master in the end");
        const last = stand.wire.adverts().at(-1);
        assert.ok(last === undefined || now() - last.at > INTERVAL * 2);
        feed.stop();
      },
    },
    {
      title:
        "Half a million broken packets in ten seconds at a master: nothing late, nothing lost, no memory taken",
      source: "RFC 9568 7.1",
      alone: true,
      ...SLOWED,
      async run(stand) {
        const { daemon } = await master(stand, v3());
        await flood(stand, MIXED, 20_000, 1_000);
        const before = residentMemory(daemon.process.pid);
        const since = now();
        await flood(stand, MIXED, GREAT_FLOOD, 10_000);
        undisturbed(stand, since, INTERVAL, "the flood");
        between(residentMemory(daemon.process.pid) - before, -1_000, MEMORY_NOISE, "memory taken, MiB");
        await givesWay(stand, stand.wire.say(HIGH), VIP, 100);
      },
    },
    {
      title:
        "Half a million broken packets in ten seconds at a backup: it hears its master, takes over at its time",
      source: "RFC 9568 7.1, 6.4.2",
      alone: true,
      async run(stand) {
        const { daemon, feed } = await backup(stand, v3());
        await flood(stand, MIXED, 20_000, 1_000);
        const before = residentMemory(daemon.process.pid);
        await flood(stand, MIXED, GREAT_FLOOD, 10_000);
        assert.deepEqual(stand.wire.adverts(), []);
        between(residentMemory(daemon.process.pid) - before, -1_000, MEMORY_NOISE, "memory taken, MiB");
        await takesOver(stand, feed.stop(), downInterval3(100));
      },
    },
  ],
};
