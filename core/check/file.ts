/**
 * What the number in the file of a FILE_CHECK means.
 */
import type { FileChecker } from "../config/virtual_server_model.ts";

/** At or below minus that, a file takes its server down instead of lowering its weight. */
const DOWN = -2147483647;

/** The number at the start of a file's text: decimal, octal after `0`, hexadecimal after `0x`; 0 where there is none. */
export function fileNumber(text: string): number {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text);
  if (match === null) return 0;
  const digits = match[2]!;
  const octal = /^0[0-7]+$/.test(digits);
  const value = Number(octal ? `0o${digits.slice(1)}` : digits);
  return match[1] === "-" ? -value : value;
}

/** Whether the server is up as far as the file goes, and what is added to its weight. */
export function judgeFile(
  { weight, reverse }: Pick<FileChecker, "weight" | "reverse">,
  value: number,
): { readonly up: boolean; readonly weight: number } {
  if (weight === 0) return { up: (value === 0) !== reverse, weight: 0 };
  const added = value * (reverse ? -weight : weight);
  return { up: added > DOWN, weight: added > DOWN ? added : 0 };
}
