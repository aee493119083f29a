/**
 * Packets of other people's test suites, where the folder that holds them is at hand.
 *
 * The folder is named by HA_SHARED, or is `shared` beside the repository; it is not part of the project.
 */
import assert from "node:assert/strict";
import { addressFromBytes } from "../../core/net/address.ts";
import { fromHex, toHex } from "../../core/net/bytes.ts";
import { decodeIpv4Header, encodeIpv4Header } from "../../core/packet/ip.ts";
import { decodeAdvertisement, encodeAdvertisement } from "../../core/packet/vrrp.ts";

const FOLDER = Deno.env.get("HA_SHARED") ?? new URL("../../../shared", import.meta.url).pathname;

interface TcpdumpVector {
  readonly src: string;
  readonly dst: string;
  readonly family: "ipv4" | "ipv6";
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly prio: number;
  readonly count: number;
  readonly checksum: "plain" | "pseudo";
  readonly frame: string;
  readonly vrrp: string;
}

function read(path: string): string | null {
  try {
    return Deno.readTextFileSync(`${FOLDER}/${path}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Registers a test of one file that is skipped, with its reason, where the file is absent. */
function vectorTest(name: string, path: string, body: (text: string) => void): void {
  const text = read(path);
  const absent = text === null;
  if (absent) console.log(`skipped: ${name}: no ${path} in HA_SHARED`);
  Deno.test({ name, ignore: absent, fn: () => body(text ?? "") });
}

function textAddress(address: string): string {
  return /^[0-9a-f]{32}$/.test(address) ? addressFromBytes(fromHex(address)) : address;
}

vectorTest(
  "the codec agrees with tcpdump's capture, octet for octet",
  "vectors/tcpdump_vrrp.jsonl",
  (text) => {
    const vectors: TcpdumpVector[] = text.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(vectors.length, 165);
    for (const vector of vectors) {
      const [source, destination] = [textAddress(vector.src), textAddress(vector.dst)];
      const decoded = decodeAdvertisement(fromHex(vector.vrrp), { source, destination });
      assert.ok(decoded.ok, vector.vrrp);
      assert.deepEqual(
        [
          decoded.version,
          decoded.type,
          decoded.vrid,
          decoded.priority,
          decoded.addresses.length,
          decoded.checksum,
        ],
        [vector.version, 1, vector.vrid, vector.prio, vector.count, "valid"],
      );
      const advert = {
        ...decoded,
        version: vector.version,
        authentication: decoded.authenticationType === 1 ? "pass" as const : "none" as const,
      };
      const again = encodeAdvertisement(advert, { source, destination, checksumWithoutPseudoHeader: false });
      assert.equal(toHex(again), vector.vrrp);
    }
  },
);

vectorTest(
  "the codec agrees with the packets of holo, gopacket and scapy",
  "vectors/vectors.json",
  (text) => {
    const vectors: { name: string; hex?: string }[] = JSON.parse(text);
    const hex = (name: string) => {
      const found = vectors.find((vector) => vector.name === name)?.hex;
      assert.ok(found, `no vector ${name}`);
      return fromHex(found);
    };
    const group4 = { source: "192.168.100.2", destination: "224.0.0.18" };

    const header = decodeIpv4Header(Uint8Array.of(...hex("IPV4HDR"), ...new Uint8Array(20)))!;
    assert.deepEqual([header.source, header.destination, header.protocol], [
      group4.source,
      group4.destination,
      112,
    ]);
    assert.equal(toHex(encodeIpv4Header(header)), toHex(hex("IPV4HDR")));

    const holo2 = decodeAdvertisement(hex("VRRPV2HDR"), group4);
    assert.ok(holo2.ok && holo2.checksum === "valid" && holo2.vrid === 51 && holo2.priority === 30);
    assert.deepEqual(holo2.addresses, ["10.0.1.5"]);

    const frame = hex("vrrpPacketPriority100");
    const packet = frame.subarray(14);
    const gopacket = decodeIpv4Header(packet)!;
    const advert = decodeAdvertisement(
      packet.subarray(gopacket.headerLength, gopacket.totalLength),
      gopacket,
    );
    assert.ok(advert.ok && advert.checksum === "valid" && advert.priority === 100);
    assert.deepEqual(advert.addresses, ["192.168.0.1"]);

    const scapy = decodeAdvertisement(hex("v2 default over IPv4 127.0.0.1").subarray(20), {
      source: "127.0.0.1",
      destination: "127.0.0.1",
    });
    assert.ok(scapy.ok && scapy.checksum === "valid" && scapy.addresses.length === 0);
  },
);

vectorTest("encodeAdvertisement() gives the checksums that scapy expects", "vectors/vectors.json", (text) => {
  const vectors: { name: string; checksum?: string }[] = JSON.parse(text);
  const expected = (start: string) => vectors.find(({ name }) => name.startsWith(start))?.checksum;
  const advert = {
    version: 3,
    vrid: 2,
    priority: 254,
    interval: 10,
    authentication: "none",
    password: "",
  } as const;
  const checksum = (addresses: string[], source: string, destination: string) =>
    toHex(
      encodeAdvertisement({ ...advert, addresses }, {
        source,
        destination,
        checksumWithoutPseudoHeader: false,
      })
        .subarray(6, 8),
    );
  assert.equal(checksum(["20.0.1.2", "20.0.1.3"], "20.0.0.3", "224.0.0.18"), expected("v3 IPv4"));
  assert.equal(checksum(["2001:db8::2", "2001:db8::3"], "2001:db8::1", "ff02::12"), expected("v3 IPv6"));
});

for (const path of ["pcap/vrrp.pcap", "pcap/vrrp-vrrp_print-oobr.pcap", "pcap/vrrp-vrrp_print-oobr-2.pcap"]) {
  const name = `the decoders survive every packet, truncation and offset of ${path}`;
  vectorTest(name, path, () => {
    const file = Deno.readFileSync(`${FOLDER}/${path}`);
    for (let at = 0; at < file.length; at++) {
      const octets = file.subarray(at, at + 64);
      decodeIpv4Header(octets);
      for (const source of ["10.0.0.1", "fe80::1"]) {
        decodeAdvertisement(octets, { source, destination: source });
      }
    }
  });
}
