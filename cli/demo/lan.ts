/**
 * The demonstration's LAN: two nodes and a client behind a switch, each a network namespace. The host's own network
 * is not touched.
 */
import { ipBatch, must } from "./command.ts";
import { addNamespace, removeNamespace, sweepOrphans, temporaryRoot } from "./namespaces.ts";

/** A machine on the LAN. */
export type Machine = "a" | "b" | "client";

/** Addresses of 192.0.2.0/24, which RFC 5737 keeps for documentation. */
export const ADDRESS: Readonly<Record<Machine | "shared", string>> = {
  a: "192.0.2.1",
  b: "192.0.2.2",
  client: "192.0.2.9",
  shared: "192.0.2.100",
};

const MACHINES: readonly Machine[] = ["a", "b", "client"];
const OURS = /^ha-demo-(\d+)-/;

/** The LAN; disposing removes all of it, and whatever still runs there. */
export class DemoLan implements AsyncDisposable {
  /** For configurations and run directories; nobody else may look into it. */
  readonly directory: string;
  readonly #prefix = `ha-demo-${Deno.pid}-`;

  private constructor() {
    this.directory = Deno.makeTempDirSync({ dir: temporaryRoot(), prefix: this.#prefix });
  }

  /** Sweeps what killed demonstrations have left, and builds a LAN. */
  static async build(): Promise<DemoLan> {
    await sweepOrphans(OURS);
    const lan = new DemoLan();
    try {
      await lan.#wire();
      return lan;
    } catch (error) {
      await lan[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The namespace of a machine, as `ip netns` knows it. */
  namespace(machine: Machine): string {
    return `${this.#prefix}${machine}`;
  }

  /** The argument vector that runs a command on a machine. */
  within(machine: Machine, argv: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.namespace(machine), ...argv];
  }

  /** Pulls a machine's cable, or plugs it in again. */
  async cable(machine: Machine, plugged: boolean): Promise<void> {
    await must(["ip", "-n", this.#switch, "link", "set", `to-${machine}`, plugged ? "up" : "down"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = [...MACHINES.map((machine) => this.namespace(machine)), this.#switch];
    await Promise.all(names.map(removeNamespace));
    await Deno.remove(this.directory, { recursive: true }).catch(() => {});
  }

  get #switch(): string {
    return `${this.#prefix}switch`;
  }

  async #wire(): Promise<void> {
    await addNamespace(this.#switch);
    await Promise.all(MACHINES.map((machine) => addNamespace(this.namespace(machine))));
    await ipBatch(this.#switch, [
      "link add lan type bridge mcast_snooping 0 forward_delay 0 stp_state 0",
      "link set lan up",
      ...MACHINES.flatMap((machine) => [
        `link add to-${machine} type veth peer name eth0 netns ${this.namespace(machine)}`,
        `link set to-${machine} master lan up`,
      ]),
    ]);
    await Promise.all(MACHINES.map((machine) =>
      ipBatch(this.namespace(machine), [
        "link set eth0 up",
        `address add ${ADDRESS[machine]}/24 dev eth0`,
      ])
    ));
  }
}
