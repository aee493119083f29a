/** `global_defs` and the words of the root level as text. */
import { GLOBAL_DEFS } from "../keywords/global.ts";
import { ROOT } from "../keywords/root.ts";
import type { MailTransport } from "../daemon_model.ts";
import type { Model } from "../model.ts";
import { secondsText } from "../values.ts";
import type { LoadBalancerSettings, NotifyFifo } from "../virtual_server_model.ts";
import { commandWords, flag, keptLines, setting, userWords } from "./common.ts";
import { quoted, word, type Writer } from "./writer.ts";

/** Writes the words that stand outside all blocks. */
export function printRoot(out: Writer, { daemon, loadBalancer }: Model): void {
  setting(out, "net_namespace", daemon.networkNamespace === null ? null : word(daemon.networkNamespace));
  const { ipvsNamespace } = loadBalancer.settings;
  if (ipvsNamespace !== null) {
    out.line("net_namespace_ipvs", ipvsNamespace === "" ? [] : [word(ipvsNamespace)]);
  }
  setting(out, "instance", daemon.instanceName === null ? null : word(daemon.instanceName));
  flag(out, "use_pid_dir", daemon.usePidDirectory);
  setting(out, "child_wait_time", daemon.childWaitTime === 5000 ? null : secondsText(daemon.childWaitTime));
  keptLines(out, daemon.kept, ROOT);
}

/** Writes `global_defs`. */
export function printGlobal(out: Writer, model: Model): void {
  out.block(["global_defs"], () => {
    mail(out, model);
    scripts(out, model);
    instances(out, model);
    process(out, model);
    loadBalancer(out, model.loadBalancer.settings);
    keptLines(out, model.daemon.kept, GLOBAL_DEFS);
  });
}

function mail(out: Writer, { global, daemon }: Model): void {
  out.line("router_id", word(global.routerId));
  out.block(
    ["notification_email"],
    () => global.notificationEmail.forEach((address) => out.line(quoted(address))),
    false,
  );
  out.line("notification_email_from", word(global.notificationEmailFrom));
  if (global.smtpServer !== null) {
    out.line("smtp_server", word(global.smtpServer.host), String(global.smtpServer.port));
  }
  const timeout = global.smtpConnectTimeout;
  setting(out, "smtp_connect_timeout", timeout === 30_000 ? null : secondsText(timeout));
  setting(out, "smtp_helo_name", daemon.smtpHeloName === null ? null : word(daemon.smtpHeloName));
  flag(out, "no_email_faults", !daemon.mailFaults);
  mailTransport(out, daemon.mailTransport);
  if (daemon.webhook === null) return;
  out.line("notify_webhook", word(daemon.webhook.url));
  const { timeout: patience } = daemon.webhook;
  setting(out, "notify_webhook_timeout", patience === 10_000 ? null : secondsText(patience));
}

function mailTransport(out: Writer, { tls, verify, caFile, login, queue, retryTime }: MailTransport): void {
  setting(out, "smtp_tls", tls === "off" ? null : tls);
  setting(out, "smtp_tls_verify", verify ? null : "off");
  setting(out, "smtp_tls_ca", caFile === null ? null : word(caFile));
  if (login !== null) out.line("smtp_login", word(login.name), word(login.passwordFile));
  setting(out, "smtp_queue", queue === 1000 ? null : String(queue));
  setting(out, "smtp_retry_time", retryTime === 86_400_000 ? null : secondsText(retryTime));
}

function scripts(out: Writer, { global, daemon }: Model): void {
  flag(out, "enable_script_security", global.scriptSecurity);
  if (global.scriptUser !== null) out.line("script_user", userWords(global.scriptUser));
  for (const name of ["startup", "shutdown"] as const) {
    const script = daemon[`${name}Script`];
    if (script === null) continue;
    out.line(`${name}_script`, commandWords(script.command));
    setting(out, `${name}_script_timeout`, script.timeout === 10_000 ? null : secondsText(script.timeout));
  }
  fifo(out, "notify_fifo", daemon.notifyFifo);
  fifo(out, "vrrp_notify_fifo", daemon.vrrpNotifyFifo);
}

function fifo(out: Writer, name: string, pipe: NotifyFifo | null): void {
  if (pipe === null) return;
  out.line(name, word(pipe.path), userWords(pipe.owner));
  if (pipe.reader !== null) out.line(`${name}_script`, commandWords(pipe.reader));
}

function instances(out: Writer, { global, daemon }: Model): void {
  if (global.dynamicInterfaces) {
    out.line("dynamic_interfaces", daemon.interfacesMayChange ? ["allow_if_changes"] : []);
  }
  setting(out, "vrrp_startup_delay", global.startupDelay === 0 ? null : secondsText(global.startupDelay));
  setting(
    out,
    "vrrp_delay_after_boot",
    daemon.delayAfterBoot === 0 ? null : secondsText(daemon.delayAfterBoot),
  );
  setting(out, "vrrp_notify_priority_changes", global.notifyPriorityChanges ? "on" : null);
  flag(out, "fifo_write_vrrp_states_on_reload", global.statesOnReload);
  flag(out, "log_unknown_vrids", global.logUnknownVrids);
  setting(out, "vrrp_garp_interval", global.garpInterval === 0 ? null : secondsText(global.garpInterval));
  setting(out, "vrrp_gna_interval", global.gnaInterval === 0 ? null : secondsText(global.gnaInterval));
  setting(out, "vip_lease", global.vipLease ? null : "off");
  if (daemon.iptables !== null) {
    const { input, output } = daemon.iptables;
    out.line("vrrp_iptables", (output === "" ? [input] : [input, output]).map(word));
  }
  setting(out, "nftables", daemon.nftables === null ? null : word(daemon.nftables));
}

function process(out: Writer, { daemon }: Model): void {
  setting(out, "config_strict", daemon.configStrict ? "on" : null);
  setting(out, "reload_check_config", daemon.reloadCheck === null ? null : word(daemon.reloadCheck));
  setting(out, "json_version", daemon.jsonVersion === 1 ? null : "2");
  const { state, stats, json } = daemon.dumpFiles;
  setting(out, "state_dump_file", state === null ? null : word(state));
  setting(out, "stats_dump_file", stats === null ? null : word(stats));
  setting(out, "json_dump_file", json === null ? null : word(json));
}

function loadBalancer(out: Writer, settings: LoadBalancerSettings): void {
  const { tcp, tcpFin, udp } = settings.timeouts;
  const timeouts = [["tcp", tcp], ["tcpfin", tcpFin], ["udp", udp]] as const;
  const words = timeouts.flatMap(([name, value]) => value === null ? [] : [name, secondsText(value)]);
  if (words.length > 0) out.line("lvs_timeouts", words);
  flag(out, "lvs_flush", settings.flushOnStart);
  if (settings.flushOnStop !== "none") {
    out.line("lvs_flush_on_stop", settings.flushOnStop === "all" ? [] : ["VS"]);
  }
  syncDaemon(out, settings);
  setting(out, "rs_init_notifies", settings.notifyAtStart ? "on" : null);
  setting(out, "no_checker_emails", settings.mailPoolChangesOnly ? "on" : null);
  fifo(out, "lvs_notify_fifo", settings.notifyFifo);
  setting(out, "lvs_max_checks", settings.maxChecks === 2000 ? null : String(settings.maxChecks));
}

function syncDaemon(out: Writer, { syncDaemon: daemon }: LoadBalancerSettings): void {
  if (daemon === null) return;
  const options = [
    ["inst", daemon.instance],
    ["id", daemon.id],
    ["maxlen", daemon.maxLength],
    ["port", daemon.port],
    ["ttl", daemon.ttl],
    ["group", daemon.group],
  ] as const;
  const words = options.flatMap(([name, value]) => value === null ? [] : [name, word(String(value))]);
  out.line("lvs_sync_daemon", word(daemon.interface), words);
}
