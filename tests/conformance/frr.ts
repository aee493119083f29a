/** FRRouting's vrrpd as a node of the lab: another implementation of version 3, from Debian's package `frr`. */
import { must } from "../../cli/demo/command.ts";
import { temporaryRoot } from "../../cli/demo/namespaces.ts";
import type { Node } from "../lab/node.ts";
import type { LabProcess } from "../lab/process.ts";

const PROGRAMS = "/usr/lib/frr";

/** The virtual router that FRR is to be. */
export interface FrrRouter {
  readonly vrid: number;
  readonly priority: number;
  /** ms, a multiple of 10 */
  readonly interval: number;
  readonly address: string;
}

/** Whether vrrpd is installed. */
export function frrIsInstalled(): boolean {
  try {
    return Deno.statSync(`${PROGRAMS}/vrrpd`).isFile && Deno.statSync(`${PROGRAMS}/zebra`).isFile;
  } catch {
    return false;
  }
}

/** zebra and vrrpd on a node, and the macvlan with the virtual hardware address that they need. */
export class Frr implements AsyncDisposable {
  readonly #node: Node;
  /** Readable for the user frr, which they run as. */
  readonly #directory: string;
  #vrrpd: LabProcess | null = null;

  private constructor(node: Node, directory: string) {
    this.#node = node;
    this.#directory = directory;
  }

  /** Prepares the node and starts zebra; vrrpd does not run yet. */
  static async create(node: Node, router: FrrRouter): Promise<Frr> {
    const directory = await Deno.makeTempDir({ dir: temporaryRoot(), prefix: `ha-${Deno.pid}-frr-` });
    await Deno.writeTextFile(`${directory}/zebra.conf`, "log stdout\n");
    await Deno.writeTextFile(`${directory}/vrrpd.conf`, configuration(router));
    await must(["chown", "-R", "frr:frr", directory]);
    const frr = new Frr(node, directory);
    await frr.#addVirtualLink(router);
    frr.#spawn("zebra");
    await frr.#socketExists();
    return frr;
  }

  /** Starts vrrpd. */
  start(): void {
    this.#vrrpd = this.#spawn("vrrpd");
  }

  /** SIGTERM: it says goodbye. */
  async stop(): Promise<void> {
    await this.#vrrpd?.stop();
  }

  /** SIGKILL: it says nothing. */
  async kill(): Promise<void> {
    this.#vrrpd?.kill();
    await this.#vrrpd?.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#directory, { recursive: true });
  }

  #spawn(program: "zebra" | "vrrpd"): LabProcess {
    const own = this.#directory;
    const argv = [
      `${PROGRAMS}/${program}`,
      ...["-i", `${own}/${program}.pid`, "-z", `${own}/zserv.api`, "--vty_socket", own],
      ...["-f", `${own}/${program}.conf`, "-A", "127.0.0.1"],
    ];
    return this.#node.spawn(argv, { name: `${program} on ${this.#node.name}` });
  }

  async #addVirtualLink({ vrid, address }: FrrRouter): Promise<void> {
    const six = address.includes(":");
    const mac = `00:00:5e:00:0${six ? 2 : 1}:${vrid.toString(16).padStart(2, "0")}`;
    const ip = (...words: string[]) => must(["ip", "-n", this.#node.namespace, ...words]);
    await ip("link", "add", "vrrp0", "link", "eth0", "address", mac, "type", "macvlan", "mode", "bridge");
    await ip("address", "add", `${address}/${six ? 64 : 24}`, "dev", "vrrp0");
    await ip("link", "set", "vrrp0", "up");
  }

  /** vrrpd gives up where zebra does not listen yet. */
  async #socketExists(): Promise<void> {
    for (let attempt = 0; attempt < 250; attempt++) {
      const there = await Deno.stat(`${this.#directory}/zserv.api`).then(() => true, () => false);
      if (there) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("Cannot start zebra: it opened no socket in 5 s");
  }
}

function configuration({ vrid, priority, interval, address }: FrrRouter): string {
  const word = address.includes(":") ? "ipv6" : "ip";
  return [
    "log stdout",
    "interface eth0",
    ` vrrp ${vrid} version 3`,
    ` vrrp ${vrid} priority ${priority}`,
    ` vrrp ${vrid} advertisement-interval ${interval}`,
    ` vrrp ${vrid} ${word} ${address}`,
    "",
  ].join("\n");
}
