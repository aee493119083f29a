/**
 * Settings of the daemon as a process, and groups that concern several objects. Part of `model.ts`.
 */
import type { Command, Kept } from "./model.ts";
import type { NotifyFifo } from "./virtual_server_model.ts";

/** Settings of `global_defs` and of the root level that concern the process rather than its instances. */
export interface DaemonSettings {
  /** `smtp_helo_name`; null means the host name. */
  readonly smtpHeloName: string | null;
  /** false with `no_email_faults`: no mail about FAULT. */
  readonly mailFaults: boolean;
  /** How mail gets to the mail server. */
  readonly mailTransport: MailTransport;
  /** `notify_webhook` (ours): where transitions are posted to; null means nowhere. */
  readonly webhook: Webhook | null;
  /** `startup_script` and `shutdown_script` with their timeouts in ms, 1000..1000000. */
  readonly startupScript: { readonly command: Command; readonly timeout: number } | null;
  readonly shutdownScript: { readonly command: Command; readonly timeout: number } | null;
  /** `notify_fifo`: every event; `vrrp_notify_fifo`: those of instances and groups. */
  readonly notifyFifo: NotifyFifo | null;
  readonly vrrpNotifyFifo: NotifyFifo | null;
  /** `vrrp_delay_after_boot`, ms of system uptime before which instances do not start; 0 means no delay. */
  readonly delayAfterBoot: number;
  /** `vrrp_iptables`: chains for our rules; an empty output chain is none. */
  readonly iptables: { readonly input: string; readonly output: string } | null;
  /** `nftables`: the table for our rules; null where the word is not written. */
  readonly nftables: string | null;
  /** `reload_check_config`: the file that takes the findings of a refused reload; null does not check. */
  readonly reloadCheck: string | null;
  /** `json_version` */
  readonly jsonVersion: 1 | 2;
  /** `state_dump_file`, `stats_dump_file`, `json_dump_file`; null means keepalived's names in the run directory. */
  readonly dumpFiles: {
    readonly state: string | null;
    readonly stats: string | null;
    readonly json: string | null;
  };
  /** `net_namespace`, `instance`, `use_pid_dir`, `child_wait_time` (ms) of the root level. */
  readonly networkNamespace: string | null;
  readonly instanceName: string | null;
  readonly usePidDirectory: boolean;
  readonly childWaitTime: number;
  /** `dynamic_interfaces allow_if_changes`: an interface may come back as another one. */
  readonly interfacesMayChange: boolean;
  /** `config_strict` (ours): no start with any error. */
  readonly configStrict: boolean;
  /** Words of `global_defs` and of the root level that nothing acts on yet. */
  readonly kept: Kept;
}

/** The words of ours about mail: what keepalived's SMTP does not have. */
export interface MailTransport {
  /** `smtp_tls`; `implicit` is TLS from the first octet. */
  readonly tls: "off" | "starttls" | "implicit";
  /** `smtp_tls_verify` */
  readonly verify: boolean;
  /** `smtp_tls_ca`: a file; null takes the authorities of the system. */
  readonly caFile: string | null;
  /** `smtp_login` */
  readonly login: { readonly name: string; readonly passwordFile: string } | null;
  /** `smtp_queue`: mails that may wait. */
  readonly queue: number;
  /** `smtp_retry_time`: how long one may, ms. */
  readonly retryTime: number;
}

/** A place that transitions are posted to. */
export interface Webhook {
  /** http or https */
  readonly url: string;
  /** ms for its answer */
  readonly timeout: number;
}

/** A `track_group` block. */
export interface TrackGroup {
  readonly name: string;
  /** Names of instances as written. */
  readonly members: readonly string[];
}

/** A `garp_group` block: interfaces that share one pace of GARPs and NAs. */
export interface GarpGroup {
  /** ms; null means no pause, whatever the global pace. */
  readonly garpInterval: number | null;
  readonly gnaInterval: number | null;
  readonly interfaces: readonly string[];
}
