/**
 * What the engine shows of itself: the only thing that the web pages, the metrics and `ha status` see.
 */
import type { IpAddress } from "../net/address.ts";
import type { VrrpState } from "../vrrp/fsm.ts";

export type { VrrpState };

/** Counters of one instance since the daemon started, under keepalived's names (its JSON dump). */
export interface InstanceCounters {
  readonly advert_rcvd: number;
  readonly advert_sent: number;
  readonly become_master: number;
  readonly release_master: number;
  readonly packet_len_err: number;
  readonly ip_ttl_err: number;
  readonly invalid_type_rcvd: number;
  readonly advert_interval_err: number;
  readonly addr_list_err: number;
  readonly invalid_authtype: number;
  readonly authtype_mismatch: number;
  readonly auth_failure: number;
  readonly pri_zero_rcvd: number;
  readonly pri_zero_sent: number;
  /** Ours: not told apart by keepalived. */
  readonly version_err: number;
  readonly checksum_err: number;
  /** Ours: unicast received as multicast or the other way round, or from a host that is no peer. */
  readonly foreign_source_err: number;
  /** Ours: VIPs that somebody else removed and we put back. */
  readonly address_restored: number;
  /** Trailers of `auth_hmac`: absent, misshapen, of an unknown key, forged, too old or too new, seen before. */
  readonly auth_ext_missing: number;
  readonly auth_ext_malformed: number;
  readonly auth_ext_unknown_key: number;
  readonly auth_ext_invalid_hmac: number;
  readonly auth_ext_stale: number;
  readonly auth_ext_replay: number;
}

/** One term of the effective priority. */
export interface PriorityTerm {
  /** `base`, `script NAME`, `interface NAME`, … */
  readonly what: string;
  /** What it adds now (0 while it does not count). */
  readonly value: number;
}

/** What an instance or a group depends on. */
export interface TrackerStatus {
  readonly kind: "script" | "interface" | "file" | "process" | "bfd";
  readonly name: string;
  readonly weight: number;
  readonly reverse: boolean;
  /** null: no result yet. For a file: what it says is no FAULT. */
  readonly up: boolean | null;
  /** What a file says, or how many processes run; absent for the other kinds. */
  readonly value?: number;
}

/** A VRRP router heard on the wire. */
export interface PeerStatus {
  readonly address: IpAddress;
  readonly priority: number;
  /** ms since the Unix epoch */
  readonly lastHeard: number;
  readonly version: 2 | 3;
  /** Advertisement interval it announced, ms. */
  readonly interval: number;
}

/** An advertisement for a VRID of ours that was dropped, and counted among the errors. */
export interface RejectedAdvert {
  readonly address: IpAddress;
  /** Such as `received an invalid passwd from 192.0.2.3!`. */
  readonly reason: string;
  /** ms since the Unix epoch */
  readonly at: number;
}

/** One `vrrp_instance`. Times are ms since the Unix epoch. */
export interface InstanceStatus {
  readonly name: string;
  readonly interface: string;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly state: VrrpState;
  /** The state that the `state` word asked for. */
  readonly wantedState: "master" | "backup";
  readonly since: number;
  /** Why it is in this state, one sentence with the peer and the timing that decided. */
  readonly reason: string;
  readonly syncGroup: string | null;
  readonly basePriority: number;
  readonly effectivePriority: number;
  readonly priorityTerms: readonly PriorityTerm[];
  /** ms */
  readonly advertInterval: number;
  /** The interval learned from the master (version 3), ms. */
  readonly masterAdvertInterval: number;
  readonly preempt: boolean;
  readonly preemptDelay: number;
  readonly transport: "multicast" | "unicast";
  readonly source: IpAddress | null;
  readonly destinations: readonly IpAddress[];
  readonly authentication: "none" | "pass" | "ah" | "hmac";
  /** `installed`: on the interface now, as the kernel reports it. */
  readonly addresses: readonly {
    readonly address: IpAddress;
    readonly prefixLength: number;
    readonly interface: string;
    readonly label: string | null;
    readonly excluded: boolean;
    readonly installed: boolean;
  }[];
  /** Virtual routes and rules; absent where none is configured. */
  readonly routes?: readonly KernelObjectStatus[];
  readonly rules?: readonly KernelObjectStatus[];
  readonly trackers: readonly TrackerStatus[];
  /** Present conditions that keep it in FAULT, in words. */
  readonly faults: readonly string[];
  /** An operator keeps it out of service; absent where none does. */
  readonly maintenance?: true;
  /** Until when it follows any master since it had to hand over, ms since the Unix epoch; absent where it did not. */
  readonly followsUntil?: number;
  /** The master as this node knows it: itself, the peer, or null. */
  readonly master: IpAddress | null;
  /** Peer last heard for this VRID; null where none ever was. */
  readonly peer: PeerStatus | null;
  /** The last advertisement that was rejected; null where none ever was, absent where it is not kept. */
  readonly rejected?: RejectedAdvert | null;
  readonly counters: InstanceCounters;
}

/** A route, a rule or a static address. */
export interface KernelObjectStatus {
  /** As `ip` writes it: `10.10.0.0/16 via 10.9.0.2 dev eth0 table 100`. */
  readonly text: string;
  /** In the kernel now, as far as we know. */
  readonly installed: boolean;
}

/** One `vrrp_sync_group`. */
export interface SyncGroupStatus {
  readonly name: string;
  readonly state: VrrpState;
  readonly since: number;
  readonly members: readonly string[];
}

/** One `vrrp_script`. */
export interface ScriptStatus {
  readonly name: string;
  readonly command: string;
  readonly up: boolean | null;
  readonly running: boolean;
  /** ms since the Unix epoch; null where none ended yet. */
  readonly lastRun: number | null;
  /** Such as `exited with status 1`; null where none ended yet. */
  readonly lastResult: string | null;
  /** Consecutive results towards the other verdict, and how many it takes. */
  readonly progress: number;
  readonly needed: number;
}

/** One `track_file`. */
export interface TrackFileStatus {
  readonly name: string;
  readonly file: string;
  readonly value: number;
}

/** One `vrrp_track_process`. */
export interface TrackProcessStatus {
  readonly name: string;
  /** The process with its parameters. */
  readonly process: string;
  /** How many run now. */
  readonly count: number;
  readonly quorum: number;
  /** null: no upper bound. */
  readonly quorumMax: number | null;
  readonly up: boolean;
  /** The other verdict comes into force once its delay is over. */
  readonly changing: boolean;
}

/** One `bfd_instance`. Times are ms since the Unix epoch, intervals ms. */
export interface BfdStatus {
  readonly name: string;
  readonly neighbour: IpAddress;
  /** null: the kernel's choice. */
  readonly source: IpAddress | null;
  readonly state: "admin_down" | "down" | "init" | "up";
  readonly remoteState: "admin_down" | "down" | "init" | "up";
  /** In the words of RFC 5880. */
  readonly diagnostic: string;
  readonly remoteDiagnostic: string;
  /** What trackers and checkers go by: an administrative end of the neighbour leaves it up. */
  readonly up: boolean;
  readonly since: number;
  readonly lastHeard: number | null;
  /** Intervals in force: between our packets before jitter, and the silence that ends the session. */
  readonly transmitInterval: number;
  readonly detectionTime: number;
  readonly multiplier: number;
  /** A change of intervals waits for the neighbour's answer. */
  readonly polling: boolean;
  readonly localDiscriminator: number;
  readonly remoteDiscriminator: number;
  /** Why its sockets cannot be opened; null where they are. */
  readonly trouble: string | null;
  readonly counters: {
    readonly sent: number;
    readonly received: number;
    readonly discarded: number;
    readonly up: number;
    readonly down: number;
  };
}

/** One checker of a real server. */
export interface CheckStatus {
  /** `TCP_CHECK`, `HTTP_GET` and so on, as the configuration names it. */
  readonly kind: string;
  /** Where it looks: `10.0.0.11:80 /index.html`, a script, a file. */
  readonly target: string;
  /** null: no verdict yet. */
  readonly up: boolean | null;
  /** ms since the Unix epoch; null where none ended yet. */
  readonly lastRun: number | null;
  /** ms that the last attempt took; null where none ended yet, or where it takes no time. */
  readonly duration: number | null;
  /** Such as `status code 503`; `ok`; null where none ended yet. */
  readonly lastResult: string | null;
  /** Failed attempts in a row that have not taken the server down yet, and how many it takes. */
  readonly failures: number;
  readonly needed: number;
}

/** What the kernel's load balancer counted since the entry was made, and rates a second as it estimates them. */
export interface TrafficStatus {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly connectionRate: number;
  readonly inPacketRate: number;
  readonly outPacketRate: number;
  readonly inByteRate: number;
  readonly outByteRate: number;
}

/** An entry of the kernel's table that a virtual server is: a group makes several. */
export interface IpvsServiceStatus {
  /** `10.0.0.1:80`, `[2001:db8::1]:80`, `mark 5` */
  readonly endpoint: string;
  /** null where nobody asked the kernel, or where it has no such entry. */
  readonly traffic: TrafficStatus | null;
}

/** One `real_server` of a virtual server. Times are ms since the Unix epoch. */
export interface RealServerStatus {
  /** `[10.0.0.11]:tcp:80` */
  readonly name: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly up: boolean;
  readonly since: number;
  /** Why it is down, one sentence; "" while it is up. */
  readonly reason: string;
  /** Weight in the kernel's table now; null while it has no entry. */
  readonly weight: number | null;
  /** The weight that it has in full service. */
  readonly fullWeight: number;
  readonly checks: readonly CheckStatus[];
  /** Of the kernel; null where nobody asked it. */
  readonly connections: { readonly active: number; readonly inactive: number } | null;
  /** Of the kernel; null where nobody asked it, absent where it is not kept. */
  readonly traffic?: TrafficStatus | null;
}

/** One `virtual_server`. Times are ms since the Unix epoch. */
export interface VirtualServerStatus {
  /** `[10.0.0.1]:tcp:80`, `FWM 5` or `[group]:0` */
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly family: 4 | 6;
  readonly scheduler: string;
  /** `NAT`, `DR`, `TUN` or `FULLNAT`: of the first real server. */
  readonly forwarding: string;
  /** s; null: not persistent. */
  readonly persistence: number | null;
  /** The quorum is there. */
  readonly up: boolean;
  readonly since: number;
  readonly quorum: number;
  readonly hysteresis: number;
  /** Weight of the live servers. */
  readonly liveWeight: number;
  /** `ha_suspend`: checks wait as the address is not on this host. */
  readonly suspended: boolean;
  /** null where none is configured. */
  readonly sorryServer: { readonly name: string; readonly active: boolean } | null;
  readonly realServers: readonly RealServerStatus[];
  /** What it is in the kernel's table; absent where that is not kept. */
  readonly services?: readonly IpvsServiceStatus[];
  /** Entries that somebody else changed or removed and we put right; absent where that is not kept. */
  readonly repairs?: number;
}

/** The kernel's load balancer. */
export interface IpvsStatus {
  readonly available: boolean;
  /** Why it is not available; "" where it is. */
  readonly reason: string;
  /** Probes under way, and such as wait for others to end. */
  readonly checksRunning: number;
  readonly checksWaiting: number;
  /** Probes that ended since the start. */
  readonly checksDone: number;
  /** Differences that others made in our part of the kernel's table and that were put right, since the start. */
  readonly repairs?: number;
}

/** A transition or another thing worth remembering, newest last. */
export interface StatusEvent {
  /** ms since the Unix epoch */
  readonly at: number;
  readonly level: "error" | "warning" | "info";
  readonly instance: string | null;
  readonly text: string;
}

/** News on their way to a server of somebody else's. */
export interface DeliveryStatus {
  /** Where to: `mail.example.net:25`, or the origin of a webhook. */
  readonly to: string;
  readonly waiting: number;
  /** Counts since the start. */
  readonly sent: number;
  readonly lost: number;
  /** Why the server takes nothing now; null while it does. */
  readonly trouble: string | null;
}

/** Everything. */
export interface Status {
  readonly version: string;
  readonly routerId: string;
  readonly pid: number;
  /** ms since the Unix epoch */
  readonly generatedAt: number;
  readonly startedAt: number;
  /** Of the engine thread: how late its timers fired, ms. */
  readonly loopLag: { readonly last: number; readonly max: number };
  readonly instances: readonly InstanceStatus[];
  readonly syncGroups: readonly SyncGroupStatus[];
  readonly scripts: readonly ScriptStatus[];
  /** Tracked files and processes; absent where none is in use. */
  readonly trackFiles?: readonly TrackFileStatus[];
  readonly trackProcesses?: readonly TrackProcessStatus[];
  /** Absent where none is configured. */
  readonly bfdSessions?: readonly BfdStatus[];
  readonly interfaces: readonly {
    readonly name: string;
    readonly up: boolean;
    readonly addresses: readonly string[];
  }[];
  /** Static addresses, routes and rules; absent where none is configured. */
  readonly statics?: {
    readonly addresses: readonly KernelObjectStatus[];
    readonly routes: readonly KernelObjectStatus[];
    readonly rules: readonly KernelObjectStatus[];
  };
  readonly events: readonly StatusEvent[];
  /** VRRP routers heard whose VRID is not configured here. */
  readonly foreign:
    readonly (PeerStatus & { readonly interface: string; readonly vrid: number; readonly count: number })[];
  /** Packets that were not for any instance of ours or not readable at all. */
  readonly discarded: number;
  /** What the configuration check had to say, worst first. */
  readonly configuration: {
    readonly file: string;
    readonly loadedAt: number;
    readonly problems: readonly string[];
    /** The last reload and why it changed nothing; absent where it was taken. */
    readonly refused?: { readonly at: number; readonly reason: string };
  };
  /** Absent where no virtual server is configured. */
  readonly virtualServers?: readonly VirtualServerStatus[];
  readonly ipvs?: IpvsStatus;
  /** Absent where no mail is sent, and where no webhook is configured. */
  readonly mail?: DeliveryStatus;
  readonly webhook?: DeliveryStatus;
}

/** Where status comes from, for the web side; implemented by the daemon and by fixtures in tests. */
export interface StatusSource {
  /** A fresh snapshot; within 500 ms or the last one known. */
  current(): Promise<Status>;
  /** Calls back on every change until the signal aborts. */
  subscribe(listener: (status: Status) => void, signal: AbortSignal): void;
}
