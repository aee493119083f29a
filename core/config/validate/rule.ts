/** Lines of `virtual_rules` and `static_rules`. */
import { type Family, familyOf, type IpAddress } from "../../net/address.ts";
import { indexOf, type Keyword } from "../keywords/keyword.ts";
import { RULE } from "../keywords/route.ts";
import type { KeptValue } from "../model.ts";
import type { Rule } from "../route_model.ts";
import { nearest } from "../suggest.ts";
import type { Word } from "../text.ts";
import { parseWhole } from "../values.ts";
import { type Context, error, pathValueFits, warning } from "./context.ts";
import { checkInterface } from "./interface.ts";
import { sameFamily } from "./path_family.ts";
import { parsePrefixed } from "./prefix.ts";

interface RuleDraft {
  readonly context: Context;
  readonly words: readonly Word[];
  next: number;
  family: Family | null;
  readonly rule: { -readonly [K in Exclude<keyof Rule, "family" | "kept">]: Rule[K] };
  readonly kept: Record<string, KeptValue>;
}

/** Reads one line; null where the rule is not used, which is reported. */
export function readRule(context: Context, words: readonly Word[]): Rule | null {
  const draft: RuleDraft = {
    context,
    words,
    next: 0,
    family: null,
    rule: {
      from: null,
      to: null,
      fwmark: null,
      inputInterface: null,
      table: null,
      preference: null,
      tracked: true,
      trackGroup: null,
    },
    kept: {},
  };
  while (draft.next < words.length) {
    if (!readWord(draft)) return null;
  }
  return finish(draft);
}

const ACTIONS = ["goto", "nop", "type", "blackhole", "unreachable", "prohibit", "l3mdev"];

function finish({ context, words, family, rule, kept }: RuleDraft): Rule | null {
  const at = words[0]!;
  const problem = whyUseless(rule, kept);
  if (problem !== null) {
    error(context, at, "bad-rule", `Cannot use the rule: ${problem}; it is skipped`);
    return null;
  }
  if (rule.preference === null) {
    warning(context, at, "no-preference", "A rule without a preference gets one that you hardly want", {
      allowed: "preference NUMBER",
      inForce: "the lowest one that is free, below 16385",
    });
  }
  return { family: family ?? 4, ...rule, kept };
}

function whyUseless({ table, preference }: RuleDraft["rule"], kept: RuleDraft["kept"]): string | null {
  const actions = ACTIONS.filter((action) => action in kept && kept[action] !== "unicast");
  if (table !== null) actions.push("table");
  if (actions.length === 0) return "it has neither a table nor an action";
  if (actions.length > 1) return `${actions.join(" and ")} cannot go together`;
  if (!("goto" in kept)) return null;
  if (preference === null) return "goto needs a preference";
  return Number(kept["goto"]) > preference ? null : "goto must lead to a higher preference";
}

function readWord(draft: RuleDraft): boolean {
  const word = draft.words[draft.next++]!;
  const keyword = indexOf(RULE).get(word.text);
  if (keyword === undefined || keyword.value.kind !== "option") {
    error(draft.context, word, "unknown-option", `Cannot use "${word.text}" in a rule; the rule is skipped`, {
      suggestion: nearest(word.text, indexOf(RULE).keys()),
    });
    return false;
  }
  if (keyword.value.takes === 0) return readFlag(draft, word, keyword);
  const value = draft.words[draft.next++];
  if (value !== undefined) return readOption(draft, keyword.use ?? keyword.word, value);
  error(draft.context, word, "missing-value", `Cannot use ${word.text} without a value`, {
    exit: 2,
    fatal: true,
  });
  return false;
}

function readFlag(draft: RuleDraft, word: Word, keyword: Keyword): boolean {
  if (word.text === "inet") return sameFamily(draft, "rule", word, 4);
  if (word.text === "inet6") return sameFamily(draft, "rule", word, 6);
  if (word.text === "no_track") draft.rule.tracked = false;
  else draft.kept[keyword.word] = true;
  return true;
}

function readOption(draft: RuleDraft, option: string, value: Word): boolean {
  const { rule, context } = draft;
  if (!pathValueFits(context, "rule", option, value)) return false;
  switch (option) {
    case "from":
    case "to":
      return readSelector(draft, option, value);
    case "table":
      rule.table = value.text;
      return true;
    case "iif":
      checkInterface(context, value, "a rule");
      rule.inputInterface = value.text;
      return true;
    case "preference":
      return readPreference(draft, value);
    case "fwmark":
      return readMark(draft, value);
    case "track_group":
      rule.trackGroup = value.text;
      return true;
    default:
      draft.kept[option] = value.text;
      return true;
  }
}

function readSelector(draft: RuleDraft, option: "from" | "to", value: Word): boolean {
  if (value.text === "all" || value.text === "any" || value.text === "default") return true;
  const prefixed = parsePrefixed(value.text);
  if (prefixed === null || prefixed.badPrefix !== null) {
    error(
      draft.context,
      value,
      "bad-address",
      `Cannot use ${option} ${value.text} in a rule: not a prefix; the rule is skipped`,
    );
    return false;
  }
  const { address, prefixLength }: { address: IpAddress; prefixLength: number } = prefixed;
  draft.rule[option] = { address, prefixLength };
  return sameFamily(draft, "rule", value, familyOf(address));
}

function readPreference(draft: RuleDraft, value: Word): boolean {
  const parsed = parseWhole(value.text, 0, 0xffffffff);
  if (parsed.ok) draft.rule.preference = parsed.value;
  else {error(
      draft.context,
      value,
      "bad-value",
      `Cannot use preference ${value.text} as it must be a number; the rule is skipped`,
    );}
  return parsed.ok;
}

/** Decimal or `0x…`, for marks alone. */
function readMark(draft: RuleDraft, value: Word): boolean {
  const match = /^(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})(?:\/(0x[0-9a-fA-F]{1,8}|[0-9]{1,10}))?$/.exec(value.text);
  const mark = Number(match?.[1]);
  const mask = match?.[2] === undefined ? null : Number(match[2]);
  if (match === null || mark > 0xffffffff || (mask ?? 0) > 0xffffffff) {
    error(
      draft.context,
      value,
      "bad-value",
      `Cannot use fwmark ${value.text} as it must be MARK or MARK/MASK; the rule is skipped`,
    );
    return false;
  }
  draft.rule.fwmark = { mark, mask };
  return true;
}
