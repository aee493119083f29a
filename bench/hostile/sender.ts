/**
 * A thread that puts frames on a wire in turn, at a rate, and answers how many went out in which time.
 */
import { linkSocketAddress, Socket } from "../../ffi/socket.ts";
import { C } from "../../ffi/constants.ts";
import { interfaceIndexOf } from "../../ffi/interface_name.ts";
import { openLibc } from "../../ffi/libc.ts";
import { enterNetworkNamespace } from "../../ffi/netns.ts";

/** What the thread is asked for. */
export interface Order {
  readonly namespace: string;
  /** The interface there. */
  readonly device: string;
  readonly frames: readonly Uint8Array<ArrayBuffer>[];
  /** Frames a second. */
  readonly rate: number;
  readonly count: number;
}

/** What it did. */
export interface Sent {
  readonly count: number;
  /** s */
  readonly seconds: number;
}

/** ms for which nothing is sent at most, so that the rate is even. */
const REST = 1;

const ETHERTYPE_IPV4 = 0x0800;

async function send({ namespace, device, frames, rate, count }: Order): Promise<Sent> {
  using libc = openLibc();
  const inside = enterNetworkNamespace(libc, namespace);
  const to = linkSocketAddress(interfaceIndexOf(libc, device), ETHERTYPE_IPV4, "ff:ff:ff:ff:ff:ff");
  using socket = new Socket(libc, C.AF_PACKET, C.SOCK_RAW, 0, "hostile socket");
  inside[Symbol.dispose]();
  const lengths = frames.map((frame) => BigInt(frame.length));
  const begun = performance.now();
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.ceil((performance.now() - begun) * rate / 1000));
    for (; sent < due; sent++) {
      const i = sent % frames.length;
      libc.symbols.sendto(socket.descriptor, frames[i]!, lengths[i]!, 0, to, to.length);
    }
    await new Promise((resolve) => setTimeout(resolve, REST));
  }
  return { count, seconds: (performance.now() - begun) / 1000 };
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(data: Sent): void;
};
scope.onmessage = async ({ data }) => scope.postMessage(await send(data));
