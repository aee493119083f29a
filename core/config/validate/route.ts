/** Lines of `virtual_routes` and `static_routes`. */
import { type Family, familyOf, type IpAddress, parseAddress } from "../../net/address.ts";
import { indexOf, type Keyword } from "../keywords/keyword.ts";
import { ROUTE } from "../keywords/route.ts";
import type { KeptValue } from "../model.ts";
import type { Route, RouteType } from "../route_model.ts";
import { nearest } from "../suggest.ts";
import type { Word } from "../text.ts";
import { parseWhole } from "../values.ts";
import { SCOPES } from "./address.ts";
import { type Context, error, pathValueFits, warning } from "./context.ts";
import { checkInterface } from "./interface.ts";
import { sameFamily } from "./path_family.ts";
import { parsePrefixed } from "./prefix.ts";

/** RTPROT_KEEPALIVED of linux/rtnetlink.h. */
const OWN_PROTOCOL = 18;

const TYPES: ReadonlySet<string> = new Set<RouteType>([
  "unicast",
  "local",
  "broadcast",
  "multicast",
  "throw",
  "unreachable",
  "prohibit",
  "blackhole",
  "nat",
]);

/** A route while its words are read. */
export interface RouteDraft {
  readonly context: Context;
  readonly words: readonly Word[];
  /** Index of the next word. */
  next: number;
  family: Family | null;
  destination: { address: IpAddress; prefixLength: number } | "default" | null;
  route: {
    -readonly [
      K in
        | "type"
        | "gateway"
        | "interface"
        | "source"
        | "table"
        | "metric"
        | "scope"
        | "onlink"
        | "tracked"
        | "trackGroup"
    ]: Route[K];
  };
  nexthops: string[][];
  kept: Record<string, KeptValue>;
}

/** Reads one line; null where the route is not used, which is reported. */
export function readRoute(context: Context, words: readonly Word[]): Route | null {
  const draft: RouteDraft = {
    context,
    words,
    next: 0,
    family: null,
    destination: null,
    route: {
      type: "unicast",
      gateway: null,
      interface: null,
      source: null,
      table: null,
      metric: 0,
      scope: null,
      onlink: false,
      tracked: true,
      trackGroup: null,
    },
    nexthops: [],
    kept: {},
  };
  while (draft.next < words.length) {
    if (!readWord(draft)) return null;
  }
  return finish(draft);
}

function finish(draft: RouteDraft): Route | null {
  const { context, words, route, destination } = draft;
  const at = words[0]!;
  if (destination === null) {
    error(context, at, "bad-route", "Cannot use the route: it has no destination; it is skipped");
    return null;
  }
  const family = draft.family ?? 4;
  const sixOnly = ["pref", "expires"].find((option) => option in draft.kept);
  if (family === 4 && sixOnly !== undefined) {
    const message = `Cannot use ${sixOnly} in a route for IPv4; the route is skipped`;
    error(context, at, "wrong-family", message);
    return null;
  }
  keepTrackable(draft);
  const anywhere = { address: family === 4 ? "0.0.0.0" : "::", prefixLength: 0 };
  const { address, prefixLength } = destination === "default" ? anywhere : destination;
  if (route.interface === null && route.tracked) {
    warning(context, at, "route-untracked", "Cannot notice the loss of a route that names no interface", {
      inForce: "no_track",
    });
    route.tracked = false;
  }
  return { family, destination: address, prefixLength, ...route, nexthops: draft.nexthops, kept: draft.kept };
}

/** A route is known for ours by the protocol that made it, without which its loss could not be told from another's. */
function keepTrackable({ context, words, route, kept }: RouteDraft): void {
  const protocol = kept["protocol"];
  if (protocol === undefined || !route.tracked) return;
  const text = String(Array.isArray(protocol) ? protocol[0] : protocol);
  if (text === "keepalived" || Number(text) === OWN_PROTOCOL) return;
  const message = `Cannot use protocol ${text} in a route that is tracked`;
  warning(context, words[0]!, "route-protocol", message, {
    allowed: "protocol keepalived, or no_track",
    inForce: "protocol keepalived",
  });
  delete kept["protocol"];
}

/** Reads the word at `next` and what belongs to it; false where the route must go. */
function readWord(draft: RouteDraft): boolean {
  const word = draft.words[draft.next++]!;
  const keyword = indexOf(ROUTE).get(word.text);
  if (keyword === undefined || keyword.word === "DEST") return readDestination(draft, word);
  if (keyword.value.kind !== "option") return true;
  if (keyword.deprecated) {
    const newer = keyword.use ?? "nexthop";
    const message = `${word.text} is an old word in routes; ${newer} has taken its place`;
    warning(draft.context, word, "deprecated", message, { suggestion: newer });
  }
  if (keyword.value.takes === 0) return readFlag(draft, word, keyword);
  if (keyword.value.takes < 0) return readRest(draft, word, keyword);
  const value = draft.words[draft.next];
  if (value === undefined) {
    error(draft.context, word, "missing-value", `Cannot use ${word.text} without a value`, {
      exit: 2,
      fatal: true,
    });
    return false;
  }
  return readOption(draft, keyword.use ?? keyword.word);
}

function readDestination(draft: RouteDraft, word: Word): boolean {
  if (word.text === "default" || word.text === "any" || word.text === "all") {
    draft.destination = "default";
    return true;
  }
  const prefixed = parsePrefixed(word.text);
  if (prefixed === null || draft.destination !== null) return unknownWord(draft, word);
  if (prefixed.badPrefix !== null) {
    const whole = familyOf(prefixed.address) === 4 ? 32 : 128;
    error(
      draft.context,
      word,
      "bad-prefix",
      `Cannot use prefix length "${prefixed.badPrefix}" as it must be between 0 and ${whole}`,
      {
        inForce: `${prefixed.address}/${whole}`,
      },
    );
  }
  draft.destination = { address: prefixed.address, prefixLength: prefixed.prefixLength };
  return sameFamily(draft, "route", word, familyOf(prefixed.address));
}

function unknownWord(draft: RouteDraft, word: Word): boolean {
  error(draft.context, word, "unknown-option", `Cannot use "${word.text}" in a route; the route is skipped`, {
    suggestion: nearest(word.text, indexOf(ROUTE).keys()),
  });
  return false;
}

function readFlag(draft: RouteDraft, word: Word, keyword: Keyword): boolean {
  const text = word.text;
  if (TYPES.has(text)) return readTyped(draft, word);
  else if (text === "inet") return sameFamily(draft, "route", word, 4);
  else if (text === "inet6") return sameFamily(draft, "route", word, 6);
  else if (text === "default6") {
    draft.destination = "default";
    return sameFamily(draft, "route", word, 6);
  } else if (text === "onlink") draft.route.onlink = true;
  else if (text === "no_track") draft.route.tracked = false;
  else draft.kept[keyword.word] = true;
  return true;
}

/** The destination stands right behind the type. */
function readTyped(draft: RouteDraft, word: Word): boolean {
  draft.route.type = word.text as RouteType;
  const target = draft.words[draft.next++];
  return target === undefined ? unknownWord(draft, word) : readDestination(draft, target);
}

/** `nexthop` reaches to the next one, `encap` to the next word that a route knows. */
function readRest(draft: RouteDraft, word: Word, keyword: Keyword): boolean {
  const known = keyword.word === "nexthop"
    ? new Set(["nexthop"])
    : new Set(["via", "dev", "table", "metric", "nexthop"]);
  const rest: Word[] = [];
  while (draft.next < draft.words.length && !known.has(draft.words[draft.next]!.text)) {
    rest.push(draft.words[draft.next++]!);
  }
  if (rest.length === 0) {
    error(draft.context, word, "missing-value", `Cannot use ${word.text} without a value`, {
      exit: 2,
      fatal: true,
    });
    return false;
  }
  const texts = rest.map(({ text }) => text);
  if (keyword.word === "nexthop") draft.nexthops.push(texts);
  else draft.kept[keyword.word] = texts;
  return keyword.word === "nexthop" ? hasGoodWeight(draft, rest) : isEncapsulation(draft, rest[0]!);
}

function hasGoodWeight({ context }: RouteDraft, hop: readonly Word[]): boolean {
  const at = hop.findIndex(({ text }) => text === "weight");
  const weight = hop[at + 1];
  if (at < 0 || (weight !== undefined && parseWhole(weight.text, 1, 256).ok)) return true;
  const message = `Cannot use weight ${
    weight?.text ?? ""
  } as it must be between 1 and 256; the route is skipped`;
  error(context, weight ?? hop[at]!, "bad-value", message);
  return false;
}

const ENCAPSULATIONS = ["ip", "ip6", "mpls", "ila"];

function isEncapsulation({ context }: RouteDraft, type: Word): boolean {
  if (ENCAPSULATIONS.includes(type.text)) return true;
  const message = `Cannot use encap ${type.text} as it must be one of ${
    ENCAPSULATIONS.join(", ")
  }; the route is skipped`;
  error(context, type, "bad-value", message, { suggestion: nearest(type.text, ENCAPSULATIONS) });
  return false;
}

function readOption(draft: RouteDraft, option: string): boolean {
  switch (option) {
    case "to":
      return readDestination(draft, draft.words[draft.next++]!);
    case "via":
      return readGateway(draft);
    case "src":
      return readAddress(draft, (address) => draft.route.source = address);
    case "dev":
      return readDevice(draft);
    case "table":
      if (!pathValueFits(draft.context, "route", option, draft.words[draft.next]!)) return false;
      draft.route.table = draft.words[draft.next++]!.text;
      return true;
    case "track_group":
      draft.route.trackGroup = draft.words[draft.next++]!.text;
      return true;
    case "metric":
      return readNumber(draft, option, 0xffffffff, (value) => draft.route.metric = value);
    case "scope":
      return readScope(draft);
    default:
      return keep(draft, option);
  }
}

function readGateway(draft: RouteDraft): boolean {
  const family = draft.words[draft.next]!.text;
  const spelt = family === "inet" || family === "inet6";
  if (spelt) draft.next++;
  const word = draft.words[draft.next++];
  const address = word === undefined ? null : parseAddress(word.text);
  if (address === null) return badAddress(draft, word ?? draft.words[draft.next - 2]!);
  draft.route.gateway = address;
  return sameFamily(draft, "route", word!, familyOf(address));
}

function readAddress(draft: RouteDraft, set: (address: IpAddress) => void): boolean {
  const word = draft.words[draft.next++]!;
  const address = parseAddress(word.text);
  if (address === null) return badAddress(draft, word);
  set(address);
  return sameFamily(draft, "route", word, familyOf(address));
}

function badAddress(draft: RouteDraft, word: Word): boolean {
  error(
    draft.context,
    word,
    "bad-address",
    `Cannot use "${word.text}" in a route: not an address; the route is skipped`,
  );
  return false;
}

function readDevice(draft: RouteDraft): boolean {
  const word = draft.words[draft.next++]!;
  checkInterface(draft.context, word, "a route");
  draft.route.interface = word.text;
  return true;
}

function readNumber(draft: RouteDraft, option: string, max: number, set: (value: number) => void): boolean {
  const word = draft.words[draft.next++]!;
  const parsed = parseWhole(word.text, 0, max);
  if (parsed.ok) set(parsed.value);
  else {
    error(
      draft.context,
      word,
      "bad-value",
      `Cannot use ${option} ${word.text} as it must be a number up to ${max}; the route is skipped`,
    );
  }
  return parsed.ok;
}

function readScope(draft: RouteDraft): boolean {
  const word = draft.words[draft.next]!;
  const named = SCOPES.get(word.text);
  if (named === undefined) return readNumber(draft, "scope", 255, (value) => draft.route.scope = value);
  draft.route.scope = named;
  draft.next++;
  return true;
}

/** Keeps an option with its value, `lock` before it included; `as to`, `or via` and the like too. */
function keep(draft: RouteDraft, option: string): boolean {
  const values = [draft.words[draft.next++]!.text];
  const more = draft.words[draft.next];
  if (["lock", "to", "via", "inet", "inet6"].includes(values[0]!)) {
    if (more === undefined) return unknownWord(draft, draft.words[draft.next - 1]!);
    values.push(more.text);
    draft.next++;
  }
  draft.kept[option] = values;
  return pathValueFits(draft.context, "route", option, draft.words[draft.next - 1]!);
}
