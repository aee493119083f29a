/**
 * The classic BPF program that keeps UDP packets of strangers off a BFD socket (bpf(2), socket filters).
 *
 * ```
 *   for each neighbour: source == neighbour ? pass
 *   drop
 * ```
 */
import { addressToBytes, type Family, type IpAddress } from "../core/net/address.ts";
import { C } from "./constants.ts";
import type { BpfInstruction } from "./socket.ts";

/** Where the source address stands in the IP header, which such a filter reads below an offset of its own. */
const SOURCE_AT = { 4: 12, 6: 8 } as const;

/** The kernel takes no more than 4096 instructions; whoever has more neighbours gets by without a filter. */
const MOST_INSTRUCTIONS = 4000;

const PASS = -1;
const DROP = 0;

/** Lets in packets from these addresses; null where there are too many of them. */
export function neighbourFilter(
  family: Family,
  neighbours: readonly IpAddress[],
): readonly BpfInstruction[] | null {
  const program = [
    ...neighbours.flatMap((neighbour) => passFrom(family, neighbour)),
    instruction(C.BPF_RET, DROP),
  ];
  return program.length > MOST_INSTRUCTIONS ? null : program;
}

/** Compares word by word and skips to what follows at the first that differs. */
function passFrom(family: Family, neighbour: IpAddress): BpfInstruction[] {
  const octets = addressToBytes(neighbour);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const words = octets.length / 4;
  const compare = Array.from({ length: words }, (_, i) => [
    instruction(C.BPF_LD | C.BPF_W | C.BPF_ABS, C.SKF_NET_OFF + SOURCE_AT[family] + i * 4),
    // Over the rest of the words, and over the return behind them.
    instruction(C.BPF_JMP | C.BPF_JEQ | C.BPF_K, view.getUint32(i * 4), 0, (words - i - 1) * 2 + 1),
  ]);
  return [...compare.flat(), instruction(C.BPF_RET, PASS)];
}

function instruction(code: number, k: number, jumpTrue = 0, jumpFalse = 0): BpfInstruction {
  return { code, k, jumpTrue, jumpFalse };
}
