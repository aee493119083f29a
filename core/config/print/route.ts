/** Routes and rules as text. */
import type { Route, Rule } from "../route_model.ts";
import { word } from "./writer.ts";

function option(name: string, value: string | null): string[] {
  return value === null ? [] : [name, word(value)];
}

/** The words of a route line. */
export function routeWords(route: Route): string[] {
  const { encap, ...kept } = route.kept;
  return [
    ...(route.type === "unicast" ? [] : [route.type]),
    `${route.destination}/${route.prefixLength}`,
    ...option("via", route.gateway),
    ...option("dev", route.interface),
    ...option("src", route.source),
    ...option("table", route.table),
    ...option("metric", route.metric === 0 ? null : String(route.metric)),
    ...option("scope", route.scope === null ? null : String(route.scope)),
    ...(route.onlink ? ["onlink"] : []),
    ...(route.tracked ? [] : ["no_track"]),
    ...option("track_group", route.trackGroup),
    ...Object.entries(kept).flatMap((
      [name, value],
    ) => [name, ...(Array.isArray(value) ? value.map(word) : [])]),
    ...(Array.isArray(encap) ? ["encap", ...encap.map(word)] : []),
    ...route.nexthops.flatMap((hop) => ["nexthop", ...hop.map(word)]),
  ];
}

/** The words of a rule line. */
export function ruleWords(rule: Rule): string[] {
  const prefix = (selector: Rule["from"]) =>
    selector === null ? null : `${selector.address}/${selector.prefixLength}`;
  const mark = rule.fwmark === null
    ? null
    : rule.fwmark.mask === null
    ? String(rule.fwmark.mark)
    : `${rule.fwmark.mark}/${rule.fwmark.mask}`;
  return [
    ...(rule.family === 6 && rule.from === null && rule.to === null ? ["inet6"] : []),
    ...option("from", prefix(rule.from)),
    ...option("to", prefix(rule.to)),
    ...option("fwmark", mark),
    ...option("iif", rule.inputInterface),
    ...option("table", rule.table),
    ...option("preference", rule.preference === null ? null : String(rule.preference)),
    ...(rule.tracked ? [] : ["no_track"]),
    ...option("track_group", rule.trackGroup),
    ...Object.entries(rule.kept).flatMap(([name, value]) =>
      value === true ? [name] : [name, word(String(value))]
    ),
  ];
}
