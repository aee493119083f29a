/**
 * A reload at a time that a file names (`reload_time_file`), so that the nodes of a pair change together.
 *
 * The file is looked at each second: it may come, change and go at any time.
 */
import type { DaemonSettings } from "../../core/config/daemon_model.ts";
import type { Level } from "../../core/engine/message.ts";

/** ms between two looks at the file. */
const INTERVAL = 1000;
const DAY = 86_400_000;

const FORM = /^(?:(?<year>\d{2}|\d{4})-(?<month>\d\d)-(?<day>\d\d) )?(?<time>\d\d:\d\d:\d\d)(?<zone>Z?)$/;

/** What the first line of the file means. */
export type ReloadTime =
  | { readonly kind: "at"; readonly at: number; readonly daily: boolean }
  | { readonly kind: "past" }
  | { readonly kind: "invalid" };

/**
 * Reads `HH:MM:SS`, `YY-MM-DD HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, each perhaps with a `Z` behind it for UTC.
 *
 * @param now ms since the Unix epoch; a time without a date is the next one from then on
 */
export function parseReloadTime(text: string, now: number): ReloadTime {
  const parts = FORM.exec(text.split("\n")[0]!)?.groups;
  if (parts === undefined) return { kind: "invalid" };
  const { year, month, day, time, zone } = parts;
  if (year !== undefined) {
    const date = `${year.length === 2 ? `20${year}` : year}-${month}-${day}`;
    const at = Date.parse(`${date}T${time}${zone}`);
    // A 31st of a month with 30 days would become another day.
    if (Number.isNaN(at) || !isDate(date)) return { kind: "invalid" };
    return at <= now ? { kind: "past" } : { kind: "at", at, daily: false };
  }
  const today = dateOf(now, zone === "Z");
  const at = Date.parse(`${today}T${time}${zone}`);
  if (Number.isNaN(at)) return { kind: "invalid" };
  const tomorrow = Date.parse(`${dateOf(now + DAY, zone === "Z")}T${time}${zone}`);
  return { kind: "at", at: at <= now ? tomorrow : at, daily: true };
}

function isDate(date: string): boolean {
  const at = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}

function dateOf(at: number, utc: boolean): string {
  const shift = utc ? 0 : new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - shift).toISOString().slice(0, 10);
}

/** What the schedule needs of the daemon. */
export interface ReloadScheduleHost {
  readonly reload: () => void;
  readonly say: (level: Level, text: string) => void;
}

/** Reloads when the file says so. */
export class ReloadSchedule implements Disposable {
  readonly #host: ReloadScheduleHost;
  #file: string | null = null;
  #repeats = false;
  /** What the file looked like when it was read; "" where it is not there. */
  #stamp = "";
  #time: ReloadTime | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(host: ReloadScheduleHost) {
    this.#host = host;
  }

  /** Follows the file of a configuration from now on. */
  configure({ kept }: Pick<DaemonSettings, "kept">): void {
    const named = kept["reload_time_file"];
    const file = typeof named === "string" ? named : null;
    this.#repeats = kept["reload_repeat"] === true;
    if (file !== this.#file) this.#stamp = "";
    this.#file = file;
    this[Symbol.dispose]();
    if (file === null) this.#time = null;
    else this.#look(file);
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #look(file: string): void {
    this.#timer = null;
    const stamp = stampOf(file);
    if (stamp !== this.#stamp) this.#read(file, stamp);
    const due = this.#time?.kind === "at" ? this.#time.at - Date.now() : Infinity;
    if (due <= 0) return this.#reload(file);
    this.#timer = setTimeout(() => this.#look(file), Math.min(INTERVAL, due));
  }

  #read(file: string, stamp: string): void {
    const cancelled = this.#time?.kind === "at" && stamp === "";
    this.#stamp = stamp;
    this.#time = null;
    if (cancelled) this.#host.say("info", "The scheduled reload is cancelled");
    if (stamp === "") return;
    const text = textOf(file);
    this.#time = parseReloadTime(text, Date.now());
    switch (this.#time.kind) {
      case "at":
        return this.#host.say("info", `Scheduling reload for ${shown(this.#time.at)}`);
      case "past":
        return this.#host.say("warning", `Reload time ${text.trim()} is in the past - ignoring`);
      case "invalid":
        return this.#host.say("warning", `Reload time ${text.trim()} format is incorrect - ignoring`);
      default:
        this.#time satisfies never;
    }
  }

  /** What the reload brings may be another file: it configures us, and we go on from there. */
  #reload(file: string): void {
    const daily = this.#time?.kind === "at" && this.#time.daily;
    if (!this.#repeats) remove(file);
    // A daily one is read again, for tomorrow; one with a date has had its time.
    this.#stamp = this.#repeats && !daily ? stampOf(file) : "";
    this.#time = null;
    this.#host.reload();
    if (this.#timer === null && this.#file !== null) this.#look(this.#file);
  }
}

function shown(at: number): string {
  const shift = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - shift).toISOString().slice(0, 19).replace("T", " ");
}

function stampOf(file: string): string {
  try {
    const { isFile, ino, size, mtime } = Deno.statSync(file);
    return isFile ? `${ino} ${size} ${mtime?.getTime()}` : "";
  } catch {
    return "";
  }
}

function textOf(file: string): string {
  try {
    return Deno.readTextFileSync(file).slice(0, 64);
  } catch {
    return "";
  }
}

function remove(file: string): void {
  try {
    Deno.removeSync(file);
  } catch {
    // Gone already, or in a directory that is not ours: its time is over either way.
  }
}
