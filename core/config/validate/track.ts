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

const INTERFACE_RULES: TrackRules = { kind: "interface", limit: 253, noreverse: false };

/** The objects that are tracked by the name of their block. */
export type TrackedKind = "script" | "file" | "process" | "bfd";

const RULES: Readonly<Record<TrackedKind, TrackRules>> = {
  script: { kind: "script", limit: 253, noreverse: true },
  file: { kind: "file", limit: 254, noreverse: true },
  process: { kind: "process", limit: 254, noreverse: true },
  bfd: { kind: "bfd", limit: 253, noreverse: true },
};

const BLOCKS: Readonly<Record<TrackedKind, string>> = {
  script: "vrrp_script",
  file: "track_file",
  process: "vrrp_track_process",
  bfd: "bfd_instance",
};

function tracked(context: Context, kind: TrackedKind): ReadonlyMap<string, TrackDefault> {
  switch (kind) {
    case "script":
      return context.scripts;
    case "file":
      return context.trackFiles;
    case "process":
      return context.trackProcesses;
    case "bfd":
      return context.bfdInstances;
  }
}

/** Reads one line whose name is known to exist; null where the tracker is dropped, which is reported. */
function readTrackLine(
  context: Context,
  words: readonly Word[],
  rules: TrackRules,
  base: TrackDefault,
): TrackDraft | null {
  const [at, option, value, turn, ...more] = words;
  const reference = { name: at!.text, weight: base.weight, reverse: base.reverse };
  if (option === undefined) return { reference, at: at! };
  if (option.text !== "weight") {
    unknownOption(context, option, at!.text, rules, "it is not tracked");
    return null;
  }
  const weight = readWeight(context, option, value, reference, rules);
  if (weight === null) return null;
  if (turn !== undefined && turn.text !== "reverse" && !(turn.text === "noreverse" && rules.noreverse)) {
    unknownOption(context, turn, at!.text, rules, `weight ${weight}`);
    return { reference: { ...reference, weight }, at: at! };
  }
  if (more.length > 0) unknownOption(context, more[0]!, at!.text, rules, `weight ${weight} ${turn!.text}`);
  const reverse = turn === undefined ? base.reverse : turn.text === "reverse";
  return { reference: { name: at!.text, weight, reverse }, at: at! };
}

/** The weight; that of the object itself where the number is none, null where there is none at all. */
function readWeight(
  context: Context,
  option: Word,
  value: Word | undefined,
  { name, weight }: { readonly name: string; readonly weight: number },
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
      inForce: `weight ${weight}`,
    });
    return weight;
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

function unknownOption(
  context: Context,
  option: Word,
  name: string,
  rules: TrackRules,
  inForce: string,
): void {
  const words = rules.noreverse ? ["weight", "reverse", "noreverse"] : ["weight", "reverse"];
  error(context, option, "unknown-option", `Cannot use "${option.text}" for tracked ${rules.kind} ${name}`, {
    allowed: `weight NUMBER [${words.slice(1).join("|")}]`,
    inForce,
    suggestion: nearest(option.text, words),
  });
}

/** Reads the lines of `track_script` and the like; what they name must be defined before, but for BFD sessions. */
export function readTracked(
  context: Context,
  owner: string,
  kind: TrackedKind,
  lines: readonly Statement[],
  into: TrackDraft[],
): void {
  const objects = tracked(context, kind);
  const names = new Set(into.map((track) => track.reference.name));
  for (const { words } of lines) {
    const at = words[0]!;
    const object = objects.get(at.text);
    if (object === undefined || !tellsVrrp(context, kind, at.text)) unknownObject(context, owner, kind, at);
    else if (!isRepeated(context, owner, at, kind, names)) {
      const track = readTrackLine(context, words, RULES[kind], object);
      if (track !== null) into.push(track);
    }
  }
}

/** A BFD session with the word `checker` and without `vrrp` is none of the instances' business. */
function tellsVrrp(context: Context, kind: TrackedKind, name: string): boolean {
  const session = kind === "bfd" ? context.bfdInstances.get(name) : undefined;
  return session === undefined || session.vrrp || !session.checker;
}

function unknownObject(context: Context, owner: string, kind: TrackedKind, at: Word): void {
  const block = BLOCKS[kind];
  const reason = tracked(context, kind).has(at.text)
    ? `its ${block} is for checkers alone`
    : context.definition(block, at);
  error(
    context,
    at,
    "unknown-tracker",
    `Cannot track ${kind} "${at.text}" in ${owner}: ${reason}; it is ignored`,
    {
      suggestion: nearest(at.text, tracked(context, kind).keys()),
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
