/**
 * The same over IPv6, version 3: an instance that hears ff02::12, and one that hears a peer.
 */
import { advertFrame, type AdvertSpec } from "../../tests/conformance/rig/packet.ts";
import { HOST } from "../../tests/conformance/rig/stand.ts";
import { type Attack, bitFlips, truncations } from "./packets.ts";

/** The instances; the interval is in ms. */
export const GROUP6 = { vrid: 53, interval: 200, address: "fe80::200" } as const;
export const UNICAST6 = { vrid: 54, interval: 200, address: "fe80::201" } as const;

/** The host as its peer knows it, and the router that this program plays. */
export const HOST6 = HOST.global6;
export const PEER6 = { group: "fe80::100", unicast: "fd00:80::100", mac: "02:00:00:00:00:64" } as const;

const TO_GROUP: Partial<AdvertSpec> = {
  source: PEER6.group,
  sourceMac: PEER6.mac,
  version: 3,
  destination: "ff02::12",
  vrid: GROUP6.vrid,
  interval: GROUP6.interval / 10,
  addresses: [GROUP6.address],
};
const TO_HOST: Partial<AdvertSpec> = {
  source: PEER6.unicast,
  sourceMac: PEER6.mac,
  version: 3,
  destination: HOST6,
  destinationMac: HOST.mac,
  vrid: UNICAST6.vrid,
  interval: UNICAST6.interval / 10,
  addresses: [UNICAST6.address],
};

/** The advertisement of a master of priority 200 for each of them, which would be believed. */
export const RIGHT6: readonly Partial<AdvertSpec>[] = [TO_GROUP, TO_HOST];

/** Every attack; each frame of each must be dropped. By unicast any hop limit is good. */
export function attacks6(): readonly Attack[] {
  const frames = (rights: readonly Partial<AdvertSpec>[], changes: readonly Partial<AdvertSpec>[]) =>
    rights.flatMap((right) => changes.map((change) => advertFrame({ ...right, priority: 254, ...change })));
  const others = Array.from({ length: 256 }, (_, vrid) => ({ vrid })).filter(({ vrid }) =>
    vrid !== GROUP6.vrid && vrid !== UNICAST6.vrid
  );
  const astray = [
    ...frames([TO_GROUP], [{ vrid: UNICAST6.vrid, addresses: [UNICAST6.address] }]),
    ...frames([TO_HOST], [{ vrid: GROUP6.vrid, addresses: [GROUP6.address] }]),
  ];
  return [
    { name: "truncations", frames: RIGHT6.flatMap(truncations) },
    { name: "bit flips", frames: RIGHT6.flatMap(bitFlips) },
    { name: "forged VRIDs", frames: frames(RIGHT6, others) },
    { name: "wrong addresses", frames: frames(RIGHT6, [{ addresses: ["fe80::203"] }, { addresses: [] }]) },
    { name: "bad checksums", frames: frames(RIGHT6, [{ checksum: "wrong" }, { checksum: "plain" }]) },
    { name: "wrong hop limit", frames: frames([TO_GROUP], [0, 1, 64, 254].map((ttl) => ({ ttl }))) },
    { name: "group and peer swapped", frames: astray },
    {
      name: "versions and types",
      frames: frames(RIGHT6, [{ version: 1 }, { version: 4 }, { version: 15 }, { type: 2 }]),
    },
  ];
}
