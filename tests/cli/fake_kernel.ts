/**
 * A kernel for the engine loop that remembers what it was asked and refuses what it is told to refuse.
 */
import type { LinkNotice, OsResult, ReceivedAdvert, RouteNotice } from "../../core/ports.ts";
import type { EngineKernel } from "../../cli/daemon/engine_kernel.ts";
import type { EngineCommand } from "../../cli/daemon/thread_messages.ts";

/** The kernel's yes. */
const OK: OsResult = { ok: true };

/** A kernel's no. */
export const REFUSED: OsResult = { ok: false, errno: 1, reason: "EPERM (Operation not permitted)" };

/** Descriptors of the fake. */
export const LINKS = 900;
const COMMANDS = 901;
const ROUTES = 902;

/** Two interfaces, one of them with an address. */
export const HOST: readonly LinkNotice[] = [
  link("eth0", 2),
  link("eth1", 3),
  { kind: "address.added", address: local("eth0", "10.0.0.1") },
];

/** A link notice. */
export function link(name: string, index: number, up = true): LinkNotice {
  const mac = `02:00:00:00:00:0${index}`;
  return { kind: "link.changed", link: { name, index, mac, mtu: 1500, up, arp: true, multicast: true } };
}

/** An address as the kernel reports it. */
export function local(interfaceName: string, address: string) {
  return { interface: interfaceName, address, prefixLength: 24, secondary: false, tentative: false };
}

/** One call that the fake saw: its name and the values that matter. */
export type Call = readonly [name: string, ...values: unknown[]];

/** The fake and the levers to move it. */
export interface FakeKernel extends EngineKernel {
  readonly calls: Call[];
  /** What the calls of that name answer; `OK` where nothing is set. */
  readonly answers: Map<string, OsResult>;
  /** ms of the monotonic clock. */
  time: number;
  /** Runs when the loop sleeps: the place to let things happen. */
  onSleep: (deadline: number | null) => void;
  /** Queues packets on a descriptor. */
  deliver(descriptor: number, ...packets: ReceivedAdvert[]): void;
  /** Queues notices; "overrun" loses them. */
  notices: readonly LinkNotice[] | "overrun";
  /** Queues notices about routes; "overrun" loses them. */
  routeNotices: readonly RouteNotice[] | "overrun";
  /** What `snapshot` of the link watch answers. */
  host: readonly LinkNotice[];
  command(command: EngineCommand): void;
  readonly watched: Set<number>;
  /** Sockets that are open, by instance. */
  readonly sockets: Map<string, number>;
}

/** A fake with two interfaces and nothing to say. */
export function fakeKernel(capacity = 64): FakeKernel {
  const calls: Call[] = [];
  const answers = new Map<string, OsResult>();
  const packets = new Map<number, ReceivedAdvert[]>();
  const sockets = new Map<string, number>();
  const watched = new Set<number>();
  let commands: Uint8Array[] = [];
  const call = (...values: Call): OsResult => {
    calls.push(values);
    return answers.get(values[0]) ?? OK;
  };
  const fake: FakeKernel = {
    calls,
    answers,
    watched,
    sockets,
    time: 1000,
    host: HOST,
    notices: [],
    routeNotices: [],
    onSleep: () => {},
    deliver(descriptor, ...more) {
      packets.set(descriptor, [...packets.get(descriptor) ?? [], ...more]);
    },
    command: (command) => void commands.push(new TextEncoder().encode(JSON.stringify(command))),
    now: () => fake.time,
    epochOffset: () => 1_000_000,
    forwardsIpv6: (name) => name === "eth1",
    commandDescriptor: COMMANDS,
    readCommands() {
      const read = commands;
      commands = [];
      return read;
    },
    sleeper: {
      capacity,
      watch: (descriptor) => void watched.add(descriptor),
      forget: (descriptor) => void watched.delete(descriptor),
      sleep(deadline) {
        fake.onSleep(deadline);
        return fake.sleeper.look();
      },
      look: () => ready().filter((descriptor) => watched.has(descriptor)).slice(0, capacity),
    },
    seed: () => 1,
    bfd: {
      open: (session, endpoint) => call("bfd.open", session, endpoint.neighbour),
      close: (session) => void call("bfd.close", session),
      send: (session, packet) => call("bfd.send", session, packet.state),
      descriptors: [],
      receive: () => [],
      [Symbol.dispose]() {},
    },
    adverts: {
      listen(instance, endpoint) {
        const result = call("listen", instance, endpoint.interface, endpoint.interfaceIndex);
        if (result.ok) sockets.set(instance, lowestFree(new Set(sockets.values())));
        return result;
      },
      unlisten(instance) {
        call("unlisten", instance);
        // A closed descriptor leaves the epoll set by itself.
        watched.delete(sockets.get(instance)!);
        sockets.delete(instance);
      },
      send: (instance, advert) => call("send", instance, advert.advertisement.priority),
      get descriptors() {
        return [...sockets.values()];
      },
      receive: (descriptor, limit) => packets.get(descriptor)?.splice(0, limit) ?? [],
      acceptEveryVrid: (on) => void call("acceptEveryVrid", on),
      [Symbol.dispose]() {},
    },
    addresses: {
      add: (addresses) => addresses.map((spec) => call("add", spec)),
      renew: (addresses) => addresses.map((spec) => call("renew", spec)),
      remove: (addresses) => addresses.map(({ address }) => call("remove", address)),
      [Symbol.dispose]() {},
    },
    announcer: {
      announce: (index, mac, address, { router }) => call("announce", index, mac, address, router),
      [Symbol.dispose]() {},
    },
    routes: {
      addRoutes: (routes) => routes.map((route) => call("addRoute", route)),
      removeRoutes: (routes, loosely) =>
        routes.map(({ destination }) => call("removeRoute", destination, loosely)),
      addRules: (rules) => rules.map((rule) => call("addRule", rule)),
      removeRules: (rules) => rules.map(({ priority }) => call("removeRule", priority)),
      [Symbol.dispose]() {},
    },
    virtualLinks: {
      create: ({ name, parentIndex, mac }) => call("createLink", name, parentIndex, mac),
      bringUp: (name) => call("bringUp", name),
      remove: (name) => call("removeLink", name),
      [Symbol.dispose]() {},
    },
    settings: {
      set: (name, setting, value) => call("set", name, setting, value),
      restore: (name, setting) => call("restore", name, setting),
      ofHost: () => "1",
    },
    filter: {
      begin: (table, priority, takeOver) => call("beginFilter", table, priority, takeOver),
      block: (addresses) => call("block", ...addresses.map(({ address }) => address)),
      unblock: (addresses) => call("unblock", ...addresses.map(({ address }) => address)),
      divert: (virtual, parent) => call("divert", virtual, parent),
      undivert: (virtual) => call("undivert", virtual),
      [Symbol.dispose]() {},
    },
    routeWatch: {
      descriptor: ROUTES,
      read() {
        const read = fake.routeNotices;
        fake.routeNotices = [];
        return read;
      },
      [Symbol.dispose]() {},
    },
    links: {
      descriptor: LINKS,
      snapshot: () => fake.host,
      read() {
        const read = fake.notices;
        fake.notices = [];
        return read;
      },
      [Symbol.dispose]() {},
    },
    [Symbol.dispose]() {},
  };
  function ready(): number[] {
    const descriptors = [...packets].filter(([, queue]) => queue.length > 0).map(([descriptor]) =>
      descriptor
    );
    if (fake.notices === "overrun" || fake.notices.length > 0) descriptors.push(LINKS);
    if (fake.routeNotices === "overrun" || fake.routeNotices.length > 0) descriptors.push(ROUTES);
    if (commands.length > 0) descriptors.push(COMMANDS);
    return descriptors;
  }
  return fake;
}

/** As the kernel numbers descriptors: the lowest that is free. */
function lowestFree(taken: ReadonlySet<number>): number {
  for (let descriptor = 10;; descriptor++) if (!taken.has(descriptor)) return descriptor;
}

/** A well-formed advertisement. */
export function advert(vrid: number, priority = 100): ReceivedAdvert {
  return {
    interface: "eth0",
    source: "10.0.0.2",
    destination: "224.0.0.18",
    ttl: 255,
    packet: {
      ok: true,
      version: 2,
      type: 1,
      vrid,
      priority,
      interval: 1000,
      addresses: ["10.0.0.100"],
      authenticationType: 0,
      password: "",
      checksum: "valid",
    },
  };
}
