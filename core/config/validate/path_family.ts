/** Routes and rules are of one family, whichever of their addresses tells it first. */
import type { Family } from "../../net/address.ts";
import type { Word } from "../text.ts";
import { type Context, error } from "./context.ts";

/** What is known of a route or a rule while it is read; the first address or word that tells the family sets it. */
interface OfFamily {
  readonly context: Context;
  family: Family | null;
}

/** Whether a word of that family may stand in the line; one of the other family is reported. */
export function sameFamily(draft: OfFamily, what: "route" | "rule", word: Word, family: Family): boolean {
  draft.family ??= family;
  if (draft.family === family) return true;
  const message = `Cannot mix IPv4 and IPv6 addresses in a ${what}; the ${what} is skipped`;
  error(draft.context, word, "wrong-family", message);
  return false;
}
