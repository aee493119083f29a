/**
 * Numbers, times and durations as people read them. No locale data: the same text on every machine.
 */
import type { VrrpState } from "../../core/engine/status.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration in ms with the two units that matter: `40 ms`, `3.6 s`, `95 s`, `12 min 5 s`, `3 h 12 min`, `2 d 4 h`. */
export function duration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 999.5) return `${span < 10 ? trimmed(span, 2) : Math.round(span)} ms`;
  if (span < 10 * SECOND) return `${trimmed(span / SECOND, 1)} s`;
  if (span < 2 * MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < 2 * HOUR) return pair(span, MINUTE, "min", SECOND, "s");
  if (span < 2 * DAY) return pair(span, HOUR, "h", MINUTE, "min");
  return pair(span, DAY, "d", HOUR, "h");
}

/** A whole number with its thousands apart: `1,872,041`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A rounded amount with an SI prefix, such as a rate: `0`, `950`, `1.2 k`, `34 M`. */
export function amount(value: number): string {
  const prefixes = ["", " k", " M", " G", " T"];
  let rest = value;
  let step = 0;
  while (rest >= 999.5 && step < prefixes.length - 1) {
    rest /= 1000;
    step++;
  }
  return `${rest < 10 && step > 0 ? trimmed(rest, 1) : Math.round(rest)}${prefixes[step]}`;
}

/** A moment in the time zone of this machine: `2026-11-20 14:03:12`; "" for a number that is no moment. */
export function moment(ms: number): string {
  if (!isMoment(ms)) return "";
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE);
  return local.toISOString().slice(0, 19).replace("T", " ");
}

/** The time zone of this machine at a moment: `UTC+01:00`. */
export function timeZone(ms: number): string {
  const offset = -new Date(ms).getTimezoneOffset();
  if (offset === 0) return "UTC";
  const size = Math.abs(offset);
  return `UTC${offset < 0 ? "-" : "+"}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`;
}

/** A moment for machines, as the `datetime` attribute wants it; "" for a number that is no moment. */
export function isoMoment(ms: number): string {
  return isMoment(ms) ? new Date(ms).toISOString() : "";
}

/** A state as operators write it. */
export function stateWord(state: VrrpState): string {
  return state.toUpperCase();
}

/** Whether `Date` can hold it with room for a time zone. */
function isMoment(ms: number): boolean {
  return Math.abs(ms) < 8.63e15;
}

function pair(span: number, unit: number, name: string, smaller: number, smallerName: string): string {
  const whole = Math.floor(span / unit);
  const rest = Math.floor((span % unit) / smaller);
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${smallerName}`;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
