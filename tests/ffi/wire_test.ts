/**
 * What tcpdump says of the packets that we send.
 */
import assert from "node:assert/strict";
import type { OutgoingAdvert } from "../../core/ports.ts";
import { openAdvertSockets } from "../../ffi/advert_socket.ts";
import { openLibc } from "../../ffi/libc.ts";
import { openNeighbourAnnouncer } from "../../ffi/neighbour_announcer.ts";
import { createHostPair, type HostPair, inHost, type TestHost } from "../support/host_pair.ts";
import { runsWhere } from "../support/skip.ts";
import { startCapture } from "../support/tcpdump.ts";

const WAIT_MS = 3000;
const NEEDS = { netns: true, commands: ["tcpdump"] };

function advert(host: TestHost, change: Partial<OutgoingAdvert["advertisement"]> = {}): OutgoingAdvert {
  return {
    interface: host.interface,
    source: host.address,
    destinations: ["224.0.0.18"],
    ttl: 255,
    checksumWithoutPseudoHeader: false,
    advertisement: {
      version: 2,
      vrid: 9,
      priority: 100,
      interval: 1000,
      addresses: ["172.17.0.100"],
      authentication: "pass",
      password: "1111",
      ...change,
    },
  };
}

/** Sends from the left host and gives tcpdump's text on the right one, up to the packet that matches. */
async function captured(send: (pair: HostPair) => void, filter: string, last: RegExp): Promise<string[]> {
  using libc = openLibc();
  using pair = createHostPair();
  const capture = await startCapture(pair.right, filter);
  try {
    inHost(libc, pair.left, () => send(pair));
    return (await capture.until(last, WAIT_MS)).map((text) => text.replaceAll(pair.left.mac, "MAC"));
  } finally {
    await capture.stop();
  }
}

function captureAdverts(adverts: (pair: HostPair) => OutgoingAdvert[], last: RegExp): Promise<string[]> {
  const send = (pair: HostPair) => {
    using libc = openLibc();
    using sockets = openAdvertSockets(libc);
    for (const outgoing of adverts(pair)) assert.deepEqual(sockets.send("A", outgoing), { ok: true });
  };
  return captured(send, "ip proto 112 or (ip6 and ip6[6] == 112)", last);
}

Deno.test({
  ...runsWhere("tcpdump reads a version 2 advertisement with a password as keepalived's", NEEDS),
  async fn() {
    const packets = await captureAdverts(({ left }) => {
      const same = advert(left);
      return Array.from({ length: 299 }, () => same);
    }, /id 299,/);
    assert.equal(packets.length, 299);
    assert.deepEqual(
      packets.map((text) => Number(/id (\d+),/.exec(text)?.[1])),
      packets.map((_, i) => i + 1),
    );
    const [head, body] = packets.at(-1)!.split("\n    ");
    assert.match(
      head!,
      /MAC > 01:00:5e:00:00:12, ethertype IPv4 \(0x0800\), length 54: \(tos 0xc0, ttl 255, id 299, offset 0, flags \[none\], proto VRRP \(112\), length 40\)$/,
    );
    // Older versions of tcpdump print the zeros that fill the password up as ^@.
    assert.match(
      body!,
      /^10\.77\.0\.1 > 224\.0\.0\.18: (vrrp 10\.77\.0\.1 > 224\.0\.0\.18: )?VRRPv2, Advertisement, vrid 9, prio 100, authtype simple, intvl 1s, length 20, addrs: 172\.17\.0\.100 auth "1111(\^@){0,4}"$/,
    );
  },
});

Deno.test({
  ...runsWhere("tcpdump finds every checksum right", NEEDS),
  async fn() {
    const packets = await captureAdverts(({ left, right }) => [
      advert(left, { authentication: "none", password: "" }),
      advert(left, { version: 3, vrid: 10, interval: 40_950, addresses: ["10.77.0.100", "10.77.0.101"] }),
      { ...advert(left, { version: 3, vrid: 11, interval: 10 }), destinations: [right.address] },
      {
        ...advert(left, {
          version: 3,
          vrid: 12,
          addresses: ["fe80::12", "fd00::12"],
          authentication: "none",
        }),
        source: left.address6,
        destinations: ["ff02::12"],
      },
      {
        ...advert(left, {
          version: 3,
          vrid: 13,
          priority: 0,
          addresses: ["fe80::13"],
          authentication: "none",
        }),
        source: left.address6,
        destinations: [right.address6],
        ttl: 64,
      },
    ], /vrid 13/);
    const text = packets.join("\n");
    assert.doesNotMatch(text, /bad|invalid|\[\|/);
    assert.match(text, /authtype none, intvl 1s, length 20, addrs: 172\.17\.0\.100/);
    assert.match(
      text,
      /VRRPv3, Advertisement, vrid 10, prio 100, intvl 4095cs, length 16, addrs\(2\): 10\.77\.0\.100,10\.77\.0\.101/,
    );
    assert.match(
      text,
      /10\.77\.0\.1 > 10\.77\.0\.2: VRRPv3, Advertisement, vrid 11, prio 100, intvl 1cs, length 12/,
    );
    assert.match(
      text,
      /MAC > 33:33:00:00:00:12.*class 0xc0,.*hlim 255, next-header VRRP \(112\) payload length: 40\) fe80::1 > ff02::12: VRRPv3, Advertisement, vrid 12, .*addrs\(2\): fe80::12,fd00::12/,
    );
    assert.match(text, /hlim 64, .*fe80::1 > fe80::2: VRRPv3, Advertisement, \(ttl 64\), vrid 13, prio 0, /);
  },
});

Deno.test({
  ...runsWhere("tcpdump would have complained about a wrong checksum", NEEDS),
  async fn() {
    const packets = await captureAdverts(({ left }) => [
      { ...advert(left, { version: 3, vrid: 10 }), checksumWithoutPseudoHeader: true },
    ], /vrid 10/);
    assert.match(packets.join("\n"), /bad vrrp cksum/);
  },
});

Deno.test({
  ...runsWhere("tcpdump reads gratuitous ARP and neighbour advertisements as keepalived's", NEEDS),
  async fn() {
    const announce = ({ left }: HostPair) => {
      using libc = openLibc();
      using announcer = openNeighbourAnnouncer(libc);
      for (
        const [address, router] of [["10.77.0.100", false], ["fd00::100", false], [
          "fd00::101",
          true,
        ]] as const
      ) {
        assert.deepEqual(announcer.announce(left.index, left.mac, address, { router }), { ok: true });
      }
    };
    const packets = await captured(announce, "arp or (icmp6 and ip6[40] == 136)", /fd00::101/);
    const text = packets.join("\n");
    assert.match(
      text,
      /MAC > ff:ff:ff:ff:ff:ff, ethertype ARP \(0x0806\), length 42: Ethernet \(len 6\), IPv4 \(len 4\), Request who-has 10\.77\.0\.100 \(ff:ff:ff:ff:ff:ff\) tell 10\.77\.0\.100, length 28/,
    );
    assert.match(
      text,
      /MAC > 33:33:00:00:00:01.*hlim 255, .*fd00::100 > ff02::1: \[icmp6 sum ok\] ICMP6, neighbor advertisement, length 32, tgt is fd00::100, Flags \[override\]\s+destination link-address option \(2\), length 8 \(1\): MAC/,
    );
    assert.match(text, /tgt is fd00::101, Flags \[router, override\]/);
  },
});
