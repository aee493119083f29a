/** A text as lines, those told from the others that the preprocessor has to look at. */

/** What a line must have to be of interest to the preprocessor; most have nothing of it. */
const SPECIAL = /[#!$@~"\\]|[^ -~\t\r\n]|\r(?!\n)|[{}][ \t]*include/g;

/** A comment that does not seem to go on in the next line. */
const PLAIN_COMMENT = /^[^\0]*[!-[\]-~]$/;

const CARRIAGE_RETURN = 0x0d;
const HASH = 0x23;
const BANG = 0x21;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Takes one line: characters `start` to `end` of the text, its ending left out.
 *
 * @param number 1-based
 * @param plain index up to which nothing but words, braces, spaces and tabs stand in it, where the rest is a comment or
 * nothing; -1 where the preprocessor has to look at it
 */
export type LineTaker = (number: number, start: number, end: number, plain: number) => void;

/** Hands on the lines of a text in order; a text that ends in a line ending has no empty line behind it. */
export function eachLine(text: string, take: LineTaker): void {
  let number = 0;
  // Looked for in the whole text at once: a search costs the same for one line as for a thousand.
  let special = -1;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const next = newline < 0 ? text.length : newline;
    const end = next > start && text.charCodeAt(next - 1) === CARRIAGE_RETURN ? next - 1 : next;
    if (special < start) special = nextSpecial(text, start);
    take(++number, start, end, special >= end ? end : plainBefore(text, start, special, end));
    start = next + 1;
  }
}

function nextSpecial(text: string, start: number): number {
  SPECIAL.lastIndex = start;
  return SPECIAL.test(text) ? SPECIAL.lastIndex - 1 : text.length;
}

/** The index of a comment that is one beyond doubt and asks for no finding, or -1. */
function plainBefore(text: string, start: number, special: number, end: number): number {
  const unit = text.charCodeAt(special);
  if (unit !== HASH && unit !== BANG) return -1;
  const before = special === start ? BLANK : text.charCodeAt(special - 1);
  const glued = before > BLANK && before !== OPEN && before !== CLOSE;
  return glued || !PLAIN_COMMENT.test(text.slice(special, end)) ? -1 : special;
}

/** Of the characters of a line that is not special only space and tab are not above it. */
export const BLANK = 0x20;

/** Index of the first character of a line, not special, that is no blank; `end` where all are. */
export function firstWord(text: string, start: number, end: number): number {
  let first = start;
  while (first < end && text.charCodeAt(first) <= BLANK) first++;
  return first;
}
