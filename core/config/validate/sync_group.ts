/** `vrrp_sync_group`. */
import { VRRP_SYNC_GROUP } from "../keywords/sync_group.ts";
import type { SyncGroup } from "../model.ts";
import { nearest } from "../suggest.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { readBlock, type Readers, type Reading } from "./block.ts";
import { type Context, error, warning } from "./context.ts";
import { type GroupDraft, groupDraft, type TrackDraft } from "./drafts.ts";
import { listLines } from "./lines.ts";
import { readName } from "./name.ts";
import { finishNotify, mailSetting } from "./notify.ts";
import { readTracked, readTrackedInterfaces, type TrackedKind } from "./track.ts";

/** Reads one group into the context; its members are looked up when all instances are known. */
export function readGroup(context: Context, statement: Statement): void {
  const name = readName(context, statement, "vrrp_sync_group", context.groups);
  if (name === null) return;
  const draft = groupDraft(name);
  context.groups.set(draft.name, draft);
  readBlock(context, statement.block?.statements ?? [], VRRP_SYNC_GROUP, READERS, draft);
}

function linesOf({ context, statement, draft }: Reading<GroupDraft>): readonly Statement[] {
  const { lines, strays } = listLines(context, statement, VRRP_SYNC_GROUP);
  if (strays.length > 0) readBlock(context, strays, VRRP_SYNC_GROUP, READERS, draft);
  return lines;
}

function readTrackers(reading: Reading<GroupDraft>, kind: TrackedKind, into: TrackDraft[]): void {
  readTracked(reading.context, reading.draft.name, kind, linesOf(reading), into);
}

const READERS: Readers<GroupDraft> = {
  group(reading) {
    const members = linesOf(reading).flatMap((line) => line.words);
    reading.draft.members = [...(reading.draft.members ?? []), ...members];
  },
  track_interface(reading) {
    const { context, draft } = reading;
    readTrackedInterfaces(context, draft.name, linesOf(reading), draft.trackInterfaces);
  },
  track_script: (reading) => readTrackers(reading, "script", reading.draft.trackScripts),
  track_file: (reading) => readTrackers(reading, "file", reading.draft.trackFiles),
  track_process: (reading) => readTrackers(reading, "process", reading.draft.trackProcesses),
  track_bfd: (reading) => readTrackers(reading, "bfd", reading.draft.trackBfds),
};

/** The groups that have members; the others are reported and left out. */
export function finishGroups(context: Context, runnable: ReadonlySet<string>): SyncGroup[] {
  const owners = new Map<string, string>();
  const groups: SyncGroup[] = [];
  for (const draft of context.groups.values()) {
    const members = membersOf(context, draft, runnable, owners);
    if (members.length === 0) noMembers(context, draft);
    else groups.push(finishGroup(context, draft, members));
  }
  return groups;
}

function noMembers(context: Context, draft: GroupDraft): void {
  const reason = draft.members === null ? "no group block is in it" : "none of its members can be used";
  error(
    context,
    draft.nameWord,
    "empty-group",
    `Cannot use vrrp_sync_group ${draft.name}: ${reason}; it is removed`,
  );
}

function membersOf(
  context: Context,
  draft: GroupDraft,
  runnable: ReadonlySet<string>,
  owners: Map<string, string>,
): string[] {
  const members: string[] = [];
  for (const word of draft.members ?? []) {
    const owner = owners.get(word.text);
    if (!context.instances.has(word.text)) unknownMember(context, draft, word);
    else if (owner !== undefined) {
      const message = `Cannot put ${word.text} into vrrp_sync_group ${draft.name}: it is in ${owner} already`;
      error(context, word, "repeated-member", message);
    } else if (runnable.has(word.text)) {
      owners.set(word.text, draft.name);
      members.push(word.text);
    }
  }
  return members;
}

function unknownMember(context: Context, draft: GroupDraft, word: Word): void {
  error(
    context,
    word,
    "unknown-member",
    `Cannot put ${word.text} into vrrp_sync_group ${draft.name}: no such vrrp_instance`,
    {
      suggestion: nearest(word.text, context.instances.keys()),
    },
  );
}

function finishGroup(context: Context, draft: GroupDraft, members: string[]): SyncGroup {
  if (members.length === 1) {
    warning(
      context,
      draft.nameWord,
      "lonely-group",
      `vrrp_sync_group ${draft.name} has only one member, ${members[0]}`,
    );
  }
  return {
    name: draft.name,
    members,
    trackInterfaces: draft.trackInterfaces.map((track) => track.reference),
    trackScripts: draft.trackScripts.map((track) => track.reference),
    trackingWeight: draft.trackingWeight,
    notify: finishNotify(draft),
    smtpAlert: mailSetting(context, draft.smtpAlert),
    notifyPriorityChanges: draft.notifyPriorityChanges,
    trackFiles: draft.trackFiles.map((track) => track.reference),
    trackProcesses: draft.trackProcesses.map((track) => track.reference),
    trackBfds: draft.trackBfds.map((track) => track.reference),
    kept: draft.kept,
  };
}
