/** The shapes that a keyword's value can have: what may be written, how it is read, how it is shown. */
import { type IpAddress, isMulticast, parseAddress } from "../../net/address.ts";
import {
  decimalText,
  parseBoolean,
  type Parsed,
  parseHost,
  parseLeading,
  parseScaled,
  parseSeconds,
  parseWhole,
  secondsText,
} from "../values.ts";

/** How one value is written. */
export interface Shape<T> {
  /** What may be written, to follow "it must be". */
  readonly allowed: string;
  /** The value of the bare keyword; undefined means that a word must follow. */
  readonly bare?: T;
  /** Reads one word. */
  readonly parse: (text: string) => Parsed<T>;
  /** The value as it would be written. */
  show(value: T): string;
  /** The words that may stand there, for did-you-mean. */
  readonly words?: readonly string[];
}

/** A keyword that takes no value; it switches something on. */
export function flag(): Shape<boolean> {
  return {
    allowed: "nothing",
    bare: true,
    parse: () => ({ ok: true, value: true }),
    show: (on) => on ? "on" : "off",
  };
}

/** `on`, `off` and their synonyms; the bare keyword means on. */
export function boolean(): Shape<boolean> {
  return {
    allowed: "one of on, off, true, false, yes, no",
    bare: true,
    parse: parseBoolean,
    show: (on) => on ? "on" : "off",
    words: ["on", "off", "true", "false", "yes", "no"],
  };
}

/** A decimal whole number. */
export function whole(min: number, max: number = 0xffffffff, bare?: number): Shape<number> {
  const allowed = max >= 0x7fffffff ? `a whole number of at least ${min}` : `between ${min} and ${max}`;
  const shape: Shape<number> = { allowed, parse: (text) => parseWhole(text, min, max), show: String };
  return bare === undefined ? shape : { ...shape, bare };
}

/** A decimal whole number of at least 1; 0 is taken for 1. */
export function positive(): Shape<number> {
  const shape = whole(1);
  return {
    ...shape,
    parse: (text) => /^[+-]?0+$/.test(text) ? { ok: true, value: 1, replaced: true } : shape.parse(text),
  };
}

/** A number of which the beginning counts where something else follows it, as in `2s` or `7.0`; that is reported. */
export function leading(shape: Shape<number>): Shape<number> {
  return { ...shape, parse: (text) => parseLeading(text, (number) => shape.parse(number)) };
}

/** keepalived counts microseconds in 32 bits, which is the longest time of most words, s. */
const LONGEST = 4294.967295;

/** For the few words without that bound, s. */
export const UNBOUNDED = 1_000_000_000;

/** Seconds with up to six decimals, kept in ms; `min` and `max` are seconds. */
export function seconds(min: number, max: number = LONGEST): Shape<number> {
  const allowed = max === UNBOUNDED
    ? min === 0 ? "a number of seconds" : `at least ${decimalText(min)} seconds`
    : `between ${decimalText(min)} and ${decimalText(max)} seconds`;
  return { allowed, parse: (text) => parseSeconds(text, min * 1000, max * 1000), show: secondsText };
}

/** Milliseconds with decimals, kept in ms. */
export function milliseconds(min: number, max: number): Shape<number> {
  return {
    allowed: `between ${decimalText(min)} and ${decimalText(max)} ms`,
    parse: (text) => parseScaled(text, min, max, 1),
    show: decimalText,
  };
}

/** One of a few words; `fold` makes letter case not matter, `bare` is the value of the keyword alone. */
export function choice<const T extends string>(
  words: readonly T[],
  options: { readonly fold?: boolean; readonly bare?: T } = {},
): Shape<T> {
  const same = (word: string, text: string) =>
    options.fold === true ? word.toLowerCase() === text.toLowerCase() : word === text;
  const shape: Shape<T> = {
    allowed: words.length === 1 ? words[0]! : `one of ${words.join(", ")}`,
    parse(text) {
      const found = words.find((word) => same(word, text)) ??
        (text === options.bare ? options.bare : undefined);
      return found === undefined ? { ok: false } : { ok: true, value: found };
    },
    show: (value) => value,
    words,
  };
  return options.bare === undefined ? shape : { ...shape, bare: options.bare };
}

/** Any single word; `bare` as for the others. */
export function text(allowed = "a word", bare?: string): Shape<string> {
  const shape: Shape<string> = {
    allowed,
    parse: (value) => value === "" ? { ok: false } : { ok: true, value },
    show: (value) => value,
  };
  return bare === undefined ? shape : { ...shape, bare };
}

/** A name of at most `longest` bytes. */
export function shortText(allowed: string, longest: number): Shape<string> {
  return {
    allowed: `${allowed} of at most ${longest} bytes`,
    parse(value) {
      return value === "" || utf8Length(value) > longest ? { ok: false } : { ok: true, value };
    },
    show: (value) => value,
  };
}

/** An IP address without a prefix. */
export function address(): Shape<IpAddress> {
  return { allowed: "an IPv4 or IPv6 address", parse: parseHost, show: (value) => value };
}

/** A multicast group of one family. */
export function multicastGroup(family: 4 | 6): Shape<IpAddress> {
  return {
    allowed: family === 4
      ? "an IPv4 multicast group, 224.0.0.0 to 239.255.255.255"
      : "an IPv6 multicast group of link scope, ff02::/16",
    parse(value) {
      const found = parseAddress(value);
      const fits = found !== null && isMulticast(found) && found.includes(":") === (family === 6) &&
        (family === 4 || /^ff[0-9a-f]2:/.test(found));
      return fits ? { ok: true, value: found } : { ok: false };
    },
    show: (value) => value,
  };
}

/** Bytes of a text in UTF-8. */
export function utf8Length(value: string): number {
  let length = 0;
  for (const char of value) {
    const point = char.codePointAt(0)!;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}

/** Whole seconds, kept in ms; `min`, `max` and `bare` are seconds. */
export function wholeSeconds(
  min: number,
  max: number = 4294,
  bare?: number,
): Shape<number> {
  const shape: Shape<number> = {
    allowed: max >= 0x7fffffff
      ? `a whole number of seconds, at least ${min}`
      : `between ${min} and ${max} seconds`,
    parse(value) {
      const parsed = parseWhole(value, min, max);
      return parsed.ok ? { ok: true, value: parsed.value * 1000 } : parsed;
    },
    show: secondsText,
  };
  return bare === undefined ? shape : { ...shape, bare: bare * 1000 };
}

/** The layout of the JSON dump, 1 or 2. */
export function jsonVersion(): Shape<1 | 2> {
  return {
    allowed: "1 or 2",
    parse: (value) =>
      value === "1" || value === "2" ? { ok: true, value: value === "1" ? 1 : 2 } : { ok: false },
    show: String,
  };
}

/** The VRRP version, 2 or 3. */
export function version(): Shape<2 | 3> {
  return {
    allowed: "2 or 3",
    parse: (value) =>
      value === "2" || value === "3" ? { ok: true, value: value === "2" ? 2 : 3 } : { ok: false },
    show: String,
  };
}

/** `inet` or `inet6`. */
export function ipFamily(): Shape<4 | 6> {
  return {
    allowed: "inet or inet6",
    parse: (value) =>
      value === "inet" || value === "inet6" ? { ok: true, value: value === "inet" ? 4 : 6 } : { ok: false },
    show: (family) => family === 4 ? "inet" : "inet6",
    words: ["inet", "inet6"],
  };
}
