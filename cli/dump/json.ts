/**
 * `keepalived.json`: configuration, state and counters of each instance under keepalived's names (SIGRTMIN+2).
 *
 * Passwords are shown as `********`, as keepalived does since 2.2.8.
 */
import type {
  InstanceCounters,
  InstanceStatus,
  Status,
  TrackProcessStatus,
} from "../../core/engine/status.ts";
import type { DumpFacts, InstanceFacts } from "./facts.ts";
import { addressLines, STATE } from "./common.ts";

/** keepalived's counters in its order; ours are in the status alone. */
const COUNTERS: readonly (keyof InstanceCounters)[] = [
  "advert_rcvd",
  "advert_sent",
  "become_master",
  "release_master",
  "packet_len_err",
  "advert_interval_err",
  "ip_ttl_err",
  "invalid_type_rcvd",
  "addr_list_err",
  "invalid_authtype",
  "authtype_mismatch",
  "auth_failure",
  "auth_ext_missing",
  "auth_ext_malformed",
  "auth_ext_unknown_key",
  "auth_ext_invalid_hmac",
  "auth_ext_stale",
  "auth_ext_replay",
  "pri_zero_rcvd",
  "pri_zero_sent",
];

/** The file's text: one line. */
export function formatJson(status: Status, { instances, scripts, jsonVersion }: DumpFacts): string {
  const vrrp = status.instances.flatMap((instance) => {
    const facts = instances.get(instance.name);
    return facts === undefined ? [] : [{
      data: dataOf(instance, facts, (name) => scripts.get(name)?.command ?? name),
      stats: Object.fromEntries(COUNTERS.map((name) => [name, instance.counters[name]])),
    }];
  });
  const all = jsonVersion === 1
    ? vrrp
    : { vrrp, track_process: (status.trackProcesses ?? []).map(trackProcessOf) };
  return JSON.stringify(all).replaceAll("/", "\\/") + "\n";
}

function dataOf(status: InstanceStatus, facts: InstanceFacts, scriptText: (name: string) => string) {
  const { advertised, excluded } = addressLines(status, facts);
  const named = (kind: string) => status.trackers.filter((one) => one.kind === kind).map(({ name }) => name);
  return {
    iname: status.name,
    dont_track_primary: Number(facts.dontTrackPrimary),
    skip_check_adv_addr: Number(facts.skipAddressCheck),
    strict_mode: Number(facts.strict),
    vmac_ifname: facts.vmac,
    ifp_ifname: facts.vmac === "" ? status.interface : facts.vmac,
    master_priority: status.state === "master" ? 0 : status.peer?.priority ?? 0,
    last_transition: status.since / 1000,
    garp_delay: facts.garpDelay,
    garp_refresh: facts.garpRefresh,
    garp_rep: facts.garpRepeat,
    garp_refresh_rep: facts.garpRefreshRepeat,
    garp_lower_prio_delay: facts.garpLowerPriorityDelay,
    garp_lower_prio_rep: facts.garpLowerPriorityRepeat,
    lower_prio_no_advert: Number(facts.lowerPriorityNoAdvert),
    higher_prio_send_advert: Number(facts.higherPrioritySendAdvert),
    vrid: status.vrid,
    base_priority: status.basePriority,
    effective_priority: status.effectivePriority,
    vipset: status.addresses.some(({ excluded: apart, installed }) => installed && !apart),
    promote_secondaries: facts.promoteSecondaries,
    adver_int: status.advertInterval / 1000,
    master_adver_int: status.masterAdvertInterval / 1000,
    accept: Number(facts.accept),
    nopreempt: !status.preempt,
    preempt_delay: status.preemptDelay / 1000,
    state: STATE[status.state].number,
    wantstate: STATE[status.state].number,
    version: status.version,
    smtp_alert: facts.smtpAlert,
    notify_deleted: facts.notifyDeleted,
    ...facts.scripts,
    ...unlessEmpty("vips", advertised),
    ...unlessEmpty("evips", excluded),
    ...unlessEmpty("vroutes", objectLines(status.routes)),
    ...unlessEmpty("vrules", objectLines(status.rules)),
    ...unlessEmpty("track_ifp", named("interface")),
    ...unlessEmpty("track_script", named("script").map(scriptText)),
    ...unlessEmpty("track_process", named("process")),
    ...authentication(status),
  };
}

function objectLines(objects: InstanceStatus["routes"]): readonly string[] {
  return (objects ?? []).map(({ text, installed }) => installed ? `${text} set` : text);
}

function unlessEmpty(name: string, values: readonly string[]) {
  return values.length === 0 ? {} : { [name]: values };
}

/** Types of RFC 2338: 0 none, 1 simple password, 2 authentication header. */
function authentication({ authentication: how }: InstanceStatus) {
  if (how === "pass" || how === "ah") return { auth_type: how === "pass" ? 1 : 2, auth_data: "********" };
  return { auth_type: 0 };
}

function trackProcessOf({ process, count, quorum, quorumMax, up }: TrackProcessStatus) {
  return {
    process,
    min_processes: quorum,
    max_processes: quorumMax ?? 0xffff_ffff,
    current_processes: count,
    have_quorum: up,
  };
}
