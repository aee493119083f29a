/**
 * Realistic virtual servers for the fixtures.
 */
import type {
  CheckStatus,
  RealServerStatus,
  Status,
  TrafficStatus,
  VirtualServerStatus,
} from "../../core/engine/status.ts";
import { healthyStatus, NOW } from "./fixtures.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** What a busy web server sees, times `scale`. */
export function traffic(scale = 1): TrafficStatus {
  return {
    connections: Math.round(1_872_041 * scale),
    inPackets: Math.round(20_118_873 * scale),
    outPackets: Math.round(31_204_555 * scale),
    inBytes: Math.round(3_118_877_411 * scale),
    outBytes: Math.round(81_304_991_207 * scale),
    connectionRate: Math.round(212 * scale),
    inPacketRate: Math.round(2418 * scale),
    outPacketRate: Math.round(3807 * scale),
    inByteRate: Math.round(377_124 * scale),
    outByteRate: Math.round(9_870_551 * scale),
  };
}

/** A check that succeeded 1.2 s ago. */
export function check(changes: Partial<CheckStatus> = {}): CheckStatus {
  return {
    kind: "HTTP_GET",
    target: "10.0.0.11:80 /healthz",
    up: true,
    lastRun: NOW - 1200,
    duration: 3.4,
    lastResult: "ok",
    failures: 0,
    needed: 3,
    ...changes,
  };
}

/** A real server in full service. */
export function realServer(host: number, changes: Partial<RealServerStatus> = {}): RealServerStatus {
  const address = `10.0.${Math.floor(host / 250)}.${1 + host % 250}`;
  return {
    name: `[${address}]:tcp:80`,
    address,
    port: 80,
    up: true,
    since: NOW - 26 * HOUR,
    reason: "",
    weight: 10,
    fullWeight: 10,
    checks: [check({ target: `${address}:80 /healthz` })],
    connections: { active: 184 + host, inactive: 1790 },
    traffic: traffic(1 / 3),
    ...changes,
  };
}

/** One that answers 503 since 95 s. */
export function failedServer(host: number, changes: Partial<RealServerStatus> = {}): RealServerStatus {
  return realServer(host, {
    up: false,
    since: NOW - 95 * SECOND,
    reason: "status code 503",
    weight: null,
    checks: [check({ up: false, lastResult: "status code 503", duration: 1.1, failures: 3 })],
    connections: null,
    traffic: null,
    ...changes,
  });
}

/** A virtual server with three real servers. */
export function virtualServer(changes: Partial<VirtualServerStatus> = {}): VirtualServerStatus {
  const realServers = changes.realServers ?? [realServer(10), realServer(11), realServer(12)];
  return {
    name: "[192.0.2.10]:tcp:80",
    protocol: "tcp",
    family: 4,
    scheduler: "wrr",
    forwarding: "DR",
    persistence: null,
    up: true,
    since: NOW - 26 * HOUR,
    quorum: 1,
    hysteresis: 0,
    liveWeight: realServers.reduce((sum, { up, fullWeight }) => sum + (up ? fullWeight : 0), 0),
    suspended: false,
    sorryServer: null,
    services: [{ endpoint: "192.0.2.10:80", traffic: traffic() }],
    repairs: 0,
    ...changes,
    realServers,
  };
}

/** A director with a virtual server in every state. */
export function directorStatus(changes: Partial<Status> = {}): Status {
  const gone = { up: false, since: NOW - 40 * SECOND };
  return healthyStatus({
    ipvs: { available: true, reason: "", checksRunning: 2, checksWaiting: 0, checksDone: 190_114 },
    virtualServers: [
      virtualServer(),
      virtualServer({
        name: "[192.0.2.10]:tcp:443",
        persistence: 50,
        realServers: [
          realServer(10, { port: 443, weight: 7 }),
          failedServer(11, { port: 443 }),
          realServer(12, {
            port: 443,
            checks: [
              check({
                failures: 1,
                lastResult: "no connection within 3 s: ETIMEDOUT (Connection timed out)",
              }),
              check({ kind: "MISC_CHECK", target: "/usr/local/bin/check_disk", duration: 41 }),
            ],
          }),
        ],
        services: [{ endpoint: "192.0.2.10:443", traffic: traffic(2) }],
        repairs: 2,
      }),
      virtualServer({
        name: "[2001:db8::10]:udp:53",
        protocol: "udp",
        family: 6,
        scheduler: "mh",
        forwarding: "TUN",
        ...gone,
        realServers: [failedServer(20), failedServer(21)],
        sorryServer: { name: "[2001:db8::99]:udp:53", active: true },
        services: [{ endpoint: "[2001:db8::10]:53", traffic: traffic(0.01) }],
      }),
      virtualServer({
        name: "FWM 5",
        ...gone,
        realServers: [failedServer(30)],
        services: [{ endpoint: "mark 5", traffic: null }],
      }),
      virtualServer({
        name: "[192.0.2.11]:tcp:25",
        up: false,
        realServers: [
          realServer(40, {
            up: false,
            weight: null,
            connections: null,
            traffic: null,
            checks: [check({ up: null, lastRun: null, duration: null, lastResult: null })],
          }),
        ],
      }),
      virtualServer({ name: "[192.0.2.12]:tcp:5432", suspended: true, realServers: [realServer(50)] }),
    ],
    ...changes,
  });
}

/** `services` virtual servers with `servers` real servers each; every 97th real server is down. */
export function manyServices(services: number, servers: number): Status {
  let host = 0;
  const virtualServers = Array.from({ length: services }, (_, index) =>
    virtualServer({
      name: `[192.0.${Math.floor(index / 250)}.${1 + index % 250}]:tcp:80`,
      realServers: Array.from({ length: servers }, () =>
        ++host % 97 === 0 ? failedServer(host) : realServer(host)),
    }));
  const ipvs = { available: true, reason: "", checksRunning: 64, checksWaiting: 120, checksDone: 1_900_114 };
  return healthyStatus({ virtualServers, ipvs });
}
