/** A machine of the lab: a network namespace with its interfaces. */
import { join } from "node:path";
import { daemonCommand, type DaemonKind, prepare } from "./adapter.ts";
import { AddressWatch } from "./address_watch.ts";
import { type CommandResult, ipBatch, must, run, type RunOptions } from "../../cli/demo/command.ts";
import { Daemon } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { LabProcess, type SpawnOptions } from "./process.ts";
import { now } from "./clock.ts";

/** An interface of a node and its other end. */
export interface Port {
  readonly interface: string;
  readonly segment: string;
  /** Our address with prefix, such as `10.80.0.1/24`. */
  readonly cidr: string;
  /** The address alone. */
  readonly address: string;
  readonly mac: string;
  /** The name of the other end, in the switch. */
  readonly switchPort: string;
}

/** How a link is cut. */
export type Cut =
  /** `ip link set down` on the node: the kernel says so and the interface loses its routes. */
  | "down"
  /** The switch's end goes down: the node sees the carrier go. */
  | "carrier"
  /** The switch's end leaves the bridge: the node sees nothing at all, its packets just go nowhere. */
  | "silent";

/** What a daemon is started with beside its configuration. */
export interface StartOptions {
  readonly arguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `ADDR:PORT` for the status page of `ha`. */
  readonly web?: string;
  /** The path of the configuration is given as it is, nothing is written. */
  readonly configPath?: string;
}

/** A machine of the lab. */
export class Node {
  readonly name: string;
  readonly namespace: string;
  readonly ports: readonly Port[];
  readonly addresses: AddressWatch;
  /** Daemons started here, in order. */
  readonly daemons: Daemon[] = [];
  readonly #switch: string;
  readonly #directory: string;
  readonly #resources: AsyncDisposableStack;

  constructor(
    name: string,
    namespace: string,
    ports: readonly Port[],
    addresses: AddressWatch,
    surroundings: {
      readonly switch: string;
      readonly directory: string;
      readonly resources: AsyncDisposableStack;
    },
  ) {
    this.name = name;
    this.namespace = namespace;
    this.ports = ports;
    this.addresses = addresses;
    this.#switch = surroundings.switch;
    this.#directory = surroundings.directory;
    this.#resources = surroundings.resources;
  }

  /** The port on a segment; the first one where no segment is named. */
  port(segment?: string): Port {
    const port = segment === undefined ? this.ports[0] : this.ports.find((each) => each.segment === segment);
    if (port === undefined) throw new Error(`Cannot find a port of ${this.name} on segment ${segment}`);
    return port;
  }

  /** Our address on the first segment. */
  get address(): string {
    return this.port().address;
  }

  /** The argument vector that runs a command on this node. */
  within(argv: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.namespace, ...argv];
  }

  /** Runs a command here to its end. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return run(this.within(argv), options);
  }

  /** Starts a process here; it is killed with the lab. */
  spawn(argv: readonly string[], options: SpawnOptions): LabProcess {
    return this.#resources.use(new LabProcess(this.within(argv), options));
  }

  /** Writes a file into this node's own directory and returns its path. */
  async write(name: string, text: string, mode = 0o644): Promise<string> {
    const path = join(this.#directory, this.name, name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, text);
    await Deno.chmod(path, mode);
    return path;
  }

  /** The path of a file in this node's own directory, whether it exists or not. */
  path(name: string): string {
    return join(this.#directory, this.name, name);
  }

  /** Starts a daemon with a configuration text, in the foreground. */
  async start(kind: DaemonKind, config: string, options: StartOptions = {}): Promise<Daemon> {
    await prepare(kind);
    const serial = this.daemons.length;
    const directory = this.path(`daemon${serial}`);
    await Deno.mkdir(directory, { recursive: true });
    const path = options.configPath ?? await this.write(`daemon${serial}/keepalived.conf`, config);
    const argv = daemonCommand(kind, {
      config: path,
      directory,
      web: options.web ?? null,
      arguments: options.arguments ?? [],
    });
    const process = this.spawn(argv, {
      name: `${kind} on ${this.name}`,
      cwd: directory,
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    const daemon = new Daemon(kind, process, directory);
    this.daemons.push(daemon);
    return daemon;
  }

  /** Cuts a link; returns the time just before. */
  async cut(how: Cut = "down", segment?: string): Promise<number> {
    const port = this.port(segment);
    const at = now();
    if (how === "down") await must(["ip", "-n", this.namespace, "link", "set", port.interface, "down"]);
    else if (how === "carrier") {
      await must(["ip", "-n", this.#switch, "link", "set", port.switchPort, "down"]);
    } else await must(["ip", "-n", this.#switch, "link", "set", port.switchPort, "nomaster"]);
    return at;
  }

  /** Puts a link back, whatever way it was cut; returns the time just before. */
  async restore(segment?: string): Promise<number> {
    const port = this.port(segment);
    const at = now();
    await ipBatch(this.#switch, [`link set ${port.switchPort} master br-${port.segment} up`]);
    await must(["ip", "-n", this.namespace, "link", "set", port.interface, "up"]);
    return at;
  }

  /** All addresses on all interfaces but lo and link-local ones, as `10.80.0.1/24 dev eth0`, asked of the kernel. */
  async listAddresses(): Promise<string[]> {
    const links: IpLink[] = JSON.parse(await must(["ip", "-n", this.namespace, "-j", "address"]));
    return links.filter((link) => link.ifname !== "lo").flatMap((link) =>
      link.addr_info.filter((each) => each.scope !== "link").map((each) =>
        `${each.local}/${each.prefixlen} dev ${link.ifname}`
      )
    );
  }

  /** The addresses that this node has beside those that the lab gave it. */
  async foreignAddresses(): Promise<string[]> {
    const own = new Set(this.ports.map((port) => `${port.cidr} dev ${port.interface}`));
    return (await this.listAddresses()).filter((each) => !own.has(each));
  }

  /**
   * Waits until duplicate detection has let all IPv6 addresses of this node through.
   *
   * @throws {Error} where it does not end
   */
  async throughDetection(): Promise<void> {
    const tentative = async () =>
      (await must(["ip", "-n", this.namespace, "-6", "address", "show", "tentative"])).trim();
    const left = await eventually(tentative, (text) => text === "");
    if (left !== "") throw new Error(`Cannot use the addresses of ${this.name}: still tentative: ${left}`);
  }

  /** The neighbour table: address to hardware address. */
  async neighbours(): Promise<Map<string, string>> {
    const rows: IpNeighbour[] = JSON.parse(
      await must(["ip", "-n", this.namespace, "-j", "neighbour"]) || "[]",
    );
    return new Map(rows.filter((row) => row.lladdr !== undefined).map((row) => [row.dst, row.lladdr!]));
  }
}

interface IpLink {
  readonly ifname: string;
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

interface IpNeighbour {
  readonly dst: string;
  readonly lladdr?: string;
}
