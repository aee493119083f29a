/** A text as lines, those told from the others that the preprocessor has to look at. */

/** What a line must have to be of interest to the preprocessor; most have nothing of it. */
const SPECIAL = /[#!$@~"\\]|[^ -~\t\r\n]|\r(?!\n)/g;

const CARRIAGE_RETURN = 0x0d;

/**
 * Takes one line: characters `start` to `end` of the text, its ending left out.
 *
 * @param number 1-based
 * @param special whether more than words, braces, spaces and tabs stand in it
 */
export type LineTaker = (number: number, start: number, end: number, special: boolean) => void;

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
    take(++number, start, end, special < end);
    start = next + 1;
  }
}

function nextSpecial(text: string, start: number): number {
  SPECIAL.lastIndex = start;
  return SPECIAL.test(text) ? SPECIAL.lastIndex - 1 : text.length;
}

/** Of the characters of a line that is not special only space and tab are not above it. */
export const BLANK = 0x20;

/** Index of the first character of a line, not special, that is no blank; `end` where all are. */
export function firstWord(text: string, start: number, end: number): number {
  let first = start;
  while (first < end && text.charCodeAt(first) <= BLANK) first++;
  return first;
}
