/**
 * The rtnetlink monitor of routes and rules: {@linkcode RouteWatch} with the kernel.
 *
 * A router with a full table sees thousands of route changes a second. A socket filter keeps those out that are not of
 * our protocol, so that they cost this process nothing and never crowd out ours.
 */
import { NETLINK_TYPE_OFFSET, type NetlinkMessage } from "../core/packet/netlink.ts";
import {
  decodeRoute,
  ROUTE_PROTOCOL_OFFSET,
  ROUTE_TYPES,
  type RouteKind,
  type RouteRecord,
  RTM_ROUTE,
  RTNLGRP_ROUTE,
  RTPROT_KEEPALIVED,
} from "../core/packet/route.ts";
import { decodeRule, RTNLGRP_RULE } from "../core/packet/rule.ts";
import type { BufferWish, RouteNotice, RouteWatch } from "../core/ports.ts";
import { C } from "./constants.ts";
import { interfaceNameOf } from "./interface_name.ts";
import type { Libc } from "./libc.ts";
import { NetlinkMonitor } from "./netlink.ts";
import type { BpfInstruction } from "./socket.ts";

const GROUPS = [RTNLGRP_ROUTE.IPV4, RTNLGRP_ROUTE.IPV6, RTNLGRP_RULE.IPV4, RTNLGRP_RULE.IPV6];

/** @throws {OsError} where netlink is not to be had */
export function openRouteWatch(libc: Libc, wish: BufferWish | null = null): RouteWatch {
  const monitor = new NetlinkMonitor(libc, C.NETLINK_ROUTE, GROUPS, OURS, wish);
  return {
    descriptor: monitor.descriptor,
    read() {
      const notices: RouteNotice[] = [];
      for (;;) {
        const messages = monitor.read();
        if (messages === "overrun") return "overrun";
        if (messages === null) return notices;
        for (const message of messages) {
          const notice = noticeOf(libc, message);
          if (notice !== null) notices.push(notice);
        }
      }
    },
    [Symbol.dispose]: () => monitor[Symbol.dispose](),
  };
}

/** A route passes where its protocol is ours, everything else passes as it is. BPF reads in network order. */
const OURS: readonly BpfInstruction[] = [
  { code: C.BPF_LD | C.BPF_H | C.BPF_ABS, k: NETLINK_TYPE_OFFSET, jumpTrue: 0, jumpFalse: 0 },
  { code: C.BPF_JMP | C.BPF_JEQ | C.BPF_K, k: swapped(RTM_ROUTE.NEW), jumpTrue: 1, jumpFalse: 0 },
  { code: C.BPF_JMP | C.BPF_JEQ | C.BPF_K, k: swapped(RTM_ROUTE.DELETE), jumpTrue: 0, jumpFalse: 2 },
  { code: C.BPF_LD | C.BPF_B | C.BPF_ABS, k: ROUTE_PROTOCOL_OFFSET, jumpTrue: 0, jumpFalse: 0 },
  { code: C.BPF_JMP | C.BPF_JEQ | C.BPF_K, k: RTPROT_KEEPALIVED, jumpTrue: 0, jumpFalse: 1 },
  { code: C.BPF_RET, k: -1, jumpTrue: 0, jumpFalse: 0 },
  { code: C.BPF_RET, k: 0, jumpTrue: 0, jumpFalse: 0 },
];

function swapped(value: number): number {
  return ((value & 0xff) << 8) | (value >> 8);
}

function noticeOf(libc: Libc, message: NetlinkMessage): RouteNotice | null {
  const route = decodeRoute(message);
  if (route !== null) return routeNotice(libc, route);
  const rule = decodeRule(message);
  if (rule === null || rule.protocol !== RTPROT_KEEPALIVED) return null;
  const { family, priority: preference, table, from, to, mark, inputInterface } = rule;
  return {
    kind: rule.kind === "new" ? "rule.added" : "rule.removed",
    rule: { family, preference, table, from, to, mark, inputInterface },
  };
}

function routeNotice(libc: Libc, route: RouteRecord): RouteNotice {
  const { family, destination, prefixLength, table, priority: metric, tos, gateway, index } = route;
  return {
    kind: route.kind === "new" ? "route.added" : "route.removed",
    route: {
      family,
      destination,
      prefixLength,
      type: KINDS.get(route.type) ?? null,
      table,
      metric,
      tos,
      gateway,
      interface: index === 0 ? null : interfaceNameOf(libc, index),
    },
  };
}

const KINDS: ReadonlyMap<number, RouteKind> = new Map(
  Object.entries(ROUTE_TYPES).map(([name, number]) => [number, name as RouteKind]),
);
