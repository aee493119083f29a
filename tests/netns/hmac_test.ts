/**
 * `auth_hmac` between real nodes: takeovers, an attacker who captured everything, and keepalived 2.2.7, which knows of no
 * trailers, on the way of a migration.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { configuration, instance, type InstanceText } from "../lab/config_text.ts";
import { vrrpFrame } from "../lab/frames.ts";
import { Injector } from "../lab/injector.ts";
import { isVrrpIpv4, readPcap } from "../lab/pcap.ts";
import { type Case, scenarios } from "../lab/scenario.ts";
import type { Sniffer } from "../lab/sniffer.ts";

const LAN = { a: ["lan"], b: ["lan"], stranger: ["lan"] };
const VIP = "10.80.0.100";
const KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const TRAILER = 28;

interface Block {
  readonly key?: string;
  readonly mode?: string;
}

function config(priority: number, block: Block | null, more: Partial<InstanceText> = {}): string {
  const { key = `hex:${KEY}`, mode = "enforce" } = block ?? {};
  const hmac = ["auth_hmac {", `    key 7 ${key}`, "    active_key 7", `    mode ${mode}`, "}"];
  const lines = { priority, addresses: [`${VIP}/24`], version: 3 as const, interval: 0.1, ...more };
  return configuration([
    instance({ ...lines, more: [...(block === null ? [] : hmac), ...(more.more ?? [])] }),
  ]);
}

/** The VRRP packets over IPv4 of a capture, each from its IP header on. */
async function packetsOf(wire: Sniffer): Promise<Uint8Array<ArrayBuffer>[]> {
  const frames = readPcap(await Deno.readFile(wire.file)).map(({ octets }) => octets).filter(isVrrpIpv4);
  return frames.map((octets) => Uint8Array.from(octets));
}

/** The code of a frame as somebody else computes it: with OpenSSL, from the words of the draft. */
function codeOf(frame: Uint8Array, key: string): string {
  const length = frame[16]! << 8 | frame[17]!;
  const packet = frame.slice(14, 14 + length);
  const message = packet.slice(20);
  const pseudo = Uint8Array.of(
    4,
    message[0]! >> 4,
    message[1]!,
    0,
    ...packet.slice(12, 16),
    ...new Uint8Array(12),
  );
  message.fill(0, 6, 8).fill(0, message.length - 16);
  const code = createHmac("sha256", new Uint8Array(key.match(/../g)!.map((pair) => Number(`0x${pair}`))));
  return code.update(pseudo).update(message).digest("hex").slice(0, 32);
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

const takeover: Case = {
  name: "both sides sign: takeover, hand-back, and OpenSSL agrees with every code",
  lab: LAN,
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    const wire = await lab.sniff("lan");
    const first = await a.start("ha", config(150, {}));
    await first.enters("VI_1", "MASTER");
    const second = await b.start("ha", config(100, {}));
    await second.says(/\(VI_1\) master set to 10\.80\.0\.1/);
    const at = first.kill();
    await second.enters("VI_1", "MASTER", { since: at });
    const again = await a.start("ha", config(150, {}));
    await again.enters("VI_1", "MASTER");
    await second.enters("VI_1", "BACKUP", { since: at });
    for (const daemon of [again, second]) {
      const { counters, authentication } = await daemon.status();
      assert.equal(authentication, "hmac");
      const refused = Object.entries(counters).filter(([name, count]) =>
        /_err$|^auth/.test(name) && count > 0
      );
      assert.deepEqual(refused, []);
    }
    const packets = await packetsOf(wire);
    assert.ok(packets.length > 5);
    for (const frame of packets) {
      const end = 14 + (frame[16]! << 8 | frame[17]!);
      assert.equal(end - 34, 12 + TRAILER, "one address and the trailer");
      assert.equal(hex(frame.subarray(end - 16, end)), codeOf(frame, KEY));
    }
  },
};

const attacker: Case = {
  name: "captured, cut, changed and unsigned advertisements move nothing, and each is counted as what it is",
  lab: LAN,
  async run(lab) {
    const [a, b, stranger] = [lab.node("a"), lab.node("b"), lab.node("stranger")];
    const wire = await lab.sniff("lan");
    const first = await a.start("ha", config(150, {}));
    await first.enters("VI_1", "MASTER");
    const second = await b.start("ha", config(100, {}));
    await second.says(/\(VI_1\) master set to 10\.80\.0\.1/);
    await first.status();
    const at = first.kill();
    await second.enters("VI_1", "MASTER", { since: at });
    const captured = (await packetsOf(wire)).find((frame) => frame[29] === 1)!;
    assert.ok(captured !== undefined, "a packet of the first node");
    const changed = captured.slice();
    changed[36] = 254;
    const cut = captured.slice(0, captured.length - 1);
    cut[17]! -= 1;
    const sum = (cut[24]! << 8 | cut[25]!) + 1;
    cut.set([sum >> 8 & 0xff, sum & 0xff], 24);
    const unknown = captured.slice();
    unknown[14 + 20 + 12 + 1] = 9;
    const unsigned = vrrpFrame({
      source: "10.80.0.1",
      sourceMac: "02:00:00:00:00:03",
      destination: "224.0.0.18",
      ttl: 255,
      version: 3,
      type: 1,
      vrid: 51,
      priority: 254,
      interval: 10,
      addresses: [VIP],
      authenticationType: 0,
      password: "",
    });
    using wireTap = new Injector(stranger);
    const cases = [
      ["auth_ext_replay", captured, /replayed authentication trailer from 10\.80\.0\.1/],
      ["auth_ext_invalid_hmac", changed, /invalid authentication HMAC from 10\.80\.0\.1/],
      ["packet_len_err", cut, /invalid length from 10\.80\.0\.1/],
      ["auth_ext_unknown_key", unknown, /unknown authentication key id 9 from 10\.80\.0\.1/],
      ["auth_ext_missing", unsigned, /missing authentication trailer from 10\.80\.0\.1/],
    ] as const;
    for (const [counter, frame, words] of cases) {
      const before = (await second.status()).counters[counter];
      wireTap.send(Uint8Array.from(frame));
      await second.says(words, { since: at });
      const after = await second.status();
      assert.equal(after.counters[counter], before + 1, counter);
      assert.equal(after.state, "master", counter);
    }
    assert.equal((await second.status()).counters.release_master, 0);
  },
};

const migration: Case = {
  name: "receive-only and permissive get on with keepalived 2.2.7, which sends no trailers",
  lab: LAN,
  needs: ["keepalived"],
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    const plain = await a.start("keepalived", config(150, null));
    await plain.enters("VI_1", "MASTER");
    const signing = await b.start("ha", config(100, { mode: "receive-only" }));
    await signing.says(/\(VI_1\) master set to 10\.80\.0\.1/);
    await b.write("daemon0/keepalived.conf", config(200, { mode: "receive-only" }));
    const at = signing.reload();
    await signing.enters("VI_1", "MASTER", { since: at });
    await plain.enters("VI_1", "BACKUP", { since: at });
    await b.write("daemon0/keepalived.conf", config(200, { mode: "enforce" }));
    const enforced = signing.reload();
    await plain.enters("VI_1", "MASTER", { since: enforced });
    await signing.says(/missing authentication trailer from 10\.80\.0\.1/, { since: enforced });
    assert.equal((await signing.status()).state, "master", "neither believes the other: two masters");
  },
};

const LINK_LOCAL = "fe80::100";

const ipv6: Case = {
  name: "over IPv6 the checksum covers the trailer, and the other side and tcpdump agree with it",
  lab: LAN,
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    const wire = await lab.sniff("lan");
    const text = (priority: number) =>
      config(priority, {}, { addresses: [`${LINK_LOCAL}/64`], more: ["native_ipv6"] });
    const first = await a.start("ha", text(150));
    await first.enters("VI_1", "MASTER");
    const second = await b.start("ha", text(100));
    await second.says(/\(VI_1\) master set to fe80::/);
    const advert = await wire.advert((packet) => packet.addresses.includes(LINK_LOCAL), {
      within: 15_000,
      what: "an advertisement",
    });
    assert.deepEqual(advert.complaints, []);
    assert.match(advert.text, /length: 52/, "24 octets and the trailer");
    const at = first.terminate();
    await second.enters("VI_1", "MASTER", { since: at });
    const { counters } = await second.status();
    assert.equal(counters.checksum_err + counters.auth_ext_invalid_hmac + counters.auth_ext_missing, 0);
  },
};

scenarios("auth_hmac", [takeover, attacker, migration, ipv6]);
