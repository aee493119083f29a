/** `global_defs`: the words that no shape describes, and the settings that come out. */
import { append } from "../append.ts";
import { GLOBAL_DEFS } from "../keywords/global.ts";
import type { DaemonSettings } from "../daemon_model.ts";
import type { GlobalSettings } from "../model.ts";
import { INCLUDE_CHECK_OPTIONS } from "../preprocess/include.ts";
import { nearest } from "../suggest.ts";
import type { Statement } from "../tree.ts";
import { parseWhole } from "../values.ts";
import { excessWords, missingValue, readBlock, type Readers, type Reading } from "./block.ts";
import { readUser } from "./command.ts";
import { type Context, error, note, warning } from "./context.ts";
import type { CommandDraft, GlobalDraft, RootDraft } from "./drafts.ts";
import { LOAD_BALANCER_READERS } from "./load_balancer.ts";
import { readFifo } from "./fifo.ts";
import { KEPT_WORD_READERS } from "./kept_words.ts";
import { richWords } from "./rich_words.ts";

type GlobalReading = Reading<GlobalDraft>;

/** Reads one `global_defs` block; several add up. */
export function readGlobal(context: Context, statement: Statement): void {
  readBlock(context, statement.block?.statements ?? [], GLOBAL_DEFS, READERS, context.global);
}

const READERS: Readers<GlobalDraft> = {
  ...LOAD_BALANCER_READERS,
  ...KEPT_WORD_READERS,
  notification_email: readRecipients,
  smtp_server: readMailServer,
  smtp_login: readMailLogin,
  notify_webhook: readWebhook,
  script_user: readScriptUser,
  dynamic_interfaces: readDynamicInterfaces,
  include_check: checkIncludeOptions,
  vrrp_iptables: readChains,
  notify_fifo: (reading) => readFifo(reading, "notifyFifo"),
  vrrp_notify_fifo: (reading) => readFifo(reading, "vrrpNotifyFifo"),
  lvs_notify_fifo: (reading) => readFifo(reading, "lvsNotifyFifo"),
};

function readRecipients({ context, draft, statement, word }: GlobalReading): void {
  const lines = statement.block?.statements ?? [];
  for (const line of lines) {
    append(draft.notificationEmail, richWords(context, line).map((recipient) => recipient.text));
  }
  if (lines.length === 0) warning(context, word, "empty-block", "notification_email names nobody");
}

/** What an address or a host's name is made of; a name that is all digits is none (RFC 1123 section 2.1). */
const HOST = /^(?!\d+$)[\w.:%-]+$/;

function readMailServer(reading: GlobalReading): void {
  const { context, draft, word, values } = reading;
  const [host, port] = values;
  if (host === undefined) return missingValue(reading);
  if (!HOST.test(host.text)) {
    const allowed = "an address or a name";
    return error(context, host, "bad-value", `Cannot use mail server ${host.text} as it must be ${allowed}`, {
      allowed,
      inForce: "no mail",
    });
  }
  draft.smtpServer = { host: host.text, port: 25 };
  const [, name, attached] = /^([^:]+):([0-9]+)$/.exec(host.text) ?? [];
  if (name !== undefined) {
    const message = `The mail server is looked up as ${host.text}: a blank stands before a port, not a colon`;
    note(context, host, "port-in-name", message, { suggestion: `${name} ${attached}` });
  }
  if (port === undefined) return;
  const parsed = parseWhole(port.text, 1, 65535);
  if (parsed.ok) draft.smtpServer.port = parsed.value;
  else {
    const allowed = "between 1 and 65535";
    error(
      context,
      port,
      "bad-value",
      `Cannot use port ${port.text} for ${word.text} as it must be ${allowed}`,
      {
        allowed,
        inForce: "port 25",
      },
    );
  }
  excessWords(context, word, values.slice(2));
}

function readMailLogin(reading: GlobalReading): void {
  const { context, draft, word, values } = reading;
  const [name, file] = values;
  if (name === undefined || file === undefined) return missingValue(reading);
  draft.smtpLogin = { word, name: name.text, passwordFile: file.text };
  excessWords(context, word, values.slice(2));
}

function readWebhook(reading: GlobalReading): void {
  const { context, draft, word, values } = reading;
  const [url] = values;
  if (url === undefined) return missingValue(reading);
  excessWords(context, word, values.slice(1));
  // The edge parses it; here it is enough that it can be meant as one.
  if (/^https?:\/\/[^\s/]+/.test(url.text)) draft.webhook = url.text;
  else {
    error(context, url, "bad-value", `Cannot use ${url.text} for ${word.text} as it must be a URL`, {
      allowed: "http://HOST[:PORT]/PATH or https://…",
    });
  }
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
  if (option.text === "allow_if_changes") draft.interfacesMayChange = true;
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

function readChains({ context, draft, word, values }: GlobalReading): void {
  const [input, output] = values;
  warning(context, word, "no-iptables", "Packets are filtered by nf_tables, not by chains of iptables", {
    inForce: `the table ${draft.nftables ?? "keepalived"} of nf_tables`,
    allowed: "nftables [TABLE]",
  });
  draft.iptables = input === undefined
    ? { input: "INPUT", output: "OUTPUT" }
    : { input: input.text, output: output?.text ?? "" };
  excessWords(context, word, values.slice(2));
}

/** The settings that concern instances, once everything has been read. */
export function finishGlobal(context: Context): GlobalSettings {
  const draft = context.global;
  return {
    routerId: draft.routerId ?? context.facts.hostName,
    notificationEmail: draft.notificationEmail,
    notificationEmailFrom: draft.notificationEmailFrom ?? `root@${context.facts.hostName}`,
    smtpServer: draft.smtpServer,
    smtpConnectTimeout: draft.smtpConnectTimeout,
    scriptSecurity: draft.scriptSecurity,
    scriptUser: draft.scriptUser,
    startupDelay: draft.startupDelay,
    notifyPriorityChanges: draft.notifyPriorityChanges,
    statesOnReload: draft.statesOnReload,
    logUnknownVrids: draft.logUnknownVrids,
    dynamicInterfaces: draft.dynamicInterfaces,
    vipLease: draft.vipLease,
    garpInterval: draft.garpInterval,
    gnaInterval: draft.gnaInterval,
  };
}

/** The settings that concern the process. */
export function finishDaemon(context: Context, root: RootDraft): DaemonSettings {
  const draft = context.global;
  const login = draft.smtpLogin;
  if (login !== null && draft.smtpTls === "off") {
    const message = "The password of smtp_login goes to the mail server in clear";
    note(context, login.word, "login-in-clear", message, { allowed: "smtp_tls starttls or implicit" });
  }
  const timed = (script: CommandDraft | null, timeout: number) =>
    script === null ? null : { command: script.command, timeout };
  const read = (fifo: GlobalDraft["notifyFifo"], script: CommandDraft | null) =>
    fifo === null ? null : { ...fifo, reader: script?.command ?? null };
  return {
    smtpHeloName: draft.smtpHeloName,
    mailFaults: !draft.noMailFaults,
    mailTransport: {
      tls: draft.smtpTls,
      verify: draft.smtpTlsVerify,
      caFile: draft.smtpTlsCa,
      login: login === null ? null : { name: login.name, passwordFile: login.passwordFile },
      queue: draft.smtpQueue,
      retryTime: draft.smtpRetryTime,
    },
    webhook: draft.webhook === null ? null : { url: draft.webhook, timeout: draft.webhookTimeout },
    startupScript: timed(draft.startupScript, draft.startupScriptTimeout),
    shutdownScript: timed(draft.shutdownScript, draft.shutdownScriptTimeout),
    notifyFifo: read(draft.notifyFifo, draft.notifyFifoScript),
    vrrpNotifyFifo: read(draft.vrrpNotifyFifo, draft.vrrpNotifyFifoScript),
    delayAfterBoot: draft.delayAfterBoot,
    iptables: draft.iptables,
    nftables: draft.nftables,
    reloadCheck: draft.reloadCheck,
    jsonVersion: draft.jsonVersion,
    dumpFiles: { state: draft.stateFile, stats: draft.statsFile, json: draft.jsonFile },
    networkNamespace: root.networkNamespace,
    instanceName: root.instanceName,
    usePidDirectory: root.usePidDirectory,
    childWaitTime: root.childWaitTime,
    interfacesMayChange: draft.interfacesMayChange,
    configStrict: draft.configStrict,
    kept: { ...draft.kept, ...root.kept },
  };
}
