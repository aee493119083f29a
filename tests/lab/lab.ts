/**
 * A LAN in network namespaces: a switch with a bridge for each segment, and machines with an interface in some of them.
 *
 * Nothing of it touches the host's own network. All of it goes away with the lab, also when the test fails.
 */
import { AddressWatch } from "./address_watch.ts";
import { ipBatch } from "../../cli/demo/command.ts";
import { addNamespace, removeNamespace, temporaryRoot } from "../../cli/demo/namespaces.ts";
import { PREFIX, sweep } from "./namespace.ts";
import { Node, type Port } from "./node.ts";
import { PingClient } from "./ping_client.ts";
import { Sniffer } from "./sniffer.ts";

/** An interface of a node: the segment alone, or with a name and an address of its own. */
export type PortSpec = string | {
  readonly segment: string;
  /** `eth0`, `eth1`, … in order where none is given. */
  readonly interface?: string;
  /** With prefix, `10.80.0.1/24`; null for none. */
  readonly address?: string | null;
};

/** The machines of a lab: name to interfaces. */
export type LabSpec = Readonly<Record<string, readonly PortSpec[]>>;

let serial = 0;
let swept: Promise<unknown> | null = null;

/** A LAN in network namespaces. */
export class Lab implements AsyncDisposable {
  /** Names of all its namespaces start with this. */
  readonly tag: string;
  /** For configurations, captures and whatever else; removed with the lab. */
  readonly directory: string;
  readonly nodes = new Map<string, Node>();
  readonly sniffers: Sniffer[] = [];
  readonly #resources = new AsyncDisposableStack();

  private constructor(tag: string, directory: string) {
    this.tag = tag;
    this.directory = directory;
  }

  /** Builds a lab; what leftovers of dead test runs there are is swept first, once. */
  static async create(spec: LabSpec): Promise<Lab> {
    swept ??= sweep();
    await swept;
    const tag = `${PREFIX}${serial++}`;
    const lab = new Lab(tag, await Deno.makeTempDir({ dir: temporaryRoot(), prefix: `${tag}-` }));
    try {
      await lab.#build(spec);
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The machine with this name. */
  node(name: string): Node {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`Cannot find node ${name} in ${this.tag}`);
    return node;
  }

  /** Starts a capture on a segment; returns when it captures. */
  async sniff(segment: string, filter?: string): Promise<Sniffer> {
    const sniffer = this.#resources.use(
      await Sniffer.start(this.#switch, `br-${segment}`, this.directory, filter),
    );
    this.sniffers.push(sniffer);
    return sniffer;
  }

  /** Starts to ping an address from a machine every `interval` ms; returns at the first answer. */
  async ping(node: string, address: string, interval = 10): Promise<PingClient> {
    const client = this.#resources.use(new PingClient(this.node(node), address, interval));
    await client.answers();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
    await Deno.remove(this.directory, { recursive: true }).catch(() => {});
  }

  get #switch(): string {
    return `${this.tag}-switch`;
  }

  async #build(spec: LabSpec): Promise<void> {
    const segments = segmentsOf(spec);
    await this.#namespace(this.#switch);
    await ipBatch(
      this.#switch,
      segments.flatMap((segment) => [
        `link add br-${segment} type bridge mcast_snooping 0 forward_delay 0 stp_state 0`,
        `link set br-${segment} up`,
      ]),
    );
    await Promise.all(
      Object.entries(spec).map(([name, ports], index) => this.#addNode(name, index, ports, segments)),
    );
  }

  async #namespace(name: string): Promise<void> {
    this.#resources.defer(() => removeNamespace(name));
    await addNamespace(name);
  }

  async #addNode(name: string, index: number, specs: readonly PortSpec[], segments: readonly string[]) {
    const namespace = `${this.tag}-${name}`;
    await this.#namespace(namespace);
    const watch = this.#resources.use(await AddressWatch.start(namespace));
    const ports = specs.map((spec, position) => planPort(spec, position, index, segments));
    await ipBatch(
      this.#switch,
      ports.flatMap((port) => [
        `link add ${port.switchPort} type veth peer name ${port.interface} address ${port.mac} netns ${namespace}`,
        `link set ${port.switchPort} master br-${port.segment} up`,
      ]),
    );
    await ipBatch(namespace, ports.flatMap(portCommands));
    const surroundings = { switch: this.#switch, directory: this.directory, resources: this.#resources };
    this.nodes.set(name, new Node(name, namespace, ports, watch, surroundings));
  }
}

function segmentsOf(spec: LabSpec): string[] {
  return [
    ...new Set(Object.values(spec).flat().map((port) => typeof port === "string" ? port : port.segment)),
  ];
}

/** Node 0 has `10.80.SEGMENT.1`, node 1 `.2` and so on. */
function planPort(spec: PortSpec, position: number, node: number, segments: readonly string[]): Port {
  const wish = typeof spec === "string" ? { segment: spec } : spec;
  const segment = segments.indexOf(wish.segment);
  const cidr = wish.address === undefined ? `10.80.${segment}.${node + 1}/24` : wish.address ?? "";
  const hex = (value: number) => value.toString(16).padStart(2, "0");
  return {
    interface: wish.interface ?? `eth${position}`,
    segment: wish.segment,
    cidr,
    address: cidr.split("/")[0]!,
    mac: `02:00:00:${hex(segment)}:00:${hex(node + 1)}`,
    switchPort: `n${node}p${position}`,
  };
}

function portCommands(port: Port): string[] {
  const address = port.cidr === "" ? [] : [`address add ${port.cidr} dev ${port.interface}`];
  return [`link set ${port.interface} up`, ...address];
}
