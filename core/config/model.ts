/**
 * The validated configuration: what the engine runs.
 *
 * Every default is filled in, every reference is resolved, all durations are in milliseconds. The model is plain
 * data: it survives a JSON round trip and crosses to the engine thread that way.
 */
import type { Family, IpAddress } from "../net/address.ts";
import type { DaemonSettings, GarpGroup, TrackGroup } from "./daemon_model.ts";
import type { Route, Rule, StaticAddress } from "./route_model.ts";
import type { AdvertBuffer } from "./receive_buffer.ts";
import type { BfdInstance, TrackFile, TrackProcess } from "./tracking_model.ts";
import type { LoadBalancer } from "./virtual_server_model.ts";

/** The whole effective configuration of one node. */
export interface Model {
  readonly global: GlobalSettings;
  readonly instances: readonly VrrpInstance[];
  readonly syncGroups: readonly SyncGroup[];
  readonly scripts: readonly TrackScript[];
  readonly trackFiles: readonly TrackFile[];
  readonly trackProcesses: readonly TrackProcess[];
  readonly bfdInstances: readonly BfdInstance[];
  /** `static_ipaddress`, `static_routes`, `static_rules`: there from start to stop, never moved. */
  readonly staticAddresses: readonly StaticAddress[];
  readonly staticRoutes: readonly Route[];
  readonly staticRules: readonly Rule[];
  /** `track_group`: instances that fault when a static entry of that group is lost. */
  readonly trackGroups: readonly TrackGroup[];
  readonly garpGroups: readonly GarpGroup[];
  /** `linkbeat_interfaces`: links that are polled; `method` null tries MII, ETHTOOL and IOCTL in that order. */
  readonly linkPolling: readonly {
    readonly interface: string;
    readonly method: "MII" | "ETHTOOL" | "IOCTL" | null;
  }[];
  /** `interface_up_down_delays`, ms each, 0..255000: how long a change must last before it counts. */
  readonly interfaceDelays: readonly {
    readonly interface: string;
    readonly down: number;
    readonly up: number;
  }[];
  readonly loadBalancer: LoadBalancer;
  readonly daemon: DaemonSettings;
}

/** A setting that is kept for a word that nothing acts on yet: what its shape reads, or its words. */
export type KeptValue = boolean | number | string | readonly string[];

/** Kept settings by the word that sets them; durations are ms, as everywhere. */
export type Kept = Readonly<Record<string, KeptValue>>;

/** Settings of `global_defs` and of the root level that concern the whole daemon. */
export interface GlobalSettings {
  /** `router_id`: how this node names itself in mail, status and log; the host name by default. */
  readonly routerId: string;
  readonly notificationEmail: readonly string[];
  readonly notificationEmailFrom: string;
  /** `smtp_server`; null means that no mail is sent. */
  readonly smtpServer: { readonly host: string; readonly port: number } | null;
  /** ms */
  readonly smtpConnectTimeout: number;
  /** `enable_script_security`: scripts that others than root could change are not run as root. */
  readonly scriptSecurity: boolean;
  /** `script_user`: the user that scripts run as where they name none; null means `keepalived_script` or our own. */
  readonly scriptUser: ScriptUser | null;
  /** `vrrp_startup_delay`, ms: timers and packets wait that long after the start; 0 means no delay. */
  readonly startupDelay: number;
  /** `vrrp_notify_priority_changes`: FIFOs hear of changes of priority. */
  readonly notifyPriorityChanges: boolean;
  /** `fifo_write_vrrp_states_on_reload` */
  readonly statesOnReload: boolean;
  /** `log_unknown_vrids` */
  readonly logUnknownVrids: boolean;
  /** `dynamic_interfaces`: an instance may wait for an interface that does not exist yet. */
  readonly dynamicInterfaces: boolean;
  /** `vip_lease` (ours, on by default): VIPs carry a kernel lifetime that only a living engine renews. */
  readonly vipLease: boolean;
  /** `vrrp_garp_interval` and `vrrp_gna_interval`: pause between two GARPs (or NAs) of one interface, ms; 0 is none. */
  readonly garpInterval: number;
  readonly gnaInterval: number;
}

/** A user and group for a script, as written; ids are looked up where the script is run. */
export interface ScriptUser {
  readonly user: string;
  /** null means the user's own group. */
  readonly group: string | null;
}

/** A command with its arguments, as the script words of the configuration give it. */
export interface Command {
  /** The words after quoting and escapes are resolved: `argv[0]` is the file. */
  readonly argv: readonly string[];
  /** null means `script_user`. */
  readonly user: ScriptUser | null;
  /** The command as it was written, for log and status. */
  readonly text: string;
}

/** Where advertisements go: to a multicast group or to each peer. */
export type Transport =
  | { readonly mode: "multicast"; readonly group: IpAddress }
  /** No peers at all are a FAULT (`unicast_fault_no_peer`). */
  | { readonly mode: "unicast"; readonly peers: readonly UnicastPeer[] };

/** A line of `unicast_peer`. `minTtl` and `maxTtl` are 0..255 where given. */
export interface UnicastPeer {
  readonly address: IpAddress;
  readonly minTtl: number | null;
  readonly maxTtl: number | null;
}

/** The VRRPv2 authentication of an instance; `password` holds at most 8 octets of UTF-8. */
export type Authentication =
  | { readonly type: "none" }
  | { readonly type: "pass" | "ah"; readonly password: string };

/** A line of `virtual_ipaddress` or `virtual_ipaddress_excluded`. */
export interface VirtualAddress {
  readonly address: IpAddress;
  /** 0..32 or 0..128; /32 and /128 where none is written. */
  readonly prefixLength: number;
  /** The interface that carries it; the instance's own where no `dev` is written. */
  readonly interface: string;
  /** IPv4 label such as `eth0:1`, at most 15 characters; null means the interface name. */
  readonly label: string | null;
  /** `scope`: a number of /etc/iproute2/rt_scopes; 0 global, 253 link, 254 host. */
  readonly scope: number;
  /** Broadcast address; null means none. */
  readonly broadcast: IpAddress | null;
  /** `-nodad` written: IPv6 duplicate address detection is left on. */
  readonly duplicateDetection: boolean;
  /** `no_track`: removal by someone else is not noticed. */
  readonly tracked: boolean;
  /** `home`, `mngtmpaddr`, `noprefixroute` and so on, by their iproute2 names. */
  readonly flags: readonly string[];
  /** `peer` (point-to-point); null means none. */
  readonly peer: IpAddress | null;
  /** `preferred_lft` in s, 4294967295 without end; null means as the kernel has it, and 0 for IPv6 /128. */
  readonly preferredLifetime: number | null;
}

/** A tracked object with the weight that holds for this instance or group. */
export interface TrackReference {
  /** Name of the script, file or process, or of the interface. */
  readonly name: string;
  /** -254..254; 0 means that failure is a FAULT. */
  readonly weight: number;
  /** `reverse`: the verdict counts the other way round. */
  readonly reverse: boolean;
}

/** Gratuitous ARP and unsolicited neighbour advertisement: rounds and pauses (semantics of the `garp_*` words). */
export interface AnnounceSettings {
  /** `garp_master_delay`, ms, until the second burst; 0 means no second burst. */
  readonly delay: number;
  /** `garp_master_repeat`: rounds a burst. */
  readonly repeat: number;
  /** `garp_master_refresh`, ms; 0 means never. */
  readonly refresh: number;
  readonly refreshRepeat: number;
  /** `garp_lower_prio_delay`, ms, and `garp_lower_prio_repeat`: after an advertisement of lower priority. */
  readonly lowerPriorityDelay: number;
  readonly lowerPriorityRepeat: number;
  /** `garp_extra_if`, ms: pause between announcements on interfaces other than the instance's own; 0 means never. */
  readonly extraInterval: number;
  /** `all`: on each such interface, not on virtual ones (VMACs) alone. */
  readonly extraEverywhere: boolean;
}

/** The states that notify scripts, FIFOs and mail speak of. */
export type NotifyState = "MASTER" | "BACKUP" | "FAULT" | "STOP" | "DELETED" | "MASTER_RX_LOWER_PRI";

/** The notify scripts of an instance or a sync group; null where none is configured. */
export interface NotifyScripts {
  readonly master: Command | null;
  readonly backup: Command | null;
  readonly fault: Command | null;
  readonly stop: Command | null;
  /** `notify_deleted` with a command. */
  readonly deleted: Command | null;
  readonly masterRxLowerPriority: Command | null;
  /** `notify`: called after the one for the state, with type, name, state and priority as further arguments. */
  readonly any: Command | null;
}

/** A `vrrp_instance` block: one virtual router on one interface. */
export interface VrrpInstance {
  readonly name: string;
  readonly family: Family;
  readonly interface: string;
  /** 1..255 */
  readonly vrid: number;
  readonly version: 2 | 3;
  /** The `state` word; `master` skips the wait for a master with priority 255 alone, see `core/vrrp/fsm.ts`. */
  readonly initialState: "master" | "backup";
  /** Base priority, 1..255; 255 is the address owner. */
  readonly priority: number;
  /** ms; whole seconds in version 2, multiples of 10 in version 3. */
  readonly advertInterval: number;
  /** `mcast_src_ip` or `unicast_src_ip`; null means the interface's primary address. */
  readonly sourceAddress: IpAddress | null;
  /** `track_src_ip`: FAULT while `sourceAddress` is not on this host. */
  readonly trackSourceAddress: boolean;
  readonly transport: Transport;
  /** TTL or hop limit of what we send, 255 unless `unicast_ttl` says otherwise. */
  readonly ttl: number;
  readonly authentication: Authentication;
  /** `auth_hmac`: a signed trailer behind each advertisement; null has none. */
  readonly hmac: HmacSettings | null;
  readonly addresses: readonly VirtualAddress[];
  /** `virtual_ipaddress_excluded`: moved with the others, not advertised. */
  readonly excludedAddresses: readonly VirtualAddress[];
  /** false with `nopreempt`. */
  readonly preempt: boolean;
  /** ms */
  readonly preemptDelay: number;
  /** Whether packets to the VIPs are accepted when we are not their owner. */
  readonly accept: boolean;
  readonly strict: boolean;
  /** `skip_check_adv_addr` */
  readonly skipAddressCheck: boolean;
  /** `check_unicast_src`: advertisements of hosts outside the peer list are dropped. */
  readonly checkUnicastSource: boolean;
  /** `v3_checksum_as_v2`: version 3 over IPv4 without the pseudo-header. */
  readonly checksumWithoutPseudoHeader: boolean;
  /**
   * `old_unicast_checksum`: unicast of version 3 over IPv4 with the multicast group in the pseudo-header, as keepalived
   * had it before 1.3.7. `auto` does as the peers do.
   */
  readonly oldUnicastChecksum: "auto" | "always" | "never";
  readonly announce: AnnounceSettings;
  /** `lower_prio_no_advert` */
  readonly lowerPriorityNoAdvert: boolean;
  /** `higher_prio_send_advert` */
  readonly higherPrioritySendAdvert: boolean;
  /** `owner_ignore_adverts` */
  readonly ownerIgnoreAdverts: boolean;
  /** `down_timer_adverts`, 1..100, 3 by default. */
  readonly downTimerAdverts: number;
  /** false with `dont_track_primary`: the state of the own interface does not fault. */
  readonly trackPrimary: boolean;
  readonly trackInterfaces: readonly TrackReference[];
  readonly trackScripts: readonly TrackReference[];
  readonly notify: NotifyScripts;
  readonly smtpAlert: boolean;
  /** `notify_priority_changes`: FIFOs hear of them; null leaves it to the group, then to `global_defs`. */
  readonly notifyPriorityChanges: boolean | null;
  readonly trackFiles: readonly TrackReference[];
  readonly trackProcesses: readonly TrackReference[];
  readonly trackBfds: readonly TrackReference[];
  /** `virtual_routes` and `virtual_rules`: there while MASTER. */
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /** `use_vmac`; null uses the interface's own hardware address. */
  readonly vmac: Vmac | null;
  /** `kernel_rx_buf_size`, or else `vrrp_rx_bufs_policy`: its share of the receive buffer; null leaves that as it is. */
  readonly receiveBuffer: AdvertBuffer | null;
  /** `promote_secondaries`: the kernel's setting of that name is switched on for the interface. */
  readonly promoteSecondaries: boolean;
  /** `notify_deleted` without a command too: a removed instance is reported DELETED, not FAULT. */
  readonly notifyDeleted: boolean;
  /** Words of the instance that nothing acts on yet. */
  readonly kept: Kept;
}

/** `auth_hmac`: the trailer of keepalived 2.4.2, see `core/packet/vrrp_trailer.ts`. */
export interface HmacSettings {
  /** In the order written, each number once. */
  readonly keys: readonly HmacKey[];
  /** The number of the key that signs; it is one of `keys`. */
  readonly activeKey: number;
  /** s, 1..300: how far the clocks of sender and receiver may be apart. */
  readonly timeWindow: number;
  /** `time` looks at the clock and at the order, `monotonic` at the order alone. */
  readonly antiReplay: "time" | "monotonic";
  /** `permissive` accepts what is not signed, `receive-only` does not sign either. */
  readonly mode: "enforce" | "permissive" | "receive-only";
}

/** One `key` of `auth_hmac`. */
export interface HmacKey {
  /** 1..255 */
  readonly id: number;
  /** As written: `hex:…`, `file:PATH` or the text itself. */
  readonly value: string;
  /** 32 to 64 octets in hexadecimal; "" where the file is not on this machine. */
  readonly secret: string;
}

/** `use_vmac`: advertisements and VIPs on a macvlan with the virtual router's hardware address (RFC 9568 7.3). */
export interface Vmac {
  /** Name of the interface; null means `vrrp.VRID`. */
  readonly name: string | null;
  /** Lower case `xx:xx:xx:xx:xx:xx`; null means 00:00:5e:00:01:VRID, or 02:VRID for IPv6. */
  readonly macAddress: string | null;
  /** `vmac_xmit_base`: packets leave and come by the parent interface. */
  readonly transmitOnBase: boolean;
  /** `use_vmac_addr`: VIPs on other interfaces get one too. */
  readonly forOtherInterfaces: boolean;
  /** `netlink_notify_msg` */
  readonly announceOnNetlink: boolean;
  /** `group`: interface group, a name or a number; null means the default one. */
  readonly group: string | null;
}

/** A `vrrp_sync_group` block: instances that change state together. */
export interface SyncGroup {
  readonly name: string;
  /** Names of existing instances, in the order written. */
  readonly members: readonly string[];
  readonly trackInterfaces: readonly TrackReference[];
  readonly trackScripts: readonly TrackReference[];
  /** `sync_group_tracking_weight`: members keep their weighted trackers. */
  readonly trackingWeight: boolean;
  readonly notify: NotifyScripts;
  readonly smtpAlert: boolean;
  /** `notify_priority_changes` for members that do not say themselves. */
  readonly notifyPriorityChanges: boolean | null;
  readonly trackFiles: readonly TrackReference[];
  readonly trackProcesses: readonly TrackReference[];
  readonly trackBfds: readonly TrackReference[];
  /** Words of the group that nothing acts on yet. */
  readonly kept: Kept;
}

/** A `vrrp_script` block. */
export interface TrackScript {
  readonly name: string;
  readonly command: Command;
  /** ms, at least 1 */
  readonly interval: number;
  /** ms, at least 1 */
  readonly timeout: number;
  /** -253..253 */
  readonly weight: number;
  readonly reverse: boolean;
  /** Successes in a row until it counts as up, at least 1. */
  readonly rise: number;
  /** Failures in a row until it counts as down, at least 1. */
  readonly fall: number;
  /** `init_fail`: down until `rise` successes. */
  readonly initFail: boolean;
}
