/** `track_group`, `garp_group`, `linkbeat_interfaces`, `interface_up_down_delays` and `SSL`. */
import { append } from "../append.ts";
import { GARP_GROUP, SSL, TRACK_GROUP } from "../keywords/group.ts";
import type { TrackGroup } from "../daemon_model.ts";
import { longestDelay } from "../interface_delay.ts";
import type { Model, VrrpInstance } from "../model.ts";
import { nearest } from "../suggest.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { parseSeconds, secondsText } from "../values.ts";
import { excessWords, missingValue, readBlock, type Readers } from "./block.ts";
import { type Context, error, warning } from "./context.ts";
import { keeps } from "./drafts.ts";
import { checkInterface } from "./interface.ts";
import { readName } from "./name.ts";
import type { GarpGroupDraft, TrackGroupDraft } from "./tracking_drafts.ts";

/** Reads a `track_group` block; its members are looked up when all instances are known. */
export function readTrackGroup(context: Context, statement: Statement): void {
  const name = readName(context, statement, "track_group", context.trackGroups);
  if (name === null) return;
  const draft: TrackGroupDraft = { ...keeps(), name: name.text, nameWord: name, members: [] };
  readBlock(context, statement.block?.statements ?? [], TRACK_GROUP, TRACK_GROUP_READERS, draft);
  context.trackGroups.set(draft.name, draft);
  if (draft.members.length === 0) {
    warning(context, name, "empty-group", `track_group ${draft.name} has no members`);
  }
}

const TRACK_GROUP_READERS: Readers<TrackGroupDraft> = {
  group({ draft, statement }) {
    append(draft.members, (statement.block?.statements ?? []).flatMap((line) => line.words));
  },
};

/** Reads a `garp_group` block. */
export function readGarpGroup(context: Context, statement: Statement): void {
  const draft: GarpGroupDraft = { ...keeps(), garpInterval: null, gnaInterval: null, interfaces: [] };
  readBlock(context, statement.block?.statements ?? [], GARP_GROUP, GARP_READERS, draft);
  const at = statement.words[0]!;
  if (draft.garpInterval === null && draft.gnaInterval === null) {
    return error(
      context,
      at,
      "empty-group",
      "Cannot use the garp_group: it has neither garp_interval nor gna_interval",
    );
  }
  const { garpInterval, gnaInterval, interfaces } = draft;
  context.garpGroups.push({ garpInterval, gnaInterval, interfaces });
}

const GARP_READERS: Readers<GarpGroupDraft> = {
  interface(reading) {
    const value = reading.values[0];
    if (value === undefined) return missingValue(reading);
    addInterface(reading.context, reading.draft, value);
  },
  interfaces({ context, draft, statement, word }) {
    const words = (statement.block?.statements ?? []).flatMap((line) => line.words);
    for (const value of words) addInterface(context, draft, value);
    if (words.length === 0) {
      warning(context, word, "empty-group", "The interfaces of the garp_group are empty");
    }
  },
};

function addInterface(context: Context, draft: GarpGroupDraft, value: Word): void {
  if (context.pacedInterfaces.has(value.text)) {
    return error(context, value, "repeated-interface", `Cannot put ${value.text} into a second garp_group`);
  }
  checkInterface(context, value, "garp_group");
  context.pacedInterfaces.add(value.text);
  draft.interfaces.push(value.text);
}

const METHODS = ["MII", "ETHTOOL", "IOCTL"] as const;

/** Reads the lines of `linkbeat_interfaces`. */
export function readLinkPolling(context: Context, statement: Statement): void {
  for (const { words } of statement.block?.statements ?? []) {
    const [name, method, ...more] = words;
    const found = METHODS.find((word) => word === method?.text) ?? null;
    if (method !== undefined && found === null) {
      error(context, method, "bad-value", `Cannot poll ${name!.text} by "${method.text}"`, {
        allowed: METHODS.join(", "),
        suggestion: nearest(method.text, METHODS),
      });
    }
    checkInterface(context, name!, "linkbeat_interfaces", false, 4);
    excessWords(context, name!, more);
    context.linkPolling.push({ interface: name!.text, method: found });
  }
}

/** Reads the lines of `interface_up_down_delays`. */
export function readInterfaceDelays(context: Context, statement: Statement): void {
  for (const { words } of statement.block?.statements ?? []) {
    const [name, down, up, ...more] = words;
    checkInterface(context, name!, "interface_up_down_delays", false, 4);
    if (down === undefined) {
      error(context, name!, "missing-value", `Cannot delay changes of ${name!.text} without a time`, {
        allowed: "INTERFACE DOWN_SECONDS [UP_SECONDS]",
        exit: 0,
      });
      continue;
    }
    const delays = {
      word: name!,
      interface: name!.text,
      down: readDelay(context, down),
      up: up === undefined ? 0 : readDelay(context, up),
    };
    excessWords(context, name!, more);
    context.interfaceDelays.push(delays);
  }
}

/** The delays, with those reported that are too long for an instance on the interface. */
export function finishInterfaceDelays(
  context: Context,
  instances: readonly VrrpInstance[],
): Model["interfaceDelays"] {
  for (const { name, interface: own, downTimerAdverts, advertInterval } of instances) {
    const delays = context.interfaceDelays.find((each) => each.interface === own);
    const longest = longestDelay(downTimerAdverts, advertInterval);
    if (delays === undefined || Math.max(delays.down, delays.up) <= longest) continue;
    const intervals = `${downTimerAdverts - 1} advertisement intervals of ${name}`;
    const message = `The delays of ${own} must be less than ${intervals}`;
    warning(context, delays.word, "long-delay", message, { inForce: `${secondsText(longest)} s`, exit: 0 });
  }
  return context.interfaceDelays.map(({ word: _, ...delays }) => delays);
}

function readDelay(context: Context, word: Word): number {
  const parsed = parseSeconds(word.text, 0, 255_000);
  if (parsed.ok) return parsed.value;
  const allowed = "between 0 and 255 seconds";
  error(context, word, "bad-value", `Cannot use a delay of ${word.text} as it must be ${allowed}`, {
    allowed,
    inForce: "0",
  });
  return 0;
}

/** Reads the `SSL` block. */
export function readSsl(context: Context, statement: Statement): void {
  readBlock(context, statement.block?.statements ?? [], SSL, {}, context.tls);
}

/** The groups with the members that exist; others are reported. */
export function finishTrackGroups(context: Context, runnable: ReadonlySet<string>): TrackGroup[] {
  return [...context.trackGroups.values()].map((draft) => ({
    name: draft.name,
    members: draft.members.filter((word) => isInstance(context, draft, word)).map((word) => word.text)
      .filter((name) => runnable.has(name)),
  }));
}

function isInstance(context: Context, draft: TrackGroupDraft, word: Word): boolean {
  if (context.instances.has(word.text)) return true;
  error(
    context,
    word,
    "unknown-member",
    `Cannot put ${word.text} into track_group ${draft.name}: no such vrrp_instance`,
    {
      suggestion: nearest(word.text, context.instances.keys()),
      exit: 0,
    },
  );
  return false;
}
