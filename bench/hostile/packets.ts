/**
 * What a hostile neighbour sends: everything that a router must not believe, around two right advertisements.
 */
import {
  advertFrame,
  type AdvertSpec,
  frameAround,
  vrrpMessage,
} from "../../tests/conformance/rig/packet.ts";
import { ADVERT } from "../../tests/conformance/rig/packet.ts";

type Frame = Uint8Array<ArrayBuffer>;

/** The instance of version 2 with a password. */
export const V2 = { vrid: 51, interval: 1, password: "secret", address: "10.80.0.201" } as const;

/** The instance of version 3; its interval is in ms. */
export const V3 = { vrid: 52, interval: 200, address: "10.80.0.202" } as const;

/** The advertisement of a master of priority 200 for each of them, which would be believed. */
export const RIGHT: readonly Partial<AdvertSpec>[] = [
  {
    version: 2,
    vrid: V2.vrid,
    interval: V2.interval,
    authenticationType: 1,
    password: V2.password,
    addresses: [V2.address],
  },
  { version: 3, vrid: V3.vrid, interval: V3.interval / 10, addresses: [V3.address] },
];

/** One kind of attack. */
export interface Attack {
  readonly name: string;
  readonly frames: readonly Frame[];
}

/** Every attack; each frame of each must be dropped. */
export function attacks(): readonly Attack[] {
  const varied = (changes: readonly Partial<AdvertSpec>[]) =>
    RIGHT.flatMap((right) => changes.map((change) => advertFrame({ ...right, priority: 254, ...change })));
  return [
    { name: "truncations", frames: RIGHT.flatMap(truncations) },
    { name: "bit flips", frames: RIGHT.flatMap(bitFlips) },
    { name: "forged VRIDs", frames: forgedVrids() },
    { name: "wrong addresses", frames: varied([{ addresses: ["10.80.0.203"] }, { addresses: [] }]) },
    { name: "bad checksums", frames: varied([{ checksum: "wrong" }]) },
    { name: "wrong TTL", frames: varied([0, 1, 64, 254].map((ttl) => ({ ttl }))) },
    { name: "foreign passwords", frames: foreignPasswords() },
    {
      name: "versions and types",
      frames: varied([{ version: 1 }, { version: 4 }, { version: 15 }, { type: 2 }]),
    },
  ];
}

function specOf(change: Partial<AdvertSpec>): AdvertSpec {
  return { ...ADVERT, priority: 254, ...change };
}

/** Every length that is too short. */
export function truncations(right: Partial<AdvertSpec>): Frame[] {
  const spec = specOf(right);
  return vrrpMessage(spec).map((_, cut) => advertFrame({ ...spec, cut }));
}

/** Every bit of the message, one at a time. A sum of ones cannot miss a single one. */
export function bitFlips(right: Partial<AdvertSpec>): Frame[] {
  const spec = specOf(right);
  const message = vrrpMessage(spec);
  return Array.from({ length: message.length * 8 }, (_, bit) => {
    const changed = [...message];
    changed[bit >> 3]! ^= 1 << (bit & 7);
    return frameAround(spec, changed);
  });
}

function forgedVrids(): Frame[] {
  const others = Array.from({ length: 256 }, (_, vrid) => vrid).filter((vrid) =>
    vrid !== V2.vrid && vrid !== V3.vrid
  );
  return others.flatMap((vrid) => RIGHT.map((right) => advertFrame({ ...right, priority: 254, vrid })));
}

function foreignPasswords(): Frame[] {
  const changes = [{ password: "Secret" }, { password: "" }, { authenticationType: 0 }, {
    authenticationType: 2,
  }, {
    authenticationType: 9,
  }];
  return changes.map((change) => advertFrame({ ...RIGHT[0], priority: 254, ...change }));
}
