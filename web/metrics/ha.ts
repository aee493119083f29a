/**
 * Our own metrics, `ha_*`: what the exporters of keepalived cannot see. Times are in seconds, moments in seconds since
 * the Unix epoch.
 */
import type {
  BfdStatus,
  InstanceCounters,
  InstanceStatus,
  PeerStatus,
  Status,
  VrrpState,
} from "../../core/engine/status.ts";
import {
  counter,
  distinct,
  type Family,
  gauge,
  type LabelledInstance,
  type Reader,
  type Series,
  type Snapshot,
} from "./family.ts";

const STATES: readonly VrrpState[] = ["init", "backup", "master", "fault"];

/** Counters that keepalived does not tell apart: field, name, HELP. */
const COUNTERS: readonly (readonly [keyof InstanceCounters, string, string])[] = [
  ["version_err", "ha_instance_version_errors_total", "Advertisements of another VRRP version"],
  ["checksum_err", "ha_instance_checksum_errors_total", "Advertisements with a wrong checksum"],
  [
    "foreign_source_err",
    "ha_instance_foreign_source_errors_total",
    "Advertisements of a host that is no peer, or unicast for multicast or the other way round",
  ],
  [
    "address_restored",
    "ha_instance_addresses_restored_total",
    "Virtual addresses that somebody else removed and we put back",
  ],
  [
    "auth_ext_missing",
    "ha_instance_trailers_missing_total",
    "Advertisements without the trailer of auth_hmac",
  ],
  ["auth_ext_malformed", "ha_instance_trailers_malformed_total", "Advertisements with a misshapen trailer"],
  ["auth_ext_unknown_key", "ha_instance_trailers_unknown_key_total", "Trailers of a key that is not ours"],
  ["auth_ext_invalid_hmac", "ha_instance_trailers_forged_total", "Trailers whose code is wrong"],
  ["auth_ext_stale", "ha_instance_trailers_stale_total", "Trailers outside the time window"],
  ["auth_ext_replay", "ha_instance_trailers_replayed_total", "Trailers that were seen before"],
];

/** Families about the node. */
const nodeFamilies: readonly Family[] = [
  gauge("ha_build_info", "Version of ha; always 1", ({ status }) => {
    return status === null ? [] : [{ value: 1, labels: { version: status.version } }];
  }),
  gauge("ha_healthy", "1 when /healthz says ok, else 0", ({ healthy }) => [{ value: healthy ? 1 : 0 }]),
  gauge("ha_alarms", "Alarms in force by severity; critical ones fail /healthz", alarmCounts),
  gauge("ha_start_time_seconds", "When the daemon started", ofStatus((status) => status.startedAt / 1000)),
  gauge("ha_status_age_seconds", "Age of the engine's last report", ({ status, now }) => {
    return status === null ? [] : [{ value: Math.max(0, now - status.generatedAt) / 1000 }];
  }),
  gauge(
    "ha_loop_lag_seconds",
    "How late the engine's timers fire now",
    ofStatus((status) => status.loopLag.last / 1000),
  ),
  gauge(
    "ha_loop_lag_max_seconds",
    "The latest that a timer of the engine ever fired",
    ofStatus((status) => status.loopLag.max / 1000),
  ),
  gauge(
    "ha_configuration_loaded_timestamp_seconds",
    "When the configuration in force was loaded",
    ofStatus((status) => status.configuration.loadedAt / 1000),
  ),
  gauge(
    "ha_configuration_problems",
    "Problems found in the configuration",
    ofStatus((status) => status.configuration.problems.length),
  ),
  counter(
    "ha_packets_discarded_total",
    "Packets that were for no instance or not readable at all",
    ofStatus((status) => status.discarded),
  ),
  counter(
    "ha_foreign_advertisements_total",
    "Advertisements of VRRP routers whose VRID is not configured here",
    foreignSeries,
  ),
  gauge("ha_interface_up", "1 when an interface is up and running", interfaceSeries),
  gauge("ha_sync_group_state", "1 for the state that a sync group is in, 0 for the others", groupSeries),
  gauge("ha_bfd_session_up", "1 while a BFD session is up", perSession(({ up }) => up ? 1 : 0)),
  gauge(
    "ha_bfd_session_state_since_timestamp_seconds",
    "When a BFD session came or went",
    perSession(({ since }) => since / 1000),
  ),
  gauge(
    "ha_bfd_session_detection_seconds",
    "Silence that ends a BFD session",
    perSession(({ detectionTime }) => detectionTime / 1000),
  ),
  counter(
    "ha_bfd_session_downs_total",
    "How often a BFD session went down",
    perSession(({ counters }) => counters.down),
  ),
  gauge(
    "ha_track_file_value",
    "What a tracked file says",
    ({ status }) => (status?.trackFiles ?? []).map(({ name, value }) => ({ value, labels: { name } })),
  ),
  gauge(
    "ha_track_process_count",
    "How many of a tracked process run",
    ({ status }) =>
      (status?.trackProcesses ?? []).map(({ name, count }) => ({ value: count, labels: { name } })),
  ),
  gauge(
    "ha_track_process_up",
    "1 while as many of a tracked process run as are wanted",
    ({ status }) =>
      (status?.trackProcesses ?? []).map(({ name, up }) => ({ value: up ? 1 : 0, labels: { name } })),
  ),
  gauge(
    "ha_script_last_run_timestamp_seconds",
    "When a track script last ended; absent until then",
    scriptRunSeries,
  ),
];

/** Families about each instance, labelled `iname`, `intf` and `vrid` as the exporters' are. */
const instanceFamilies: readonly Family[] = [
  gauge("ha_instance_state", "1 for the state that an instance is in, 0 for the others", stateSeries),
  gauge(
    "ha_instance_state_since_timestamp_seconds",
    "When it went to this state",
    perInstance(({ since }) => since / 1000),
  ),
  gauge("ha_instance_priority", "Effective priority", perInstance((instance) => instance.effectivePriority)),
  gauge("ha_instance_priority_base", "Configured priority", perInstance((instance) => instance.basePriority)),
  gauge(
    "ha_instance_advert_interval_seconds",
    "Advertisement interval",
    perInstance((instance) => instance.advertInterval / 1000),
  ),
  gauge(
    "ha_instance_addresses",
    "Virtual addresses configured",
    perInstance((instance) => instance.addresses.length),
  ),
  gauge(
    "ha_instance_addresses_installed",
    "Virtual addresses on the interface now",
    perInstance((instance) => instance.addresses.filter((entry) => entry.installed).length),
  ),
  gauge(
    "ha_instance_faults",
    "Conditions that keep it in FAULT",
    perInstance((instance) => instance.faults.length),
  ),
  gauge(
    "ha_instance_peer_last_heard_timestamp_seconds",
    "When another router was last heard for this VRID",
    perPeer((peer) => peer.lastHeard / 1000),
  ),
  gauge(
    "ha_instance_peer_priority",
    "Priority that the router last heard for this VRID announced",
    perPeer((peer) => peer.priority),
  ),
  gauge(
    "ha_instance_tracker_up",
    "Verdict of what an instance depends on; absent until its first result",
    ({ instances }) => distinct(instances.flatMap(trackerSeries)),
  ),
  gauge("ha_instance_alarm", "1 for each alarm in force about an instance", alarmSeries),
  ...COUNTERS.map(([field, name, help]) =>
    counter(name, help, perInstance((instance) => instance.counters[field]))
  ),
];

/** All of our own. */
export const haFamilies: readonly Family[] = [...nodeFamilies, ...instanceFamilies];

function ofStatus(value: (status: Status) => number): Reader {
  return ({ status }) => status === null ? [] : [{ value: value(status) }];
}

function perSession(value: (session: BfdStatus) => number): Reader {
  return ({ status }) =>
    (status?.bfdSessions ?? []).map((session) => ({
      value: value(session),
      labels: { name: session.name, neighbour: session.neighbour },
    }));
}

function perInstance(value: (instance: InstanceStatus) => number): Reader {
  return ({ instances }) =>
    instances.map(({ instance, labels }) => ({ value: value(instance), shared: labels }));
}

function perPeer(value: (peer: PeerStatus) => number): Reader {
  return ({ instances }) =>
    instances.flatMap(({ instance: { peer }, labels }) => {
      return peer === null ? [] : [{ value: value(peer), labels: { peer: peer.address }, shared: labels }];
    });
}

function alarmCounts({ alarms }: Snapshot): readonly Series[] {
  return (["critical", "warning"] as const).map((severity) => ({
    value: alarms.filter((alarm) => alarm.severity === severity).length,
    labels: { severity },
  }));
}

function foreignSeries({ status }: Snapshot): readonly Series[] {
  const series = (status?.foreign ?? []).map((router) => ({
    value: router.count,
    labels: { interface: router.interface, vrid: String(router.vrid), address: router.address },
  }));
  return distinct(series);
}

function interfaceSeries({ status }: Snapshot): readonly Series[] {
  return (status?.interfaces ?? []).map(({ name, up }) => ({
    value: up ? 1 : 0,
    labels: { interface: name },
  }));
}

function groupSeries({ status }: Snapshot): readonly Series[] {
  return (status?.syncGroups ?? []).flatMap((group) =>
    STATES.map((state) => ({ value: group.state === state ? 1 : 0, labels: { group: group.name, state } }))
  );
}

function scriptRunSeries({ status }: Snapshot): readonly Series[] {
  return (status?.scripts ?? []).flatMap(({ name, lastRun }) =>
    lastRun === null ? [] : [{ value: lastRun / 1000, labels: { name } }]
  );
}

function stateSeries({ instances }: Snapshot): readonly Series[] {
  return instances.flatMap(({ instance, labels }) =>
    STATES.map((state) => ({ value: instance.state === state ? 1 : 0, labels: { state }, shared: labels }))
  );
}

function trackerSeries({ instance, labels }: LabelledInstance): readonly Series[] {
  return instance.trackers.flatMap(({ kind, name, up }) =>
    up === null ? [] : [{ value: up ? 1 : 0, labels: { kind, name }, shared: labels }]
  );
}

function alarmSeries({ alarms, instances }: Snapshot): readonly Series[] {
  const labelsOf = new Map(instances.map(({ instance, labels }) => [instance.name, labels]));
  const series = alarms.flatMap(({ instance, kind }) => {
    const shared = instance === null ? undefined : labelsOf.get(instance);
    return shared === undefined ? [] : [{ value: 1, labels: { kind }, shared }];
  });
  return distinct(series);
}
