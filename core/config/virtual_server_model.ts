/**
 * Virtual servers, real servers and checkers as the configuration gives them: what the load-balancing half runs.
 *
 * As in `model.ts` every default is filled in, `virtual_server` values are inherited by its real servers and theirs
 * by their checkers, groups and track files are resolved, and all durations are in milliseconds. Plain data.
 * Words in backquotes are the configuration's; those marked (ours) keepalived does not have.
 */
import type { Family, IpAddress } from "../net/address.ts";
import type { Command, ScriptUser } from "./model.ts";

/** Everything about virtual servers in one configuration. */
export interface LoadBalancer {
  readonly settings: LoadBalancerSettings;
  /** In the order written; one without real servers is left out (with a diagnostic), a second of the same too. */
  readonly virtualServers: readonly VirtualServer[];
}

/** Settings of `global_defs` that concern virtual servers alone. */
export interface LoadBalancerSettings {
  /** `lvs_timeouts`: idle times of IPVS connections, ms in whole seconds; null leaves the kernel's value. */
  readonly timeouts: {
    readonly tcp: number | null;
    readonly tcpFin: number | null;
    readonly udp: number | null;
  };
  /** `lvs_flush`: the whole IPVS table is emptied at start. */
  readonly flushOnStart: boolean;
  /**
   * `lvs_flush_on_stop`: `all` empties the whole table, `services` (written `VS`) deletes only our services; `none`
   * removes our destinations one by one and then the services.
   */
  readonly flushOnStop: "none" | "all" | "services";
  /** `lvs_sync_daemon`; null where none is configured. */
  readonly syncDaemon: SyncDaemon | null;
  /** `rs_init_notifies`: `notify_up` runs at start for servers that start up. */
  readonly notifyAtStart: boolean;
  /** `no_checker_emails`: mail only when a server enters or leaves the pool. */
  readonly mailPoolChangesOnly: boolean;
  /** `lvs_notify_fifo` with its `_script`; null where none is configured. */
  readonly notifyFifo: NotifyFifo | null;
  /** `net_namespace_ipvs`: where the IPVS table lives; null is the daemon's own, "" the default one. */
  readonly ipvsNamespace: string | null;
  /** `lvs_max_checks` (ours): probes in flight at one time, 1..100000; 2000 by default. */
  readonly maxChecks: number;
  /** `lvs_netlink_cmd_rcv_bufs`: the receive buffer of the table's socket; null leaves it as it is. */
  readonly commandBuffer: ReceiveBuffer | null;
}

/** A receive buffer as it is wanted. */
export interface ReceiveBuffer {
  /** Octets, at least 1. */
  readonly length: number;
  /** Beyond the system's limit (net.core.rmem_max). */
  readonly force: boolean;
}

/** A named pipe for events and who reads it. */
export interface NotifyFifo {
  readonly path: string;
  readonly owner: ScriptUser | null;
  /** Started when the pipe is opened, its path as last argument. */
  readonly reader: Command | null;
}

/** `lvs_sync_daemon`: replication of the connection table by the kernel, over UDP multicast. */
export interface SyncDaemon {
  readonly interface: string;
  /** The VRRP instance whose state decides master or backup; null runs both roles at all times. */
  readonly instance: string | null;
  /** 0..255; the instance's VRID where `id` is not written, or 0. */
  readonly id: number;
  /** Octets, 1..65507; null leaves the kernel's value, as for the next three. */
  readonly maxLength: number | null;
  readonly port: number | null;
  /** 1..255 */
  readonly ttl: number | null;
  readonly group: IpAddress | null;
}

/** What a virtual server listens to: one address, a firewall mark, or a group of both. */
export type ServiceAddress =
  | { readonly kind: "address"; readonly address: IpAddress; readonly port: number }
  | { readonly kind: "fwmark"; readonly mark: number }
  | { readonly kind: "group"; readonly name: string; readonly entries: readonly GroupEntry[] };

/** A line of `virtual_server_group`. */
export type GroupEntry =
  /** `first` to `last`, both included and of one family; a single address has the same twice. */
  | { readonly kind: "range"; readonly first: IpAddress; readonly last: IpAddress; readonly port: number }
  /** `family` null: that of the real servers. */
  | { readonly kind: "fwmark"; readonly mark: number; readonly family: Family | null };

/** A `virtual_server` block. */
export interface VirtualServer {
  readonly service: ServiceAddress;
  /** Of a group: of its ranges; of a firewall mark: `ip_family`, or that of the real servers. */
  readonly family: Family;
  /** Without meaning for a firewall mark. */
  readonly protocol: Protocol;
  readonly scheduler: Scheduler;
  /**
   * Scheduler flag bits 1 to 3 (`flag-1` …); `sh-fallback` and `mh-fallback` are bit 1, `sh-port` and `mh-port`
   * bit 2.
   */
  readonly schedulerFlags: readonly (1 | 2 | 3)[];
  /** `ops`: every datagram is scheduled by itself (UDP). */
  readonly onePacket: boolean;
  /** `persistence_timeout`, ms in whole seconds, at most 31 days; null: not persistent. */
  readonly persistence: number | null;
  /** `persistence_granularity`: an IPv4 mask 0..0xffffffff (0xffffffff), or for IPv6 a prefix length 1..128 (128). */
  readonly persistenceMask: number;
  /** `persistence_engine`, such as `sip`. */
  readonly persistenceEngine: string | null;
  /** `ha_suspend`: checks pause while the address is not on this host; off for a firewall mark. */
  readonly haSuspend: boolean;
  /** Mail when the quorum is gained or lost. */
  readonly smtpAlert: boolean;
  /** `alpha` of the virtual server itself: the quorum is taken as down at start. */
  readonly alpha: boolean;
  /** `omega`: `notify_down` and `quorum_down` run at shutdown too. */
  readonly omega: boolean;
  /** Total weight of live servers that is needed, at least 1 and at most the sum of all weights. */
  readonly quorum: number;
  /** 0..quorum-1 */
  readonly hysteresis: number;
  readonly quorumUp: Command | null;
  readonly quorumDown: Command | null;
  readonly sorryServer: SorryServer | null;
  readonly snmpName: string | null;
  /** At least one; no address and port twice. */
  readonly realServers: readonly RealServer[];
}

/** The transport of a service. */
export type Protocol = "tcp" | "udp" | "sctp";

/** `lb_algo`: the scheduler's module name without `ip_vs_`. */
export type Scheduler =
  | "rr"
  | "wrr"
  | "lc"
  | "wlc"
  | "lblc"
  | "lblcr"
  | "sh"
  | "mh"
  | "dh"
  | "fo"
  | "ovf"
  | "sed"
  | "nq"
  | "twos";

/** `lb_kind`: how a packet reaches the real server. */
export type Forwarding =
  | { readonly method: "nat" }
  | { readonly method: "direct" }
  /** `FULLNAT` (ours): NAT, and the source address becomes the director's own. */
  | { readonly method: "fullnat" }
  | {
    readonly method: "tunnel";
    readonly encapsulation: "ipip" | "gue" | "gre";
    /** UDP port of gue, 1..65535; 0 for the others. */
    readonly port: number;
    /** `nocsum`, `csum`, `remcsum` of gue and gre; `none` for ipip. */
    readonly checksum: "none" | "checksum" | "remote";
  };

/** `sorry_server`: in the pool only while the quorum is lost. */
export interface SorryServer {
  readonly address: IpAddress;
  /** That of the virtual server where none is written; forced to it for direct and tunnel. */
  readonly port: number;
  readonly forwarding: Forwarding;
  /** `sorry_server_inhibit`: stays in the table with weight 0 instead of being removed. */
  readonly inhibit: boolean;
}

/** A `real_server` block. */
export interface RealServer {
  readonly address: IpAddress;
  /** That of the virtual server where none is written; forced to it for direct and tunnel. */
  readonly port: number;
  /** 0..2147483647; 1 by default. */
  readonly weight: number;
  readonly forwarding: Forwarding;
  /** Connections, `uthreshold` and `lthreshold`; 0 means no limit. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** A failed server keeps its entry, with weight 0, and so its connections. */
  readonly inhibitOnFailure: boolean;
  /** Down until every checker has succeeded once. */
  readonly alpha: boolean;
  readonly notifyUp: Command | null;
  readonly notifyDown: Command | null;
  /** Mail when it comes up or goes down. */
  readonly smtpAlert: boolean;
  readonly snmpName: string | null;
  /** `slow_start` (ours), ms: after a failure the weight grows to its full value over that time; 0 is at once. */
  readonly slowStart: number;
  readonly checkers: readonly Checker[];
}

/** One checker block; a real server is up while none of its checkers has failed. */
export type Checker =
  | HttpChecker
  | TcpChecker
  | SmtpChecker
  | DnsChecker
  | UdpChecker
  | PingChecker
  | MiscChecker
  | FileChecker
  | BfdChecker;

/** When a checker runs and how often it may fail. */
export interface CheckSchedule {
  /** ms between two checks, at least 1; 60 s by default. */
  readonly delayLoop: number;
  /** Further attempts before the server counts as down: 1 by default, 3 for DNS, 0 for MISC. */
  readonly retry: number;
  /** ms before each of them: 1 s by default, 3 s for HTTP and SSL, `delay_loop` for DNS. */
  readonly delayBeforeRetry: number;
  /** ms: the first check starts at a random time within it; `delay_loop` by default, 0 is at once. */
  readonly warmup: number;
  /** The checker counts as failed until it has succeeded. */
  readonly alpha: boolean;
  /** Each failure is logged, not only those that change something. */
  readonly logAllFailures: boolean;
}

/** Where a probe goes and from where. */
export interface CheckTarget {
  /** `connect_ip`; the real server's own by default. */
  readonly address: IpAddress;
  /** `connect_port`, 1..65535; the real server's own by default. 0 for ping. */
  readonly port: number;
  /** `bindto`, `bind_port` (0 is any), `bind_if`. */
  readonly sourceAddress: IpAddress | null;
  readonly sourcePort: number;
  readonly interface: string | null;
  /** `fwmark` for SO_MARK; 0 is none. */
  readonly mark: number;
  /** `connect_timeout`, ms: for the connection, and again for each wait for an answer; 5 s by default. */
  readonly timeout: number;
}

interface NetworkChecker extends CheckSchedule {
  readonly target: CheckTarget;
}

/** `TCP_CHECK`: a connection is enough. */
export interface TcpChecker extends NetworkChecker {
  readonly kind: "tcp";
}

/** `PING_CHECK`: an ICMP echo is answered. */
export interface PingChecker extends NetworkChecker {
  readonly kind: "ping";
}

/** `HTTP_GET`, or `SSL_GET` where `tls` is not null. */
export interface HttpChecker extends NetworkChecker {
  readonly kind: "http";
  readonly tls: TlsOptions | null;
  /** `http_protocol`; `1.0C` is 1.0 with `Connection: close`; `2` (ours) is HTTP/2, by ALPN or prior knowledge. */
  readonly protocol: "1.0" | "1.0C" | "1.1" | "2";
  /** `fast_recovery`: no pause between the urls while recovering. */
  readonly fastRecovery: boolean;
  /** At least one; tried in this order, one a `delayLoop`. */
  readonly urls: readonly UrlCheck[];
}

/** A `url` block: one request and what its answer must be. Every condition that is given must hold. */
export interface UrlCheck {
  /** Begins with `/`, or is what was written. */
  readonly path: string;
  /** The `virtualhost` in force (url, checker, real or virtual server); null sends the address and port. */
  readonly virtualHost: string | null;
  /** The name for TLS SNI; null sends none. */
  readonly serverName: string | null;
  /** Accepted status codes, each range inclusive within 100..599; 200..299 by default. Empty: any. */
  readonly statusCodes: readonly { readonly first: number; readonly last: number }[];
  /** `digest`: MD5 of the body as 32 lower case hexadecimal digits; null: not compared. */
  readonly digest: string | null;
  readonly regex: BodyPattern | null;
  /** `tls_compliant`: a close_notify alert ends the connection. */
  readonly closeNotify: boolean;
  /** `method` (ours); GET by default. */
  readonly method: string;
  /** `header "Name: value"` (ours), in the order written; they replace those of the same name we would send. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** `body` (ours); null sends none. */
  readonly body: string | null;
  /** `json POINTER VALUE` (ours): RFC 6901 pointer into the body and the JSON value expected there. */
  readonly json: { readonly pointer: string; readonly value: unknown } | null;
}

/** `regex` and its companions. */
export interface BodyPattern {
  /** As written (PCRE2). */
  readonly pattern: string;
  /** `regex_options`: PCRE2 names in lower case such as `caseless`, `multiline`, `dotall`, `utf`. */
  readonly options: readonly string[];
  /** `regex_no_match`: a match is the failure. */
  readonly inverted: boolean;
  /** Octets of the body between which a match may start; `maxOffset` null: anywhere after. */
  readonly minOffset: number;
  readonly maxOffset: number | null;
}

/** The `SSL` block and our `tls_*` words in `SSL_GET`. File names are as written. */
export interface TlsOptions {
  /** `tls_verify` (ours): the chain and the name must be right; off by default, as keepalived never looks. */
  readonly verify: boolean;
  readonly caFile: string | null;
  readonly certificateFile: string | null;
  readonly keyFile: string | null;
  readonly keyPassword: string | null;
  /** `tls_expiry_warning DAYS` (ours), ms: a certificate that ends sooner is logged, once a day; 0 never. */
  readonly expiryWarning: number;
}

/** `SMTP_CHECK`: 220, HELO, 250, QUIT, 221. Each `host` block of the old form is a further checker. */
export interface SmtpChecker extends NetworkChecker {
  readonly kind: "smtp";
  readonly heloName: string;
}

/** `DNS_CHECK`: a query over UDP that is answered without error. */
export interface DnsChecker extends NetworkChecker {
  readonly kind: "dns";
  readonly type: "A" | "NS" | "CNAME" | "SOA" | "MX" | "TXT" | "AAAA" | "RRSIG" | "DNSKEY";
  /** `.` by default. */
  readonly name: string;
}

/** `UDP_CHECK`: no ICMP error until the timeout, or a reply that matches. */
export interface UdpChecker extends NetworkChecker {
  readonly kind: "udp";
  /** Octets to send as hexadecimal digits; null sends random ones. */
  readonly payload: string | null;
  /** `require_reply`: a reply must come. */
  readonly requireReply: boolean;
  /** What it must begin with: hexadecimal digits, `x` for any; null: anything. */
  readonly reply: string | null;
  /** Octets, 0..65535; 0 and 255 by default. */
  readonly minReplyLength: number;
  readonly maxReplyLength: number;
}

/** `MISC_CHECK`: a program decides by its exit status. */
export interface MiscChecker extends CheckSchedule {
  readonly kind: "misc";
  readonly command: Command;
  /** `misc_timeout`, ms; `delay_loop` by default. */
  readonly timeout: number;
  /** `misc_dynamic`: statuses 2..255 set the weight to status-2. */
  readonly dynamic: boolean;
}

/** `FILE_CHECK`: a number in a file, times `weight`, is added to the server's weight. */
export interface FileChecker {
  readonly kind: "file";
  /** The `track_file` and its path. */
  readonly name: string;
  readonly file: string;
  /** 0: any number but 0 means down. Otherwise the multiplier, negated by `reverse`. */
  readonly weight: number;
  readonly reverse: boolean;
}

/** `BFD_CHECK`: follows a BFD session. */
export interface BfdChecker {
  readonly kind: "bfd";
  /** The `bfd_instance`. */
  readonly name: string;
  readonly alpha: boolean;
}
