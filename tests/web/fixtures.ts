/**
 * Realistic `Status` values and a source that plays them.
 *
 * Addresses are those of RFC 5737 and RFC 3849. Every fixture is made for one fixed moment, `NOW`.
 */
import type {
  InstanceCounters,
  InstanceStatus,
  Status,
  StatusEvent,
  StatusSource,
} from "../../core/engine/status.ts";

/** The moment of every fixture: 2026-11-20 14:03:12 UTC, ms since the Unix epoch. */
export const NOW = Date.UTC(2026, 10, 20, 14, 3, 12);

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** All counters at zero but those given. */
function counters(changes: Partial<InstanceCounters> = {}): InstanceCounters {
  return {
    advert_rcvd: 0,
    advert_sent: 0,
    become_master: 0,
    release_master: 0,
    packet_len_err: 0,
    ip_ttl_err: 0,
    invalid_type_rcvd: 0,
    advert_interval_err: 0,
    addr_list_err: 0,
    invalid_authtype: 0,
    authtype_mismatch: 0,
    auth_failure: 0,
    pri_zero_rcvd: 0,
    pri_zero_sent: 0,
    version_err: 0,
    checksum_err: 0,
    foreign_source_err: 0,
    address_restored: 0,
    auth_ext_missing: 0,
    auth_ext_malformed: 0,
    auth_ext_unknown_key: 0,
    auth_ext_invalid_hmac: 0,
    auth_ext_stale: 0,
    auth_ext_replay: 0,
    ...changes,
  };
}

/** A MASTER that took over from a silent peer three hours ago. */
export function masterInstance(changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    name: "VI_LAN",
    interface: "eth0",
    vrid: 51,
    version: 2,
    family: 4,
    state: "master",
    wantedState: "master",
    since: NOW - 3 * HOUR - 12 * MINUTE,
    reason:
      "no advertisement from 192.0.2.3 for 3.61 s; our own timers were at most 0.3 ms late in that time",
    syncGroup: "VG_FIREWALL",
    basePriority: 100,
    effectivePriority: 150,
    priorityTerms: [{ what: "base", value: 100 }, { what: "script chk_nginx", value: 50 }],
    advertInterval: 1000,
    masterAdvertInterval: 1000,
    preempt: true,
    preemptDelay: 0,
    transport: "multicast",
    source: "192.0.2.2",
    destinations: ["224.0.0.18"],
    authentication: "pass",
    addresses: [
      {
        address: "192.0.2.1",
        prefixLength: 24,
        interface: "eth0",
        label: "eth0:vip",
        excluded: false,
        installed: true,
      },
      {
        address: "192.0.2.9",
        prefixLength: 32,
        interface: "eth0",
        label: null,
        excluded: true,
        installed: true,
      },
    ],
    trackers: [
      { kind: "script", name: "chk_nginx", weight: 50, reverse: false, up: true },
      { kind: "interface", name: "eth1", weight: 0, reverse: false, up: true },
    ],
    faults: [],
    master: "192.0.2.2",
    peer: { address: "192.0.2.3", priority: 100, lastHeard: NOW - 3 * HOUR, version: 2, interval: 1000 },
    counters: counters({ advert_rcvd: 8214, advert_sent: 11531, become_master: 1, pri_zero_rcvd: 1 }),
    ...changes,
  };
}

/** A BACKUP that hears its master all the time. */
export function backupInstance(changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return masterInstance({
    name: "VI_WAN",
    interface: "eth1",
    vrid: 52,
    version: 3,
    family: 6,
    state: "backup",
    wantedState: "backup",
    since: NOW - 2 * DAY - 4 * HOUR,
    reason: "heard 2001:db8::3 with priority 200, ours is 100",
    syncGroup: null,
    effectivePriority: 100,
    priorityTerms: [{ what: "base", value: 100 }],
    advertInterval: 100,
    masterAdvertInterval: 100,
    preempt: false,
    transport: "unicast",
    source: "2001:db8::2",
    destinations: ["2001:db8::3"],
    authentication: "none",
    addresses: [
      {
        address: "2001:db8::1",
        prefixLength: 64,
        interface: "eth1",
        label: null,
        excluded: false,
        installed: false,
      },
    ],
    trackers: [],
    master: "2001:db8::3",
    peer: { address: "2001:db8::3", priority: 200, lastHeard: NOW - 40, version: 3, interval: 100 },
    counters: counters({ advert_rcvd: 1872041, advert_sent: 3 }),
    ...changes,
  });
}

/** An instance that a failed track script keeps in FAULT. */
export function faultInstance(changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return masterInstance({
    name: "VI_DMZ",
    interface: "eth2",
    vrid: 53,
    state: "fault",
    since: NOW - 95 * SECOND,
    reason: "script chk_haproxy failed (exited with status 1)",
    syncGroup: null,
    effectivePriority: 100,
    priorityTerms: [{ what: "base", value: 100 }, { what: "script chk_nginx", value: 0 }],
    source: "198.51.100.2",
    addresses: [
      {
        address: "198.51.100.1",
        prefixLength: 24,
        interface: "eth2",
        label: null,
        excluded: false,
        installed: false,
      },
    ],
    trackers: [
      { kind: "script", name: "chk_haproxy", weight: 0, reverse: false, up: false },
      { kind: "script", name: "chk_nginx", weight: 50, reverse: false, up: null },
    ],
    faults: ["script chk_haproxy failed (exited with status 1)"],
    master: "198.51.100.3",
    peer: { address: "198.51.100.3", priority: 90, lastHeard: NOW - 700, version: 2, interval: 1000 },
    counters: counters({
      advert_rcvd: 95,
      advert_sent: 40112,
      become_master: 1,
      release_master: 1,
      pri_zero_sent: 1,
      auth_failure: 312,
      ip_ttl_err: 4,
    }),
    ...changes,
  });
}

/** A MASTER that goes on hearing another one: the cable between them is fine, the priorities are not. */
export function dualMasterInstance(changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return masterInstance({
    name: "VI_SPLIT",
    interface: "eth3",
    vrid: 54,
    since: NOW - 6 * MINUTE,
    syncGroup: null,
    addresses: [
      {
        address: "203.0.113.1",
        prefixLength: 24,
        interface: "eth3",
        label: null,
        excluded: false,
        installed: true,
      },
    ],
    source: "203.0.113.2",
    master: "203.0.113.2",
    peer: { address: "203.0.113.3", priority: 150, lastHeard: NOW - 300, version: 2, interval: 1000 },
    counters: counters({ advert_rcvd: 360, advert_sent: 360, become_master: 1, auth_failure: 360 }),
    ...changes,
  });
}

/** A MASTER beside another one with another password: neither hears the other, the wire carries both. */
export function rejectingInstance(changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return masterInstance({
    name: "VI_AUTH",
    since: NOW - 8 * SECOND,
    syncGroup: null,
    peer: null,
    rejected: {
      address: "192.0.2.3",
      reason: "received an invalid passwd from 192.0.2.3!",
      at: NOW - 400,
    },
    counters: counters({ advert_rcvd: 8, advert_sent: 8, become_master: 1, auth_failure: 8 }),
    ...changes,
  });
}

/** Events, newest last, as the engine keeps them. */
export const events: readonly StatusEvent[] = [
  {
    at: NOW - 3 * HOUR - 12 * MINUTE - 4 * SECOND,
    level: "info",
    instance: "VI_LAN",
    text: "INIT → BACKUP: started",
  },
  {
    at: NOW - 3 * HOUR - 12 * MINUTE,
    level: "info",
    instance: "VI_LAN",
    text: "BACKUP → MASTER: no advertisement from 192.0.2.3 for 3.61 s",
  },
  {
    at: NOW - 96 * SECOND,
    level: "warning",
    instance: null,
    text: "VRRP_Script(chk_haproxy) failed (exited with status 1)",
  },
  {
    at: NOW - 95 * SECOND,
    level: "error",
    instance: "VI_DMZ",
    text: "MASTER → FAULT: script chk_haproxy failed (exited with status 1)",
  },
];

/** A node where all is well: one master, one backup. */
export function healthyStatus(changes: Partial<Status> = {}): Status {
  return {
    version: "0.1.0",
    routerId: "fw1",
    pid: 812,
    generatedAt: NOW,
    startedAt: NOW - 2 * DAY - 5 * HOUR,
    loopLag: { last: 0.08, max: 2.31 },
    instances: [masterInstance(), backupInstance()],
    syncGroups: [
      { name: "VG_FIREWALL", state: "master", since: NOW - 3 * HOUR - 12 * MINUTE, members: ["VI_LAN"] },
    ],
    scripts: [
      {
        name: "chk_nginx",
        command: "/usr/bin/pgrep -x nginx",
        up: true,
        running: false,
        lastRun: NOW - 1200,
        lastResult: "exited with status 0",
        progress: 0,
        needed: 2,
      },
    ],
    interfaces: [
      { name: "eth0", up: true, addresses: ["192.0.2.2/24", "192.0.2.1/24", "192.0.2.9/32"] },
      { name: "eth1", up: true, addresses: ["2001:db8::2/64", "fe80::5054:ff:fe00:1/64"] },
    ],
    events: events.slice(0, 2),
    foreign: [],
    discarded: 0,
    configuration: {
      file: "/etc/keepalived/keepalived.conf",
      loadedAt: NOW - 2 * DAY - 5 * HOUR,
      problems: [],
    },
    ...changes,
  };
}

/** A node with every kind of trouble at once. */
export function troubledStatus(changes: Partial<Status> = {}): Status {
  const healthy = healthyStatus();
  return {
    ...healthy,
    instances: [...healthy.instances, faultInstance(), dualMasterInstance()],
    scripts: [
      ...healthy.scripts,
      {
        name: "chk_haproxy",
        command: "/usr/local/bin/check http://monitor:hunter2@127.0.0.1/ --password hunter2",
        up: false,
        running: true,
        lastRun: NOW - 400,
        lastResult: "exited with status 1",
        progress: 1,
        needed: 3,
      },
    ],
    interfaces: [
      ...healthy.interfaces,
      { name: "eth2", up: true, addresses: ["198.51.100.2/24"] },
      { name: "eth3", up: true, addresses: ["203.0.113.2/24", "203.0.113.1/24"] },
      { name: "eth4", up: false, addresses: [] },
    ],
    events,
    foreign: [
      {
        address: "192.0.2.77",
        priority: 100,
        lastHeard: NOW - 800,
        version: 2,
        interval: 1000,
        interface: "eth0",
        vrid: 10,
        count: 190771,
      },
    ],
    discarded: 190788,
    configuration: {
      ...healthy.configuration,
      problems: [
        'keepalived.conf:31:9: Cannot use "nat_mask" in vrrp_instance: it was removed years ago and has no effect',
        "keepalived.conf:14:12: Cannot use all of auth_pass: only its first 8 characters count; " +
        "in force: auth_pass hunter2s",
      ],
    },
    ...changes,
  };
}

/** `count` instances on 20 interfaces, two thirds master; each `faultEvery`th is in FAULT (0: none). */
export function manyInstances(count: number, faultEvery = 0): Status {
  const instances = Array.from({ length: count }, (_, index) => numberedInstance(index, faultEvery));
  return healthyStatus({ instances, syncGroups: [] });
}

function numberedInstance(index: number, faultEvery: number): InstanceStatus {
  const make = faultEvery > 0 && index % faultEvery === faultEvery - 1
    ? faultInstance
    : index % 3 === 2
    ? backupInstance
    : masterInstance;
  return make({
    name: `VI_${index + 1}`,
    interface: `eth0.${100 + Math.floor(index / 50)}`,
    vrid: 1 + index % 255,
    syncGroup: null,
  });
}

/** A source that answers with what it was last given. */
export class FixtureSource implements StatusSource {
  #status: Status;
  #listeners = new Set<(status: Status) => void>();
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(status: Status) {
    this.#status = status;
  }

  /** How many subscriptions are open. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Resolves as soon as that many subscriptions are open. */
  whenListeners(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ count, resolve });
    this.#settle();
    return promise;
  }

  /** Replaces the status and tells everybody. */
  publish(status: Status): void {
    this.#status = status;
    for (const listener of this.#listeners) listener(status);
  }

  current(): Promise<Status> {
    return Promise.resolve(this.#status);
  }

  subscribe(listener: (status: Status) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    this.#settle();
    signal.addEventListener("abort", () => {
      this.#listeners.delete(listener);
      this.#settle();
    }, { once: true });
  }

  #settle(): void {
    for (const { resolve } of this.#waiting.filter(({ count }) => count === this.listeners)) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count !== this.listeners);
  }
}
