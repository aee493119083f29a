/**
 * Tables of text for a terminal: columns as wide as they need, narrower or fewer where the terminal is not wide enough.
 */

/** A column: its heading, and what gives way first where there is no room. */
export interface Column {
  readonly heading: string;
  /** It may be cut down to so many characters; without it, it is never cut. */
  readonly least?: number;
  /** Columns are left out from the highest number down; without it, it stays. */
  readonly leaveOut?: number;
  readonly right?: boolean;
}

/** A cell: its text, and a paint that must not change its width. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = "  ";

/** The heading and a line for each row, at most `width` characters each. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): readonly string[] {
  const natural = columns.map(({ heading }, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]!.text.length), heading.length)
  );
  const widths = fit(columns, natural, width);
  const line = (cells: readonly Cell[]) =>
    cells.flatMap(({ text, paint = same }, i) => {
      const room = widths[i]!;
      if (room === 0) return [];
      const cut = shorten(text, room);
      const padding = " ".repeat(room - cut.length);
      return [columns[i]!.right === true ? padding + paint(cut) : paint(cut) + padding];
    }).join(GAP).trimEnd();
  return [line(columns.map(({ heading }) => ({ text: heading }))), ...rows.map(line)];
}

/** At most `room` characters, the last of them an ellipsis where something is missing. */
function shorten(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}

/** Text in lines of at most `width` characters, broken at blanks where there are some; `indent` goes before each. */
export function wrap(text: string, width: number, indent: string): readonly string[] {
  const room = Math.max(20, width - indent.length);
  const lines: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const blank = rest.lastIndexOf(" ", room);
    const at = blank > room / 2 ? blank : room;
    lines.push(indent + rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, indent + rest];
}

/** Control characters as escapes, so that no name of a configuration can play with the terminal. */
export function visible(text: string): string {
  return text.replace(/\p{C}/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** Widths of the columns, 0 for those that are left out. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural];
  const excess = () => {
    const shown = widths.filter((each) => each > 0);
    return shown.reduce((sum, each) => sum + each, 0) + GAP.length * (shown.length - 1) - width;
  };
  const order = columns
    .map(({ leaveOut }, i) => ({ i, leaveOut }))
    .filter(({ leaveOut }) => leaveOut !== undefined)
    .sort((a, b) => b.leaveOut! - a.leaveOut!);
  for (;;) {
    // The rightmost one gives way first: what names a row stands at the left.
    for (const [i, { least }] of [...columns.entries()].reverse()) {
      if (least === undefined || widths[i] === 0 || excess() <= 0) continue;
      widths[i] = Math.max(Math.min(least, natural[i]!), widths[i]! - excess());
    }
    const next = order.shift();
    if (excess() <= 0 || next === undefined) return widths;
    widths.splice(0, widths.length, ...natural.map((each, i) => widths[i] === 0 || i === next.i ? 0 : each));
  }
}

function same(text: string): string {
  return text;
}
