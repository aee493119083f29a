import assert from "node:assert/strict";
import { type ArpPacket, type Packet, parsePacket, TcpdumpReader, type VrrpPacket } from "./tcpdump.ts";

const ADVERT_V2 = [
  "1795221422.469379 0a:7a:31:90:97:9a > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 54: (tos 0xc0, ttl 255, id 1, offset 0, flags [none], proto VRRP (112), length 40)",
  '    10.0.0.1 > 224.0.0.18: VRRPv2, Advertisement, vrid 5, prio 255, authtype simple, intvl 1s, length 20, addrs: 10.0.0.9 auth "1111"',
];
const ADVERT_V3 = [
  "1795221422.469546 0a:7a:31:90:97:9a > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 46: (tos 0xc0, ttl 255, id 1, offset 0, flags [none], proto VRRP (112), length 32)",
  "    10.0.0.1 > 224.0.0.18: VRRPv3, Advertisement, vrid 6, prio 255, intvl 50cs, length 16, addrs(2): 10.0.0.10,10.0.0.11",
];
const ADVERT_IPV6 =
  "1795221422.469457 0a:7a:31:90:97:9a > 33:33:00:00:00:12, ethertype IPv6 (0x86dd), length 78: (class 0xc0, flowlabel 0xfe9be, hlim 255, next-header VRRP (112) payload length: 24) fe80::5 > ff02::12: VRRPv3, Advertisement, vrid 7, prio 255, intvl 50cs, length 24, addrs: fe80::10";
const ARP =
  "1795221422.469423 0a:7a:31:90:97:9a > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Ethernet (len 6), IPv4 (len 4), Request who-has 10.0.0.9 (ff:ff:ff:ff:ff:ff) tell 10.0.0.9, length 28";

function read(lines: readonly string[]): Packet[] {
  const packets: Packet[] = [];
  const reader = new TcpdumpReader((packet) => packets.push(packet));
  for (const line of lines) reader.line(line);
  return packets;
}

Deno.test("TcpdumpReader puts the two lines of an IPv4 packet together and emits it at once", () => {
  const [packet] = read(ADVERT_V2) as VrrpPacket[];
  assert.equal(packet!.kind, "vrrp");
  assert.equal(packet!.at, 1795221422469.379);
  assert.deepEqual([packet!.source, packet!.destination], ["10.0.0.1", "224.0.0.18"]);
  assert.deepEqual([packet!.tos, packet!.ttl, packet!.id], [0xc0, 255, 1]);
  assert.deepEqual([packet!.version, packet!.vrid, packet!.priority, packet!.interval], [2, 5, 255, "1s"]);
  assert.equal(packet!.authentication, 'simple "1111"');
  assert.deepEqual(packet!.addresses, ["10.0.0.9"]);
  assert.deepEqual(packet!.complaints, []);
});

Deno.test("TcpdumpReader reads version 3, lists of addresses and IPv6", () => {
  const [v3, v6] = read([...ADVERT_V3, ADVERT_IPV6]) as VrrpPacket[];
  assert.deepEqual([v3!.version, v3!.interval, v3!.authentication], [3, "50cs", "none"]);
  assert.deepEqual(v3!.addresses, ["10.0.0.10", "10.0.0.11"]);
  assert.deepEqual([v6!.source, v6!.destination, v6!.ttl, v6!.tos], ["fe80::5", "ff02::12", 255, 0xc0]);
});

Deno.test("parsePacket() knows a gratuitous ARP from a question", () => {
  const gratuitous = parsePacket(ARP) as ArpPacket;
  assert.deepEqual([gratuitous.kind, gratuitous.gratuitousFor], ["arp", "10.0.0.9"]);
  const question = parsePacket(ARP.replace("tell 10.0.0.9", "tell 10.0.0.1")) as ArpPacket;
  assert.deepEqual([question.kind, question.gratuitousFor], ["arp", null]);
});

Deno.test("parsePacket() collects what tcpdump complains about", () => {
  const bad = ADVERT_V2.join(" ").replace("length 20,", "length 20, (bad vrrp cksum 1234!),");
  const packet = parsePacket(bad) as VrrpPacket;
  assert.equal(packet.complaints.length, 1);
  assert.match(packet.complaints[0]!, /bad vrrp cksum 1234/);
});
