/**
 * The metrics of the well-known keepalived exporters under their names, labels and values, so that dashboards and
 * alerts made for them go on working: mehdy/keepalived-exporter (`iname`, `intf`, `vrid`) and
 * gen2brain/keepalived_exporter (`name`, `intf`, `vrid`, `state`).
 */
import type { InstanceCounters, InstanceStatus, VrrpState } from "../../core/engine/status.ts";
import { distinct, type Family, type LabelledInstance, type Series } from "./family.ts";

/** keepalived's state numbers, as in its JSON dump. */
const STATE_NUMBER: Readonly<Record<VrrpState, number>> = { init: 0, backup: 1, master: 2, fault: 3 };

/** Counter, name at mehdy after `keepalived_`, name at gen2brain after `keepalived_vrrp_`, HELP. */
const COUNTERS: readonly (readonly [keyof InstanceCounters, string, string, string])[] = [
  ["advert_rcvd", "advertisements_received_total", "advert_rcvd", "Advertisements received"],
  ["advert_sent", "advertisements_sent_total", "advert_sent", "Advertisements sent"],
  ["become_master", "become_master_total", "become_master", "Became master"],
  ["release_master", "release_master_total", "release_master", "Released master"],
  ["packet_len_err", "packet_length_errors_total", "packet_len_err", "Packet length errors"],
  [
    "advert_interval_err",
    "advertisements_interval_errors_total",
    "advert_interval_err",
    "Advertisement interval errors",
  ],
  ["ip_ttl_err", "ip_ttl_errors_total", "ip_ttl_err", "TTL errors"],
  ["invalid_type_rcvd", "invalid_type_received_total", "invalid_type_rcvd", "Invalid type errors"],
  ["addr_list_err", "address_list_errors_total", "addr_list_err", "Address list errors"],
  ["invalid_authtype", "authentication_invalid_total", "invalid_authtype", "Authentication invalid"],
  ["authtype_mismatch", "authentication_mismatch_total", "authtype_mismatch", "Authentication mismatch"],
  ["auth_failure", "authentication_failure_total", "auth_failure", "Authentication failure"],
  ["pri_zero_rcvd", "priority_zero_received_total", "pri_zero_rcvd", "Priority zero received"],
  ["pri_zero_sent", "priority_zero_sent_total", "pri_zero_sent", "Priority zero sent"],
];

/** Every family that an exporter of keepalived has and that we know the value of. */
export const keepalivedFamilies: readonly Family[] = [
  {
    name: "keepalived_up",
    help: "1 when the engine answers, else 0",
    type: "gauge",
    read: ({ answer }) => [{ value: answer.ok ? 1 : 0 }],
  },
  {
    name: "keepalived_vrrp_state",
    help: "State of an instance, once for each virtual address: 0 init, 1 backup, 2 master, 3 fault",
    type: "gauge",
    read: ({ instances }) => distinct(instances.flatMap(stateOfAddresses)),
  },
  {
    name: "keepalived_vrrp_excluded_state",
    help: "As keepalived_vrrp_state, for the addresses of virtual_ipaddress_excluded",
    type: "gauge",
    read: ({ instances }) => distinct(instances.flatMap(({ instance }) => addressSeries(instance, true))),
  },
  ...COUNTERS.map(([field, name, , help]): Family => ({
    name: `keepalived_${name}`,
    help,
    type: "counter",
    read: ({ instances }) =>
      instances.map(({ instance, labels }) => ({ value: instance.counters[field], shared: labels })),
  })),
  {
    name: "keepalived_script_status",
    help: "Verdict of a track script: 0 bad, 1 good; absent until its first result",
    type: "gauge",
    read: ({ status }) => {
      const known = (status?.scripts ?? []).filter((script) => script.up !== null);
      return known.map((script) => ({ value: script.up ? 1 : 0, labels: { name: script.name } }));
    },
  },
  {
    name: "keepalived_script_state",
    help: "Whether a track script runs just now: 0 idle, 1 running",
    type: "gauge",
    read: ({ status }) =>
      (status?.scripts ?? []).map(({ running, name }) => ({ value: running ? 1 : 0, labels: { name } })),
  },
];

/** The counters as gen2brain/keepalived_exporter names and labels them. */
export const gen2brainFamilies: readonly Family[] = COUNTERS.map(([field, , name, help]): Family => ({
  name: `keepalived_vrrp_${name}`,
  help,
  type: "counter",
  read: ({ instances }) =>
    instances.map(({ instance, gen2brainLabels }) => ({
      value: instance.counters[field],
      shared: gen2brainLabels,
    })),
}));

/** One series an address; one with an empty address where the instance has none, as the exporter does. */
function stateOfAddresses({ instance, labels }: LabelledInstance): readonly Series[] {
  const series = addressSeries(instance, false);
  if (series.length > 0) return series;
  return [{ value: STATE_NUMBER[instance.state], labels: { ...labels, ip_address: "" } }];
}

function addressSeries(instance: InstanceStatus, excluded: boolean): readonly Series[] {
  const addresses = instance.addresses.filter((entry) => entry.excluded === excluded);
  return addresses.map((entry) => ({
    value: STATE_NUMBER[instance.state],
    labels: {
      iname: instance.name,
      intf: entry.interface,
      vrid: String(instance.vrid),
      ip_address: `${entry.address}/${entry.prefixLength}`,
    },
  }));
}
