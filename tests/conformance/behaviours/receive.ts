/** Which advertisements are believed. A packet that is not must change nothing: as if it had not come. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { configuration, instance, type InstanceText } from "../../lab/config_text.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import {
  ADVERT2,
  downInterval2,
  downInterval3,
  entersBackup,
  givesWay,
  goesOn,
  HIGH,
  INTERVAL,
  LOG_LATE,
  master,
  OFTEN,
  speaks,
  takesOver,
  v2,
  V3,
  v3,
  VIP,
} from "../moves.ts";
import {
  ADVERT,
  advertFrame,
  type AdvertSpec,
  frameAround,
  internetChecksum,
  vrrpMessage,
} from "../rig/packet.ts";
import { authenticatedFrame } from "../rig/authentication.ts";
import type { Stand } from "../rig/stand.ts";

type Frame = Uint8Array<ArrayBuffer>;

/** What is common to a row of refused packets. */
interface Ground {
  readonly text: string;
  /** What would be believed. */
  readonly good: Partial<AdvertSpec>;
  /** Silence until the daemon takes over, ms. */
  readonly wait: number;
  readonly interval: number;
}

const GROUND3: Ground = { text: v3(), good: HIGH, wait: downInterval3(100), interval: INTERVAL };
const GROUND2: Ground = {
  text: v2(),
  good: { ...HIGH, ...ADVERT2 },
  wait: downInterval2(100),
  interval: 1000,
};

/** The ground of version 2 with a password. */
const GROUND_PASS: Ground = {
  ...GROUND2,
  text: v2({ password: "secret" }),
  good: { ...GROUND2.good, authenticationType: 1, password: "secret" },
};

/** How often a master hears a refused packet; more of them, and faster, are the matter of the chapter on floods. */
const ROUNDS = 3;

/**
 * The packet is sent all the time, with a priority that would win. The daemon takes over at its time all the same, as
 * master it is not disturbed; and then the same packet without its fault does win, so it was refused for the fault.
 */
async function isRefused(stand: Stand, ground: Ground, bad: Frame): Promise<void> {
  const feed = stand.wire.feed(bad, OFTEN);
  const daemon = await stand.start(ground.text);
  const at = await entersBackup(daemon);
  await takesOver(stand, at, ground.wait, { early: LOG_LATE, what: "takeover in spite of it after" });
  feed.stop();
  await stand.addresses.added(VIP);
  const since = now();
  for (let round = 0; round < ROUNDS; round++) {
    await speaks(stand, { since: now() });
    stand.wire.send(bad);
  }
  await goesOn(stand, since, VIP, ground.interval);
  const said = stand.wire.say(ground.good);
  await givesWay(stand, said, VIP, 100);
}

function refused(
  title: string,
  source: string,
  ground: Ground,
  bad: Partial<AdvertSpec> | Frame,
  remark?: string,
): Behaviour {
  const frame = bad instanceof Uint8Array ? bad : advertFrame({ ...ground.good, ...bad });
  return {
    title: `Refused: ${title}`,
    source,
    ...(remark === undefined ? {} : { remark }),
    run: (stand) => isRefused(stand, ground, frame),
  };
}

/** As master it hears one packet with a higher priority, and gives way. */
async function isBelieved(stand: Stand, text: string, frame: Frame): Promise<void> {
  await master(stand, text);
  const said = stand.wire.send(frame);
  await givesWay(stand, said, VIP, 100);
}

function believed(
  title: string,
  source: string,
  packet: Partial<AdvertSpec>,
  changes: Partial<InstanceText> = {},
  remark?: string,
): Behaviour {
  const version2 = packet.version === 2;
  const good = (version2 ? GROUND2 : GROUND3).good;
  return {
    title: `Believed: ${title}`,
    source,
    ...(remark === undefined ? {} : { remark }),
    run: (stand) => isBelieved(stand, (version2 ? v2 : v3)(changes), advertFrame({ ...good, ...packet })),
  };
}

/** The end of a message is missing, and the IP header says so. */
const cut = (octets: number): Partial<AdvertSpec> => ({ cut: octets, minimum: 0 });

/** The first of several fragments, the others of which never come. */
function fragment(frame: Frame): Frame {
  const header = frame.slice(14, 34);
  header.set([0x20, 0, 255, 112, 0, 0], 6);
  const checksum = internetChecksum(header);
  header.set([checksum >> 8, checksum & 0xff], 10);
  const changed = frame.slice();
  changed.set(header, 14);
  return changed;
}

const EMPTY = frameAround({ ...ADVERT, ...HIGH }, []);
const GARBAGE = frameAround(
  { ...ADVERT, ...HIGH },
  Array.from({ length: 40 }, (_, i) => (i * 37 + 11) & 0xff),
);

export const RECEIVE3: Chapter = {
  number: 4,
  title: "Receive checks, version 3",
  behaviours: [
    refused("TTL 254", "RFC 9568 7.1 (TTL is 255)", GROUND3, { ttl: 254 }),
    refused("TTL 1", "RFC 9568 7.1", GROUND3, { ttl: 1 }),
    refused("version 2 at an instance of version 3", "RFC 9568 7.1 (version)", GROUND3, {
      version: 2,
      interval: 1,
    }),
    refused("version 4", "RFC 9568 7.1 (version)", GROUND3, { version: 4 }),
    refused("version 0", "RFC 9568 7.1 (version)", GROUND3, { version: 0 }),
    refused("type 2", "RFC 9568 5.2.2", GROUND3, { type: 2 }),
    refused("type 0", "RFC 9568 5.2.2", GROUND3, { type: 0 }),
    refused("a wrong checksum", "RFC 9568 7.1 (checksum)", GROUND3, { checksum: "wrong" }),
    refused("another VRID", "RFC 9568 7.1 (VRID)", GROUND3, { vrid: 52 }),
    refused("no octet of VRRP at all", "RFC 9568 7.1 (length)", GROUND3, EMPTY),
    refused("7 octets", "RFC 9568 7.1 (length)", GROUND3, cut(7)),
    refused("a header that promises an address that is not there", "RFC 9568 7.1 (length)", GROUND3, cut(8)),
    refused("an address cut in half", "RFC 9568 7.1 (length)", GROUND3, cut(10)),
    refused("a count of 255 with one address", "RFC 9568 7.1 (length)", GROUND3, { count: 255 }),
    refused("random octets", "RFC 9568 7.1", GROUND3, GARBAGE),
    refused("another address", "RFC 9568 7.1 (address list); keepalived before 2.3.3", GROUND3, {
      addresses: ["10.80.0.199"],
    }),
    refused("one address more than ours", "RFC 9568 7.1 (count); keepalived before 2.3.3", GROUND3, {
      addresses: [VIP, "10.80.0.199"],
    }),
    refused("no address", "RFC 9568 7.1 (count); keepalived before 2.3.3", GROUND3, { addresses: [] }),
    refused("sent to our own address instead of to the group", "RFC 9568 7.1; keepalived", GROUND3, {
      destination: "10.80.0.20",
      destinationMac: "02:00:00:00:00:14",
    }),
    refused("sent to another group", "RFC 9568 5.1.1.2", GROUND3, {
      destination: "224.0.0.19",
    }),
    refused("sent to the broadcast address", "RFC 9568 5.1.1.2", GROUND3, {
      destination: "255.255.255.255",
    }),
    refused("another IP protocol number", "RFC 9568 5.1.1.4", GROUND3, { protocol: 113 }),
    believed("a frame padded to 60 octets as on a real Ethernet", "RFC 894", { minimum: 60 }),
    believed("a frame without padding", "RFC 894", { minimum: 0 }),
    believed("a padded frame with 24 octets behind the IP packet", "RFC 894", { minimum: 70 }),
    believed("another interval than ours", "RFC 9568 7.1 (no check in version 3)", { interval: 37 }),
    believed(
      "reserved bits that are not zero",
      "RFC 9568 5.2.6 (ignored on reception)",
      { reserved: 0xf },
    ),
    believed("options in the IP header", "RFC 791 3.1", { ipOptions: [0x94, 4, 0, 0] }),
    believed(
      "a checksum without pseudo-header",
      "RFC 9568 5.2.8",
      { checksum: "plain" },
      {},
      "RFC 9568 leaves the pseudo-header out over IPv4, RFC 5798 has it: ha accepts either and shows which",
    ),
    {
      title: "The addresses may come in another order",
      source: "RFC 9568 7.1; keepalived",
      async run(stand) {
        const text = v3({ addresses: [`${VIP}/24`, "10.80.0.201/24"] });
        await isBelieved(stand, text, advertFrame({ ...HIGH, addresses: ["10.80.0.201", VIP] }));
      },
    },
    {
      title: "An advertisement on another interface is not for this instance",
      source: "RFC 9568 7.1 (VRID of the interface)",
      links: 2,
      async run(stand) {
        await master(stand, v3());
        const since = now();
        const feed = stand.wires[1]!.feed(advertFrame({ ...HIGH, source: "10.80.1.100" }), OFTEN);
        await feed.sends(10);
        await goesOn(stand, since);
      },
    },
    {
      title: "`skip_check_adv_addr`: the list of the master that is followed is not compared again",
      source: "keepalived.conf(5) vrrp_skip_check_adv_addr, skip_check_adv_addr",
      async run(stand) {
        const feed = stand.wire.feed(advertFrame(HIGH), OFTEN);
        const daemon = await stand.start(v3({ more: ["skip_check_adv_addr"] }));
        await daemon.enters("VI_1", "BACKUP");
        await feed.sends(3);
        feed.change(advertFrame({ ...HIGH, addresses: ["10.80.0.199"] }));
        await stand.wire.silent(downInterval3(100) * 2, "an advertisement of a backup", now());
        feed.stop();
      },
    },
    {
      title: "A backup that hears only refused packets says nothing about them on the wire",
      source: "RFC 9568 7.1",
      async run(stand) {
        const feed = stand.wire.feed(advertFrame(HIGH), OFTEN);
        const wrong = stand.wire.feed(advertFrame({ ...HIGH, checksum: "wrong" }), OFTEN);
        const daemon = await stand.start(v3());
        await daemon.enters("VI_1", "BACKUP");
        await wrong.sends(15);
        assert.deepEqual(stand.wire.adverts(), []);
        feed.stop();
        wrong.stop();
      },
    },
    refused("an IP length that ends before the message does", "RFC 9568 7.1 (length)", GROUND3, {
      ipLength: 28,
    }),
    refused("an IP length that is longer than the frame", "RFC 791 3.1", GROUND3, {
      ipLength: 200,
      minimum: 0,
    }),
    refused("a count of 2 with one address and octets behind it", "RFC 9568 7.1 (count)", GROUND3, {
      count: 2,
      tail: [10, 80, 0, 199],
    }),
    refused("a fragment", "RFC 791 3.2", GROUND3, fragment(advertFrame(HIGH))),
    refused("an Authentication Header around the message", "RFC 2338 7.1 (protocol 112)", GROUND3, {
      protocol: 51,
    }),
    refused("four octets behind the message, inside the IP packet", "keepalived (length)", GROUND3, {
      tail: [0, 0, 0, 0],
    }),
    {
      title: "The same VRID on two interfaces: two virtual routers that do not hear each other",
      source: "RFC 9568 5.2.3 (VRID is of the interface)",
      links: 2,
      async run(stand) {
        const inner = { ...V3, name: "VI_2", interface: "eth1", addresses: ["10.80.1.200/24"] };
        await stand.start(configuration([instance(V3), instance(inner)]));
        await Promise.all([VIP, "10.80.1.200"].map((vip) => stand.addresses.added(vip, { within: 15_000 })));
        const said = stand.wire.say(HIGH);
        await stand.addresses.removed(VIP, { since: said, within: 15_000 });
        const wire = stand.wires[1]!;
        await wire.nextAdverts(4, said);
        assert.deepEqual(stand.addresses.changes("10.80.1.200", said), []);
      },
    },
    {
      title: "An instance in FAULT neither answers nor follows",
      source: "keepalived",
      links: 2,
      async run(stand) {
        await stand.ip("link set eth1 down");
        const daemon = await stand.start(v3({ more: ["track_interface {", "    eth1", "}"] }));
        await daemon.enters("VI_1", "FAULT");
        const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 1 }), OFTEN);
        await feed.sends(15);
        assert.deepEqual(stand.wire.adverts(), []);
        feed.stop();
      },
    },
  ],
};

export const RECEIVE2: Chapter = {
  number: 5,
  title: "Receive checks, version 2",
  behaviours: [
    refused("TTL 254", "RFC 3768 7.1", GROUND2, { ttl: 254 }),
    refused("version 3 at an instance of version 2", "RFC 3768 7.1", GROUND2, { version: 3, interval: 100 }),
    refused("type 2", "RFC 3768 5.3.2", GROUND2, { type: 2 }),
    refused("a wrong checksum", "RFC 3768 7.1", GROUND2, { checksum: "wrong" }),
    refused("another interval than ours", "RFC 3768 7.1 (Advertisement Interval)", GROUND2, { interval: 2 }),
    refused("a password where none is configured", "RFC 3768 7.1 (Auth Type)", GROUND2, {
      authenticationType: 1,
      password: "secret",
    }),
    refused("authentication type 9", "RFC 3768 7.1", GROUND2, { authenticationType: 9 }),
    refused("authentication data cut off", "RFC 3768 7.1 (length)", GROUND2, cut(16)),
    refused("no password where one is configured", "RFC 2338 7.1", GROUND_PASS, {
      authenticationType: 0,
      password: "",
    }),
    refused("another password", "RFC 2338 7.1", GROUND_PASS, { password: "Secret" }),
    refused("a password that only begins like ours", "RFC 2338 7.1", GROUND_PASS, { password: "secre" }),
    refused("a password that begins with ours", "RFC 2338 7.1", GROUND_PASS, { password: "secrets" }),
    refused("authentication type 2 with our password", "RFC 2338 7.1", GROUND_PASS, {
      authenticationType: 2,
    }),
    refused("another address", "RFC 3768 7.1; keepalived before 2.3.3", GROUND2, {
      addresses: ["10.80.0.199"],
    }),
    refused("a count of 2 with one address", "RFC 3768 7.1", GROUND2, { count: 2 }),
    believed("a password of which only the first 8 characters are the same", "RFC 2338 5.3.10", {
      version: 2,
      authenticationType: 1,
      password: "12345678",
    }, { password: "123456789" }),
    believed("a frame padded to 60 octets", "RFC 894", { version: 2, minimum: 60 }),
    believed("a frame without padding", "RFC 894", { version: 2, minimum: 0 }),
    {
      title: "Three addresses and a password, as tcpdump's own capture has them, are believed",
      source: "RFC 2338 5.1",
      async run(stand) {
        const addresses = ["10.80.0.200", "10.80.0.201", "10.80.0.202"];
        const spec = { ...GROUND2.good, addresses, authenticationType: 1, password: "abcdefgh" };
        assert.equal(vrrpMessage({ ...ADVERT, ...spec }).length, 8 + 12 + 8);
        const text = v2({ addresses: addresses.map((each) => `${each}/24`), password: "abcdefgh" });
        await isBelieved(stand, text, advertFrame(spec));
      },
    },
    {
      title: "`auth_type AH`: a master whose sequence numbers grow is believed",
      source: "RFC 2402 3.4.3; keepalived.conf(5) auth_type",
      async run(stand) {
        await hearsAuthenticated(stand);
        assert.deepEqual(stand.addresses.has(VIP), false);
      },
    },
    {
      title: "`auth_type AH`: captured packets of a master that fell silent are not believed again",
      source: "RFC 2402 3.4.3; keepalived (sequence number already processed)",
      async run(stand) {
        const last = await hearsAuthenticated(stand);
        const replay = stand.wire.feed(authenticated(FIRST_SEQUENCE), AUTHENTICATED_OFTEN);
        await stand.addresses.added(VIP, { since: last, within: downInterval2(100) + 10_000 });
        replay.stop();
      },
    },
    {
      title: "`auth_type AH`: nor is the very last of them",
      source: "RFC 2402 3.4.3",

      async run(stand) {
        const last = await hearsAuthenticated(stand);
        const replay = stand.wire.feed(authenticated(LAST_SEQUENCE), AUTHENTICATED_OFTEN);
        await stand.addresses.added(VIP, { since: last, within: downInterval2(100) + 6_000 });
        replay.stop();
      },
    },
  ],
};

const FIRST_SEQUENCE = 1001;
/** Longer than a backup waits. */
const AUTHENTICATED_PACKETS = 20;
const LAST_SEQUENCE = FIRST_SEQUENCE + AUTHENTICATED_PACKETS - 1;

/** ms */
const AUTHENTICATED_OFTEN = 300;

function authenticated(sequence: number): Frame {
  return authenticatedFrame({ ...HIGH, ...ADVERT2 }, "secret", sequence);
}

/** A backup hears a master with an authentication header, for longer than it would wait; when that one spoke last. */
async function hearsAuthenticated(stand: Stand): Promise<number> {
  const feed = stand.wire.feed(authenticated(FIRST_SEQUENCE), AUTHENTICATED_OFTEN);
  const text = v2({ more: ["authentication {", "    auth_type AH", "    auth_pass secret", "}"] });
  const daemon = await stand.start(text);
  await daemon.enters("VI_1", "BACKUP");
  for (let sequence = FIRST_SEQUENCE + 1; sequence <= LAST_SEQUENCE; sequence++) {
    feed.change(authenticated(sequence));
    await feed.sends(1);
  }
  const last = feed.stop();
  assert.ok(!stand.addresses.has(VIP), "the master is heard");
  return last;
}
