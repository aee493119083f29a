/** Lines of `track_script` and `track_interface`: a name and the weight that holds here. */
import { nearest } from "../suggest.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { parseWhole } from "../values.ts";
import { type Context, error, warning } from "./context.ts";
import type { TrackDraft } from "./drafts.ts";
import { checkInterface, isJunkName } from "./interface.ts";

/** What a tracked object brings along. */
export interface TrackDefault {
  readonly weight: number;
  readonly reverse: boolean;
}

/** Which options a kind of tracker takes. */
export interface TrackRules {
  /** `script`, for messages. */
  readonly kind: string;
  /** Largest weight either way: 253, or 254 for files and processes. */
  readonly limit: 253 | 254;
  /** `noreverse` is a word of all but interfaces. */
  readonly noreverse: boolean;
}

/** Scripts. */
export const SCRIPT_RULES: TrackRules = { kind: "script", limit: 253, noreverse: true };
/** Interfaces. */
export const INTERFACE_RULES: TrackRules = { kind: "interface", limit: 253, noreverse: false };

/**
 * Reads one line whose name is known to exist; null where the tracker is dropped, which is reported.
 *
 * @param owner `VI_1`, for messages
 */
export function readTrackLine(
  context: Context,
  words: readonly Word[],
  rules: TrackRules,
  base: TrackDefault,
): TrackDraft | null {
  const at = words[0]!;
  let { weight, reverse } = base;
  for (let i = 1; i < words.length; i++) {
    const option = words[i]!;
    if (option.text === "weight") {
      const value = readWeight(context, option, words[++i], at.text, rules);
      if (value === null) return null;
      weight = value;
    } else if (option.text === "reverse") reverse = true;
    else if (option.text === "noreverse" && rules.noreverse) reverse = false;
    else {
      unknownOption(context, option, at.text, rules);
      return rules.kind === "interface" ? null : { reference: { name: at.text, weight, reverse }, at };
    }
  }
  return { reference: { name: at.text, weight, reverse }, at };
}

function readWeight(
  context: Context,
  option: Word,
  value: Word | undefined,
  name: string,
  rules: TrackRules,
): number | null {
  const allowed = `between -${rules.limit} and ${rules.limit}`;
  if (value === undefined) {
    error(context, option, "missing-value", `Cannot track ${rules.kind} ${name}: its weight has no value`, {
      allowed,
    });
    return null;
  }
  const parsed = parseWhole(value.text, -254, 254);
  if (!parsed.ok) {
    error(context, value, "bad-value", `Cannot track ${rules.kind} ${name} with weight ${value.text}`, {
      allowed,
    });
    return null;
  }
  if (Math.abs(parsed.value) <= rules.limit) return parsed.value;
  const clamped = Math.sign(parsed.value) * rules.limit;
  warning(
    context,
    value,
    "clamped",
    `Cannot use weight ${value.text} for ${rules.kind} ${name} as it must be ${allowed}`,
    {
      allowed,
      inForce: `weight ${clamped}`,
    },
  );
  return clamped;
}

function unknownOption(context: Context, option: Word, name: string, rules: TrackRules): void {
  const words = rules.noreverse ? ["weight", "reverse", "noreverse"] : ["weight", "reverse"];
  error(context, option, "unknown-option", `Cannot use "${option.text}" for tracked ${rules.kind} ${name}`, {
    allowed: words.join(", "),
    suggestion: nearest(option.text, words),
  });
}

/** Reads the lines of `track_script`; scripts must be defined before. */
export function readTrackedScripts(
  context: Context,
  owner: string,
  lines: readonly Statement[],
  into: TrackDraft[],
): void {
  const names = new Set(into.map((track) => track.reference.name));
  for (const { words } of lines) {
    const at = words[0]!;
    const script = context.scripts.get(at.text);
    if (script === undefined) unknownScript(context, owner, at);
    else if (!isRepeated(context, owner, at, "script", names)) {
      const track = readTrackLine(context, words, SCRIPT_RULES, script);
      if (track !== null) into.push(track);
    }
  }
}

function unknownScript(context: Context, owner: string, at: Word): void {
  const later = context.laterScripts.has(at.text);
  const reason = later ? "it is defined further down and must come before its use" : "no such vrrp_script";
  error(
    context,
    at,
    "unknown-script",
    `Cannot track script "${at.text}" in ${owner}: ${reason}; it is ignored`,
    {
      suggestion: later ? null : nearest(at.text, context.scripts.keys()),
    },
  );
}

/** Reads the lines of `track_interface`. */
export function readTrackedInterfaces(
  context: Context,
  owner: string,
  lines: readonly Statement[],
  into: TrackDraft[],
): void {
  const names = new Set(into.map((track) => track.reference.name));
  for (const { words } of lines) {
    const at = words[0]!;
    if (isJunkName(at.text)) {
      error(
        context,
        at,
        "junk-interface",
        `Cannot track interface "${at.text}" in ${owner}: not a name; it is ignored`,
      );
      continue;
    }
    if (isRepeated(context, owner, at, "interface", names)) continue;
    checkInterface(context, at, `track_interface of ${owner}`);
    const track = readTrackLine(context, words, INTERFACE_RULES, { weight: 0, reverse: false });
    if (track !== null) into.push(track);
  }
}

function isRepeated(context: Context, owner: string, at: Word, kind: string, names: Set<string>): boolean {
  const repeated = names.has(at.text);
  if (repeated) error(context, at, "repeated-tracker", `Cannot track ${kind} "${at.text}" twice in ${owner}`);
  names.add(at.text);
  return repeated;
}
