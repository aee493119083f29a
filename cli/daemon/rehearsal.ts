/**
 * A takeover played through before the first real one.
 *
 * V8 compiles a function when it is first called, so that the first takeover of a daemon would be some 2 ms late, with
 * a client waiting. So the engine thread plays one instance of its configuration through on a kernel that does not
 * exist: all the code between a silent master and a gratuitous ARP has run once before it matters.
 */
import type { Model, VrrpInstance } from "../../core/config/model.ts";
import { createVrrpEngine } from "../../core/engine/vrrp_engine.ts";
import type { Advertisement } from "../../core/packet/vrrp.ts";
import { decodeAdvertisement, encodeAdvertisement } from "../../core/packet/vrrp.ts";
import { encodeGratuitousArp } from "../../core/packet/arp.ts";
import { encodeNeighbourAdvertisement } from "../../core/packet/ndp.ts";
import { encodeDeleteAddress, encodeNewAddress } from "../../core/packet/rtnetlink.ts";
import type { LinkNotice, OsResult, ReceivedAdvert } from "../../core/ports.ts";
import { preparePackets } from "../../ffi/advert_sender.ts";
import type { EngineKernel } from "./engine_kernel.ts";
import { EngineLoop } from "./engine_loop.ts";
import type { EngineCommand } from "./thread_messages.ts";

/** Descriptors of the kernel that does not exist. */
const ADVERTS = 1;
const LINKS = 2;
const COMMANDS = 3;
const ROUTES = 4;

/** Turns of the loop in one act; a takeover needs about ten. */
const TURNS = 40;

const OK: OsResult = { ok: true };
const MAC = "02:00:00:00:00:01";

/** What the takeover of one plain instance does not touch. */
const SURROUNDINGS: Pick<
  EngineKernel,
  "bfd" | "routes" | "virtualLinks" | "settings" | "filter" | "routeWatch" | "seed"
> = {
  bfd: {
    open: () => OK,
    close() {},
    send: () => OK,
    descriptors: [],
    receive: () => [],
    [Symbol.dispose]() {},
  },
  seed: () => 0,
  routes: {
    addRoutes: (routes) => routes.map(() => OK),
    removeRoutes: (routes) => routes.map(() => OK),
    addRules: (rules) => rules.map(() => OK),
    removeRules: (rules) => rules.map(() => OK),
    [Symbol.dispose]() {},
  },
  virtualLinks: {
    create: () => OK,
    bringUp: () => OK,
    remove: () => OK,
    [Symbol.dispose]() {},
  },
  settings: { set: () => OK, restore: () => OK, ofHost: () => null },
  filter: {
    begin: () => OK,
    block: () => OK,
    unblock: () => OK,
    divert: () => OK,
    undivert: () => OK,
    [Symbol.dispose]() {},
  },
  routeWatch: { descriptor: ROUTES, read: () => [], [Symbol.dispose]() {} },
};

/** How often each thing was done in a rehearsal. */
export interface Played {
  sent: number;
  added: number;
  removed: number;
  announced: number;
}

/**
 * Plays until `limit` ms have gone by on `clock`, at least once.
 *
 * Nothing of it leaves the thread. A model that cannot be played is no reason not to run it.
 */
export function rehearse(model: Model, limit: number, clock: () => number): Played {
  const played: Played = { sent: 0, added: 0, removed: 0, announced: 0 };
  const [instance] = model.instances;
  if (instance === undefined) return played;
  const end = clock() + limit;
  try {
    do play(solo(model, instance), played); while (clock() < end);
  } catch {
    // What is wrong with it will show when it is run in earnest.
  }
  return played;
}

/** The model with one instance that waits for nothing and nobody. */
export function solo(model: Model, instance: VrrpInstance): Model {
  return {
    ...model,
    global: { ...model.global, startupDelay: 0 },
    instances: [{
      ...instance,
      // Signs, and believes the rival that does not.
      hmac: instance.hmac === null ? null : { ...instance.hmac, mode: "permissive" },
      trackScripts: [],
      trackInterfaces: [],
      trackFiles: [],
      trackProcesses: [],
      trackBfds: [],
      vmac: null,
    }],
    syncGroups: [],
    scripts: [],
    bfdInstances: [],
  };
}

/** Backup, master, an inferior rival, a better one, master again, the end. */
function play(model: Model, played: Played): void {
  const stage = new Stage(model.instances[0]!, played);
  const loop = new EngineLoop(createVrrpEngine(), stage.kernel, () => {}, {
    record: false,
    aliveInterval: 0,
  });
  loop.start(model);
  const turn = () => {
    for (let i = 0; i < TURNS; i++) loop.turn();
  };
  turn();
  stage.hear(1);
  turn();
  stage.hear(254);
  turn();
  stage.command({ kind: "event", event: { kind: "stop" } });
  turn();
}

/** A kernel whose time passes when the loop sleeps, and which encodes everything and sends nothing. */
class Stage {
  readonly #instance: VrrpInstance;
  readonly #played: Played;
  readonly #source: string;
  readonly #rival: string;
  #time = 1;
  #advertisement: Advertisement | null = null;
  #packets: ReceivedAdvert[] = [];
  #commands: Uint8Array[] = [];

  constructor(instance: VrrpInstance, played: Played) {
    this.#instance = instance;
    this.#played = played;
    const [own, other] = instance.family === 4 ? ["192.0.2.1", "192.0.2.2"] : ["fe80::1", "fe80::2"];
    const { transport } = instance;
    this.#source = instance.sourceAddress ?? own!;
    this.#rival = transport.mode === "unicast" ? transport.peers[0]?.address ?? other! : other!;
  }

  /** A rival of some priority is heard before the loop sleeps again. */
  hear(priority: number): void {
    if (this.#advertisement === null) return;
    const destination = this.#instance.transport.mode === "multicast"
      ? this.#instance.transport.group
      : this.#source;
    const octets = encodeAdvertisement({ ...this.#advertisement, priority }, {
      source: this.#rival,
      destination,
      checksumWithoutPseudoHeader: this.#instance.checksumWithoutPseudoHeader,
    });
    const packet = decodeAdvertisement(octets, { source: this.#rival, destination, multicastGroup: null });
    const { interface: name } = this.#instance;
    this.#packets.push({ interface: name, source: this.#rival, destination, ttl: 255, packet });
  }

  command(command: EngineCommand): void {
    this.#commands.push(new TextEncoder().encode(JSON.stringify(command)));
  }

  get kernel(): EngineKernel {
    return {
      now: () => this.#time,
      epochOffset: () => 0,
      forwardsIpv6: () => false,
      commandDescriptor: COMMANDS,
      readCommands: () => this.#commands.splice(0),
      sleeper: {
        capacity: 64,
        watch() {},
        forget() {},
        sleep: (deadline) => {
          const ready = this.#ready();
          if (ready.length === 0 && deadline !== null) this.#time = Math.max(this.#time, deadline);
          return ready;
        },
        look: () => this.#ready(),
      },
      adverts: {
        listen: () => OK,
        unlisten() {},
        send: (_, advert) => {
          this.#advertisement = advert.advertisement;
          this.#played.sent += preparePackets(advert, 1).length;
          return OK;
        },
        descriptors: [ADVERTS],
        receive: () => this.#packets.splice(0),
        acceptEveryVrid() {},
        [Symbol.dispose]() {},
      },
      addresses: {
        add: (addresses) =>
          addresses.map((spec) => {
            const { address: local, lease: validLifetime } = spec;
            encodeNewAddress({ ...spec, index: 1, local, flags: 0, validLifetime });
            this.#played.added++;
            return OK;
          }),
        renew: (addresses) => addresses.map(() => OK),
        remove: (addresses) =>
          addresses.map(({ address: local, prefixLength }) => {
            encodeDeleteAddress({ index: 1, local, prefixLength, peer: null });
            this.#played.removed++;
            return OK;
          }),
        [Symbol.dispose]() {},
      },
      announcer: {
        announce: (_index, mac, address, { router }) => {
          if (address.includes(":")) encodeNeighbourAdvertisement(mac, address, router);
          else encodeGratuitousArp(mac, address);
          this.#played.announced++;
          return OK;
        },
        [Symbol.dispose]() {},
      },
      ...SURROUNDINGS,
      links: {
        descriptor: LINKS,
        snapshot: () => this.#host(),
        read: () => [],
        [Symbol.dispose]() {},
      },
      [Symbol.dispose]() {},
    };
  }

  #ready(): readonly number[] {
    return [
      ...(this.#packets.length > 0 ? [ADVERTS] : []),
      ...(this.#commands.length > 0 ? [COMMANDS] : []),
    ];
  }

  /** Every interface that the instance names, with an address on its own. */
  #host(): readonly LinkNotice[] {
    const { interface: own, addresses, excludedAddresses } = this.#instance;
    const names = new Set([own, ...[...addresses, ...excludedAddresses].map(({ interface: name }) => name)]);
    const links = [...names].map((name, i): LinkNotice => ({
      kind: "link.changed",
      link: { name, index: i + 1, mac: MAC, mtu: 1500, up: true, arp: true, multicast: true },
    }));
    const address = {
      interface: own,
      address: this.#source,
      prefixLength: 24,
      secondary: false,
      tentative: false,
    };
    return [...links, { kind: "address.added", address }];
  }
}
