/**
 * The file creation mask: `umask` of `global_defs`. Without it the mask is that of whoever started us.
 */
import type { DaemonSettings } from "../../core/config/daemon_model.ts";

/** What a mask is made of beside numbers (sys/stat.h). */
const BITS: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRWXU: 0o700,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IRWXG: 0o070,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
  IRWXO: 0o007,
};

/** A mask as a number in C's notation: octal with a leading 0, hexadecimal with 0x, else decimal; null where it is none. */
export function numericUmask(text: string): number | null {
  const value = /^0[0-7]*$/.test(text)
    ? Number(`0o${text}`)
    : /^(0x[0-9a-f]+|[1-9]\d*)$/i.test(text)
    ? Number(text)
    : NaN;
  return value >= 0 && value <= 0o777 ? value : null;
}

/** The mask that a configuration wants, or null where it says nothing. */
export function umaskOf({ kept }: Pick<DaemonSettings, "kept">): number | null {
  const words = kept["umask"];
  if (!Array.isArray(words)) return null;
  const text = words.join("");
  const bits = text.split("|").map((name) => BITS[name]);
  if (bits.every((bit) => bit !== undefined)) return bits.reduce((mask, bit) => mask | bit, 0);
  return numericUmask(text);
}

/** Sets it for this process and all that it starts. */
export function applyUmask(settings: Pick<DaemonSettings, "kept">): void {
  const mask = umaskOf(settings);
  if (mask !== null) Deno.umask(mask);
}
