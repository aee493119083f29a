/** `virtual_server_group`: addresses, ranges and firewall marks. */
import {
  addressFromBytes,
  addressToBytes,
  compareAddresses,
  type Family,
  familyOf,
  parseAddress,
} from "../../net/address.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { parseWhole } from "../values.ts";
import type { GroupEntry } from "../virtual_server_model.ts";
import { type Context, error } from "./context.ts";
import { readRepeatableName } from "./name.ts";
import { parsePrefixed, withHostBits } from "./prefix.ts";
import type { ServerGroupDraft } from "./server_drafts.ts";

/** Reads a group into the context, unless nothing in it can be used. */
export function readServerGroup(context: Context, statement: Statement): void {
  const found = readRepeatableName(context, statement, "virtual_server_group", context.serverGroups);
  if (found === null) return;
  const { name, isNew } = found;
  const draft: ServerGroupDraft = { name: name.text, nameWord: name, entries: [] };
  for (const { words } of statement.block?.statements ?? []) {
    const entry = words[0]!.text === "fwmark" ? readMark(context, words) : readRange(context, words);
    if (entry !== null) draft.entries.push(entry);
  }
  const reason = whyUseless(draft.entries);
  if (reason === null) {
    if (isNew) context.serverGroups.set(draft.name, draft);
  } else {error(
      context,
      name,
      "useless-group",
      `Cannot use virtual_server_group ${draft.name}: ${reason}; it is removed`,
    );}
}

function whyUseless(entries: readonly GroupEntry[]): string | null {
  if (entries.length === 0) return "it has no entries";
  const families = familiesOf(entries);
  const vague = entries.some((entry) => entry.kind === "fwmark" && entry.family === null);
  if (families.size > 1 && vague) return "with both IPv4 and IPv6 each fwmark needs inet or inet6";
  return null;
}

/** The families of the addresses of a group. */
export function familiesOf(entries: readonly GroupEntry[]): Set<Family> {
  return new Set(
    entries.flatMap((entry) => entry.kind === "range" ? [familyOf(entry.first)] : entry.family ?? []),
  );
}

function readMark(context: Context, words: readonly Word[]): GroupEntry | null {
  const [word, value, family] = words;
  const mark = parseMark(context, word!, value);
  if (mark === null) return null;
  if (family === undefined) return { kind: "fwmark", mark, family: null };
  if (family.text === "inet" || family.text === "inet6") {
    return { kind: "fwmark", mark, family: family.text === "inet" ? 4 : 6 };
  }
  error(context, family, "bad-value", `Cannot use "${family.text}" behind a fwmark`, {
    allowed: "inet or inet6",
  });
  return { kind: "fwmark", mark, family: null };
}

/** The mark behind `fwmark`; null, reported, where there is none. */
export function parseMark(context: Context, word: Word, value: Word | undefined): number | null {
  const parsed = parseWhole(value?.text ?? "", 0, 0xffffffff);
  if (parsed.ok) return parsed.value;
  const allowed = "between 0 and 4294967295";
  error(
    context,
    value ?? word,
    "bad-value",
    value === undefined
      ? "Cannot use fwmark without a number; it is skipped"
      : `Cannot use fwmark ${value.text} as it must be ${allowed}; it is skipped`,
    {
      allowed,
    },
  );
  return null;
}

function readRange(context: Context, words: readonly Word[]): GroupEntry | null {
  const [at, portWord] = words;
  const range = parseRange(at!.text);
  if (typeof range === "string") {
    error(
      context,
      at!,
      "bad-address",
      `Cannot use "${at!.text}" in a virtual_server_group: ${range}; it is skipped`,
      {
        allowed: "ADDRESS, FIRST-LAST, ADDRESS/PREFIX",
      },
    );
    return null;
  }
  const port = portWord === undefined || portWord.text === "0" ? 0 : parsePort(context, portWord);
  return port === null ? null : { kind: "range", ...range, port };
}

/** A port 1..65535; null, reported, for anything else. */
export function parsePort(context: Context, word: Word, lost = ""): number | null {
  const parsed = parseWhole(word.text, 1, 65_535);
  if (parsed.ok) return parsed.value;
  const allowed = "between 1 and 65535";
  error(context, word, "bad-port", `Cannot use port ${word.text} as it must be ${allowed}${lost}`, {
    allowed,
  });
  return null;
}

function parseRange(text: string): { first: string; last: string } | string {
  if (text.includes("/")) return parseNetwork(text);
  const dash = text.indexOf("-");
  const first = parseAddress(dash < 0 ? text : text.slice(0, dash));
  if (first === null) return "not an address";
  if (dash < 0) return { first, last: first };
  const end = text.slice(dash + 1);
  const last = parseAddress(end) ?? lastPart(first, end);
  if (last === null || familyOf(last) !== familyOf(first)) return "the end of the range is no address";
  return compareAddresses(last, first) < 0 ? "its end lies before its start" : { first, last };
}

function parseNetwork(text: string): { first: string; last: string } | string {
  const prefixed = parsePrefixed(text);
  if (prefixed === null || prefixed.badPrefix !== null) return "not an address with a prefix length";
  const first = withHostBits(prefixed.address, prefixed.prefixLength, false);
  if (first !== prefixed.address) return `the network of that prefix begins at ${first}`;
  return {
    first,
    last: withHostBits(prefixed.address, prefixed.prefixLength, true),
  };
}

/** `10.0.0.1-9` ends in the last octet, `2001:db8::1-ff` in the last group, which is hexadecimal. */
function lastPart(first: string, end: string): string | null {
  const octets = addressToBytes(first);
  if (octets.length === 4) {
    const value = parseWhole(end, 0, 255);
    if (!value.ok) return null;
    octets[3] = value.value;
  } else {
    if (!/^[0-9a-fA-F]{1,4}$/.test(end)) return null;
    const value = Number(`0x${end}`);
    octets[14] = value >> 8;
    octets[15] = value & 0xff;
  }
  return addressFromBytes(octets);
}
