/**
 * The kernel's routes and policy rules: {@linkcode RouteTable} through rtnetlink.
 */
import { encodeDeleteRoute, encodeNewRoute, type RouteRequest } from "../core/packet/route.ts";
import { encodeDeleteRule, encodeNewRule } from "../core/packet/rule.ts";
import type { BufferWish, OsResult, RouteSpec, RouteTable, RuleSpec } from "../core/ports.ts";
import { C } from "./constants.ts";
import { DONE, ERRNO, refusal } from "./errno.ts";
import { interfaceIndexOrZero } from "./interface_name.ts";
import type { Libc } from "./libc.ts";
import { NetlinkRequester } from "./netlink.ts";

/** What the kernel says of a route or rule that is not there; a route's interface may be gone, too. */
const ABSENT: ReadonlySet<number> = new Set([ERRNO.ESRCH, ERRNO.ENOENT, ERRNO.ENODEV]);
const PRESENT: ReadonlySet<number> = new Set([ERRNO.EEXIST]);

/** @throws {OsError} where netlink is not to be had */
export function openRouteTable(libc: Libc, wish: BufferWish | null = null): RouteTable {
  const netlink = new NetlinkRequester(libc, C.NETLINK_ROUTE, wish);
  const change = (routes: readonly RouteSpec[], encode: (request: RouteRequest) => Uint8Array) =>
    changeRoutes(libc, netlink, routes, encode);
  return {
    addRoutes: (routes) => change(routes, encodeNewRoute).map(forgiving(PRESENT)),
    removeRoutes: (routes, loosely) =>
      change(routes, (request) => encodeDeleteRoute(request, loosely)).map(forgiving(ABSENT)),
    addRules: (rules: readonly RuleSpec[]) =>
      netlink.request(rules.map((rule) => encodeNewRule(rule))).map(forgiving(PRESENT)),
    removeRules: (rules: readonly RuleSpec[]) =>
      netlink.request(rules.map((rule) => encodeDeleteRule(rule))).map(forgiving(ABSENT)),
    [Symbol.dispose]: () => netlink[Symbol.dispose](),
  };
}

/** One batch for all whose interfaces exist; ENODEV in the place of the others. */
function changeRoutes(
  libc: Libc,
  netlink: NetlinkRequester,
  routes: readonly RouteSpec[],
  encode: (request: RouteRequest) => Uint8Array,
): OsResult[] {
  const requests = routes.map((route) => withIndices(libc, route));
  const answers = netlink.request(requests.filter((request) => request !== null).map(encode)).values();
  return requests.map((request) => request === null ? refusal(ERRNO.ENODEV) : answers.next().value!);
}

/** The route with interface indices for names, or null where an interface does not exist. */
function withIndices(libc: Libc, route: RouteSpec): RouteRequest | null {
  const hops = route.hops.map((hop) => ({
    ...hop,
    index: hop.interface === null ? 0 : interfaceIndexOrZero(libc, hop.interface),
  }));
  return hops.some((hop) => hop.interface !== null && hop.index === 0) ? null : { ...route, hops };
}

function forgiving(errnos: ReadonlySet<number>): (result: OsResult) => OsResult {
  return (result) => !result.ok && errnos.has(result.errno) ? DONE : result;
}
