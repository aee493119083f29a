/**
 * The state of one virtual router on this node: all that `vrrp_instance` turns into at run time.
 *
 * Only `core/engine/` writes it. Times are monotonic ms, and null where the timer does not run.
 */
import type { SyncGroup, VrrpInstance } from "../config/model.ts";
import type { IpAddress } from "../net/address.ts";
import type { Advertisement } from "../packet/vrrp.ts";
import { type EffectiveTrackers, effectiveTrackers } from "./effective_trackers.ts";
import type { VrrpState } from "./fsm.ts";
import { type AnnounceSchedule, nextAnnouncement, NO_ANNOUNCEMENTS } from "./neighbours.ts";
import type { AcceptedPacket, Rejection } from "./receive.ts";
import { type Signer, signerFor } from "./signer.ts";
import { leaseSeconds, masterDownInterval } from "./timers.ts";

/** Names of the counters, keepalived's where it has one. */
const COUNTER_NAMES = [
  "advert_rcvd",
  "advert_sent",
  "become_master",
  "release_master",
  "packet_len_err",
  "ip_ttl_err",
  "invalid_type_rcvd",
  "advert_interval_err",
  "addr_list_err",
  "invalid_authtype",
  "authtype_mismatch",
  "auth_failure",
  "pri_zero_rcvd",
  "pri_zero_sent",
  "version_err",
  "checksum_err",
  "foreign_source_err",
  "address_restored",
  "auth_ext_missing",
  "auth_ext_malformed",
  "auth_ext_unknown_key",
  "auth_ext_invalid_hmac",
  "auth_ext_stale",
  "auth_ext_replay",
] as const;

/** One of the counters of an instance. */
export type CounterName = (typeof COUNTER_NAMES)[number];

/** Another router that was heard for this VRID. */
export interface HeardRouter {
  readonly address: IpAddress;
  readonly priority: number;
  readonly version: 2 | 3;
  /** ms */
  readonly interval: number;
  /** monotonic ms */
  readonly at: number;
}

/** One virtual router. */
export interface Router {
  config: VrrpInstance;
  group: Group | null;
  /** What it depends on, its group considered. */
  trackers: EffectiveTrackers;
  state: VrrpState;
  since: number;
  /** Why it is in this state, one sentence. */
  reason: string;
  /** Standing conditions that keep it in FAULT: key and words. */
  readonly faults: Map<string, string>;
  /** Unweighted trackers whose first result is still awaited. */
  readonly pending: Set<string>;
  /** What weighted trackers add to the priority now, by tracker. */
  readonly terms: Map<string, number>;
  /** Effective priority. */
  priority: number;
  source: IpAddress | null;
  /** Interface index and source that the edge listens with; null where it does not. */
  listening: string | null;
  /** `auth_type AH`: the last sequence number that was sent or heard. */
  sequence: number;
  /** The last one that was heard. */
  heardSequence: number;
  /** Unicast peers were heard to compute checksums as keepalived before 1.3.7 did, and nobody since who does not. */
  heardOldChecksum: boolean;
  /** The master's interval as learned (version 3), else our own; ms. */
  masterInterval: number;
  /** The master as far as we know it: itself included. */
  master: IpAddress | null;
  heard: HeardRouter | null;
  /**
   * The last packet that passed all checks and gave no cause for a remark, under the present configuration: the same
   * one need not be judged again. null where judging has consequences (`auth_hmac`) or left something out.
   */
  accepted: AcceptedPacket | null;
  /** The last packet that was dropped: two masters that do not believe each other show by it. */
  rejected: {
    readonly rejection: Rejection;
    readonly source: IpAddress;
    readonly at: number;
    /** Since when that source is rejected without a pause. */
    readonly since: number;
  } | null;
  masterDownAt: number | null;
  advertiseAt: number | null;
  preemptUntil: number | null;
  /** An operator had it hand over: until then it follows any master; null where nobody did. */
  followUntil: number | null;
  /** As address owner (priority 255): another one, since when it is heard and when last, and whether we yield to it. */
  rival: { readonly since: number; readonly at: number; readonly lowered: boolean } | null;
  leaseRefreshAt: number | null;
  /** When an advertisement of a weaker router was answered last. */
  answeredAt: number | null;
  /** Its timer ran out, but the sync group is not ready. */
  wantsMaster: boolean;
  /** A stall of our own was excused once since the last advertisement. */
  stallForgiven: boolean;
  announcements: AnnounceSchedule;
  /** Goes up at each gain and loss of mastership, so that work queued under an older one is dropped. */
  term: number;
  /** The advertisement as it goes out now; null where something in it changed. */
  advertisement: Advertisement | null;
  /** Keys of VIPs that the kernel reports. */
  readonly installed: Set<string>;
  /** Keys of VIPs whose removal we asked for and the kernel has not confirmed. */
  readonly leaving: Set<string>;
  readonly counters: Record<CounterName, number>;
  /** What signs its advertisements and judges those of others; null without `auth_hmac`. */
  signer: Signer | null;
  /** Kinds of trouble already logged since the last transition. */
  readonly reported: Set<string>;
}

/** A sync group at run time. */
export interface Group {
  config: SyncGroup;
  members: readonly Router[];
  /** The state that all members share; `init` until they agree for the first time. */
  state: VrrpState;
  since: number;
}

/** A new router in state `init`. */
export function createRouter(config: VrrpInstance, now: number): Router {
  return {
    config,
    group: null,
    trackers: effectiveTrackers(config, null),
    state: "init",
    since: now,
    reason: "starting",
    faults: new Map(),
    pending: new Set(),
    terms: new Map(),
    priority: config.priority,
    source: null,
    listening: null,
    sequence: 0,
    heardSequence: 0,
    heardOldChecksum: false,
    masterInterval: config.advertInterval,
    master: null,
    heard: null,
    accepted: null,
    rejected: null,
    masterDownAt: null,
    advertiseAt: null,
    preemptUntil: null,
    followUntil: null,
    rival: null,
    leaseRefreshAt: null,
    answeredAt: null,
    wantsMaster: false,
    stallForgiven: false,
    announcements: NO_ANNOUNCEMENTS,
    term: 0,
    advertisement: null,
    installed: new Set(),
    leaving: new Set(),
    counters: Object.fromEntries(COUNTER_NAMES.map((name) => [name, 0])) as Record<CounterName, number>,
    signer: signerFor(config, null),
    reported: new Set(),
  };
}

/** Counts from 0 again. */
export function clearCounters({ counters }: Router): void {
  for (const name of COUNTER_NAMES) counters[name] = 0;
}

/**
 * The interface by which advertisements leave and come: the virtual one where there is one, but for `vmac_xmit_base`
 * and for unicast, whose peers know the host by its own hardware address.
 */
export function wireInterface({ interface: own, vmac, transport }: VrrpInstance): string {
  const virtual = vmac !== null && !vmac.transmitOnBase && transport.mode === "multicast";
  return virtual ? vmac.name ?? own : own;
}

/** Silence after which this router takes over, ms. */
export function downInterval(router: Router): number {
  const { version, downTimerAdverts } = router.config;
  return masterDownInterval(version, router.priority, router.masterInterval, downTimerAdverts);
}

/** The kernel lifetime of its VIPs, s. */
export function vipLease(router: Router): number {
  const { version, downTimerAdverts, advertInterval } = router.config;
  return leaseSeconds(masterDownInterval(version, router.priority, advertInterval, downTimerAdverts));
}

/** When the next of its timers is due; Infinity where none runs. */
export function nextDue(router: Router): number {
  let due = nextAnnouncement(router.announcements);
  if (router.advertiseAt !== null && router.advertiseAt < due) due = router.advertiseAt;
  if (router.masterDownAt !== null && router.masterDownAt < due) due = router.masterDownAt;
  if (router.leaseRefreshAt !== null && router.leaseRefreshAt < due) due = router.leaseRefreshAt;
  return due;
}

/** The routers that change state together with this one, itself included. */
export function companions(router: Router): readonly Router[] {
  return router.group === null ? [router] : router.group.members;
}

/** Whether a router follows any master for a while, as if it were set to `nopreempt`. */
export function followsAnybody({ followUntil }: Router, now: number): boolean {
  return followUntil !== null && now < followUntil;
}
