/** `global_defs`: the words that no shape describes, and the settings that come out. */
import { GLOBAL_DEFS } from "../keywords/global.ts";
import type { GlobalSettings } from "../model.ts";
import { INCLUDE_CHECK_OPTIONS } from "../preprocess/include.ts";
import { quotedWords } from "../quoted.ts";
import { nearest } from "../suggest.ts";
import type { Statement } from "../tree.ts";
import { parseWhole } from "../values.ts";
import { excessWords, missingValue, readBlock, type Readers, type Reading } from "./block.ts";
import { readCommand, readUser } from "./command.ts";
import { type Context, error } from "./context.ts";
import type { GlobalDraft } from "./drafts.ts";

type GlobalReading = Reading<GlobalDraft>;

/** Reads one `global_defs` block; several add up. */
export function readGlobal(context: Context, statement: Statement): void {
  readBlock(context, statement.block?.statements ?? [], GLOBAL_DEFS, READERS, context.global);
}

const READERS: Readers<GlobalDraft> = {
  notification_email: readRecipients,
  smtp_server: readMailServer,
  script_user: readScriptUser,
  dynamic_interfaces: readDynamicInterfaces,
  include_check: checkIncludeOptions,
  startup_script: keepCommand,
  shutdown_script: keepCommand,
  notify_fifo_script: keepCommand,
  vrrp_notify_fifo_script: keepCommand,
  lvs_notify_fifo_script: keepCommand,
  notify_fifo: keepWords,
  vrrp_notify_fifo: keepWords,
  lvs_notify_fifo: keepWords,
  lvs_timeouts: keepWords,
  lvs_sync_daemon: keepWords,
  vrrp_garp_extra_if: keepWords,
  vrrp_vmac_garp_intvl: keepWords,
  vrrp_iptables: keepWords,
  vrrp_ipsets: keepWords,
  vrrp_cpu_affinity: keepWords,
  checker_cpu_affinity: keepWords,
  bfd_cpu_affinity: keepWords,
  vrrp_rx_bufs_policy: keepWords,
  umask: keepWords,
};

function readRecipients({ draft, statement }: GlobalReading): void {
  for (const line of statement.block?.statements ?? []) {
    draft.notificationEmail.push(...quotedWords(line.raw).map((word) => word.text));
  }
}

function readMailServer(reading: GlobalReading): void {
  const { context, draft, word, values } = reading;
  const [host, port] = values;
  if (host === undefined) return missingValue(reading);
  draft.smtpServer = { host: host.text, port: 25 };
  if (port === undefined) return;
  const parsed = parseWhole(port.text, 1, 65535);
  if (parsed.ok) draft.smtpServer.port = parsed.value;
  else {
    error(
      context,
      port,
      "bad-value",
      `Cannot use port ${port.text} for ${word.text} as it must be between 1 and 65535`,
      {
        allowed: "between 1 and 65535",
        inForce: "port 25",
      },
    );
  }
  excessWords(context, word, values.slice(2));
}

function readScriptUser(reading: GlobalReading): void {
  const { context, draft, values } = reading;
  if (values.length === 0) return missingValue(reading);
  const user = readUser(context, values, null);
  if (user === undefined) draft.badScriptUser = true;
  else draft.scriptUser = user;
}

function readDynamicInterfaces({ context, draft, values }: GlobalReading): void {
  draft.dynamicInterfaces = true;
  const option = values[0];
  if (option === undefined) return;
  if (option.text === "allow_if_changes") draft.kept["dynamic_interfaces"] = option.text;
  else {
    error(context, option, "bad-value", `Cannot use dynamic_interfaces ${option.text}`, {
      allowed: "nothing or allow_if_changes",
      suggestion: nearest(option.text, ["allow_if_changes"]),
    });
  }
}

/** The preprocessor has acted on it already; only its words are looked at here. */
function checkIncludeOptions({ context, draft, values }: GlobalReading): void {
  for (const value of values) {
    const bare = value.text.replace(/^[+-]/, "");
    if (INCLUDE_CHECK_OPTIONS.includes(bare)) continue;
    error(context, value, "bad-value", `Cannot use include_check ${value.text}`, {
      allowed: INCLUDE_CHECK_OPTIONS.join(", "),
      suggestion: nearest(bare, INCLUDE_CHECK_OPTIONS),
    });
  }
  draft.kept["include_check"] = values.map((value) => value.text);
}

function keepCommand(reading: GlobalReading): void {
  if (reading.values.length === 0) return missingValue(reading);
  const command = readCommand(reading.context, reading.statement);
  if (command !== null) reading.draft.kept[reading.keyword.word] = command.command.text;
}

function keepWords({ draft, keyword, values }: GlobalReading): void {
  draft.kept[keyword.use ?? keyword.word] = values.map((value) => value.text);
}

/** The settings once everything has been read. */
export function finishGlobal(context: Context): GlobalSettings {
  const draft = context.global;
  return {
    routerId: draft.routerId ?? context.facts.hostName,
    notificationEmail: draft.notificationEmail,
    notificationEmailFrom: draft.notificationEmailFrom ?? `root@${context.facts.hostName}`,
    smtpServer: draft.smtpServer,
    smtpConnectTimeout: Math.max(1000, draft.smtpConnectTimeout),
    scriptSecurity: draft.scriptSecurity,
    scriptUser: draft.scriptUser,
    startupDelay: draft.startupDelay,
    logUnknownVrids: draft.logUnknownVrids,
    dynamicInterfaces: draft.dynamicInterfaces,
    vipLease: draft.vipLease,
    garpInterval: draft.garpInterval,
    gnaInterval: draft.gnaInterval,
  };
}
