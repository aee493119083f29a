/** Strict readers for the values of the language: whole numbers, times, booleans. No lenient helper of the runtime is used. */
import { type IpAddress, parseAddress } from "../net/address.ts";

/** A value, or that the text is none. */
export type Parsed<T> =
  | {
    readonly ok: true;
    readonly value: T;
    readonly rounded?: boolean;
    /** What was written is not allowed; `value` is what keepalived takes instead. */
    readonly replaced?: boolean;
    /** The end of the text that does not belong to the value. */
    readonly ignored?: string;
  }
  | { readonly ok: false };

const FAILED = { ok: false } as const;

/** A lifetime without end, s; the kernel's own number for it (linux/if_addr.h). */
export const FOREVER = 0xffffffff;

/**
 * The address of one host; what a `/` or a `-` starts behind it is cut off, as keepalived does where neither a prefix
 * nor a range has a meaning.
 */
export function parseHost(text: string): Parsed<IpAddress> {
  const end = text.search(/[/-]/);
  const value = parseAddress(end < 0 ? text : text.slice(0, end));
  if (value === null) return FAILED;
  return end < 0 ? { ok: true, value } : { ok: true, value, ignored: text.slice(end) };
}

/** A decimal whole number within a range; blanks before it, a `+` and zeros are allowed, as keepalived does. */
export function parseWhole(text: string, min: number, max: number): Parsed<number> {
  if (!/^\s*[+-]?[0-9]{1,15}$/.test(text)) return FAILED;
  const value = Number(text);
  if (value < min || value > max) return FAILED;
  return { ok: true, value: value === 0 ? 0 : value };
}

/**
 * What the number at the beginning of a text says where the text as a whole is none: keepalived takes `2s` for 2 where
 * it only warns of a number.
 */
export function parseLeading<T>(text: string, parse: (number: string) => Parsed<T>): Parsed<T> {
  const whole = parse(text);
  if (whole.ok) return whole;
  const [number] = /^\s*[+-]?[0-9]+/.exec(text) ?? [];
  const parsed = number === undefined || number === text ? FAILED : parse(number);
  return parsed.ok ? { ...parsed, replaced: true } : FAILED;
}

/**
 * A time written in seconds with decimals, in ms; the resolution is a microsecond.
 *
 * @param min ms
 * @param max ms
 */
export function parseSeconds(text: string, min: number, max: number): Parsed<number> {
  return parseScaled(text, min, max, 1000);
}

/** A decimal number times `scale`, at most six decimals; more are rounded. */
export function parseScaled(text: string, min: number, max: number, scale: number): Parsed<number> {
  // Nearly all are whole numbers.
  if (/^[0-9]{1,12}$/.test(text)) return scaled(Number(text) * 1e6, min, max, scale, false);
  const match = /^\s*\+?(?:([0-9]{1,12})(?:\.([0-9]*))?|\.([0-9]+))$/.exec(text);
  if (match === null) return FAILED;
  const decimals = match[2] ?? match[3] ?? "";
  const micro = Number(match[1] ?? 0) * 1e6 + Math.round(Number(`0.${decimals || 0}`) * 1e6);
  return scaled(micro, min, max, scale, decimals.replace(/0+$/, "").length > 6);
}

function scaled(micro: number, min: number, max: number, scale: number, rounded: boolean): Parsed<number> {
  const value = micro * scale / 1e6;
  return value < min || value > max ? FAILED : { ok: true, value, rounded };
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["on", true],
  ["true", true],
  ["yes", true],
  ["off", false],
  ["false", false],
  ["no", false],
]);

/** `on`, `off`, `true`, `false`, `yes` or `no`, in lower case. */
export function parseBoolean(text: string): Parsed<boolean> {
  const value = BOOLEANS.get(text);
  return value === undefined ? FAILED : { ok: true, value };
}

/** A time in ms as seconds, the way it is written in the language: `0.3`, `40.95`, `5`. */
export function secondsText(milliseconds: number): string {
  return decimalText(milliseconds / 1000);
}

/** A number without exponent and with at most six decimals. */
export function decimalText(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, "");
}
