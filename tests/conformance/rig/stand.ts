/**
 * A test stand: a host in a namespace of its own with the daemon under test on it, and the far ends of its links in our
 * hands.
 */
import { join } from "node:path";
import { daemonCommand, type DaemonKind, prepare } from "../../lab/adapter.ts";
import { type CommandResult, ipBatch, must, run } from "../../../cli/demo/command.ts";
import { elapse, now } from "../../lab/clock.ts";
import { Daemon } from "../../lab/daemon.ts";
import { addNamespace, removeNamespace, temporaryRoot } from "../../../cli/demo/namespaces.ts";
import { LabProcess } from "../../lab/process.ts";
import { AddressLog } from "./address_log.ts";
import type { EchoFrame } from "./decode.ts";
import type { Hub } from "./hub.ts";
import { pingFrame } from "./packet.ts";
import { Wire } from "./wire.ts";

/** How often a file is looked at, and how long one waits for what should not come, ms. */
const LOOK = 20;
const SETTLE = 300;

/** The host's own addresses on its first link; `10.80.1.20` and so on on the next. */
export const HOST = {
  address: "10.80.0.20",
  mac: "02:00:00:00:00:14",
  address6: "fe80::20",
  global6: "fd00:80::20",
} as const;

/** The hardware address of the host on a link. */
export function hostMac(link: number): string {
  return `02:00:00:00:0${link}:14`;
}

/** What a stand is made of. */
export interface StandOptions {
  /** How many links the host has; 1 by default. */
  readonly links?: number;
  /** false leaves the links without addresses and down. */
  readonly configured?: boolean;
}

/** A host with a daemon, and the far ends of its links. */
export class Stand implements AsyncDisposable {
  readonly kind: DaemonKind;
  readonly namespace: string;
  readonly directory: string;
  readonly wires: Wire[] = [];
  readonly #hub: Hub;
  readonly #resources = new AsyncDisposableStack();
  readonly daemons: Daemon[] = [];
  #addresses: AddressLog | null = null;
  #linksMade = 0;

  private constructor(hub: Hub, kind: DaemonKind, directory: string) {
    this.#hub = hub;
    this.kind = kind;
    this.namespace = hub.nextName();
    this.directory = directory;
  }

  /** Builds the host and its links; no daemon runs yet. */
  static async create(hub: Hub, kind: DaemonKind, options: StandOptions = {}): Promise<Stand> {
    const directory = await Deno.makeTempDir({ dir: temporaryRoot(), prefix: `ha-${Deno.pid}-conform-` });
    const stand = new Stand(hub, kind, directory);
    stand.#resources.defer(() => Deno.remove(directory, { recursive: true }));
    try {
      await stand.#build(options);
      return stand;
    } catch (error) {
      await stand[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The far end of the first link. */
  get wire(): Wire {
    return this.wires[0]!;
  }

  /** The host's addresses. */
  get addresses(): AddressLog {
    return this.#addresses!;
  }

  /** Starts the daemon under test, by way of a launcher that gets its words as arguments if there is one. */
  async start(configuration: string, launcher: readonly string[] = []): Promise<Daemon> {
    const directory = join(this.directory, `daemon${this.daemons.length}`);
    await Deno.mkdir(directory);
    const config = join(directory, "keepalived.conf");
    await Deno.writeTextFile(config, configuration);
    const argv = daemonCommand(this.kind, { config, directory, web: null, arguments: [] });
    const name = `${this.kind} in ${this.namespace}`;
    const process = this.#resources.use(
      new LabProcess(["ip", "netns", "exec", this.namespace, ...launcher, ...argv], { name, cwd: directory }),
    );
    const daemon = new Daemon(this.kind, process, directory);
    this.daemons.push(daemon);
    return daemon;
  }

  /** Writes another configuration for the last daemon and tells it to read it; returns the time of the signal. */
  async reload(configuration: string): Promise<number> {
    const daemon = this.daemons.at(-1)!;
    await Deno.writeTextFile(join(daemon.directory, "keepalived.conf"), configuration);
    return daemon.reload();
  }

  /** Writes a file for the daemon, such as a script, and returns its path. */
  async write(name: string, text: string, mode = 0o755): Promise<string> {
    const path = join(this.directory, name);
    await Deno.writeTextFile(path, text);
    await Deno.chmod(path, mode);
    return path;
  }

  /** Waits until a file of the daemon's has that many lines, and a moment longer for lines too many. */
  async lines(name: string, count: number, within = 10_000): Promise<string[]> {
    const end = now() + within;
    for (let lines = await this.#read(name);; lines = await this.#read(name)) {
      if (lines.length >= count) break;
      if (now() > end) throw new Error(`Cannot see ${count} lines in ${name}: ${JSON.stringify(lines)}`);
      await elapse(LOOK);
    }
    await elapse(SETTLE);
    return await this.#read(name);
  }

  /** The lines of a file; keepalived ends each line in a FIFO with an octet 0. */
  async #read(name: string): Promise<string[]> {
    const text = await Deno.readTextFile(this.path(name)).catch(() => "");
    return text.replaceAll("\0", "").split("\n").filter((line) => line !== "");
  }

  /** The path of a file of the daemon's. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** Pings an address of the host from 10.80.0.100, whose hardware address the host must know; gives the answer. */
  async ping(address: string, within = 10_000): Promise<EchoFrame> {
    const from = { mac: "02:00:00:00:00:64", address: "10.80.0.100" };
    const since = this.wire.send(pingFrame(from, { mac: HOST.mac, address }));
    return await this.wire.next((frame) => frame.kind === "echo_reply", {
      since,
      within,
      what: `an answer of ${address}`,
    }) as EchoFrame;
  }

  /** Runs `ip` commands on the host. */
  ip(...commands: string[]): Promise<void> {
    return ipBatch(this.namespace, commands);
  }

  /** Runs any command on the host. */
  run(argv: readonly string[]): Promise<CommandResult> {
    return run(["ip", "netns", "exec", this.namespace, ...argv]);
  }

  /** Asks `ip` something until the answer is as wanted; 15 s at most. */
  async shows(question: string, wanted: RegExp | null, what: string): Promise<void> {
    const end = now() + 15_000;
    while (true) {
      const answer = (await run(["ip", "-n", this.namespace, ...question.split(" ")])).stdout;
      if (wanted === null ? answer.trim() === "" : wanted.test(answer)) return;
      if (now() > end) throw new Error(`Cannot see ${what} in "ip ${question}":\n${answer}`);
      await elapse(LOOK);
    }
  }

  /** What the kernel says about an address of the host; null where there is none such. */
  async describe(address: string): Promise<AddressFacts | null> {
    const links: IpLink[] = JSON.parse(await must(["ip", "-n", this.namespace, "-j", "address"]));
    for (const { ifname, addr_info } of links) {
      const found = addr_info.find(({ local }) => local === address);
      if (found !== undefined) return { ...found, interface: ifname };
    }
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #build({ links = 1, configured = true }: StandOptions): Promise<void> {
    this.#resources.defer(() => removeNamespace(this.namespace));
    await Promise.all([addNamespace(this.namespace), prepare(this.kind)]);
    this.#addresses = this.#resources.use(new AddressLog(this.#hub, this.namespace));
    for (let link = 0; link < links; link++) await this.#addLink(link, configured);
  }

  /** Makes a link that is not there, or not any more, and configures it. */
  async replaceLink(link: number): Promise<Wire> {
    await this.#addLink(link, true);
    return this.wires[link]!;
  }

  async #addLink(link: number, configured: boolean): Promise<void> {
    const far = `w${this.namespace.replace(/^.*-/, "")}p${link}n${this.#linksMade++}`;
    const near = `eth${link}`;
    await this.#hub.ip([
      `link add ${far} type veth peer name ${near} address ${hostMac(link)} netns ${this.namespace}`,
      `link set ${far} up`,
    ]);
    this.wires[link] = this.#resources.use(new Wire(this.#hub, far));
    await this.ip(`link set ${near} addrgenmode none`);
    if (configured) await this.configure(link);
  }

  /** Brings a link of the host up with its addresses. */
  async configure(link: number): Promise<void> {
    const near = `eth${link}`;
    await this.ip(
      `link set ${near} up`,
      `address add 10.80.${link}.20/24 dev ${near}`,
      `address add fe80::20/64 dev ${near} nodad`,
      `address add fd00:8${link}::20/64 dev ${near} nodad`,
    );
  }
}

/** What `ip -j address` says about an address. */
export interface AddressFacts {
  readonly interface: string;
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly label?: string;
  readonly broadcast?: string;
  readonly deprecated?: boolean;
  readonly secondary?: boolean;
  readonly nodad?: boolean;
  readonly tentative?: boolean;
  /** s; 4294967295 is for ever */
  readonly valid_life_time: number;
  readonly preferred_life_time: number;
}

interface IpLink {
  readonly ifname: string;
  readonly addr_info: readonly Omit<AddressFacts, "interface">[];
}
