/**
 * The recorded packets of tests/golden/packet; imported, so that no permission is needed to read them.
 */
import { fromHex } from "../../../core/net/bytes.ts";
import keepalived from "../../golden/packet/keepalived.json" with { type: "json" };
import netlink from "../../golden/packet/netlink.json" with { type: "json" };

/** What keepalived sent, Ethernet frames, and the hardware address that it sent from. */
export function keepalivedFrames(): { mac: string; frames: Uint8Array<ArrayBuffer>[] } {
  return { mac: keepalived.leftMac, frames: keepalived.frames.map(fromHex) };
}

/** The datagrams that `ip` and the kernel exchanged for one command of record_netlink.ts. */
export function netlinkExchange(name: keyof typeof netlink.exchanges): {
  toKernel: Uint8Array<ArrayBuffer>[];
  fromKernel: Uint8Array<ArrayBuffer>[];
} {
  const of = (direction: string) =>
    netlink.exchanges[name].datagrams.filter((line) => line.startsWith(direction)).map((line) =>
      fromHex(line.slice(2))
    );
  return { toKernel: of(">"), fromKernel: of("<") };
}
