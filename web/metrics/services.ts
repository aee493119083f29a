/**
 * Metrics of virtual and real servers: our own, `ha_*`, and those of gen2brain/keepalived_exporter under their names.
 */
import type {
  IpvsStatus,
  RealServerStatus,
  Status,
  TrafficStatus,
  VirtualServerStatus,
} from "../../core/engine/status.ts";
import { trafficOf, upCount } from "../services.ts";
import { counter, distinct, type Family, gauge, type Labels, type Reader, type Series } from "./family.ts";

/** IP protocol numbers, which the exporter has as a label. */
const PROTOCOLS = { tcp: "6", udp: "17", sctp: "132" } as const;

/** Counter of the kernel, its name at gen2brain after `vip_` and `rs_`, its name here, HELP. */
const TRAFFIC: readonly (readonly [keyof TrafficStatus, string, string, string])[] = [
  ["connections", "conn", "connections_total", "Connections"],
  ["inPackets", "in_packets", "in_packets_total", "Packets from clients"],
  ["outPackets", "out_packets", "out_packets_total", "Packets to clients, as far as they come by here"],
  ["inBytes", "in_bytes", "in_bytes_total", "Octets from clients"],
  ["outBytes", "out_bytes", "out_bytes_total", "Octets to clients, as far as they come by here"],
];

/** The counters of IPVS as gen2brain/keepalived_exporter names and labels them. */
export const lvsFamilies: readonly Family[] = TRAFFIC.flatMap(([field, theirs, , help]) => [
  counter(
    `keepalived_lvs_vip_${theirs}`,
    `${help} of a virtual server`,
    ({ status }) => summed(serversOf(status).flatMap((service) => endpointSeries(service, field))),
  ),
  counter(
    `keepalived_lvs_rs_${theirs}`,
    `${help} of a real server, in all virtual servers`,
    ({ status }) => summed(serversOf(status).flatMap((service) => targetSeries(service, field))),
  ),
]);

/** Our own. */
export const serviceFamilies: readonly Family[] = [
  gauge(
    "ha_ipvs_available",
    "1 when the kernel has a load balancer that we can use",
    ofBalancer(({ available }) => available ? 1 : 0),
  ),
  gauge("ha_checks_running", "Checks of real servers under way", ofBalancer((ipvs) => ipvs.checksRunning)),
  gauge(
    "ha_checks_waiting",
    "Checks of real servers that wait for others to end",
    ofBalancer((ipvs) => ipvs.checksWaiting),
  ),
  counter("ha_checks_done_total", "Checks of real servers that ended", ofBalancer((ipvs) => ipvs.checksDone)),
  gauge(
    "ha_virtual_server_up",
    "1 when the quorum of a virtual server is there",
    perService(({ up }) => up ? 1 : 0),
  ),
  gauge(
    "ha_virtual_server_suspended",
    "1 while ha_suspend holds the checks of a virtual server",
    perService(({ suspended }) => suspended ? 1 : 0),
  ),
  gauge(
    "ha_virtual_server_sorry_server_active",
    "1 while the sorry server serves",
    perService(({ sorryServer }) => sorryServer?.active === true ? 1 : 0),
  ),
  gauge(
    "ha_virtual_server_state_since_timestamp_seconds",
    "When the quorum of a virtual server came or went",
    perService(({ since }) => since / 1000),
  ),
  gauge("ha_virtual_server_quorum", "Weight that a virtual server needs", perService(({ quorum }) => quorum)),
  gauge(
    "ha_virtual_server_live_weight",
    "Weight of the real servers that are up",
    perService(({ liveWeight }) => liveWeight),
  ),
  gauge(
    "ha_virtual_server_real_servers",
    "Real servers configured",
    perService(({ realServers }) => realServers.length),
  ),
  gauge("ha_virtual_server_real_servers_up", "Real servers that are up", perService(upCount)),
  counter(
    "ha_virtual_server_repairs_total",
    "Entries of the kernel's table that somebody else changed and we put right",
    perService(({ repairs }) => repairs ?? null),
  ),
  ...TRAFFIC.map(([field, , name, help]) =>
    counter(
      `ha_virtual_server_${name}`,
      `${help} of a virtual server`,
      perService((service) => trafficOf(service)?.[field] ?? null),
    )
  ),
  gauge("ha_real_server_up", "1 when a real server is up", perServer(({ up }) => up ? 1 : 0)),
  gauge(
    "ha_real_server_state_since_timestamp_seconds",
    "When a real server came or went",
    perServer(({ since }) => since / 1000),
  ),
  gauge(
    "ha_real_server_weight",
    "Weight in the kernel's table; absent where it has no entry",
    perServer(({ weight }) => weight),
  ),
  gauge(
    "ha_real_server_active_connections",
    "Active connections",
    perServer(({ connections }) => connections?.active ?? null),
  ),
  gauge(
    "ha_real_server_inactive_connections",
    "Inactive connections",
    perServer(({ connections }) => connections?.inactive ?? null),
  ),
  ...TRAFFIC.map(([field, , name, help]) =>
    counter(
      `ha_real_server_${name}`,
      `${help} of a real server in one virtual server`,
      perServer(({ traffic }) => traffic?.[field] ?? null),
    )
  ),
  gauge(
    "ha_real_server_check_up",
    "Verdict of a check of a real server; absent until its first",
    perCheck(({ up }) => up === null ? null : up ? 1 : 0),
  ),
  gauge(
    "ha_real_server_check_duration_seconds",
    "How long the last attempt of a check took",
    perCheck(({ duration }) => duration === null ? null : duration / 1000),
  ),
];

function serversOf(status: Status | null): readonly VirtualServerStatus[] {
  return status?.virtualServers ?? [];
}

function ofBalancer(value: (ipvs: IpvsStatus) => number): Reader {
  return ({ status }) => status?.ipvs === undefined ? [] : [{ value: value(status.ipvs) }];
}

function perService(value: (service: VirtualServerStatus) => number | null): Reader {
  return ({ status }) =>
    distinct(
      serversOf(status).flatMap((service) => series(value(service), { virtual_server: service.name })),
    );
}

function perServer(value: (server: RealServerStatus) => number | null): Reader {
  return ({ status }) =>
    distinct(
      serversOf(status).flatMap((service) =>
        service.realServers.flatMap((server) => series(value(server), labelsOf(service, server)))
      ),
    );
}

function perCheck(value: (check: RealServerStatus["checks"][number]) => number | null): Reader {
  return ({ status }) =>
    distinct(
      serversOf(status).flatMap((service) =>
        service.realServers.flatMap((server) =>
          server.checks.flatMap((check) =>
            series(value(check), { ...labelsOf(service, server), kind: check.kind, target: check.target })
          )
        )
      ),
    );
}

function labelsOf(service: VirtualServerStatus, server: RealServerStatus): Labels {
  return { virtual_server: service.name, real_server: server.name };
}

function series(value: number | null, labels: Labels): readonly Series[] {
  return value === null ? [] : [{ value, labels }];
}

/** The exporter knows no services by mark: it shows them without an address. */
function endpointSeries(
  { services = [], protocol }: VirtualServerStatus,
  field: keyof TrafficStatus,
): readonly Series[] {
  return services.flatMap(({ endpoint, traffic }) =>
    traffic === null || endpoint.startsWith("mark ") ? [] : [{
      value: traffic[field],
      labels: { addr: endpoint.replace(/[[\]]/g, ""), proto: PROTOCOLS[protocol] },
    }]
  );
}

function targetSeries(
  { realServers, protocol }: VirtualServerStatus,
  field: keyof TrafficStatus,
): readonly Series[] {
  return realServers.flatMap(({ address, port, traffic }) =>
    traffic === undefined || traffic === null
      ? []
      : [{ value: traffic[field], labels: { addr: `${address}:${port}`, proto: PROTOCOLS[protocol] } }]
  );
}

/** One series for all with the same labels: a real server may be in several virtual servers. */
function summed(all: readonly Series[]): readonly Series[] {
  const sums = new Map<string, Series>();
  for (const one of all) {
    const key = JSON.stringify(one.labels);
    const before = sums.get(key);
    sums.set(key, before === undefined ? one : { ...one, value: before.value + one.value });
  }
  return [...sums.values()];
}
