/** What daemon and peer do in one test of an election after the other. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { backup, between, givesWay, goesOn, master, OFTEN, speaks, takesOver, v3, VIP } from "../moves.ts";
import { advertFrame, type AdvertSpec } from "../rig/packet.ts";
import { type Stand } from "../rig/stand.ts";

/** ms within which an answer is "at once": far less than the interval of 2 s that it is tested with. */
export const AT_ONCE = 1_000;

/** A master with an interval of 2 s hears a packet and answers it long before its turn. */
export async function answersAtOnce(stand: Stand, peer: Partial<AdvertSpec>): Promise<void> {
  await master(stand, v3({ priority: 254, interval: 2 }));
  const since = now();
  // A regular one has just been: the next is far.
  await speaks(stand, { since });
  const said = stand.wire.say(peer);
  const answer = await speaks(stand, { since: said });
  between(answer.at - said, 0, AT_ONCE, "answer after, ms");
  assert.deepEqual(stand.addresses.changes(VIP, since), []);
}

/** A master hears a packet and goes on as if it had not. */
export async function stays(stand: Stand, text: string, peer: Partial<AdvertSpec>): Promise<void> {
  await master(stand, text);
  const since = now();
  for (let round = 0; round < 3; round++) {
    await speaks(stand, { since: now() });
    stand.wire.say(peer);
  }
  await goesOn(stand, since);
}

/** A backup follows a peer, and takes over when the peer falls silent, not before. */
export async function follows(
  stand: Stand,
  text: string,
  peer: Partial<AdvertSpec>,
  wait: number,
): Promise<void> {
  const { feed } = await backup(stand, text, peer);
  await feed.sends(15);
  assert.deepEqual(stand.wire.adverts(), [], "silent while the peer is heard");
  await takesOver(stand, feed.stop(), wait);
}

/** A master hears a packet and gives way without a goodbye. */
export async function yields(stand: Stand, text: string, peer: Partial<AdvertSpec>): Promise<void> {
  await master(stand, text);
  const feed = stand.wire.feed(advertFrame(peer), OFTEN);
  await givesWay(stand, feed.lastAt);
  assert.deepEqual(stand.wire.adverts(0, ({ priority }) => priority === 0), [], "no goodbye");
  feed.stop();
}

/** A rival as good as the daemon. */
export const EQUAL = { priority: 100 };
