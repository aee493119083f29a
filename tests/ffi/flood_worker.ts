/**
 * A thread that puts one frame on a wire again and again until it is told to stop, and answers how often.
 */
import { C } from "../../ffi/constants.ts";
import { openLibc } from "../../ffi/libc.ts";
import { enterNetworkNamespace } from "../../ffi/netns.ts";
import { linkSocketAddress, Socket } from "../../ffi/socket.ts";

/** What the test sends to start it. */
interface Order {
  readonly namespace: string;
  readonly index: number;
  readonly mac: string;
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Stop when it is not 0. */
  readonly stop: Int32Array;
}

/** However long the test forgets to stop it. */
const MOST_FRAMES = 20_000_000;

function flood({ namespace, index, mac, frame, stop }: Order): number {
  using libc = openLibc();
  using _inside = enterNetworkNamespace(libc, namespace);
  using socket = new Socket(libc, C.AF_PACKET, C.SOCK_RAW, 0, "flood socket");
  const to = linkSocketAddress(index, 0x0800, mac);
  const length = BigInt(frame.length);
  let sent = 0;
  scope.postMessage(0);
  while (sent < MOST_FRAMES && Atomics.load(stop, 0) === 0) {
    libc.symbols.sendto(socket.descriptor, frame, length, 0, to, to.length);
    sent++;
  }
  return sent;
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(data: unknown): void;
};
scope.onmessage = ({ data }) => scope.postMessage(flood(data));
