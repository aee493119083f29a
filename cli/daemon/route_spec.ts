/**
 * Routes and rules of the configuration as the kernel is to have them.
 */
import type { KeptValue } from "../../core/config/model.ts";
import type { Route, Rule } from "../../core/config/route_model.ts";
import { IP_PROTOCOLS } from "../../core/config/validate/path_value.ts";
import { parseAddress } from "../../core/net/address.ts";
import { ROUTE_METRICS, type RouteKind, RT_TABLE, RTPROT_KEEPALIVED } from "../../core/packet/route.ts";
import type { RuleAction, RuleRange } from "../../core/packet/rule.ts";
import type { RouteHopSpec, RouteSpec, RuleSpec } from "../../core/ports.ts";

/** A value that the kernel cannot be given, in words. */
export class SpecError extends Error {
  override readonly name = "SpecError";
}

/** Kinds of routes that lead nowhere. */
const WITHOUT_WAY: ReadonlySet<string> = new Set(["blackhole", "unreachable", "prohibit", "throw"]);

/** @throws {SpecError} where a word cannot be used */
export function routeSpec(route: Route): RouteSpec {
  const { family, destination, prefixLength, type, metric, scope, source, kept } = route;
  for (const word of ["as", "encap", "vrf"]) {
    if (kept[word] !== undefined) throw new SpecError(`${word} is not supported`);
  }
  const from = kept["from"] === undefined ? null : prefix(kept["from"]);
  return {
    family,
    destination,
    prefixLength,
    from,
    tos: numberOf(kept["tos"], 0),
    table: tableNumber(route.table),
    protocol: protocolNumber(kept["protocol"]),
    scope,
    type: type as RouteKind,
    priority: metric,
    source,
    hops: WITHOUT_WAY.has(type) ? [] : hopsOf(route),
    metrics: Object.entries(ROUTE_METRICS).flatMap(([name, number]) => {
      if (kept[name] === undefined) return [];
      const words = wordsOf(kept[name]);
      const lock = words[0] === "lock";
      return [{ number, value: metricValue(name, words[lock ? 1 : 0]), lock }];
    }),
    congestionControl: kept["congctl"] === undefined ? null : wordsOf(kept["congctl"]).at(-1)!,
    realms: kept["realms"] === undefined ? null : realms(wordsOf(kept["realms"])[0]!),
    expires: kept["expires"] === undefined ? null : numberOf(kept["expires"], 0),
    preference: kept["pref"] === undefined ? null : preference(wordsOf(kept["pref"])[0]),
    placement: kept["add"] === true ? "add" : kept["append"] === true ? "append" : "prepend",
  };
}

function hopsOf({ gateway, interface: dev, onlink, nexthops, kept }: Route): RouteHopSpec[] {
  if (nexthops.length > 0) return nexthops.map(nexthop);
  if (kept["or"] !== undefined) {
    const second = parseAddress(wordsOf(kept["or"]).at(-1)!);
    if (second === null) throw new SpecError(`or "${wordsOf(kept["or"]).join(" ")}": not an address`);
    return [gateway, second].map((each) => ({ gateway: each, interface: dev, onlink, weight: 1 }));
  }
  return gateway === null && dev === null ? [] : [{ gateway, interface: dev, onlink, weight: 1 }];
}

/** The words behind `nexthop`: `via ADDRESS dev INTERFACE weight 1..256 onlink`. */
function nexthop(words: readonly string[]): RouteHopSpec {
  const hop = { gateway: null as string | null, interface: null as string | null, onlink: false, weight: 1 };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "onlink") hop.onlink = true;
    else if (word === "dev" || word === "oif") hop.interface = words[++i] ?? null;
    else if (word === "weight") hop.weight = whole(words[++i], 1, 256);
    else if (word === "via" || word === "gw") {
      if (words[i + 1] === "inet" || words[i + 1] === "inet6") i++;
      hop.gateway = parseAddress(words[++i] ?? "");
      if (hop.gateway === null) throw new SpecError(`nexthop via "${words[i] ?? ""}": not an address`);
    } else throw new SpecError(`nexthop with "${word}": it is not supported`);
  }
  return hop;
}

/** @throws {SpecError} where a word cannot be used */
export function ruleSpec(rule: Rule): RuleSpec {
  const { family, from, to, fwmark, inputInterface, kept } = rule;
  const action = actionOf(rule);
  const text = (word: string) => kept[word] === undefined ? null : wordsOf(kept[word])[0]!;
  const number = (word: string, max = 0xffffffff) => text(word) === null ? null : whole(text(word)!, 0, max);
  return {
    family,
    priority: rule.preference ?? 0,
    action,
    table: ruleTable(rule, action),
    protocol: protocolNumber(kept["protocol"]),
    not: kept["not"] === true,
    from,
    to,
    tos: number("tos", 255) ?? 0,
    mark: fwmark === null ? null : { value: fwmark.mark, mask: fwmark.mask ?? 0xffffffff },
    inputInterface,
    outputInterface: text("oif"),
    realms: text("realms") === null ? null : realms(text("realms")!),
    tunnelId: number("tunnel-id"),
    suppressPrefixLength: number("suppress_prefixlength", 128),
    suppressGroup: number("suppress_ifgroup"),
    l3mdev: kept["l3mdev"] === true,
    users: range(text("uidrange"), 0xffffffff),
    ipProtocol: ipProtocol(text("ipproto")),
    sourcePorts: range(text("sport"), 65535),
    destinationPorts: range(text("dport"), 65535),
    goto: number("goto"),
  };
}

function actionOf({ table, kept }: Rule): RuleAction {
  for (const action of ["goto", "nop", "blackhole", "unreachable", "prohibit"] as const) {
    if (kept[action] !== undefined) return action;
  }
  const type = kept["type"] === undefined ? "unicast" : wordsOf(kept["type"])[0];
  if (type === "blackhole" || type === "unreachable" || type === "prohibit") return type;
  if (type !== "unicast") throw new SpecError(`type "${type}" is not supported`);
  if (table === null && kept["l3mdev"] !== true) throw new SpecError("it names no table");
  return "table";
}

/** The number of a rule's table; 0 for none. */
function ruleTable({ table, kept }: Rule, action: RuleAction): number {
  // With l3mdev the kernel asks the master device for the table, and refuses another one.
  const none = action !== "table" || (table === null && kept["l3mdev"] === true);
  return none ? 0 : tableNumber(table);
}

/** Names of all kinds have been turned into numbers when the configuration was loaded; what is left nobody knows. */
function tableNumber(table: string | null): number {
  if (table === null) return RT_TABLE.MAIN;
  if (!/^\d+$/.test(table)) throw new SpecError(`there is no routing table "${table}"`);
  return whole(table, 0, 0xffffffff);
}

function ipProtocol(text: string | null): number | null {
  if (text === null) return null;
  return IP_PROTOCOLS[text] ?? whole(text, 0, 255);
}

function protocolNumber(value: KeptValue | undefined): number {
  return value === undefined ? RTPROT_KEEPALIVED : whole(wordsOf(value)[0], 0, 255);
}

function metricValue(name: string, text: string | undefined): number {
  if (name === "features") return text === "ecn" ? 1 : whole(text, 0, 0xffffffff);
  // The kernel counts round trips in eighths and quarters of a millisecond, and the least timeout in milliseconds.
  const parts = { rtt: 8, rttvar: 4, rto_min: 1 }[name];
  return parts === undefined ? whole(text, 0, 0xffffffff) : roundTrip(text, parts);
}

/** ms; keepalived takes no less for `rtt`, `rttvar` and `rto_min`. */
const LEAST_ROUND_TRIP = 200;

/** `2s`, `0.4s`, `250ms`, or what the kernel counts in; as keepalived has it. */
function roundTrip(text: string | undefined, parts: number): number {
  const [, value, unit] = /^(\d+(?:\.\d+)?)(s|sec|secs|ms|msec|msecs)$/.exec(text ?? "") ?? [];
  if (value === undefined || unit === undefined) {
    const raw = whole(text, 0, 0xffffffff);
    return raw < LEAST_ROUND_TRIP ? LEAST_ROUND_TRIP * parts : raw;
  }
  const time = Number(value) * (unit.startsWith("s") ? 1000 : 1);
  return Math.floor(Math.max(time, LEAST_ROUND_TRIP)) * parts;
}

function preference(text: string | undefined): "low" | "medium" | "high" {
  if (text === "low" || text === "medium" || text === "high") return text;
  throw new SpecError(`pref "${text}" is none of low, medium, high`);
}

/** `SOURCE/DESTINATION`, or the destination alone. */
function realms(text: string): number {
  const parts = text.split("/").map((part) => whole(part, 0, 65535));
  return parts.length === 2 ? parts[0]! * 65536 + parts[1]! : parts[0]!;
}

function range(text: string | null, max: number): RuleRange | null {
  if (text === null) return null;
  const [first, last = first] = text.split("-");
  return { first: whole(first, 0, max), last: whole(last, 0, max) };
}

function prefix(value: KeptValue): { address: string; prefixLength: number } {
  const [text, length] = wordsOf(value)[0]!.split("/");
  const address = parseAddress(text ?? "");
  if (address === null) throw new SpecError(`from "${text}": not an address`);
  return { address, prefixLength: length === undefined ? 128 : whole(length, 0, 128) };
}

function numberOf(value: KeptValue | undefined, otherwise: number): number {
  return value === undefined ? otherwise : whole(wordsOf(value)[0], 0, 0xffffffff);
}

function whole(text: string | undefined, min: number, max: number): number {
  const value = /^(0x[0-9a-fA-F]+|\d+)$/.test(text ?? "") ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    throw new SpecError(`"${text ?? ""}" is no number from ${min} to ${max}`);
  }
  return value;
}

function wordsOf(value: KeptValue): readonly string[] {
  return Array.isArray(value) ? value : [String(value)];
}
