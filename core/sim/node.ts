/**
 * One simulated host: an engine, a kernel address table with lifetimes, scripts that end as they are told to.
 */
import type { Model } from "../config/model.ts";
import type { BfdEndpoint, Effect, LeasedAddress, VirtualLink } from "../engine/effect.ts";
import type { Event, Link, LocalAddress, ScriptOutcome } from "../engine/event.ts";
import type { Engine } from "../engine/engine.ts";
import { addressKey } from "../engine/host.ts";
import type { BfdPacket } from "../packet/bfd.ts";
import { createVrrpEngine } from "../engine/vrrp_engine.ts";
import { SimulatedRoutes } from "./routes.ts";

/** A notify effect as the node's scripts would see it. */
export type Notified = Extract<Effect, { kind: "notify" }>;

/** What a simulated node needs to begin. */
export interface NodeSpec {
  readonly name: string;
  readonly model: Model;
  /** Interface name, the segment it is plugged into, and its address. */
  readonly interfaces: readonly {
    readonly name: string;
    readonly segment: string;
    readonly address: string;
    readonly prefixLength: number;
    /** Duplicate detection of it runs; see {@linkcode SimulatedNode.endDetection}. */
    readonly tentative?: boolean;
  }[];
}

/** Carries packets of a node to the LAN. */
export interface Transmit {
  advert(sender: SimulatedNode, effect: Extract<Effect, { kind: "advert.send" }>, now: number): void;
  bfd(sender: SimulatedNode, endpoint: BfdEndpoint, packet: BfdPacket): void;
}

interface HeldAddress extends LocalAddress {
  /** Simulated ms; Infinity for ever. */
  readonly expiresAt: number;
}

/** A host on the simulated LAN. The LAN tells it the time and carries its packets. */
export class SimulatedNode {
  readonly name: string;
  engine: Engine = createVrrpEngine();
  /** What the daemon on it would have logged. */
  readonly log: { readonly at: number; readonly text: string }[] = [];
  readonly notified: Notified[] = [];
  /** GARPs and NAs it sent. */
  readonly announced: { readonly at: number; readonly address: string }[] = [];
  /** How scripts end: by script name; success where nothing is set. */
  readonly scriptOutcomes = new Map<string, ScriptOutcome>();
  /** running: the daemon works; frozen: stopped by a signal or a stall; dead: killed. */
  condition: "running" | "frozen" | "dead" = "running";
  stopped = false;
  /** What the next start runs. */
  model: Model;
  #spec: NodeSpec;
  #links = new Map<string, Link>();
  /** Of virtual interfaces: what they stand on. */
  readonly #parents = new Map<string, string>();
  #nextIndex = 100;
  #addresses = new Map<string, HeldAddress>();
  /** Addresses whose packets the host drops. */
  readonly blocked = new Set<string>();
  /** Kernel settings that the daemon changed, such as `eth0 ipv4/arp_ignore`. */
  readonly settings = new Map<string, string>();
  /** What the checkers of real servers were told of BFD sessions. */
  readonly checkers = new Map<string, boolean>();
  readonly #sessions = new Map<string, BfdEndpoint>();
  /** What is random in the daemon differs from start to start. */
  #seed = 1;
  /** Interfaces that the daemon listens on, by instance. */
  readonly #listening = new Map<string, string>();
  readonly #routes = new SimulatedRoutes((name) => this.isUp(name));
  /** Events that wait for the end of the step that caused them: a notice of the kernel never comes in between. */
  #inbox: Event[] = [];
  #stepping = false;
  /** Events that arrived while the daemon was frozen. */
  #queued: Event[] = [];
  #transmit: Transmit;

  constructor(spec: NodeSpec, transmit: Transmit) {
    this.name = spec.name;
    this.#spec = spec;
    this.model = spec.model;
    this.#transmit = transmit;
    for (const [i, { name, address, prefixLength, tentative = false }] of spec.interfaces.entries()) {
      this.#links.set(name, {
        name,
        index: i + 2,
        mac: `02:00:00:00:00:${(i + 1).toString(16).padStart(2, "0")}`,
        mtu: 1500,
        up: true,
        arp: true,
        multicast: true,
      });
      const local = { interface: name, address, prefixLength, secondary: false, tentative };
      this.#addresses.set(addressKey(local), { ...local, expiresAt: Infinity });
    }
  }

  /** Duplicate detection of an address ends: it is ours, or somebody else's too. */
  endDetection(address: string, duplicate: boolean, now: number): void {
    for (const held of [...this.#addresses.values()]) {
      if (held.address !== address) continue;
      const changed = { ...held, tentative: duplicate, duplicate };
      this.#addresses.set(addressKey(held), changed);
      this.take({ kind: "address.added", address: changed }, now);
    }
  }

  /** The segment that an interface is plugged into. */
  segmentOf(interfaceName: string): string | null {
    const below = this.#parents.get(interfaceName) ?? interfaceName;
    return this.#spec.interfaces.find(({ name }) => name === below)?.segment ?? null;
  }

  /** The interfaces on which the daemon hears a segment: a macvlan hears what the interface below it hears. */
  interfacesOn(segment: string): readonly string[] {
    return [...new Set(this.#listening.values())].filter((name) => this.segmentOf(name) === segment);
  }

  isUp(interfaceName: string): boolean {
    return this.#links.get(interfaceName)?.up ?? false;
  }

  /** Whether the kernel of this host has the address now, whatever the daemon does. */
  holds(address: string): boolean {
    for (const held of this.#addresses.values()) if (held.address === address) return true;
    return false;
  }

  /** The interface that has an address; null where none has. */
  interfaceWith(address: string): string | null {
    for (const held of this.#addresses.values()) if (held.address === address) return held.interface;
    return null;
  }

  /** The address from which packets leave for a segment; null where no interface that is up leads there. */
  wayTo(segment: string): string | null {
    const found = this.#spec.interfaces.find((each) => each.segment === segment && this.isUp(each.name));
    return found?.address ?? null;
  }

  /** Routes that the kernel of this host refuses, in words. */
  get refusedRoutes(): Set<string> {
    return this.#routes.refused;
  }

  /** The routes and rules that the kernel of this host has, in words. */
  get routes(): readonly string[] {
    return this.#routes.texts;
  }

  /** All addresses of this host as `ADDRESS/LENGTH dev INTERFACE`, in order of their words. */
  get addresses(): readonly string[] {
    return [...this.#addresses.values()]
      .map(({ address, prefixLength, interface: name }) => `${address}/${prefixLength} dev ${name}`).sort();
  }

  start(now: number): void {
    const links = [...this.#links.values()];
    this.take(
      {
        kind: "start",
        model: this.model,
        links,
        addresses: [...this.#addresses.values()],
        seed: this.#seed++,
      },
      now,
    );
  }

  /** A new configuration for the daemon, now and at the next start. */
  reload(model: Model, now: number): void {
    this.model = model;
    this.take({ kind: "reload", model }, now);
  }

  /** A new daemon on the same host: what the old one left in the kernel is still there. */
  restart(now: number): void {
    this.engine = createVrrpEngine();
    this.#listening.clear();
    this.#sessions.clear();
    this.condition = "running";
    this.stopped = false;
    this.start(now);
  }

  setLink(name: string, up: boolean, now: number): void {
    const link = { ...this.#links.get(name)!, up };
    this.#links.set(name, link);
    const gone = up ? [] : this.#routes.dropThrough(name);
    this.take({ kind: "link.changed", link }, now);
    for (const event of gone) this.take(event, now);
    for (const [above, parent] of this.#parents) if (parent === name) this.setLink(above, up, now);
  }

  /** An operator removes a route or a rule by hand. */
  removeRoute(text: string, now: number): void {
    for (const event of this.#routes.removeByText(text)) this.take(event, now);
  }

  /** An interface goes, with all that is on it and above it. */
  removeLink(name: string, now: number): void {
    if (!this.#links.delete(name)) return;
    for (const [above, parent] of this.#parents) if (parent === name) this.removeLink(above, now);
    this.#parents.delete(name);
    for (const [key, held] of this.#addresses) if (held.interface === name) this.#addresses.delete(key);
    const gone = this.#routes.dropThrough(name);
    this.take({ kind: "link.removed", name }, now);
    for (const event of gone) this.take(event, now);
  }

  /** An interface of the specification comes back as a new one, with its address. */
  restoreLink(name: string, now: number): void {
    const spec = this.#spec.interfaces.find((each) => each.name === name)!;
    const link = this.#newLink(name, "02:00:00:00:00:0f");
    this.take({ kind: "link.changed", link }, now);
    this.addAddress(name, spec, now);
  }

  /** An operator adds an address by hand. */
  addAddress(
    name: string,
    { address, prefixLength }: Pick<LocalAddress, "address" | "prefixLength">,
    now: number,
  ): void {
    const local = { interface: name, address, prefixLength, secondary: false, tentative: false };
    this.#addresses.set(addressKey(local), { ...local, expiresAt: Infinity });
    this.take({ kind: "address.added", address: local }, now);
  }

  /** Names of the interfaces that there are. */
  get links(): readonly string[] {
    return [...this.#links.keys()].sort();
  }

  #createLink(instance: string, { name, parent, mac }: VirtualLink, now: number): void {
    if (!this.#links.has(parent) || this.#links.has(name)) {
      const reason = this.#links.has(name) ? "EEXIST (File exists)" : "ENODEV (No such device)";
      this.take({ kind: "effect.failed", effect: "link.create", instance, subject: name, reason }, now);
      return;
    }
    this.#parents.set(name, parent);
    const link = { ...this.#newLink(name, mac), driver: "macvlan", up: this.isUp(parent) };
    this.#links.set(name, link);
    this.take({ kind: "link.changed", link: { ...link, up: false } }, now);
    this.take({ kind: "link.changed", link }, now);
  }

  #newLink(name: string, mac: string): Link {
    const link = { name, index: this.#nextIndex++, mac, mtu: 1500, up: true, arp: true, multicast: true };
    this.#links.set(name, link);
    return link;
  }

  /** An operator removes an address by hand. */
  removeAddress(address: string, now: number): void {
    for (const held of [...this.#addresses.values()]) if (held.address === address) this.#drop(held, now);
  }

  freeze(): void {
    if (this.condition === "running") this.condition = "frozen";
  }

  /** Runs on: what was queued comes first, then the timer, as the engine thread's loop does it. */
  thaw(now: number): void {
    if (this.condition !== "frozen") return;
    this.condition = "running";
    const queued = this.#queued;
    this.#queued = [];
    for (const event of queued) this.take(event, now);
    this.take({ kind: "timer" }, now);
  }

  kill(): void {
    this.condition = "dead";
    this.#queued = [];
  }

  /** When this host wants to be called again: the engine's timer or the end of a lifetime. */
  nextWakeup(): number {
    let next = this.condition === "running" && !this.stopped
      ? this.engine.nextWakeup() ?? Infinity
      : Infinity;
    for (const { expiresAt } of this.#addresses.values()) next = Math.min(next, expiresAt);
    return next;
  }

  /** Time passed: lifetimes end, the engine's timer fires. */
  wake(now: number): void {
    for (const held of [...this.#addresses.values()]) if (held.expiresAt <= now) this.#drop(held, now);
    const due = this.engine.nextWakeup();
    if (this.condition === "running" && due !== null && due <= now) this.take({ kind: "timer" }, now);
  }

  /** Gives an event to the daemon, or queues it while the daemon is frozen. */
  take(event: Event, now: number): void {
    if (this.condition === "dead" || this.stopped) return;
    if (this.condition === "frozen") {
      this.#queued.push(event);
      return;
    }
    this.#inbox.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        for (const effect of this.engine.step(next, now)) this.#perform(effect, now);
      }
    } finally {
      this.#stepping = false;
    }
  }

  #perform(effect: Effect, now: number): void {
    switch (effect.kind) {
      case "advert.send":
        this.#transmit.advert(this, effect, now);
        return;
      case "address.add":
        for (const address of effect.addresses) this.#hold(address, now);
        return;
      case "address.remove":
        for (const address of effect.addresses) {
          const held = this.#addresses.get(addressKey(address));
          if (held !== undefined) this.#drop(held, now);
        }
        return;
      case "address.announce":
        for (const { address } of effect.addresses) this.announced.push({ at: now, address });
        return;
      case "route.add":
      case "route.remove":
      case "rule.add":
      case "rule.remove":
        for (const event of this.#routes.perform(effect)) this.take(event, now);
        return;
      case "filter.begin":
        this.blocked.clear();
        return;
      case "filter.block":
        for (const each of effect.addresses) this.blocked.add(each.address);
        return;
      case "filter.unblock":
        for (const each of effect.addresses) this.blocked.delete(each.address);
        return;
      case "setting.set":
        for (const { name, value } of effect.settings) {
          this.settings.set(`${effect.interface} ${name}`, value);
        }
        return;
      case "setting.restore":
        for (const name of effect.names) this.settings.delete(`${effect.interface} ${name}`);
        return;
      case "link.create":
        this.#createLink(effect.instance, effect.link, now);
        return;
      case "link.remove":
        this.removeLink(effect.name, now);
        return;
      case "script.run": {
        const outcome = this.scriptOutcomes.get(effect.script) ?? { kind: "exited", status: 0 };
        this.take({ kind: "script.finished", script: effect.script, outcome }, now);
        return;
      }
      case "notify":
        this.notified.push(effect);
        return;
      case "log":
        this.log.push({ at: now, text: effect.message.text });
        return;
      case "stopped":
        this.stopped = true;
        return;
      case "advert.listen":
        this.#listening.set(effect.listen.instance, effect.listen.interface);
        return;
      case "advert.unlisten":
        this.#listening.delete(effect.instance);
        return;
      case "bfd.open":
      case "bfd.close":
      case "bfd.send":
      case "bfd.changed":
        this.#performBfd(effect);
        return;
      case "status.changed":
        return;
      default:
        effect satisfies never;
    }
  }

  #performBfd(effect: Extract<Effect, { kind: `bfd.${string}` }>): void {
    switch (effect.kind) {
      case "bfd.open":
        this.#sessions.set(effect.session, effect.endpoint);
        return;
      case "bfd.close":
        this.#sessions.delete(effect.session);
        return;
      case "bfd.send": {
        const endpoint = this.#sessions.get(effect.session);
        if (endpoint !== undefined) this.#transmit.bfd(this, endpoint, effect.packet);
        return;
      }
      case "bfd.changed":
        this.checkers.set(effect.name, effect.up);
        return;
      default:
        effect satisfies never;
    }
  }

  #hold(vip: LeasedAddress, now: number): void {
    const { interface: where, address, prefixLength, lease } = vip;
    const local = { interface: where, address, prefixLength, secondary: false, tentative: false };
    const expiresAt = lease === null ? Infinity : now + lease * 1000;
    this.#addresses.set(addressKey(local), { ...local, expiresAt });
    this.take({ kind: "address.added", address: local }, now);
  }

  #drop(held: HeldAddress, now: number): void {
    this.#addresses.delete(addressKey(held));
    this.take({ kind: "address.removed", address: held }, now);
  }
}
