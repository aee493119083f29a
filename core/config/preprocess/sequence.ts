/** Loops: `~SEQ(var,start,step,end) text`, `~SEQx(…)` and `~LST(…) text` repeat the rest of their line. */

/** One turn of a loop: the parameters that it sets. */
export type Turn = readonly (readonly [name: string, value: string])[];

/** A loop at the head of a line. */
export type Loop =
  | { readonly ok: true; readonly turns: Iterable<Turn>; readonly count: number; readonly end: number }
  | { readonly ok: false; readonly reason: string; readonly end: number };

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The loop that a text starts with, or null where it starts with none; `end` is behind its `)`. */
export function parseLoop(text: string): Loop | null {
  const match = /^~(SEQx?|LST)\s*\(/.exec(text);
  if (match === null) return null;
  const close = text.indexOf(")", match[0].length);
  if (close < 0) return { ok: false, reason: "its ) is missing", end: text.length };
  const inner = text.slice(match[0].length, close);
  const end = close + 1;
  return match[1] === "LST" ? parseList(inner, end) : parseSequence(inner, match[1] === "SEQx", end);
}

function parseSequence(inner: string, hexadecimal: boolean, end: number): Loop {
  const parts = inner.split(",").map((part) => part.trim());
  const name = parts[0]!;
  const numbers = parts.slice(1).map(parseInteger);
  if (!NAME.test(name) || numbers.length < 1 || numbers.length > 3) {
    return { ok: false, reason: "(NAME,[START,[STEP,]]END) is expected", end };
  }
  if (numbers.some((number) => number === null)) {
    return { ok: false, reason: "its bounds must be integers", end };
  }
  const last = numbers[numbers.length - 1]!;
  const first = numbers.length > 1 ? numbers[0]! : last < 0 ? -1 : 1;
  const step = numbers.length === 3 ? numbers[1]! : last >= first ? 1 : -1;
  if (step === 0) return { ok: false, reason: "its step must not be 0", end };
  const count = Math.floor((last - first) / step) + 1;
  if (count < 1) {
    return { ok: false, reason: `steps of ${step} do not lead from ${first} to ${last}`, end };
  }
  if (hexadecimal && Math.min(first, last) < 0) {
    return { ok: false, reason: "~SEQx takes no negative numbers", end };
  }
  return { ok: true, turns: sequenceTurns(name, first, step, count, hexadecimal), count, end };
}

function* sequenceTurns(
  name: string,
  first: number,
  step: number,
  count: number,
  hexadecimal: boolean,
): Iterable<Turn> {
  for (let i = 0; i < count; i++) yield [[name, (first + i * step).toString(hexadecimal ? 16 : 10)]];
}

/** An integer as C writes it: `0x` is hexadecimal, a leading 0 octal. */
function parseInteger(text: string): number | null {
  const match = /^([+-]?)(?:(0x[0-9a-f]{1,8})|0([0-7]{1,10})|(0|[1-9][0-9]{0,9}))$/i.exec(text);
  if (match === null) return null;
  const [, sign, hexadecimal, octal, decimal] = match;
  return (sign === "-" ? -1 : 1) * Number(octal === undefined ? hexadecimal ?? decimal : `0o${octal}`);
}

function parseList(inner: string, end: number): Loop {
  const items = splitItems(inner);
  if (items === null || items.length < 2) return { ok: false, reason: "(NAME,VALUE,…) is expected", end };
  const names = items[0]!;
  const rows = items.slice(1);
  if (!names.every((name) => NAME.test(name))) return { ok: false, reason: "it names no parameter", end };
  if (rows.some((row) => row.length > names.length)) {
    const most = names.length === 1 ? "one value" : `${names.length} values`;
    return { ok: false, reason: `each {…} holds at most ${most}, one for each name`, end };
  }
  // Names without a value of their own are empty, as in keepalived.
  const turns = rows.map((row) => names.map((name, i) => [name, row[i] ?? ""] as const));
  return { ok: true, turns, count: turns.length, end };
}

/** The items of a list, each `{a,b}` as its parts; null where braces do not match. */
function splitItems(inner: string): string[][] | null {
  const items: string[][] = [];
  let rest = inner.trim();
  while (rest !== "") {
    const match = /^(?:\{([^{}]*)\}|([^,{}]*))\s*(?:,|$)/.exec(rest);
    if (match === null) return null;
    const grouped = match[1];
    items.push(grouped === undefined ? [match[2]!.trim()] : grouped.split(",").map((part) => part.trim()));
    rest = rest.slice(match[0].length).trim();
    if (match[0] === "") return null;
  }
  return items;
}

/** What the preprocessor acts on where it begins a line. */
const BEGINNING = /^\s*(?:[@~]|\$[A-Za-z_][A-Za-z0-9_]*=|include[rmwba]?(?:\s|$))/;

/**
 * Where a loop, a condition, a definition or an `include` begins within a line, behind a brace: keepalived reads what
 * follows a brace as a line of its own. 0 where none does.
 */
export function lineWithin(text: string): number {
  if (!/[{}]\s*(?:[@~]|\$\w+=|include)/.test(text)) return 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (!quoted && (text[i] === "{" || text[i] === "}") && BEGINNING.test(text.slice(i + 1))) {
      // The braces of `${NAME}` are no blocks.
      if (!/\$\{[^{}]*$/.test(text.slice(0, i))) return i + 1;
    }
  }
  return 0;
}
