/**
 * What all stands of a run share: the namespace in which the other ends of their links lie, and the one loop that
 * reads all sockets.
 */
import { openLibc } from "../../../ffi/libc.ts";
import { enterNetworkNamespace } from "../../../ffi/netns.ts";
import { openWaiter } from "../../../ffi/packet_socket.ts";
import { ipBatch, must } from "../../../cli/demo/command.ts";
import { addNamespace, removeNamespace } from "../../../cli/demo/namespaces.ts";
import { PREFIX, sweep } from "../../lab/namespace.ts";

/** Something with a descriptor that is to be read when it can be. */
export interface Readable extends Disposable {
  readonly descriptor: number;
  /** Called when there is something to read. */
  drain(): void;
}

/** How long the loop waits before it looks whether it is to end, ms. */
const PATIENCE = 100;

/** The namespace of the far ends, and the reading loop. */
export class Hub implements AsyncDisposable {
  readonly namespace: string;
  readonly libc = openLibc();
  readonly #waiter = openWaiter(this.libc);
  readonly #readers = new Map<number, Readable>();
  readonly #loop: Promise<void>;
  #ended = false;
  #serial = 0;

  private constructor(namespace: string) {
    this.namespace = namespace;
    this.#loop = this.#run();
  }

  /** Makes the namespace; what leftovers of dead test runs there are is swept first. */
  static async create(): Promise<Hub> {
    await sweep();
    const namespace = `${PREFIX}hub`;
    await addNamespace(namespace);
    // The far ends are silent: what is on the wire was sent by the daemon's host, or by hand.
    const silence = "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6";
    await must(["ip", "netns", "exec", namespace, "sh", "-c", silence]);
    return new Hub(namespace);
  }

  /** A name that no other stand of this process has. */
  nextName(): string {
    return `${PREFIX}${this.#serial++}`;
  }

  /** Does something in a namespace, such as opening a socket. */
  inside<T>(namespace: string, work: () => T): T {
    using _there = enterNetworkNamespace(this.libc, namespace);
    return work();
  }

  /** Reads it from now on, and closes it in the end. */
  watch(readable: Readable): void {
    this.#readers.set(readable.descriptor, readable);
    this.#waiter.add(readable.descriptor);
  }

  /** Closes what `watch` was given. */
  forget(readable: Readable): void {
    this.#waiter.remove(readable.descriptor);
    this.#readers.delete(readable.descriptor);
    readable[Symbol.dispose]();
  }

  /** Runs `ip` commands among the far ends. */
  ip(commands: readonly string[]): Promise<void> {
    return ipBatch(this.namespace, commands);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#loop;
    for (const readable of [...this.#readers.values()]) this.forget(readable);
    this.#waiter[Symbol.dispose]();
    await removeNamespace(this.namespace);
    this.libc[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    while (!this.#ended) {
      for (const descriptor of await this.#waiter.wait(PATIENCE)) this.#readers.get(descriptor)?.drain();
    }
  }
}
