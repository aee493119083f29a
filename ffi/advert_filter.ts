/**
 * The classic BPF program that keeps packets nobody here listens for out of the process (bpf(2), socket filters).
 *
 * The kernel runs it for every VRRP packet of the interface, so that a flood of foreign packets costs the process
 * nothing. It is a bitmap of the 256 VRIDs in eight words:
 *
 * ```
 *   drop what the kernel looped back to us
 *   A = VRID;  X = VRID & 31;  A = VRID >> 5
 *   A == 0 ? A = bits 0..31 : A == 1 ? A = bits 32..63 : … : drop
 *   (A >> X) & 1 ? pass : drop
 * ```
 */
import type { Family } from "../core/net/address.ts";
import { C } from "./constants.ts";
import type { BpfInstruction } from "./socket.ts";

const BITS_PER_WORD = 32;
const VRID_OFFSET = 1;
const PASS = -1;
const DROP = 0;

/** Lets nothing in: for a socket that is not set up yet. */
export const PASS_NOTHING: readonly BpfInstruction[] = [instruction(C.BPF_RET, DROP)];

/**
 * Lets in packets of these VRIDs, or of every VRID with null.
 *
 * A raw IPv4 socket shows the filter the IP header; a raw IPv6 socket shows it the payload.
 *
 * @param inFront octets between the IPv4 header and the VRRP message
 */
export function advertFilter(
  family: Family,
  vrids: ReadonlySet<number> | null,
  inFront = 0,
): readonly BpfInstruction[] {
  if (vrids === null) return [...dropLooped(), instruction(C.BPF_RET, PASS)];
  return [...dropLooped(), ...loadVrid(family, inFront), ...splitVrid(), ...chooseWord(vrids), ...testBit()];
}

function dropLooped(): BpfInstruction[] {
  return [
    instruction(C.BPF_LD | C.BPF_W | C.BPF_ABS, C.SKF_AD_OFF + C.SKF_AD_PKTTYPE),
    instruction(C.BPF_JMP | C.BPF_JEQ | C.BPF_K, C.PACKET_LOOPBACK, 0, 1),
    instruction(C.BPF_RET, DROP),
  ];
}

/** A load past the end of the packet makes the kernel drop it. */
function loadVrid(family: Family, inFront: number): BpfInstruction[] {
  if (family === 6) return [instruction(C.BPF_LD | C.BPF_B | C.BPF_ABS, VRID_OFFSET)];
  return [
    instruction(C.BPF_LDX | C.BPF_B | C.BPF_MSH, 0),
    instruction(C.BPF_LD | C.BPF_B | C.BPF_IND, inFront + VRID_OFFSET),
  ];
}

function splitVrid(): BpfInstruction[] {
  return [
    instruction(C.BPF_ST, 0),
    instruction(C.BPF_ALU | C.BPF_AND | C.BPF_K, BITS_PER_WORD - 1),
    instruction(C.BPF_MISC | C.BPF_TAX, 0),
    instruction(C.BPF_LD | C.BPF_MEM, 0),
    instruction(C.BPF_ALU | C.BPF_RSH | C.BPF_K, Math.log2(BITS_PER_WORD)),
  ];
}

function chooseWord(vrids: ReadonlySet<number>): BpfInstruction[] {
  const words = bitmap(vrids).map((bits, word) => ({ bits, word })).filter(({ bits }) => bits !== 0);
  const program = words.flatMap(({ bits, word }, i) => [
    instruction(C.BPF_JMP | C.BPF_JEQ | C.BPF_K, word, 0, 2),
    instruction(C.BPF_LD | C.BPF_IMM, bits),
    // Over the words that follow, and over the drop behind them.
    instruction(C.BPF_JMP | C.BPF_JA, (words.length - i - 1) * 3 + 1),
  ]);
  return [...program, instruction(C.BPF_RET, DROP)];
}

function bitmap(vrids: ReadonlySet<number>): number[] {
  const words = new Array<number>(256 / BITS_PER_WORD).fill(0);
  for (const vrid of vrids) words[Math.floor(vrid / BITS_PER_WORD)]! |= 1 << (vrid % BITS_PER_WORD);
  return words;
}

function testBit(): BpfInstruction[] {
  return [
    instruction(C.BPF_ALU | C.BPF_RSH | C.BPF_X, 0),
    instruction(C.BPF_JMP | C.BPF_JSET | C.BPF_K, 1, 0, 1),
    instruction(C.BPF_RET, PASS),
    instruction(C.BPF_RET, DROP),
  ];
}

function instruction(code: number, k: number, jumpTrue = 0, jumpFalse = 0): BpfInstruction {
  return { code, k, jumpTrue, jumpFalse };
}
