/** Words that follow the richer rules and are no commands: paths, patterns, mail addresses. */
import { quotedLine } from "../quoted.ts";
import type { Word } from "../text.ts";
import { rawOf, type Statement } from "../tree.ts";
import { type Context, error } from "./context.ts";

/**
 * The words of a line; a single quote that is not closed is reported, as the lexer does with a double one.
 *
 * @param exit what keepalived makes of it where it checks
 */
export function richWords(context: Context, statement: Statement, exit: 0 | 5 = 0): readonly Word[] {
  const { words, unclosed } = quotedLine(rawOf(statement));
  if (unclosed?.text === "'") {
    const message = "The quote is not closed on this line; it is taken to end with the line";
    error(context, unclosed, "unterminated-quote", message, { exit });
  }
  return words;
}
