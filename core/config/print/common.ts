/** Pieces that several blocks of the printed form share. */
import { indexOf, type KeywordTable } from "../keywords/keyword.ts";
import type { Command, Kept, KeptValue, NotifyScripts, ScriptUser, TrackReference } from "../model.ts";
import { quoted, richWord, word, type Writer } from "./writer.ts";

/** `COMMAND [USER [GROUP]]` */
export function commandWords({ text, user }: Command): string[] {
  return [quoted(text), ...userWords(user, richWord)];
}

/** `USER [GROUP]`, or nothing; commands have richer rules for words than other lines. */
export function userWords(user: ScriptUser | null, write: (text: string) => string = word): string[] {
  if (user === null) return [];
  return user.group === null ? [write(user.user)] : [write(user.user), write(user.group)];
}

/** A line for a word that is only written where its value differs from the default. */
export function setting(out: Writer, name: string, value: string | null): void {
  if (value !== null) out.line(name, value);
}

/** A line for a word without a value. */
export function flag(out: Writer, name: string, on: boolean): void {
  if (on) out.line(name);
}

/** A line for a command that may be absent. */
export function commandLine(out: Writer, name: string, command: Command | null): void {
  if (command !== null) out.line(name, commandWords(command));
}

const NOTIFY_WORDS = {
  master: "notify_master",
  backup: "notify_backup",
  fault: "notify_fault",
  stop: "notify_stop",
  deleted: "notify_deleted",
  masterRxLowerPriority: "notify_master_rx_lower_pri",
  any: "notify",
} as const;

/** The lines of the notify scripts. */
export function notifyLines(out: Writer, notify: NotifyScripts): void {
  for (const key of Object.keys(NOTIFY_WORDS) as (keyof NotifyScripts)[]) {
    commandLine(out, NOTIFY_WORDS[key], notify[key]);
  }
}

/** What a tracked object brings along. */
export interface TrackBase {
  readonly name: string;
  readonly weight: number;
  readonly reverse: boolean;
}

/** A block of trackers; only what differs from the object's own weight is written. */
export function trackBlock(
  out: Writer,
  name: string,
  trackers: readonly TrackReference[],
  objects: ReadonlyMap<string, TrackBase>,
): void {
  out.block([name], () => {
    for (const tracker of trackers) {
      const base = objects.get(tracker.name) ?? { weight: 0, reverse: false };
      const words = [word(tracker.name)];
      if (tracker.weight !== base.weight) words.push("weight", String(tracker.weight));
      if (tracker.reverse !== base.reverse) words.push(tracker.reverse ? "reverse" : "noreverse");
      out.line(words);
    }
  }, false);
}

/** The lines of kept words, as their table reads them. */
export function keptLines(out: Writer, kept: Kept, table: KeywordTable): void {
  for (const [name, value] of Object.entries(kept)) {
    if (indexOf(table).has(name)) out.line(name, keptWords(table, name, value));
  }
}

function keptWords(table: KeywordTable, name: string, value: KeptValue): string[] {
  const reader = indexOf(table).get(name)!.value;
  if (Array.isArray(value)) return value.map(word);
  if (reader.kind !== "simple") return value === true ? [] : [word(String(value))];
  if (reader.shape.allowed === "nothing" || value === reader.shape.bare && typeof value === "string") {
    return [];
  }
  return [word(reader.shape.show(value))];
}
