/**
 * IPVS messages against what ipvsadm sent and the kernel answered (tests/golden/ipvs/ipvsadm.json says where).
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { addressFromBytes } from "../../../core/net/address.ts";
import { fromHex, toHex } from "../../../core/net/bytes.ts";
import { decodeFamily, decodeGeneric, encodeGetFamily } from "../../../core/packet/genetlink.ts";
import {
  destinationKey,
  IPVS_CMD,
  type IpvsDestination,
  type IpvsService,
  serviceKey,
} from "../../../core/packet/ipvs.ts";
import {
  decodeDaemon,
  decodeDestination,
  decodeInfo,
  decodeService,
  decodeTimeouts,
} from "../../../core/packet/ipvs_answer.ts";
import {
  encodeDaemon,
  encodeDestination,
  encodeDestinationDump,
  encodeDump,
  encodeQuery,
  encodeService,
  encodeServiceCommand,
  encodeTableCommand,
  encodeTimeouts,
} from "../../../core/packet/ipvs_request.ts";
import { decodeAttributes, decodeNetlink, type NetlinkMessage, NLM_F } from "../../../core/packet/netlink.ts";
import { equalBytes } from "../../support/octets.ts";
import golden from "../../golden/ipvs/ipvsadm.json" with { type: "json" };

const FAMILY = golden.commands[0]!.family;
const WEB = { kind: "address", protocol: "tcp", address: "10.0.0.1", port: 80 } as const;
const NAMES = { kind: "address", protocol: "udp", address: "fd00::1", port: 53 } as const;
const MARK6 = { kind: "fwmark", mark: 7, family: 6 } as const;

function service(more: Partial<IpvsService>): IpvsService {
  return {
    id: WEB,
    scheduler: "wlc",
    flags: 0,
    timeout: 0,
    persistenceMask: 0xffffffff,
    persistenceEngine: null,
    ...more,
  };
}

function destination(more: Partial<IpvsDestination>): IpvsDestination {
  return {
    address: "10.0.0.11",
    port: 80,
    forwarding: "nat",
    tunnel: null,
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    ...more,
  };
}

const gue = { type: "gue", port: 6080, checksum: "checksum" } as const;
const gre = { type: "gre", port: 0, checksum: "checksum" } as const;
const ipip = { type: "ipip", port: 0, checksum: "none" } as const;
const master = {
  state: "master",
  interface: "d0",
  syncId: 5,
  maxLength: 1400,
  group: "224.0.0.82",
  port: 8849,
  ttl: 3,
} as const;
const backup = {
  state: "backup",
  interface: "d0",
  syncId: 5,
  maxLength: null,
  group: null,
  port: null,
  ttl: null,
} as const;

const { NEW_SERVICE, SET_SERVICE, DEL_SERVICE, NEW_DEST, SET_DEST, DEL_DEST, ZERO } = IPVS_CMD;

/** Our request for the last one that each command of ipvsadm made. */
const OURS: Readonly<Record<string, Uint8Array>> = {
  "ipvsadm -A -t 10.0.0.1:80 -s mh -p 360 -M 255.255.255.0 -b mh-fallback,mh-port": encodeService(
    FAMILY,
    NEW_SERVICE,
    service({ scheduler: "mh", flags: 0x19, timeout: 360, persistenceMask: 0xffffff00 }),
  ),
  "ipvsadm -a -t 10.0.0.1:80 -r 10.0.0.11:80 -m -w 3 -x 100 -y 10": encodeDestination(
    FAMILY,
    NEW_DEST,
    WEB,
    destination({ weight: 3, upperThreshold: 100, lowerThreshold: 10 }),
  ),
  "ipvsadm -a -t 10.0.0.1:80 -r 10.0.0.12:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum":
    encodeDestination(
      FAMILY,
      NEW_DEST,
      WEB,
      destination({ address: "10.0.0.12", forwarding: "tunnel", tunnel: gue }),
    ),
  "ipvsadm -a -t 10.0.0.1:80 -r 10.0.0.13:80 -i -w 1 --tun-type gre --tun-csum": encodeDestination(
    FAMILY,
    NEW_DEST,
    WEB,
    destination({ address: "10.0.0.13", forwarding: "tunnel", tunnel: gre }),
  ),
  "ipvsadm -a -t 10.0.0.1:80 -r 10.0.0.14:80 -i -w 1": encodeDestination(
    FAMILY,
    NEW_DEST,
    WEB,
    destination({ address: "10.0.0.14", forwarding: "tunnel", tunnel: ipip }),
  ),
  "ipvsadm -a -t 10.0.0.1:80 -r 10.0.0.15:80 -g -w 0": encodeDestination(
    FAMILY,
    NEW_DEST,
    WEB,
    destination({ address: "10.0.0.15", forwarding: "direct", weight: 0 }),
  ),
  "ipvsadm -e -t 10.0.0.1:80 -r 10.0.0.15:80 -g -w 7": encodeDestination(
    FAMILY,
    SET_DEST,
    WEB,
    destination({ address: "10.0.0.15", forwarding: "direct", weight: 7 }),
  ),
  "ipvsadm -E -t 10.0.0.1:80 -s wlc": encodeService(FAMILY, SET_SERVICE, service({})),
  "ipvsadm -A -u [fd00::1]:53 -s rr -p 77 -M 64 -o": encodeService(
    FAMILY,
    NEW_SERVICE,
    service({ id: NAMES, scheduler: "rr", flags: 5, timeout: 77, persistenceMask: 64 }),
  ),
  "ipvsadm -a -u [fd00::1]:53 -r [fd00::2]:53 -m": encodeDestination(
    FAMILY,
    NEW_DEST,
    NAMES,
    destination({ address: "fd00::2", port: 53 }),
  ),
  "ipvsadm -A -f 7 -6 -s rr": encodeService(
    FAMILY,
    NEW_SERVICE,
    service({ id: MARK6, scheduler: "rr", persistenceMask: 128 }),
  ),
  "ipvsadm -a -f 7 -6 -r [fd00::2]:0 -g": encodeDestination(
    FAMILY,
    NEW_DEST,
    MARK6,
    destination({ address: "fd00::2", port: 0, forwarding: "direct" }),
  ),
  "ipvsadm -A -f 8 -s wlc -p 10 --pe sip": encodeService(
    FAMILY,
    NEW_SERVICE,
    service({ id: { kind: "fwmark", mark: 8, family: 4 }, flags: 1, timeout: 10, persistenceEngine: "sip" }),
  ),
  "ipvsadm -A --sctp-service 10.0.0.1:9 -s sed": encodeService(
    FAMILY,
    NEW_SERVICE,
    service({ id: { ...WEB, protocol: "sctp", port: 9 }, scheduler: "sed" }),
  ),
  "ipvsadm --set 100 0 50": encodeTimeouts(FAMILY, { tcp: 100, tcpFin: 0, udp: 50 }),
  [
    `ipvsadm --start-daemon master --mcast-interface d0 --syncid 5 --sync-maxlen 1400 --mcast-group 224.0.0.82 ` +
    `--mcast-port 8849 --mcast-ttl 3`
  ]: encodeDaemon(FAMILY, IPVS_CMD.NEW_DAEMON, master),
  "ipvsadm --start-daemon backup --mcast-interface d0 --syncid 5": encodeDaemon(
    FAMILY,
    IPVS_CMD.NEW_DAEMON,
    backup,
  ),
  "ipvsadm --list --daemon": encodeDump(FAMILY, IPVS_CMD.GET_DAEMON),
  "ipvsadm --list --timeout": encodeQuery(FAMILY, IPVS_CMD.GET_CONFIG),
  "ipvsadm -d -t 10.0.0.1:80 -r 10.0.0.15:80": encodeDestination(
    FAMILY,
    DEL_DEST,
    WEB,
    destination({ address: "10.0.0.15" }),
  ),
  "ipvsadm -D -f 7 -6": encodeServiceCommand(FAMILY, DEL_SERVICE, MARK6),
  "ipvsadm -Z -t 10.0.0.1:80": encodeServiceCommand(FAMILY, ZERO, WEB),
  "ipvsadm -C": encodeTableCommand(FAMILY, IPVS_CMD.FLUSH),
};

/**
 * What ipvsadm says beside what the command needs: the plain tunnel, and options of its command line in requests
 * that name a service or a destination only.
 */
const TUNNEL_TYPE = "2/13";
const TUNNEL_REST = ["2/14", "2/15"];
const SERVICE_OPTIONS = ["1/6", "1/7", "1/8", "1/9"];
const DESTINATION_OPTIONS = ["2/3", "2/4", "2/5", "2/6"];

const commands = golden.commands.map(({ command, requests, answers }) => ({
  command,
  request: message(requests.at(-1)!),
  requests: requests.map(message),
  answers: answers.map(message),
}));

function message(hex: string): NetlinkMessage {
  const [first] = decodeNetlink(fromHex(hex));
  return first!;
}

/** Attributes as `SERVICE/FIELD: octets`, whatever their order. */
function attributesOf({ payload }: NetlinkMessage): Map<string, string> {
  const found = new Map<string, string>();
  for (const outer of decodeAttributes(payload.subarray(4))) {
    if (outer.type > 3) found.set(`${outer.type}`, toHex(outer.value));
    else {for (const { type, value } of decodeAttributes(outer.value)) {
        found.set(`${outer.type}/${type}`, toHex(value));
      }}
  }
  return found;
}

for (const [name, octets] of Object.entries(OURS)) {
  Deno.test(`our request means the same as: ${name}`, () => {
    const theirs = commands.find(({ command }) => command === name)!.request;
    const ours = decodeNetlink(octets)[0]!;
    assert.equal(ours.type, theirs.type);
    assert.deepEqual([...ours.payload.subarray(0, 2)], [...theirs.payload.subarray(0, 2)]);
    assert.equal(ours.flags & NLM_F.DUMP, theirs.flags & NLM_F.DUMP);
    const expected = attributesOf(theirs);
    const found = attributesOf(ours);
    const known = decodeGeneric(theirs)!.command;
    if (expected.get(TUNNEL_TYPE) === "00") expected.delete(TUNNEL_TYPE);
    if (!found.has(TUNNEL_TYPE)) { for (const key of TUNNEL_REST) expected.delete(key); }
    if (known !== NEW_SERVICE && known !== SET_SERVICE) {
      for (const key of SERVICE_OPTIONS) expected.delete(key);
    }
    if (known === DEL_DEST) { for (const key of DESTINATION_OPTIONS) expected.delete(key); }
    assert.deepEqual(new Map([...found].sort()), new Map([...expected].sort()));
  });
}

Deno.test("the kernel's table is read as ipvsadm prints it", () => {
  const { answers } = commands.find(({ command }) => command === "ipvsadm -Ln")!;
  const services = answers.map(decodeService).filter((each) => each !== null);
  assert.deepEqual(services.map(({ id }) => serviceKey(id)).sort(), [
    "fwm 7 6",
    "fwm 8 4",
    "sctp 10.0.0.1 9",
    "tcp 10.0.0.1 80",
    "udp fd00::1 53",
  ]);
  const names = services.find(({ id }) => serviceKey(id) === serviceKey(NAMES))!;
  const { statistics, ...rest } = names;
  assert.deepEqual(
    rest,
    service({ id: NAMES, scheduler: "rr", flags: 5, timeout: 77, persistenceMask: 64 }),
  );
  assert.equal(statistics.connections, 0);
  const destinations = answers.map((answer) => decodeDestination(answer, 4)).filter((each) => each !== null);
  assert.deepEqual(
    destinations.map((each) => `${destinationKey(each)} ${each.forwarding} ${each.weight}`).sort(),
    [
      "10.0.0.11 80 nat 3",
      "10.0.0.12 80 tunnel 1",
      "10.0.0.13 80 tunnel 1",
      "10.0.0.14 80 tunnel 1",
      "10.0.0.15 80 direct 7",
      "fd00::2 0 direct 1",
      "fd00::2 53 nat 1",
    ],
  );
  assert.deepEqual(destinations.find(({ address }) => address === "10.0.0.12")!.tunnel, gue);
  assert.deepEqual(destinations.find(({ address }) => address === "10.0.0.13")!.tunnel, gre);
  assert.equal(destinations.find(({ address }) => address === "10.0.0.11")!.upperThreshold, 100);
});

Deno.test("the kernel's settings are read as ipvsadm prints them", () => {
  const answersTo = (name: string) => commands.find(({ command }) => command === name)!.answers;
  const timeouts = answersTo("ipvsadm --list --timeout").map(decodeTimeouts).filter((each) => each !== null);
  assert.deepEqual(timeouts, [{ tcp: 100, tcpFin: 120, udp: 50 }]);
  const daemons = answersTo("ipvsadm --list --daemon").map(decodeDaemon).filter((each) => each !== null);
  assert.deepEqual(daemons, [master, {
    ...backup,
    maxLength: 1472,
    group: "224.0.0.81",
    port: 8848,
    ttl: 1,
  }]);
  const info = answersTo("ipvsadm -C").map(decodeInfo).filter((each) => each !== null);
  assert.deepEqual(info, [{ version: "1.2.1", connectionTableSize: 4096 }]);
});

Deno.test("encodeDestinationDump() asks as ipvsadm does", () => {
  const { requests } = commands.find(({ command }) => command === "ipvsadm -Ln")!;
  const theirs = requests.filter((each) => decodeGeneric(each)?.command === IPVS_CMD.GET_DEST);
  const ours = decodeNetlink(encodeDestinationDump(FAMILY, WEB))[0]!;
  const same = theirs.filter((each) => {
    const expected = attributesOf(each);
    return [...attributesOf(ours)].every(([key, value]) => expected.get(key) === value);
  });
  assert.equal(same.length, 1);
});

Deno.test("a service and a destination survive encoding and decoding", () => {
  const id = fc.oneof(
    fc.record({
      kind: fc.constant("address" as const),
      protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
      address: fc.oneof(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
      ).map(addressFromBytes),
      port: fc.nat(65535),
    }, { noNullPrototype: true }),
    fc.record({
      kind: fc.constant("fwmark" as const),
      mark: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      family: fc.constantFrom(4 as const, 6 as const),
    }, { noNullPrototype: true }),
  );
  fc.assert(fc.property(id, fc.nat(2 ** 31 - 1), fc.nat(32), (id, weight, prefix) => {
    // A mask with holes.
    const sent = service({ id, persistenceMask: weight * 2 });
    const decoded = decodeService(decodeNetlink(encodeService(FAMILY, NEW_SERVICE, sent))[0]!);
    assert.deepEqual(decoded && { ...decoded, statistics: null }, { ...sent, statistics: null });
    const server = destination({ weight, port: prefix });
    const back = decodeDestination(
      decodeNetlink(encodeDestination(FAMILY, NEW_DEST, id, server))[0]!,
      4,
    )!;
    for (const key of ["address", "port", "weight", "forwarding"] as const) {
      assert.equal(back[key], server[key]);
    }
  }));
});

Deno.test("no damaged answer makes a decoder throw", () => {
  const all = commands.flatMap(({ answers, requests }) => [...answers, ...requests]);
  const decoders = [decodeService, decodeDaemon, decodeTimeouts, decodeInfo, decodeFamily, decodeGeneric];
  const decode = (payload: Uint8Array) => {
    const damaged = { ...all[0]!, payload };
    for (const decoder of decoders) decoder(damaged);
    decodeDestination(damaged, 6);
  };
  for (const { payload } of all) {
    for (let length = 0; length < payload.length; length++) decode(payload.subarray(0, length));
    for (let at = 0; at < payload.length; at++) {
      const flipped = payload.slice();
      flipped[at]! ^= 0xff;
      decode(flipped);
    }
  }
});

Deno.test("encodeGetFamily() names the family with its NUL", () => {
  const ours = encodeGetFamily("IPVS", 7);
  assert.ok(equalBytes(ours.subarray(16, 20), fromHex("03020000")));
  assert.ok(toHex(ours).includes(toHex(new TextEncoder().encode("IPVS\0"))));
});
