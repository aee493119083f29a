/**
 * Packets that nobody here wrote, thrown at a running `ha`: captures of other implementations are followed, broken ones
 * change nothing.
 *
 * They are not part of this repository: the test looks for them in the folder that HA_SHARED names, or in `../shared`
 * beside it, and is skipped where there is none.
 */
import assert from "node:assert/strict";
import { now } from "../lab/clock.ts";
import { configuration, instance } from "../lab/config_text.ts";
import { labUnavailable } from "../lab/requirements.ts";
import { entersBackup, longestPause, speaks, V3 } from "./moves.ts";
import { decodeFrame, type VrrpFrame } from "./rig/decode.ts";
import { Hub } from "./rig/hub.ts";
import { ADVERT, advertFrame, frameAround } from "./rig/packet.ts";
import { Stand } from "./rig/stand.ts";

const FOLDER = Deno.env.get("HA_SHARED") ?? new URL("../../../shared", import.meta.url).pathname;
const NAME = "packets of other implementations";

type Frame = Uint8Array<ArrayBuffer>;

function fromHex(text: string): Frame {
  return Uint8Array.from(text.match(/../g)!, (octet) => Number(`0x${octet}`));
}

/** The frames of a list of JSON objects, one a line. */
function readFrames(path: string): Frame[] {
  const lines = Deno.readTextFileSync(path).trim().split("\n");
  return lines.map((line) => fromHex(JSON.parse(line).frame));
}

/**
 * What stands behind the IPv4 headers of a capture file, whatever the link: the broken captures have addresses and
 * checksums that no host would take, so their messages get a new envelope.
 */
function readPayloads(path: string): number[][] {
  const file = Deno.readFileSync(path);
  const view = new DataView(file.buffer);
  const payloads: number[][] = [];
  for (let at = 24; at + 16 <= file.length;) {
    const length = Math.min(view.getUint32(at + 8, true), file.length - at - 16);
    const frame = file.subarray(at + 16, at + 16 + length);
    const type = frame.findIndex((octet, i) => octet === 0x08 && frame[i + 1] === 0x00);
    const packet = frame.subarray(type + 2);
    payloads.push([...packet.subarray((packet[0]! & 0x0f) * 4)]);
    at += 16 + length;
  }
  return payloads;
}

const passwordOf = ({ version, trailer }: VrrpFrame) =>
  version === 2 ? new TextDecoder().decode(trailer).replace(/\0+$/, "") : "";

/** An instance that is the same virtual router as the one that sent an advertisement. */
function counterpart(frame: VrrpFrame): string {
  const { family, vrid, version, addresses, interval } = frame;
  const password = passwordOf(frame);
  return instance({
    name: `VI_${family}_${vrid}`,
    priority: 254,
    vrid,
    version: version as 2 | 3,
    interval: version === 2 ? interval : interval / 100,
    more: ["nopreempt"],
    addresses: addresses.map((address) => `${address}/${family === 4 ? 24 : 64}`),
    ...(password === "" ? {} : { password }),
  });
}

/** The goodbye of a captured router. */
function goodbyeOf(frame: VrrpFrame): Frame {
  const { source, destination, version, vrid, interval, addresses } = frame;
  const password = passwordOf(frame);
  const authenticationType = password === "" ? 0 : 1;
  return advertFrame({
    ...{ source, destination, version, vrid, interval, addresses, password, authenticationType },
    priority: 0,
  });
}

/** The first advertisement of each virtual router in a capture. */
function routersIn(frames: readonly Frame[]): VrrpFrame[] {
  const found = new Map<string, VrrpFrame>();
  for (const octets of frames) {
    const frame = decodeFrame({ at: 0, octets });
    if (frame.kind === "vrrp") {
      found.set(`${frame.family} ${frame.vrid}`, found.get(`${frame.family} ${frame.vrid}`) ?? frame);
    }
  }
  return [...found.values()];
}

const reason = labUnavailable() ??
  (fileExists(`${FOLDER}/vectors/tcpdump_vrrp.jsonl`) ? null : `no vectors/tcpdump_vrrp.jsonl in ${FOLDER}`);
if (reason !== null) console.log(`skipped: ${NAME}: ${reason}`);

function fileExists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test({
  name: NAME,
  ignore: reason !== null,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(context) {
    await using hub = await Hub.create();
    await context.step("the routers of tcpdump's capture are followed as masters", async () => {
      const frames = readFrames(`${FOLDER}/vectors/tcpdump_vrrp.jsonl`);
      const routers = routersIn(frames);
      assert.deepEqual(routers.map(({ vrid }) => vrid).toSorted(), [42, 43, 44, 45, 46]);
      await using stand = await Stand.create(hub, "ha");
      const feeds = routers.map((router) => stand.wire.feed(Uint8Array.from(router.octets), 250));
      const daemon = await stand.start(configuration(routers.map(counterpart)));
      await Promise.all(routers.map(({ family, vrid }) => entersBackup(daemon, `VI_${family}_${vrid}`)));
      await feeds[0]!.sends(20);
      assert.deepEqual(stand.wire.adverts(), [], "five seconds of silence: every one of them is believed");
      feeds.forEach((feed) => feed.stop());
      for (const router of routers) {
        stand.wire.send(goodbyeOf(router));
        await stand.wire.advert(({ vrid }) => vrid === router.vrid, { within: 5_000 }, `VRID ${router.vrid}`);
      }
    });
    for (const name of ["vrrp-vrrp_print-oobr.pcap", "vrrp-vrrp_print-oobr-2.pcap"]) {
      await context.step(`the broken packets of ${name} change nothing`, async () => {
        await using stand = await Stand.create(hub, "ha");
        const payloads = readPayloads(`${FOLDER}/pcap/${name}`);
        const vrids = [...new Set(payloads.map(([, vrid]) => vrid!).filter((vrid) => vrid > 0))];
        const instances = vrids.map((vrid, i) =>
          instance({ ...V3, name: `VI_${vrid}`, vrid, addresses: [`10.80.0.${220 + i}/24`] })
        );
        await stand.start(configuration(instances));
        await stand.addresses.added("10.80.0.220", { within: 15_000 });
        const since = now();
        for (const payload of payloads) {
          await speaks(stand, { since: now() });
          stand.wire.send(frameAround({ ...ADVERT, minimum: 0 }, payload));
        }
        await stand.wire.nextAdverts(vrids.length * 4, now());
        const pauses = vrids.map((vrid) =>
          pauseOf(stand.wire.adverts(since, (advert) => advert.vrid === vrid))
        );
        assert.ok(Math.max(...pauses) < longestPause(), `longest pause ${Math.max(...pauses)} ms`);
        assert.deepEqual(stand.addresses.filter(({ what }) => what === "removed", since), []);
      });
    }
  },
});

function pauseOf(adverts: readonly VrrpFrame[]): number {
  return Math.max(...adverts.slice(1).map(({ at }, i) => at - adverts[i]!.at));
}
