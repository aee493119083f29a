/** The end of the daemon, polite and not. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { configuration, instance } from "../../lab/config_text.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import {
  backup,
  between,
  downInterval3,
  goesOn,
  hex,
  INTERVAL,
  master,
  speaks,
  v2,
  V3,
  v3,
  VIP,
} from "../moves.ts";
import { HOST, type Stand } from "../rig/stand.ts";
import { advertFrame } from "../rig/packet.ts";

const goodbyes = (stand: Stand, since: number) => stand.wire.adverts(since, ({ priority }) => priority === 0);

export const STOP: Chapter = {
  number: 10,
  title: "Stop",
  behaviours: [
    {
      title: "SIGTERM as master: a goodbye at once",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        const { daemon } = await master(stand, v2());
        const at = daemon.terminate();
        const goodbye = await stand.wire.advert(({ priority }) => priority === 0, {
          since: at,
          within: 15_000,
        });
        between(goodbye.at - at, 0, 900, "from the signal to the goodbye, ms");
      },
    },
    {
      title: "The goodbye is an advertisement like the others but for its priority",
      source: "RFC 9568 5.2.4",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const at = daemon.terminate();
        const { payload } = await stand.wire.advert(({ priority }) => priority === 0, { since: at });
        const expected = advertFrame({ source: HOST.address, priority: 0, minimum: 0 }).subarray(34);
        assert.equal(hex(payload), hex(expected));
      },
    },
    {
      title: "SIGINT does the same",
      source: "keepalived(8) SIGNALS",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const at = now();
        daemon.process.signal("SIGINT");
        await stand.wire.advert(({ priority }) => priority === 0, { since: at, within: 15_000 });
        await stand.addresses.removed(VIP, { since: at, within: 15_000 });
      },
    },
    {
      title: "After SIGTERM no address of ours is left and the exit code is 0",
      source: "RFC 9568 6.4.3; keepalived(8)",
      async run(stand) {
        const text = v3({ addresses: [`${VIP}/24`, "10.80.0.201/32", "192.0.2.7/24"] });
        const { daemon } = await master(stand, text);
        await stand.addresses.added("192.0.2.7");
        daemon.terminate();
        const status = await daemon.process.endsWithin(8_000);
        assert.equal(status?.code, 0);
        const facts = await Promise.all(
          [VIP, "10.80.0.201", "192.0.2.7"].map((each) => stand.describe(each)),
        );
        assert.deepEqual(facts, [null, null, null]);
      },
    },
    {
      title: "After the goodbye it says nothing more",
      source: "RFC 9568 6.4.1",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const at = daemon.terminate();
        const goodbye = await stand.wire.advert(({ priority }) => priority === 0, { since: at });
        await stand.wire.never(
          (frame) => frame.kind === "vrrp" && frame.priority !== 0,
          INTERVAL * 4,
          "an advertisement after the goodbye",
          goodbye.at + 0.01,
        );
        assert.equal(goodbyes(stand, at).length, 1);
      },
    },
    {
      title: "A backup that is stopped says nothing",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const { daemon, feed } = await backup(stand, v3());
        daemon.terminate();
        await daemon.process.endsWithin(8_000);
        feed.stop();
        assert.deepEqual(stand.wire.adverts(), []);
      },
    },
    {
      title: "It leaves the multicast group",
      source: "RFC 3376 5.1",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const at = daemon.terminate();
        await daemon.process.endsWithin(8_000);
        await stand.wire.next(
          (frame) =>
            frame.kind === "membership" &&
            frame.records.some(({ group, type }) => group === "224.0.0.18" && type === 3),
          { since: at, within: 15_000, what: "a leave report" },
        );
      },
    },
    {
      title: "All instances say goodbye",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        const instances = [51, 52, 53, 54].map((vrid) =>
          instance({ ...V3, name: `VI_${vrid}`, vrid, addresses: [`10.80.0.${vrid + 150}/24`] })
        );
        const daemon = await stand.start(configuration(instances));
        await Promise.all([201, 202, 203, 204].map((last) => stand.addresses.added(`10.80.0.${last}`)));
        const at = daemon.terminate();
        for (const vrid of [51, 52, 53, 54]) {
          await stand.wire.advert((frame) => frame.vrid === vrid && frame.priority === 0, {
            since: at,
            within: 15_000,
          });
        }
      },
    },
    {
      title:
        "Started again after kill -9: the VIP that was left behind is removed and it waits as any backup",
      source: "keepalived (left-over addresses)",
      async run(stand) {
        const { daemon } = await master(stand, v2());
        daemon.kill();
        await daemon.process.ended;
        const at = now();
        await stand.start(v2());
        await stand.addresses.removed(VIP, { since: at, within: 15_000 });
        const advert = await speaks(stand, { since: at });
        between(advert.at - at, 3_600, 10_000, "from the start to the first word, ms");
      },
    },
    {
      title: "A left-over VIP is never the source of an advertisement",
      source: "keepalived (left-over addresses)",
      configured: false,
      async run(stand) {
        await stand.ip(
          "link set eth0 up",
          `address add ${VIP}/32 dev eth0`,
          "address add 10.80.0.20/24 dev eth0",
        );
        await stand.start(v3({ addresses: [`${VIP}/32`] }));
        const advert = await speaks(stand, { within: 15_000 });
        assert.equal(advert.source, HOST.address);
      },
    },
    {
      title: "An address of ours on another interface of the host is not touched",
      source: "keepalived (left-over addresses)",
      links: 2,
      async run(stand) {
        await stand.ip("address add 10.80.1.77/24 dev eth1");
        const { daemon } = await master(stand, v3());
        daemon.terminate();
        await daemon.process.endsWithin(8_000);
        assert.ok(stand.addresses.has("10.80.1.77"));
        assert.ok(stand.addresses.has(HOST.address));
      },
    },
    {
      title: "A second SIGTERM does not hurt: it ends with code 0",
      source: "keepalived(8)",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        daemon.terminate();
        daemon.terminate();
        assert.equal((await daemon.process.endsWithin(8_000))?.code, 0);
      },
    },
    ...["SIGUSR1", "SIGUSR2"].map((signal): Behaviour => ({
      title: `${signal} is answered with a file, not with an end: it goes on as master`,
      source: "keepalived(8) SIGNALS",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const since = now();
        daemon.process.signal(signal as Deno.Signal);
        await stand.wire.nextAdverts(8, since);
        await goesOn(stand, since);
      },
    })),
    {
      title: "The signal for JSON (SIGRTMIN+2) does not end it",
      source: "keepalived(8) SIGNALS",
      async run(stand) {
        // A shell in between: Deno cannot be the parent of a process that a real-time signal ended.
        const script = `"$0" "$@" & echo $! > '${stand.path("pid")}'; wait $!`;
        await stand.start(v3(), ["sh", "-c", script]);
        await stand.addresses.added(VIP);
        const since = now();
        await stand.run(["/bin/kill", "-36", (await Deno.readTextFile(stand.path("pid"))).trim()]);
        await stand.wire.nextAdverts(8, since, 4_000);
        await goesOn(stand, since);
      },
    },
    {
      title: "Stopped and started at once: it waits as any backup, and is master again with its address",
      source: "RFC 9568 6.4.1",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        await daemon.stop();
        const at = now();
        await stand.start(v3());
        const advert = await speaks(stand, { since: at });
        between(advert.at - at, downInterval3(100), downInterval3(100) + 3_000, "from the start, ms");
        await stand.addresses.added(VIP, { since: at });
      },
    },
    {
      title: "Stopped during the wait before the first word: it says nothing at all",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const daemon = await stand.start(v2());
        await daemon.enters("VI_1", "BACKUP");
        daemon.terminate();
        assert.equal((await daemon.process.endsWithin(8_000))?.code, 0);
        assert.deepEqual(stand.wire.adverts(), []);
      },
    },
  ],
};
