/** BFD sessions (RFC 5880, RFC 5881), and what instances make of them. */
import assert from "node:assert/strict";
import { elapse, now } from "../../lab/clock.ts";
import { block, configuration, instance } from "../../lab/config_text.ts";
import type { Daemon } from "../../lab/daemon.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import { between, middlePause, V3, VIP } from "../moves.ts";
import { BfdPeer, type BfdSpec, FLAG, PEER, STATE } from "../rig/bfd_peer.ts";
import { HOST, type Stand } from "../rig/stand.ts";

function text(lines: readonly string[] = [], tracked = "peer"): string {
  const pace = ["min_tx 100", "min_rx 100", "multiplier 3", ...lines];
  const session = [`neighbor_ip ${PEER.address}`, `source_ip ${HOST.address}`, ...pace];
  const more = ["track_bfd {", `    ${tracked}`, "}"];
  return configuration([block("bfd_instance peer", session), instance({ ...V3, more })]);
}

interface Scene {
  readonly stand: Stand;
  readonly peer: BfdPeer;
  readonly daemon: Daemon;
}

/** The daemon runs and knows its neighbour, which is silent. */
async function silent(stand: Stand, lines: readonly string[] = [], tracked?: string): Promise<Scene> {
  const peer = await BfdPeer.meet(stand);
  return { stand, peer, daemon: await stand.start(text(lines, tracked)) };
}

/** A row with a session that is up, and an instance that is master because of it. */
function whileUp(
  title: string,
  source: string,
  then: (scene: Scene) => Promise<void>,
  changes: Partial<BfdSpec> = {},
): Behaviour {
  return {
    title,
    source,
    async run(stand) {
      const scene = await silent(stand);
      using peer = scene.peer;
      await peer.comeUp(changes);
      await stand.addresses.added(VIP, { within: 15_000 });
      await then(scene);
    },
  };
}

/** The session goes on: the daemon is still up and master a while after. */
async function goesOn({ stand, peer, daemon }: Scene): Promise<void> {
  const at = now();
  await peer.next(({ state }) => state === STATE.up, at + 500, "state Up half a second later");
  assert.ok(peer.since(at).every(({ state }) => state === STATE.up), "never another state");
  assert.ok(stand.addresses.has(VIP));
  assert.equal(daemon.log.filter(({ text }) => /Entering Down state/.test(text), 0).length, 0);
}

async function fault({ stand, daemon }: Scene, since: number): Promise<void> {
  await stand.wire.advert(({ priority }) => priority === 0, { since, within: 15_000 }, "goodbye");
  await stand.addresses.removed(VIP, { since, within: 15_000 });
  await daemon.enters("VI_1", "FAULT", { since });
}

function discarded(title: string, source: string, packet: Partial<BfdSpec>, remark?: string): Behaviour {
  const row = whileUp(title, source, async (scene) => {
    for (let i = 0; i < 5; i++) scene.peer.send({ state: STATE.down, diagnostic: 1, ...packet });
    await goesOn(scene);
  });
  return remark === undefined ? row : { ...row, remark };
}

export const BFD: Chapter = {
  number: 21,
  title: "BFD",
  behaviours: [
    {
      title:
        "A session begins in Down: TTL 255, a source port from 49152 on, discriminator, no faster than 1 s",
      source: "RFC 5880 6.8.3, RFC 5881 4 and 5",
      async run(stand) {
        const { peer } = await silent(stand);
        using _peer = peer;
        await peer.next(() => peer.heard.length >= 3, 0, "three packets");
        for (const packet of peer.heard) {
          assert.deepEqual([packet.version, packet.state, packet.ttl, packet.yours], [1, STATE.down, 255, 0]);
          assert.ok(packet.sourcePort >= 49152 && packet.mine !== 0 && packet.transmit >= 1_000_000);
          assert.deepEqual([packet.multiplier, packet.receive], [3, 100_000]);
        }
        const [first, , third] = peer.heard;
        assert.ok(third!.at - first!.at > 1_000, "with at most a quarter of jitter");
      },
    },
    {
      title: "Down is answered with Init, Init with Up, each with the neighbour's discriminator",
      source: "RFC 5880 6.2",
      async run(stand) {
        const { peer } = await silent(stand);
        using _peer = peer;
        await peer.comeUp({ mine: 0xcafe });
        const init = peer.heard.find(({ state }) => state === STATE.init)!;
        const up = peer.heard.find(({ state }) => state === STATE.up)!;
        assert.deepEqual([init.yours, up.yours, up.mine], [0xcafe, 0xcafe, init.mine]);
      },
    },
    whileUp("A poll is answered at once with the final bit", "RFC 5880 6.5", async ({ peer }) => {
      const at = peer.send({ flags: FLAG.poll });
      const answer = await peer.next(({ flags }) => (flags & FLAG.final) !== 0, at, "the final bit");
      assert.equal(answer.flags & FLAG.poll, 0);
    }),
    whileUp(
      "Silence for the detection time: Down with diagnostic 1, FAULT",
      "RFC 5880 6.8.4",
      async (scene) => {
        const { peer } = scene;
        peer.saying = null;
        const at = now();
        const down = await peer.next(({ state }) => state === STATE.down, at, "state Down");
        assert.deepEqual([down.diagnostic, down.yours], [1, 0]);
        await fault(scene, at);
      },
    ),
    whileUp(
      "After silence the session comes up again, and the instance with it",
      "RFC 5880 6.2",
      async (scene) => {
        const { stand, peer } = scene;
        peer.saying = null;
        await fault(scene, now());
        const at = now();
        await peer.comeUp();
        await stand.addresses.added(VIP, { since: at, within: 15_000 });
      },
    ),
    whileUp("A neighbour that says Down: Down with diagnostic 3, FAULT", "RFC 5880 6.8.6", async (scene) => {
      const { peer } = scene;
      const at = now();
      peer.saying = { state: STATE.down, diagnostic: 1, transmit: 1_000_000 };
      const down = await peer.next(
        ({ state }) => state === STATE.down || state === STATE.init,
        at,
        "state Down",
      );
      if (down.state === STATE.down) assert.equal(down.diagnostic, 3);
      await fault(scene, at);
    }),
    whileUp(
      "A neighbour that says AdminDown: Down, but no FAULT",
      "RFC 5880 6.2, RFC 5882 3.2",
      async (scene) => {
        const { stand, peer, daemon } = scene;
        const at = now();
        peer.saying = { state: STATE.adminDown, diagnostic: 7, transmit: 1_000_000 };
        await peer.next(({ state }) => state === STATE.down, at, "state Down");
        await elapse(600);
        assert.ok(stand.addresses.has(VIP));
        assert.equal(daemon.log.filter(({ text }) => /Entering FAULT STATE/.test(text), at).length, 0);
      },
    ),
    discarded("TTL 254: discarded", "RFC 5881 5", { ttl: 254 }),
    discarded("Version 2: discarded", "RFC 5880 6.8.6", { version: 2 }),
    discarded("Detection multiplier 0: discarded", "RFC 5880 6.8.6", { multiplier: 0 }),
    discarded("Multipoint bit: discarded", "RFC 5880 6.8.6", { flags: FLAG.multipoint }),
    discarded("My discriminator 0: discarded", "RFC 5880 6.8.6", { mine: 0 }),
    discarded("Your discriminator of no session: discarded", "RFC 5880 6.8.6", { yours: 0x55555555 }),
    discarded(
      "Your discriminator right, source address wrong: discarded",
      "RFC 5881 3 (one session a neighbour)",
      { source: "10.80.0.101" },
      "keepalived goes by the discriminator alone",
    ),
    whileUp(
      "No more packets than the neighbour's Required Min RX Interval asks for",
      "RFC 5880 6.8.7",
      async ({ peer }) => {
        const at = now();
        await peer.next((packet) => packet.at > at + 2_000, at, "a packet two seconds later");
        const seen = peer.since(at).filter(({ flags }) => (flags & FLAG.final) === 0);
        between(middlePause(seen), 350, 1_000, "middle pause, ms");
      },
      { receive: 500_000 },
    ),
    {
      ...whileUp("Required Min RX Interval 0: no periodic packets", "RFC 5880 6.8.7", async ({ peer }) => {
        peer.saying = { receive: 0 };
        await elapse(300);
        const at = now();
        await elapse(800);
        assert.deepEqual(peer.since(at).filter(({ flags }) => (flags & FLAG.final) === 0), []);
      }),
      remark: "keepalived goes on at its own pace",
    },
    {
      title: "`passive`: not a word before the neighbour speaks",
      source: "RFC 5880 6.1, keepalived.conf(5)",
      async run(stand) {
        const { peer, daemon } = await silent(stand, ["passive"]);
        using _peer = peer;
        await daemon.says(/Startup complete/);
        await elapse(1500);
        assert.deepEqual(peer.heard, []);
        await peer.comeUp();
      },
    },
    {
      title: "`track_bfd` with a weight: the priority follows the session, and there is no FAULT",
      source: "keepalived.conf(5) bfd_instance weight",
      async run(stand) {
        const { peer } = await silent(stand, [], "peer weight 40");
        using _peer = peer;
        const withPriority = (priority: number, since: number) =>
          stand.wire.advert(
            (frame) => frame.priority === priority,
            { since, within: 15_000 },
            `priority ${priority}`,
          );
        await withPriority(100, 0);
        await peer.comeUp();
        await withPriority(140, 0);
        peer.saying = null;
        await withPriority(100, now());
        assert.deepEqual(stand.wire.adverts(0, ({ priority }) => priority === 0), []);
      },
    },
    {
      title: "`track_bfd` with `weight 0 reverse`: FAULT while the session is up",
      source: "keepalived.conf(5) track_bfd",
      async run(stand) {
        const scene = await silent(stand, [], "peer weight 0 reverse");
        using peer = scene.peer;
        await stand.addresses.added(VIP, { within: 15_000 });
        const at = now();
        await peer.comeUp();
        await fault(scene, at);
      },
    },
    whileUp("A reload without a change keeps the session up", "keepalived(8) SIGHUP", async (scene) => {
      const before = scene.peer.heard.at(-1)!.mine;
      const at = await scene.stand.reload(text());
      await scene.daemon.says(/Reload complete|Reload finished|Reloading/, { since: at });
      await goesOn(scene);
      assert.equal(scene.peer.heard.at(-1)!.mine, before);
    }),
  ],
};
