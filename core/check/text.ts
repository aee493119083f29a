/**
 * Text of servers, which may be anything.
 */

const PIECE = 8192;
const REPLACEMENT = "\ufffd";

/** One character an octet (ISO 8859-1): never fails, and offsets in the text are offsets in the octets. */
export function latin1(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length; at += PIECE) {
    text += String.fromCharCode(...octets.subarray(at, at + PIECE));
  }
  return text;
}

/** Octets of a text whose characters are all below 256; others become `?`. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    return code < 256 ? code : 0x3f;
  });
}

/** UTF-8 with U+FFFD for what is none. */
export function utf8(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length;) {
    const first = octets[at]!;
    const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    const point = length === 0 ? null : codePoint(octets, at, length);
    text += point === null ? REPLACEMENT : String.fromCodePoint(point);
    at += point === null ? 1 : length;
  }
  return text;
}

function codePoint(octets: Uint8Array, at: number, length: number): number | null {
  let point = length === 1 ? octets[at]! : octets[at]! & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const next = octets[at + i];
    if (next === undefined || (next & 0xc0) !== 0x80) return null;
    point = point << 6 | next & 0x3f;
  }
  return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) ? point : null;
}

/** What a server said, cut and without control characters, fit for one log line. */
export function excerpt(text: string, length = 60): string {
  // deno-lint-ignore no-control-regex
  const clean = text.replaceAll(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
  return clean.length <= length ? clean : `${clean.slice(0, length)}…`;
}
