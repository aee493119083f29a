/** `static_ipaddress`, `static_routes` and `static_rules`. */
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import type { StaticAddress } from "../route_model.ts";
import { STATIC_ADDRESS } from "../keywords/address_line.ts";
import { readAddressLine } from "./address.ts";
import { type Context, error } from "./context.ts";
import { checkInterface } from "./interface.ts";
import { readRoute } from "./route.ts";
import { readRule } from "./rule.ts";

/** Reads the lines of `static_ipaddress`. */
export function readStaticAddresses(context: Context, statement: Statement): void {
  for (const { words } of statement.block?.statements ?? []) {
    const line = readAddressLine(context, words, STATIC_ADDRESS);
    if (line === null) continue;
    const { trackGroup, ...address } = line.address;
    if (address.interface === null) defaultInterface(context, words[0]!);
    if (trackGroup !== null) checkTrackGroup(context, words, trackGroup);
    const added: StaticAddress = {
      ...address,
      interface: address.interface ?? context.global.defaultInterface,
      trackGroup: knownGroup(context, trackGroup),
    };
    context.staticAddresses.push(added);
  }
}

function defaultInterface(context: Context, at: Word): void {
  const word = { ...at, text: context.global.defaultInterface };
  checkInterface(context, word, `address ${at.text}, which has no dev`);
}

function knownGroup(context: Context, name: string | null): string | null {
  return name !== null && context.trackGroups.has(name) ? name : null;
}

/** Reports a track group that is not defined before its use. */
function checkTrackGroup(context: Context, words: readonly Word[], name: string): void {
  if (context.trackGroups.has(name)) return;
  const at = words[words.findIndex((word) => word.text === "track_group") + 1] ?? words[0]!;
  const reason = context.definition("track_group", at);
  error(context, at, "unknown-group", `Cannot track by group "${name}": ${reason}`, {
    inForce: "no track_group",
  });
}

/** Only what names an interface can be tracked. */
function withoutInterface(context: Context, words: readonly Word[], group: string | null): null {
  if (group === null) return null;
  const at = words.find((word) => word.text === "track_group") ?? words[0]!;
  error(context, at, "untracked", "Cannot use track_group for what names no interface", {
    inForce: "no track_group",
  });
  return null;
}

/** Reads the lines of `static_routes`. */
export function readStaticRoutes(context: Context, statement: Statement): void {
  for (const { words } of statement.block?.statements ?? []) {
    const route = readRoute(context, words);
    if (route === null) continue;
    if (route.trackGroup !== null) checkTrackGroup(context, words, route.trackGroup);
    const group = route.interface === null
      ? withoutInterface(context, words, route.trackGroup)
      : route.trackGroup;
    context.staticRoutes.push({ ...route, trackGroup: knownGroup(context, group) });
  }
}

/** Reads the lines of `static_rules`. */
export function readStaticRules(context: Context, statement: Statement): void {
  for (const { words } of statement.block?.statements ?? []) {
    const rule = readRule(context, words);
    if (rule === null) continue;
    if (rule.trackGroup !== null) checkTrackGroup(context, words, rule.trackGroup);
    const group = rule.inputInterface === null
      ? withoutInterface(context, words, rule.trackGroup)
      : rule.trackGroup;
    context.staticRules.push({ ...rule, trackGroup: knownGroup(context, group) });
  }
}
