/**
 * The demonstration's picture: a pure function from the stage to lines of text.
 */
import type { Reply } from "./ping.ts";
import type { NodeState, NodeView, Stage, StageEvent } from "./stage.ts";

/** How words are coloured; the identity where colours are not wanted. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
}

/** ANSI colours that read well on dark and light ground. */
export const COLOURS: Paint = {
  good: (text) => `\x1b[32m${text}\x1b[0m`,
  bad: (text) => `\x1b[31m${text}\x1b[0m`,
  faint: (text) => `\x1b[2m${text}\x1b[0m`,
  strong: (text) => `\x1b[1m${text}\x1b[0m`,
};

/** No colours at all. */
export const PLAIN: Paint = {
  good: (text) => text,
  bad: (text) => text,
  faint: (text) => text,
  strong: (text) => text,
};

/** What the picture is made for. */
export interface ScreenOptions {
  /** Columns; what is longer is cut. */
  readonly width: number;
  /** Lines, at least 12. */
  readonly height: number;
  readonly paint: Paint;
  /** The keys, for the last line. */
  readonly keys: string;
}

/** ms that one mark of the client's strip stands for. */
const MARK = 100;

/** Lines from which on everything has room, with three events. */
const ROOMY = 20;

const MARGIN = "  ";

/** All lines of the picture, none longer than the width. */
export function renderScreen(stage: Stage, now: number, options: ScreenOptions): string[] {
  const head = [
    title(stage, options),
    "",
    ...stage.nodes.map((node) => nodeLine(node, now, options)),
    MARGIN + addressLine(stage, options.paint),
    "",
    MARGIN + options.paint.faint(stripCaption(stage)),
    MARGIN + strip(stage.replies, now, stage.pingInterval, options),
    MARGIN + countLine(stage, options.paint),
    "",
    // Where there is no room for everything the story gives way: who is master matters more.
    ...(options.height < ROOMY ? [] : [...caption(stage, options), ""]),
  ];
  const foot = ["", MARGIN + options.paint.faint(options.keys)];
  const room = Math.max(0, options.height - head.length - foot.length);
  const events = stage.events(room).map((event) => MARGIN + eventLine(event, stage.startedAt, options));
  const filler = new Array<string>(Math.max(0, room - events.length)).fill("");
  return [...head, ...events, ...filler, ...foot];
}

function title(stage: Stage, { width, paint }: ScreenOptions): string {
  const left = "ha demo";
  const right = `two nodes, one address, advert_int ${stage.advertInterval / 1000} s`;
  const space = " ".repeat(Math.max(1, width - 2 * MARGIN.length - left.length - right.length));
  return MARGIN + paint.strong(left) + space + paint.faint(right);
}

function nodeLine(node: NodeView, now: number, { paint }: ScreenOptions): string {
  const state = STATE_WORD[node.state].padEnd(9);
  const mark = node.state === "master" ? "●" : node.state === "backup" ? "○" : "✕";
  const coloured = colourOf(node.state, paint)(`${mark} ${state}`);
  const priority = node.state === "down" ? "" : `priority ${node.priority}`;
  const age = `for ${duration(now - node.since)}`;
  const facts = `${priority.padEnd(14)}${age.padEnd(11)}`;
  return `${MARGIN}${paint.strong(node.name)}  ${node.address.padEnd(12)}${coloured}${facts}${
    paint.faint(node.url)
  }`;
}

const STATE_WORD: Readonly<Record<NodeState, string>> = {
  down: "down",
  starting: "starting",
  backup: "BACKUP",
  master: "MASTER",
  fault: "FAULT",
};

function colourOf(state: NodeState, paint: Paint): (text: string) => string {
  if (state === "master") return paint.good;
  return state === "backup" ? (text) => text : paint.bad;
}

function addressLine(stage: Stage, paint: Paint): string {
  const holders = stage.nodes.filter((node) => node.holdsAddress);
  const address = paint.strong(stage.sharedAddress);
  if (holders.length === 0) return `   ${address} ${paint.bad("is nowhere")}`;
  const places = holders.map((node) => node.state === "down" ? `${node.name} (left over)` : node.name);
  return `   ${address} is at ${places.join(" and ")}`;
}

function stripCaption(stage: Stage): string {
  return `the client pings it every ${stage.pingInterval} ms; one mark is ${MARK} ms, a dot is no answer`;
}

/** One mark for each span of {@linkcode MARK} ms, the newest on the right. */
function strip(replies: readonly Reply[], now: number, interval: number, options: ScreenOptions): string {
  const marks = countAnswers(replies, now, options.width - 2 * MARGIN.length);
  const expected = MARK / interval;
  const first = replies[0]?.at ?? now;
  const last = Math.floor(now / MARK);
  return marks.map((count, i) => {
    const end = (last - marks.length + i + 1) * MARK;
    if (end <= first) return " ";
    // ping is a little slower than it is told to be.
    if (count > expected / 2) return options.paint.good("▪");
    return options.paint.bad(count > 0 ? "▫" : "·");
  }).join("");
}

/** Answers in each of the newest `spans` whole spans before now. */
function countAnswers(replies: readonly Reply[], now: number, spans: number): number[] {
  const counts = new Array<number>(spans).fill(0);
  const newest = Math.floor(now / MARK);
  for (let i = replies.length - 1; i >= 0; i--) {
    const index = spans - (newest - Math.floor(replies[i]!.at / MARK));
    if (index < 0) break;
    if (index < spans) counts[index]!++;
  }
  return counts;
}

function countLine(stage: Stage, paint: Paint): string {
  const { answered, lost, longestGap } = stage.client;
  const losses = `${lost} lost`;
  const gap = longestGap === 0 ? "" : `, longest gap ${Math.round(longestGap)} ms`;
  return `${answered} answers, ${lost === 0 ? losses : paint.bad(losses)}${gap}`;
}

/** Always the same number of lines, so that what stands below does not jump. */
function caption(stage: Stage, { width, paint }: ScreenOptions): string[] {
  const lines = wrap(stage.caption.text, width - 2 * MARGIN.length);
  const text = [0, 1, 2].map((i) => MARGIN + (lines[i] ?? ""));
  return [MARGIN + paint.strong(stage.caption.title), ...text];
}

/** An event with its time since the start; what does not fit is cut. */
export function eventLine(event: StageEvent, startedAt: number, { width, paint }: ScreenOptions): string {
  const head = `${clock(event.at - startedAt)}  ${event.who ?? " "}  `;
  const room = width - 2 * MARGIN.length - head.length;
  const text = event.text.length > room ? `${event.text.slice(0, room - 1)}…` : event.text;
  return paint.faint(head) + emphasis(event.text, paint)(text);
}

function emphasis(text: string, paint: Paint): (text: string) => string {
  if (/Entering MASTER/.test(text)) return paint.good;
  return /Entering FAULT|without an answer/.test(text) ? paint.bad : (plain) => plain;
}

/** `02:03.456` */
export function clock(elapsed: number): string {
  const minutes = Math.floor(elapsed / 60_000);
  const seconds = ((elapsed % 60_000) / 1000).toFixed(3);
  return `${String(minutes).padStart(2, "0")}:${seconds.padStart(6, "0")}`;
}

/** `7 s`, `3 min`, `2 h` */
function duration(elapsed: number): string {
  const seconds = Math.max(0, Math.floor(elapsed / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

/** Breaks a text at blanks. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}
