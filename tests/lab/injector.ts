/** Sends hand-made frames from a node of the lab. */
import { C } from "../../ffi/constants.ts";
import { interfaceIndexOf } from "../../ffi/interface_name.ts";
import { type Libc, openLibc } from "../../ffi/libc.ts";
import { enterNetworkNamespace } from "../../ffi/netns.ts";
import { linkSocketAddress, Socket } from "../../ffi/socket.ts";
import type { Node } from "./node.ts";

const ETHERTYPE_IPV4 = 0x0800;
const RECEIVE_NOTHING = 0;

/** A packet socket in the namespace of a node. */
export class Injector implements Disposable {
  readonly #libc: Libc;
  readonly #socket: Socket;
  readonly #to: Uint8Array<ArrayBuffer>;

  constructor(node: Node, segment?: string) {
    this.#libc = openLibc();
    using _inside = enterNetworkNamespace(this.#libc, node.namespace);
    const index = interfaceIndexOf(this.#libc, node.port(segment).interface);
    this.#socket = new Socket(this.#libc, C.AF_PACKET, C.SOCK_RAW, RECEIVE_NOTHING, "packet socket");
    this.#to = linkSocketAddress(index, ETHERTYPE_IPV4, "ff:ff:ff:ff:ff:ff");
  }

  /** Sends one frame as it is. */
  send(frame: Uint8Array<ArrayBuffer>): void {
    const { symbols } = this.#libc;
    const sent = symbols.sendto(
      this.#socket.descriptor,
      frame,
      BigInt(frame.length),
      0,
      this.#to,
      this.#to.length,
    );
    if (sent < 0) {
      throw new Error(`Cannot send a frame of ${frame.length} octets: errno ${this.#libc.errno()}`);
    }
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#libc[Symbol.dispose]();
  }
}
