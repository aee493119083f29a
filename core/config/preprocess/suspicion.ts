/** What stands in a line and seldom means what its author thinks. */
import type { Finding } from "../diagnostic.ts";
import { isBlank, isExoticBlank, type Piece } from "../text.ts";
import { gluedComment, withoutComment } from "./comment.ts";

/** A finding about a part of a line, from `start` to `end`. */
export interface Suspicion {
  readonly start: number;
  readonly end: number;
  readonly finding: Finding;
}

/** The suspicions about a line as it was written, its comment included. */
export function suspicionsOf(piece: Piece): Suspicion[] {
  return [notUtf8(piece), exoticBlank(piece), commentInWord(piece)].filter((found) => found !== null);
}

/** The first octet that is no UTF-8, outside comments: a password with one is not the password of the other node. */
function notUtf8(piece: Piece): Suspicion | null {
  if (!piece.text.includes("\ufffd")) return null;
  const start = withoutComment(piece).text.indexOf("\ufffd");
  if (start < 0) return null;
  const message = "The octet here is no UTF-8: is the file saved in another encoding?";
  const inForce = "the replacement character U+FFFD in its place";
  return {
    start,
    end: start + 1,
    finding: { severity: "warning", code: "not-utf-8", message, inForce, exit: 0 },
  };
}

/** The first blank that is none of ASCII's; a byte order mark at the start is none. */
function exoticBlank(piece: Piece): Suspicion | null {
  if (!/[^ -~\t]/.test(piece.text)) return null;
  const text = withoutComment(piece).text;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80 || !isBlank(unit) || !isExoticBlank(unit) || (unit === 0xfeff && i === 0)) continue;
    const name = unit.toString(16).toUpperCase().padStart(4, "0");
    const message = `The blank here is the character U+${name}, not a space; it is taken as one`;
    return { start: i, end: i + 1, finding: { severity: "warning", code: "invisible-blank", message } };
  }
  return null;
}

function commentInWord(piece: Piece): Suspicion | null {
  const at = gluedComment(piece.text);
  if (at < 0) return null;
  return {
    start: at,
    end: piece.text.length,
    finding: {
      severity: "note",
      code: "glued-comment",
      message: `"${piece.text[at]}" starts a comment here, in the middle of a word`,
      allowed: `\\${piece.text[at]} or double quotes where the character itself is meant`,
    },
  };
}

/**
 * The first control character of what is no text at all: a program, a compressed file; null for a text. One here and
 * there may be an accident, many are none.
 */
export function notText(text: string): { number: number; text: string; column: number } | null {
  const start = text.slice(0, 4096);
  // deno-lint-ignore no-control-regex
  const controls = [...start.matchAll(/[\0-\x08\x0e-\x1f]/g)];
  if (controls.length < 8 + start.length / 64) return null;
  const lines = start.slice(0, controls[0]!.index).split("\n");
  const last = lines.at(-1)!;
  return { number: lines.length, text: last + controls[0]![0], column: last.length };
}
