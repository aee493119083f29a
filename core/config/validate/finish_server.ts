/** Virtual servers once all have been read: what they hand down, what does not fit, the model. */
import { type Family, familyOf, WHOLE_MASK } from "../../net/address.ts";
import { secondsText } from "../values.ts";
import type {
  Forwarding,
  RealServer,
  ServiceAddress,
  SorryServer,
  VirtualServer,
} from "../virtual_server_model.ts";
import { type Context, error, note, warning } from "./context.ts";
import { finishCheckers, type Inherited } from "./finish_checker.ts";
import type { RealServerDraft, VirtualServerDraft } from "./server_drafts.ts";
import { familiesOf } from "./server_group.ts";
import { portFor, portsOf } from "./server_port.ts";

/** The virtual servers that can run; the others are reported. */
export function finishVirtualServers(context: Context): VirtualServer[] {
  const found = new Map<string, VirtualServer>();
  const joined = new Map<string, Map<string, RealServer>>();
  for (const draft of context.virtualServers) {
    const finished = finishVirtualServer(context, draft);
    if (finished === null) continue;
    // A mark may stand for both families.
    const key = `${serviceName(finished)} ${finished.family}`;
    const first = found.get(key);
    if (first === undefined) {
      found.set(key, finished);
      continue;
    }
    const servers = joined.get(key) ?? byPlace(first.realServers);
    joined.set(key, servers);
    joinServers(context, draft, servers, finished);
  }
  return [...found].map(([key, server]) => {
    const servers = joined.get(key);
    return servers === undefined ? server : { ...server, realServers: [...servers.values()] };
  });
}

const placeOf = ({ address, port }: RealServer) => `${address} ${port}`;

function byPlace(servers: readonly RealServer[]): Map<string, RealServer> {
  return new Map(servers.map((server) => [placeOf(server), server]));
}

/** One that is written twice is one service of the kernel, and has the real servers of both. */
function joinServers(
  context: Context,
  draft: VirtualServerDraft,
  servers: Map<string, RealServer>,
  second: VirtualServer,
): void {
  const name = serviceName(second);
  const message = `Cannot define virtual_server ${name} again: its real servers join the first one`;
  warning(context, draft.at, "repeated-service", message, {
    inForce: "quorum, sorry_server and all other settings of the first",
    exit: 0,
  });
  for (const server of second.realServers) {
    const place = placeOf(server);
    if (!servers.has(place)) servers.set(place, server);
  }
}

/** `[10.0.0.1]:tcp:80`, `FWM 5` or `[group]`, as keepalived names a service. */
function serviceName(
  { service, protocol, family }: Pick<VirtualServer, "service" | "protocol" | "family">,
): string {
  if (service.kind === "address") return `[${service.address}]:${protocol}:${service.port}`;
  return service.kind === "fwmark" ? `FWM ${service.mark} IPv${family}` : `[${service.name}]:${protocol}`;
}

function finishVirtualServer(context: Context, draft: VirtualServerDraft): VirtualServer | null {
  const service = resolveService(context, draft);
  if (service === null) return null;
  if (draft.realServers.length === 0) {
    error(
      context,
      draft.at,
      "no-real-server",
      "Cannot use the virtual_server: it has no real_server; it is skipped",
    );
    return null;
  }
  const family = familyOfService(draft, service);
  const forwarding = draft.forwarding ?? defaultForwarding(context, draft);
  warnOfFamilies(context, draft, service, forwarding);
  const protocol = protocolOf(context, draft, service);
  const persistence = persistenceOf(context, draft, service);
  const realServers = finishRealServers(context, draft, family, forwarding, service);
  if (realServers.length === 0) return null;
  const quorum = quorumOf(context, draft, realServers);
  return {
    service,
    family,
    protocol,
    scheduler: draft.scheduler ?? defaultScheduler(context, draft),
    schedulerFlags: draft.schedulerFlags.toSorted(),
    onePacket: onePacket(context, draft, protocol),
    persistence,
    persistenceMask: persistenceMask(context, draft, family),
    persistenceEngine: persistenceEngine(context, draft, persistence),
    haSuspend: haSuspend(context, draft),
    smtpAlert: draft.smtpAlert ?? context.global.smtpAlertChecker ?? context.global.smtpAlert ?? false,
    alpha: draft.alpha ?? false,
    omega: draft.omega,
    ...quorum,
    quorumUp: draft.quorumUp?.command ?? null,
    quorumDown: draft.quorumDown?.command ?? null,
    sorryServer: asInPool(
      context,
      draft,
      sorryServer(context, draft, family, forwarding, service),
      realServers,
    ),
    snmpName: draft.snmpName,
    realServers,
  };
}

function resolveService(context: Context, draft: VirtualServerDraft): ServiceAddress | null {
  const { service } = draft;
  if (service.kind !== "group") return service;
  const group = context.serverGroups.get(service.name);
  if (group !== undefined) return { kind: "group", name: service.name, entries: group.entries };
  error(
    context,
    draft.statement.words[2] ?? draft.at,
    "unknown-server-group",
    `Cannot use virtual_server group ${service.name}: no such virtual_server_group; it is skipped`,
    { exit: 0 },
  );
  return null;
}

function familyOfService(draft: VirtualServerDraft, service: ServiceAddress): Family {
  if (service.kind === "address") return familyOf(service.address);
  const own = service.kind === "group" ? [...familiesOf(service.entries)][0] : undefined;
  return own ?? draft.family ?? familyOfServers(draft);
}

/** An address says itself of which family it is, whatever is written; only a tunnel leads from one to the other. */
function warnOfFamilies(
  context: Context,
  draft: VirtualServerDraft,
  service: ServiceAddress,
  forwarding: Forwarding,
): void {
  const families = service.kind === "address"
    ? [familyOf(service.address)]
    : service.kind === "group"
    ? [...familiesOf(service.entries)]
    : [];
  const [own] = families;
  if (own !== undefined && draft.family !== null && !families.includes(draft.family)) {
    const at = draft.seen.get("ip_family") ?? draft.at;
    const message = `Cannot use this ip_family: the virtual_server has addresses of IPv${own}`;
    warning(context, at, "wrong-family", message, { inForce: `ip_family ${own === 4 ? "inet" : "inet6"}` });
  }
  if (families.length < 2 || forwarding.method === "tunnel") return;
  const message = `Cannot send IPv${own === 4 ? 6 : 4} to real servers of IPv${own} without lb_kind TUN`;
  error(context, draft.at, "wrong-family", message, {
    inForce: `servers for the IPv${own} of the group alone`,
    exit: 0,
  });
}

/** What a mark stands for where nothing says it: only a tunnel leads to servers of the other family. */
function familyOfServers({ realServers, forwarding }: VirtualServerDraft): Family {
  const bound = realServers.find((real) => (real.forwarding ?? forwarding)?.method !== "tunnel");
  if (bound !== undefined) return familyOf(bound.address);
  return realServers.every(({ address }) => familyOf(address) === 6) ? 6 : 4;
}

/** Reports a word that a virtual server needs, where it stands without a value that can be used, or else at its name. */
function unset(
  context: Context,
  { seen, at }: VirtualServerDraft,
  words: readonly string[],
  code: string,
  more: { readonly inForce: string; readonly allowed?: string },
): void {
  const written = words.map((word) => seen.get(word)).find((word) => word !== undefined);
  const usable = written === undefined ? "" : "usable ";
  warning(context, written ?? at, code, `The virtual_server has no ${usable}${words[0]}`, more);
}

function defaultForwarding(context: Context, draft: VirtualServerDraft): Forwarding {
  unset(context, draft, ["lb_kind", "lvs_method"], "no-forwarding", { inForce: "lb_kind NAT" });
  return { method: "nat" };
}

function defaultScheduler(context: Context, draft: VirtualServerDraft): "wlc" {
  unset(context, draft, ["lb_algo", "lvs_sched"], "no-scheduler", { inForce: "lb_algo wlc" });
  return "wlc";
}

function protocolOf(
  context: Context,
  draft: VirtualServerDraft,
  service: ServiceAddress,
): VirtualServer["protocol"] {
  if (draft.protocol === null) {
    if (service.kind === "fwmark") return "tcp";
    unset(context, draft, ["protocol"], "no-protocol", {
      inForce: "protocol UDP",
      allowed: "protocol TCP, UDP or SCTP",
    });
    return "udp";
  }
  if (service.kind === "fwmark") {
    const at = draft.seen.get("protocol") ?? draft.at;
    warning(context, at, "fwmark-protocol", "A fwmark service has no protocol; the word is ignored");
    return "tcp";
  }
  if (service.kind === "group" && service.entries.every(({ kind }) => kind === "fwmark")) {
    const at = draft.seen.get("protocol") ?? draft.at;
    warning(context, at, "fwmark-protocol", "A group of fwmarks has no protocol; the word is ignored");
  }
  return draft.protocol.toLowerCase() as VirtualServer["protocol"];
}

/** 360 s, keepalived's default, in ms. */
const DEFAULT_PERSISTENCE = 360_000;

function persistenceOf(context: Context, draft: VirtualServerDraft, service: ServiceAddress): number | null {
  if (draft.persistence !== null) return draft.persistence;
  if (draft.persistenceMask !== null) return DEFAULT_PERSISTENCE;
  if (!portsOf(service).includes(0)) return null;
  warning(context, draft.at, "port-0", "A virtual_server for all ports must be persistent", {
    inForce: `persistence_timeout ${secondsText(DEFAULT_PERSISTENCE)}`,
  });
  return DEFAULT_PERSISTENCE;
}

function persistenceEngine(
  context: Context,
  draft: VirtualServerDraft,
  persistence: number | null,
): string | null {
  if (draft.persistenceEngine === null || persistence !== null) return draft.persistenceEngine;
  const at = draft.seen.get("persistence_engine") ?? draft.at;
  const message = "persistence_engine is for virtual servers with a persistence_timeout";
  warning(context, at, "engine-without-persistence", message, { inForce: "no persistence_engine", exit: 0 });
  return null;
}

function persistenceMask(context: Context, draft: VirtualServerDraft, family: Family): number {
  const whole = WHOLE_MASK[family];
  const written = draft.persistenceMask;
  if (written === null || written.family === family) return written?.mask ?? whole;
  const at = draft.seen.get("persistence_granularity") ?? draft.at;
  error(context, at, "wrong-family", `Cannot use the persistence_granularity for an IPv${family} service`, {
    allowed: family === 4 ? "a mask such as 255.255.255.0" : "between 1 and 128",
    inForce: `/${family === 4 ? 32 : 128}`,
    exit: family === 4 ? 0 : 5,
  });
  return whole;
}

function onePacket(
  context: Context,
  draft: VirtualServerDraft,
  protocol: VirtualServer["protocol"],
): boolean {
  if (!draft.onePacket || protocol === "udp") return draft.onePacket;
  warning(context, draft.seen.get("ops") ?? draft.at, "ops-protocol", "ops is for protocol UDP alone", {
    inForce: "no ops",
  });
  return false;
}

function haSuspend(context: Context, draft: VirtualServerDraft): boolean {
  if (!draft.haSuspend || draft.service.kind !== "fwmark") return draft.haSuspend;
  const at = draft.seen.get("ha_suspend") ?? draft.at;
  warning(context, at, "fwmark-suspend", "A fwmark service has no address to watch", {
    inForce: "no ha_suspend",
  });
  return false;
}

function quorumOf(
  context: Context,
  draft: VirtualServerDraft,
  servers: readonly RealServer[],
): { quorum: number; hysteresis: number } {
  const total = servers.reduce((sum, server) => sum + server.weight, 0);
  const quorum = Math.max(1, Math.min(draft.quorum, Math.max(total, 1)));
  if (quorum !== draft.quorum || total < draft.quorum) {
    const message = `Cannot use quorum ${draft.quorum}: all weights together are ${total}`;
    warning(context, draft.seen.get("quorum") ?? draft.at, "quorum-too-large", message, {
      inForce: `quorum ${quorum}`,
    });
  }
  const hysteresis = Math.min(draft.hysteresis, quorum - 1);
  if (hysteresis !== draft.hysteresis) {
    const message =
      `Cannot use hysteresis ${draft.hysteresis} as it must be less than the quorum of ${quorum}`;
    warning(context, draft.seen.get("hysteresis") ?? draft.at, "hysteresis-too-large", message, {
      inForce: `hysteresis ${hysteresis}`,
    });
  }
  if (hysteresis > 0 && quorum + hysteresis > total) {
    const message =
      `Cannot gain quorum ${quorum} with hysteresis ${hysteresis}: all weights together are ${total}`;
    warning(context, draft.seen.get("hysteresis") ?? draft.at, "quorum-out-of-reach", message, {
      inForce: "a quorum that is lost until checks raise a weight",
      exit: 0,
    });
  }
  return { quorum, hysteresis };
}

function sorryServer(
  context: Context,
  draft: VirtualServerDraft,
  family: Family,
  fallback: Forwarding,
  service: ServiceAddress,
): SorryServer | null {
  const sorry = draft.sorryServer;
  if (sorry === null) return null;
  const forwarding = sorry.forwarding ?? fallback;
  if (familyOf(sorry.address) !== family && forwarding.method !== "tunnel") {
    error(
      context,
      sorry.at,
      "wrong-family",
      `Cannot use sorry_server ${sorry.address}: the virtual_server is IPv${family}`,
    );
    return null;
  }
  const { address, inhibit } = sorry;
  const fixed = portFor(context, sorry.at, sorry.port, service, forwarding, "sorry_server");
  return { address, port: fixed, forwarding, inhibit };
}

/** A sorry server that is in the pool too is one destination of the kernel, which is inhibited or not. */
function asInPool(
  context: Context,
  draft: VirtualServerDraft,
  sorry: SorryServer | null,
  pool: readonly RealServer[],
): SorryServer | null {
  const same = pool.find(({ address, port }) => address === sorry?.address && port === sorry.port);
  if (sorry === null || same === undefined || same.inhibitOnFailure === sorry.inhibit) return sorry;
  const message = `The sorry_server ${sorry.address} is a real_server too, and only one of them is inhibited`;
  const inForce = same.inhibitOnFailure ? "sorry_server_inhibit" : "no sorry_server_inhibit";
  warning(context, draft.sorryServer!.at, "sorry-inhibit", message, { inForce });
  return { ...sorry, inhibit: same.inhibitOnFailure };
}

function finishRealServers(
  context: Context,
  draft: VirtualServerDraft,
  family: Family,
  fallback: Forwarding,
  service: ServiceAddress,
): RealServer[] {
  const seen = new Set<string>();
  const finished: RealServer[] = [];
  for (const real of draft.realServers) {
    const forwarding = real.forwarding ?? fallback;
    if (familyOf(real.address) !== family && forwarding.method !== "tunnel") {
      const message =
        `Cannot use real_server ${real.address}: the virtual_server is IPv${family}; it is skipped`;
      error(context, real.at, "wrong-family", message);
      continue;
    }
    const server = finishRealServer(context, draft, real, forwarding, service);
    const key = `${server.address} ${server.port}`;
    if (!seen.has(key)) {
      finished.push(server);
      if (server.checkers.length === 0) noChecker(context, real);
    } else {
      const message = `Cannot use real_server ${key} a second time; this one is skipped`;
      warning(context, real.at, "repeated-server", message);
    }
    seen.add(key);
  }
  return finished;
}

function noChecker(context: Context, { at, address }: RealServerDraft): void {
  note(context, at, "no-checker", `real_server ${address} has no checker: it counts as up for ever`);
}

function inherit({ global }: Context, server: VirtualServerDraft, real: RealServerDraft): Inherited {
  return {
    retry: real.retry ?? server.retry,
    delayBeforeRetry: real.delayBeforeRetry ?? server.delayBeforeRetry,
    warmup: real.warmup ?? server.warmup,
    delayLoop: real.delayLoop ?? server.delayLoop,
    alpha: real.alpha ?? server.alpha,
    logAllFailures: global.logAllFailures,
    timeout: real.timeout ?? server.timeout,
    virtualHost: real.virtualHost ?? server.virtualHost,
  };
}

function finishRealServer(
  context: Context,
  server: VirtualServerDraft,
  real: RealServerDraft,
  forwarding: Forwarding,
  service: ServiceAddress,
): RealServer {
  const port = portFor(context, real.at, real.port, service, forwarding, "real_server");
  const inherited = inherit(context, server, real);
  // Asked is the port that is written, whatever the kernel sends to.
  const checkers = finishCheckers(context, real, inherited, real.port ?? port);
  const { global } = context;
  return {
    address: real.address,
    port,
    weight: real.weight ?? server.weight,
    forwarding,
    upperThreshold: real.upperThreshold,
    lowerThreshold: real.lowerThreshold,
    inhibitOnFailure: real.inhibitOnFailure ?? server.inhibitOnFailure ?? false,
    alpha: inherited.alpha ?? false,
    notifyUp: real.notifyUp?.command ?? null,
    notifyDown: real.notifyDown?.command ?? null,
    smtpAlert: real.smtpAlert ?? global.smtpAlertChecker ?? global.smtpAlert ?? true,
    snmpName: real.snmpName,
    slowStart: real.slowStart,
    checkers,
  };
}
