/** Comments: `#` or `!` outside double quotes, unless a backslash stands before it. */
import { columnOf, type Piece, slice } from "../text.ts";

const HASH = 0x23;
const BANG = 0x21;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A piece without its comment, and with `\#` and `\!` turned into the bare characters. */
export function withoutComment(piece: Piece): Piece {
  const text = piece.text;
  if (!/[#!]/.test(text)) return piece;
  let quoted = false;
  const escapes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) quoted = !quoted;
    else if (quoted || (unit !== HASH && unit !== BANG)) continue;
    else if (i > 0 && text.charCodeAt(i - 1) === BACKSLASH) escapes.push(i - 1);
    else return withoutCharacters(slice(piece, 0, i), escapes);
  }
  return withoutCharacters(piece, escapes);
}

/**
 * Where a comment starts right behind a character of a word, as in `auth_pass ab!cd`; -1 where none does.
 *
 * People who write that seldom mean a comment.
 */
export function gluedComment(text: string): number {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === QUOTE) quoted = !quoted;
    else if (!quoted && (unit === HASH || unit === BANG)) {
      const before = i === 0 ? 0x20 : text.charCodeAt(i - 1);
      if (before === BACKSLASH) continue;
      return /[\s{}"\u00a0]/.test(String.fromCharCode(before)) ? -1 : i;
    }
  }
  return -1;
}

function withoutCharacters(piece: Piece, indices: readonly number[]): Piece {
  if (indices.length === 0) return piece;
  const dropped = new Set(indices);
  const columns: number[] = [];
  let text = "";
  for (let i = 0; i < piece.text.length; i++) {
    if (dropped.has(i)) continue;
    text += piece.text[i];
    columns.push(columnOf(piece, i));
  }
  return { ...piece, text, columns };
}

/** Whether the last thing in a piece is a backslash. */
export function endsWithBackslash(piece: Piece): boolean {
  return piece.text.trimEnd().endsWith("\\");
}

/** A piece followed by the backslash that the comment behind it ended with. */
export function withBackslash(bare: Piece, commented: Piece): Piece {
  const at = columnOf(commented, commented.text.trimEnd().length - 1);
  const columns = Array.from(bare.text, (_, index) => columnOf(bare, index));
  return { ...bare, text: bare.text + "\\", columns: [...columns, at] };
}
