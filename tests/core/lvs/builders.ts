/**
 * Virtual servers for tests: everything at its default, what matters given by the test.
 */
import type {
  Checker,
  CheckTarget,
  HttpChecker,
  LoadBalancer,
  LoadBalancerSettings,
  MiscChecker,
  RealServer,
  TcpChecker,
  UrlCheck,
  VirtualServer,
} from "../../../core/config/virtual_server_model.ts";

export const SCHEDULE = {
  delayLoop: 6000,
  retry: 1,
  delayBeforeRetry: 1000,
  warmup: 0,
  alpha: false,
  logAllFailures: false,
};

export function target(more: Partial<CheckTarget> = {}): CheckTarget {
  return {
    address: "10.0.0.11",
    port: 80,
    sourceAddress: null,
    sourcePort: 0,
    interface: null,
    mark: 0,
    timeout: 5000,
    ...more,
  };
}

export function tcpCheck(more: Partial<TcpChecker> = {}): TcpChecker {
  return { kind: "tcp", ...SCHEDULE, target: target(), ...more };
}

export function url(more: Partial<UrlCheck> = {}): UrlCheck {
  return {
    path: "/",
    virtualHost: null,
    serverName: null,
    statusCodes: [{ first: 200, last: 299 }],
    digest: null,
    regex: null,
    closeNotify: false,
    method: "GET",
    headers: [],
    body: null,
    json: null,
    ...more,
  };
}

export function httpCheck(more: Partial<HttpChecker> = {}): HttpChecker {
  return {
    kind: "http",
    ...SCHEDULE,
    target: target(),
    tls: null,
    protocol: "1.0",
    fastRecovery: false,
    urls: [url()],
    ...more,
  };
}

export function miscCheck(more: Partial<MiscChecker> = {}): MiscChecker {
  const command = { argv: ["/bin/check"], user: null, text: "/bin/check" };
  return { kind: "misc", ...SCHEDULE, retry: 0, command, timeout: 6000, dynamic: false, ...more };
}

export function realServer(
  address: string,
  checkers: readonly Checker[],
  more: Partial<RealServer> = {},
): RealServer {
  return {
    address,
    port: 80,
    weight: 1,
    forwarding: { method: "nat" },
    upperThreshold: 0,
    lowerThreshold: 0,
    inhibitOnFailure: false,
    alpha: false,
    notifyUp: null,
    notifyDown: null,
    smtpAlert: false,
    snmpName: null,
    slowStart: 0,
    checkers,
    ...more,
  };
}

/** A real server with one TCP check of its own. */
export function checkedServer(address: string, more: Partial<RealServer> = {}): RealServer {
  return realServer(address, [tcpCheck({ target: target({ address }) })], more);
}

export function virtualServer(
  realServers: readonly RealServer[],
  more: Partial<VirtualServer> = {},
): VirtualServer {
  return {
    service: { kind: "address", address: "10.0.0.1", port: 80 },
    family: 4,
    protocol: "tcp",
    scheduler: "wlc",
    schedulerFlags: [],
    onePacket: false,
    persistence: null,
    persistenceMask: 0xffffffff,
    persistenceEngine: null,
    haSuspend: false,
    smtpAlert: false,
    alpha: false,
    omega: false,
    quorum: 1,
    hysteresis: 0,
    quorumUp: null,
    quorumDown: null,
    sorryServer: null,
    snmpName: null,
    realServers,
    ...more,
  };
}

export function sorryServer(address: string, more: { readonly inhibit?: boolean } = {}) {
  return { address, port: 80, forwarding: { method: "nat" }, inhibit: false, ...more } as const;
}

const SETTINGS: LoadBalancerSettings = {
  timeouts: { tcp: null, tcpFin: null, udp: null },
  flushOnStart: false,
  flushOnStop: "none",
  syncDaemon: null,
  notifyAtStart: false,
  mailPoolChangesOnly: false,
  notifyFifo: null,
  ipvsNamespace: null,
  commandBuffer: null,
  maxChecks: 2000,
};

export function loadBalancer(
  virtualServers: readonly VirtualServer[],
  settings: Partial<LoadBalancerSettings> = {},
): LoadBalancer {
  return { settings: { ...SETTINGS, ...settings }, virtualServers };
}
