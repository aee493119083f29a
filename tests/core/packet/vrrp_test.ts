import assert from "node:assert/strict";
import fc from "fast-check";
import { addressFromBytes } from "../../../core/net/address.ts";
import { fromHex, toHex } from "../../../core/net/bytes.ts";
import { decodeIpv4Header } from "../../../core/packet/ip.ts";
import {
  type Advertisement,
  decodeAdvertisement,
  type DecodedAdvertisement,
  encodeAdvertisement,
  type EncodeOptions,
} from "../../../core/packet/vrrp.ts";
import { equalBytes } from "../../support/octets.ts";
import { keepalivedFrames } from "./golden.ts";

const MULTICAST4 = { source: "10.77.0.1", destination: "224.0.0.18", checksumWithoutPseudoHeader: false };
const MULTICAST6 = { source: "fe80::1", destination: "ff02::12", checksumWithoutPseudoHeader: false };

const PASS: Advertisement = {
  version: 2,
  vrid: 9,
  priority: 255,
  interval: 1000,
  addresses: ["10.77.0.100", "10.77.0.101"],
  authentication: "pass",
  password: "1111",
};
const PLAIN: Advertisement = { ...PASS, authentication: "none", password: "" };

/** What keepalived.json holds: the advertisement of each VRID of its configuration. */
const RECORDED: Record<number, { advert: Advertisement; options: EncodeOptions }> = {
  9: { advert: PASS, options: MULTICAST4 },
  10: { advert: { ...PLAIN, vrid: 10, interval: 2000, addresses: ["10.77.0.102"] }, options: MULTICAST4 },
  11: {
    advert: { ...PLAIN, version: 3, vrid: 11, interval: 750, addresses: ["10.77.0.103"] },
    options: MULTICAST4,
  },
  13: {
    advert: { ...PLAIN, version: 3, vrid: 13, addresses: ["10.77.0.105"] },
    options: { ...MULTICAST4, destination: "10.77.0.2" },
  },
  14: {
    advert: { ...PLAIN, version: 3, vrid: 14, addresses: ["fe80::14", "fd00:77::14"] },
    options: MULTICAST6,
  },
};

/** The VRRP message in an Ethernet frame, with the addresses of its IP header; null where it holds another. */
function messageIn(frame: Uint8Array): { message: Uint8Array; source: string; destination: string } | null {
  const packet = frame.subarray(14);
  const header = decodeIpv4Header(packet);
  if (header !== null) {
    return header.protocol === 112 ? { ...header, message: packet.subarray(header.headerLength) } : null;
  }
  if (packet[0]! >> 4 !== 6 || packet[6] !== 112) return null;
  const source = addressFromBytes(packet.subarray(8, 24));
  return { source, destination: addressFromBytes(packet.subarray(24, 40)), message: packet.subarray(40) };
}

function decodedForm(advert: Advertisement): DecodedAdvertisement {
  return {
    ok: true,
    version: advert.version,
    type: 1,
    vrid: advert.vrid,
    priority: advert.priority,
    interval: advert.interval,
    addresses: advert.addresses,
    authenticationType: advert.authentication === "pass" ? 1 : 0,
    password: advert.password,
    checksum: "valid",
  };
}

const anAddress4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((octets) => addressFromBytes(octets));
const anAddress6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => addressFromBytes(octets));
const aPassword = fc.string({
  maxLength: 8,
  unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
});

function anAdvert(
  address: fc.Arbitrary<string>,
  version: 2 | 3,
  maxLength: number,
): fc.Arbitrary<Advertisement> {
  return fc.record({
    version: fc.constant(version),
    vrid: fc.integer({ min: 1, max: 255 }),
    priority: fc.integer({ min: 0, max: 255 }),
    interval: version === 2
      ? fc.integer({ min: 1, max: 255 }).map((seconds) => seconds * 1000)
      : fc.integer({ min: 1, max: 4095 }).map((centiseconds) => centiseconds * 10),
    addresses: fc.array(address, { maxLength }),
    authentication: fc.constant("none"),
    password: fc.constant(""),
  });
}

const aPassAdvert = fc.tuple(anAdvert(anAddress4, 2, 20), aPassword)
  .map(([advert, password]): Advertisement => ({ ...advert, authentication: "pass", password }));

Deno.test("encodeAdvertisement() gives the octets that keepalived sends", () => {
  const seen = new Map<number, Set<number>>();
  for (const frame of keepalivedFrames().frames) {
    const found = messageIn(frame);
    if (found === null) continue;
    const [vrid, priority] = [found.message[1]!, found.message[2]!];
    const { advert, options } = RECORDED[vrid]!;
    assert.deepEqual([found.source, found.destination], [options.source, options.destination]);
    assert.equal(toHex(encodeAdvertisement({ ...advert, priority }, options)), toHex(found.message));
    assert.deepEqual(decodeAdvertisement(found.message, found), decodedForm({ ...advert, priority }));
    seen.set(vrid, (seen.get(vrid) ?? new Set()).add(priority));
  }
  assert.deepEqual(
    [...seen.keys()].map(String).sort(),
    Object.keys(RECORDED).sort(),
    "an instance of the recording is missing",
  );
  assert.ok([...seen.values()].every((priorities) => priorities.has(0) && priorities.has(255)));
});

Deno.test("decodeAdvertisement() undoes encodeAdvertisement()", () => {
  const cases: [fc.Arbitrary<Advertisement>, EncodeOptions][] = [
    [anAdvert(anAddress4, 2, 255), MULTICAST4],
    [aPassAdvert, MULTICAST4],
    [anAdvert(anAddress4, 3, 255), MULTICAST4],
    [anAdvert(anAddress6, 2, 30), MULTICAST6],
    [anAdvert(anAddress6, 3, 255), MULTICAST6],
  ];
  for (const [arbitrary, options] of cases) {
    fc.assert(fc.property(arbitrary, (advert) => {
      const { password } = advert;
      const decoded = decodeAdvertisement(encodeAdvertisement(advert, options), options);
      assert.deepEqual(decoded, { ...decodedForm(advert), password });
    }));
  }
});

Deno.test("encodeAdvertisement() cuts the password at 8 octets", () => {
  const encoded = encodeAdvertisement({ ...PASS, password: "123456789" }, MULTICAST4);
  assert.equal(toHex(encoded.subarray(-8)), toHex(new TextEncoder().encode("12345678")));
});

Deno.test("encodeAdvertisement() writes eight zeros without authentication in version 2 over IPv4 alone", () => {
  const lengthOf = (advert: Advertisement, options: EncodeOptions) =>
    encodeAdvertisement(advert, options).length;
  const addresses6 = ["fe80::9", "fd00::9"];
  assert.equal(lengthOf(PLAIN, MULTICAST4), 8 + 2 * 4 + 8);
  assert.equal(lengthOf({ ...PLAIN, version: 3 }, MULTICAST4), 8 + 2 * 4);
  assert.equal(lengthOf({ ...PLAIN, addresses: addresses6 }, MULTICAST6), 8 + 2 * 16);
});

Deno.test("encodeAdvertisement() refuses what the version cannot carry", () => {
  const refused: [Partial<Advertisement>, RegExp][] = [
    [{ vrid: 256 }, /VRID 256/],
    [{ priority: -1 }, /priority -1/],
    [{ interval: 300_000 }, /interval in s 300/],
    [{ version: 3, interval: 40_960 }, /interval 40960 ms/],
    [{ addresses: ["fe80::1"] }, /fe80::1/],
    [{ addresses: new Array<string>(256).fill("10.0.0.1") }, /address count 256/],
  ];
  for (const [change, message] of refused) {
    assert.throws(() => encodeAdvertisement({ ...PLAIN, ...change }, MULTICAST4), message);
  }
});

Deno.test("decodeAdvertisement() tells how a version 3 checksum over IPv4 is right", () => {
  const advert = { ...PLAIN, version: 3 as const };
  const unicast = { ...MULTICAST4, destination: "10.77.0.2" };
  const verdict = (sent: EncodeOptions, multicastGroup: string | null = null) => {
    const decoded = decodeAdvertisement(encodeAdvertisement(advert, sent), { ...unicast, multicastGroup });
    return decoded.ok ? decoded.checksum : decoded.error;
  };
  assert.equal(verdict(unicast), "valid");
  assert.equal(verdict({ ...unicast, checksumWithoutPseudoHeader: true }), "valid_without_pseudo_header");
  assert.equal(verdict(MULTICAST4, "224.0.0.18"), "valid_for_multicast_group");
  assert.equal(verdict(MULTICAST4), "invalid");
});

Deno.test("decodeAdvertisement() finds every truncation too short or wrong", () => {
  for (const { advert, options } of Object.values(RECORDED)) {
    const whole = encodeAdvertisement(advert, options);
    for (let length = 0; length < whole.length; length++) {
      const decoded = decodeAdvertisement(whole.subarray(0, length), options);
      assert.ok(!decoded.ok, `${length} of ${whole.length} octets were accepted`);
      assert.equal(decoded.vrid, length < 2 ? null : advert.vrid);
      assert.match(decoded.error, new RegExp(`^${length} octets are too short for `));
    }
  }
});

Deno.test("decodeAdvertisement() names what does not fit", () => {
  const error = (hex: string) => {
    const decoded = decodeAdvertisement(fromHex(hex), MULTICAST4);
    return decoded.ok ? "" : decoded.error;
  };
  assert.equal(error("21"), "1 octets are too short for a VRRP header");
  assert.equal(error("3109640300640000 0a000001"), "12 octets are too short for 3 addresses");
  assert.equal(error("3109640100640000"), "8 octets are too short for 1 address");
  assert.equal(
    error("2109640100010000 0a000001"),
    "12 octets are too short for 1 address and authentication",
  );
});

Deno.test("decodeAdvertisement() notices every single flipped bit", () => {
  for (const { advert, options } of Object.values(RECORDED)) {
    const whole = encodeAdvertisement(advert, options);
    const intact = decodeAdvertisement(whole, options);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const decoded = decodeAdvertisement(flipped, options);
      const noticed = !decoded.ok || decoded.checksum === "invalid" || decoded.version !== advert.version;
      assert.ok(noticed, `bit ${bit} of VRID ${advert.vrid} flipped unnoticed: ${JSON.stringify(decoded)}`);
      assert.notDeepEqual(decoded, intact);
    }
  }
});

Deno.test("decodeAdvertisement() refuses octets behind the message, zeros too, as keepalived does", () => {
  for (const { advert, options } of Object.values(RECORDED)) {
    const whole = encodeAdvertisement(advert, options);
    for (const tail of [[0], [0, 0, 0, 0], new Array<number>(27).fill(7), new Array<number>(29).fill(7)]) {
      const decoded = decodeAdvertisement(Uint8Array.of(...whole, ...tail), options);
      assert.ok(!decoded.ok && decoded.vrid === advert.vrid);
      assert.match(decoded.error, new RegExp(`^${whole.length + tail.length} octets are too long for `));
    }
  }
});

Deno.test("decodeAdvertisement() leaves version and type to the engine", () => {
  for (let first = 0; first < 256; first++) {
    const version = first >> 4 === 3 ? 3 : 2;
    const message = encodeAdvertisement({ ...PASS, version }, MULTICAST4);
    message[0] = first;
    const decoded = decodeAdvertisement(message, MULTICAST4);
    assert.ok(decoded.ok, `first octet ${first}`);
    assert.deepEqual([decoded.version, decoded.type, decoded.vrid], [first >> 4, first & 15, PASS.vrid]);
  }
  const short = decodeAdvertisement(fromHex("41 09 64 ff 0064 0000"), MULTICAST4);
  assert.ok(short.ok && short.version === 4 && short.addresses.length === 0);
});

Deno.test("decodeAdvertisement() believes the caller about the checksum where asked", () => {
  const whole = encodeAdvertisement(PASS, MULTICAST4);
  whole[7]! ^= 1;
  const decoded = decodeAdvertisement(whole, { ...MULTICAST4, skipChecksum: true });
  assert.ok(decoded.ok && decoded.checksum === "valid");
});

Deno.test("decodeAdvertisement() never throws and never reads past the end", () => {
  const aSource = fc.constantFrom(MULTICAST4, MULTICAST6);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), aSource, (octets, options) => {
      const framed = Uint8Array.of(0xaa, ...octets, 0x55);
      const decoded = decodeAdvertisement(framed.subarray(1, -1), options);
      assert.ok(decoded.ok || decoded.error.length > 0);
      assert.ok(equalBytes(framed.subarray(1, -1), octets), "the decoder wrote into its input");
    }),
    { numRuns: 2000 },
  );
});
