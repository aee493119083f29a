/** FRRouting's bfdd as a node of the lab, from Debian's package `frr`. */
import { must } from "../../cli/demo/command.ts";
import { temporaryRoot } from "../../cli/demo/namespaces.ts";
import type { Node } from "../lab/node.ts";
import type { LabProcess } from "../lab/process.ts";

const PROGRAM = "/usr/lib/frr/bfdd";

/** A session as bfdd is to have it; intervals in ms. */
export interface FrrPeer {
  readonly address: string;
  readonly local: string;
  readonly multiplier: number;
  readonly receive: number;
  readonly transmit: number;
}

/** What bfdd says of its first peer. */
export interface FrrPeerStatus {
  readonly status: "up" | "down" | "init" | "shutdown";
  readonly diagnostic: string;
  readonly "remote-diagnostic": string;
  readonly "receive-interval": number;
  readonly "transmit-interval": number;
  readonly "remote-receive-interval": number;
  readonly "remote-transmit-interval": number;
  readonly "detect-multiplier": number;
  readonly "remote-detect-multiplier": number;
}

/** Whether bfdd is installed. */
export function bfddIsInstalled(): boolean {
  try {
    return Deno.statSync(PROGRAM).isFile && Deno.statSync("/usr/bin/vtysh").isFile;
  } catch {
    return false;
  }
}

/** A bfdd on a node; it needs no zebra for sessions that are written down. */
export class Bfdd implements AsyncDisposable {
  readonly #node: Node;
  readonly #directory: string;
  readonly #peer: FrrPeer;
  #process: LabProcess;

  private constructor(node: Node, directory: string, peer: FrrPeer) {
    this.#node = node;
    this.#directory = directory;
    this.#peer = peer;
    this.#process = this.#spawn();
  }

  static async start(node: Node, peer: FrrPeer): Promise<Bfdd> {
    const directory = await Deno.makeTempDir({ dir: temporaryRoot(), prefix: `ha-${Deno.pid}-bfdd-` });
    await Deno.writeTextFile(`${directory}/bfdd.conf`, configuration(peer));
    await must(["chown", "-R", "frr:frr", directory]);
    return new Bfdd(node, directory, peer);
  }

  /** Starts it anew after {@linkcode kill}. */
  restart(): void {
    this.#process = this.#spawn();
  }

  /** SIGKILL: it says nothing. */
  async kill(): Promise<void> {
    this.#process.kill();
    await this.#process.ended;
  }

  /** Its administrator's `shutdown` of the session, or `no shutdown`. */
  async shutDown(on: boolean): Promise<void> {
    const { address, local } = this.#peer;
    const peer = `peer ${address} local-address ${local}`;
    await this.#vtysh("configure terminal", "bfd", peer, on ? "shutdown" : "no shutdown");
  }

  /** What it says of the session; null where it does not answer yet. */
  async status(): Promise<FrrPeerStatus | null> {
    const text = await this.#vtysh("show bfd peers json").catch(() => "[]");
    return (JSON.parse(text.slice(text.indexOf("["))) as FrrPeerStatus[])[0] ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#directory, { recursive: true });
  }

  #vtysh(...commands: string[]): Promise<string> {
    const words = commands.flatMap((command) => ["-c", command]);
    return must(this.#node.within(["vtysh", "--vty_socket", this.#directory, "-d", "bfdd", ...words]));
  }

  #spawn(): LabProcess {
    const own = this.#directory;
    const files = ["-i", `${own}/bfdd.pid`, "-z", `${own}/zserv.api`, "--vty_socket", own];
    const argv = [
      PROGRAM,
      ...files,
      "--bfdctl",
      `${own}/bfdd.sock`,
      "-f",
      `${own}/bfdd.conf`,
      "-A",
      "127.0.0.1",
    ];
    return this.#node.spawn(argv, { name: `bfdd on ${this.#node.name}` });
  }
}

function configuration({ address, local, multiplier, receive, transmit }: FrrPeer): string {
  return [
    "log stdout",
    "bfd",
    ` peer ${address} local-address ${local}`,
    `  detect-multiplier ${multiplier}`,
    `  receive-interval ${receive}`,
    `  transmit-interval ${transmit}`,
    "  no shutdown",
    "",
  ].join("\n");
}
