/**
 * Routes and rules in words, as `ip` writes them: what log and status say, and what names them in effects.
 */
import type { Route, Rule } from "../config/route_model.ts";

/** Such as `10.10.0.0/16 via 10.9.0.2 dev eth0 table 100 metric 5`; no two routes of a configuration share it. */
export function routeText(route: Route): string {
  const { type, destination, prefixLength, gateway, interface: dev, source, table, metric, nexthops } = route;
  const to = prefixLength === 0
    ? `default${route.family === 6 ? " inet6" : ""}`
    : `${destination}/${prefixLength}`;
  const words = [
    type === "unicast" ? to : `${type} ${to}`,
    ...option("via", gateway),
    ...option("dev", dev),
    ...option("src", source),
    ...option("table", table === "254" ? null : table),
    ...option("metric", metric === 0 ? null : metric),
    ...nexthops.flatMap((hop) => ["nexthop", ...hop]),
    ...option("tos", route.kept["tos"] ?? null),
  ];
  return words.join(" ");
}

/** Such as `from 10.9.0.0/24 lookup 100 preference 16384`; no two rules of a configuration share it. */
export function ruleText(rule: Rule): string {
  const { family, from, to, fwmark, inputInterface, table, preference, kept } = rule;
  const words = [
    ...(kept["not"] === true ? ["not"] : []),
    ...(family === 6 && from === null && to === null ? ["inet6"] : []),
    ...option("from", from === null ? null : `${from.address}/${from.prefixLength}`),
    ...option("to", to === null ? null : `${to.address}/${to.prefixLength}`),
    ...option("fwmark", fwmark === null ? null : markText(fwmark)),
    ...option("iif", inputInterface),
    ...Object.entries(kept).filter(([word]) => word !== "not").flatMap(([word, value]) =>
      keptText(word, value)
    ),
    ...option("lookup", table),
    ...option("preference", preference),
  ];
  return words.join(" ");
}

function option(word: string, value: unknown): string[] {
  return value === null ? [] : [word, String(value)];
}

function markText({ mark, mask }: { readonly mark: number; readonly mask: number | null }): string {
  const hex = (value: number) => `0x${value.toString(16)}`;
  return mask === null ? hex(mark) : `${hex(mark)}/${hex(mask)}`;
}

function keptText(word: string, value: Rule["kept"][string]): string[] {
  return value === true ? [word] : [word, Array.isArray(value) ? value.join(" ") : String(value)];
}
