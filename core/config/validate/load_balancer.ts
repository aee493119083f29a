/** The words of `global_defs` that concern virtual servers. */
import { isMulticast, parseAddress } from "../../net/address.ts";
import { SYNC_DAEMON } from "../keywords/address_line.ts";
import { indexOf } from "../keywords/keyword.ts";
import { nearest } from "../suggest.ts";
import { receiveBuffer } from "../receive_buffer.ts";
import type { Word } from "../text.ts";
import { parseWhole } from "../values.ts";
import type { LoadBalancerSettings, SyncDaemon } from "../virtual_server_model.ts";
import { missingValue, type Readers, type Reading } from "./block.ts";
import { type Context, error, warning } from "./context.ts";
import type { GlobalDraft, RootDraft, SyncDraft } from "./drafts.ts";
import { checkInterface } from "./interface.ts";

type GlobalReading = Reading<GlobalDraft>;

/** Readers of those words. */
export const LOAD_BALANCER_READERS: Readers<GlobalDraft> = {
  lvs_timeouts: readTimeouts,
  lvs_flush_on_stop: readFlushOnStop,
  lvs_flush_onstop: readFlushOnStop,
  lvs_sync_daemon: readSyncDaemon,
};

const TIMEOUTS = { tcp: "tcp", tcpfin: "tcpFin", udp: "udp" } as const;

/** Longest timeout, s: the kernel refuses what its clock cannot count, 24 days at its fastest and 248 at its slowest. */
const MAX_TIMEOUT = 31 * 86_400;

function readTimeouts(reading: GlobalReading): void {
  const { context, draft, values } = reading;
  if (values.length < 2) return missingValue(reading);
  for (let i = 0; i < values.length; i += 2) {
    const word = values[i]!;
    const value = values[i + 1];
    const target = Object.hasOwn(TIMEOUTS, word.text)
      ? TIMEOUTS[word.text as keyof typeof TIMEOUTS]
      : undefined;
    const parsed = parseWhole(value?.text ?? "", 0, MAX_TIMEOUT);
    if (target !== undefined && parsed.ok) draft.timeouts[target] = parsed.value * 1000;
    else {
      const at = target === undefined ? word : value ?? word;
      error(context, at, "bad-value", `Cannot use "${at.text}" for lvs_timeouts`, {
        allowed: "tcp SECONDS, tcpfin SECONDS, udp SECONDS",
        suggestion: target === undefined ? nearest(word.text, Object.keys(TIMEOUTS)) : null,
      });
    }
  }
}

function readFlushOnStop({ context, draft, values }: GlobalReading): void {
  const value = values[0];
  if (value === undefined) draft.flushOnStop = "all";
  else if (value.text === "VS") draft.flushOnStop = "services";
  else {
    error(context, value, "bad-value", `Cannot use lvs_flush_on_stop ${value.text}`, {
      allowed: "nothing or VS",
    });
  }
}

function readSyncDaemon(reading: GlobalReading): void {
  const { context, draft, values, word } = reading;
  if (draft.syncDaemon !== null) {
    return error(
      context,
      word,
      "repeated-word",
      `Cannot use ${word.text} a second time; the first one counts`,
    );
  }
  const [device, ...options] = values;
  if (device === undefined) return missingValue(reading);
  checkInterface(context, device, "lvs_sync_daemon", false);
  const daemon: { -readonly [K in keyof SyncDraft["daemon"]]: SyncDraft["daemon"][K] } = {
    interface: device.text,
    instance: null,
    id: null,
    maxLength: null,
    port: null,
    ttl: null,
    group: null,
  };
  // `lvs_sync_daemon eth0 VI_1` names the instance without a word before it.
  const first = options[0];
  if (first !== undefined && !indexOf(SYNC_DAEMON).has(first.text)) {
    daemon.instance = first.text;
    options.shift();
  }
  for (let i = 0; i < options.length; i += 2) readSyncOption(context, daemon, options[i]!, options[i + 1]);
  draft.syncDaemon = { at: first ?? device, daemon };
}

const SYNC_RANGES = {
  id: ["id", 0, 255],
  maxlen: ["maxLength", 1, 65_507],
  port: ["port", 1, 65_535],
  ttl: ["ttl", 1, 255],
} as const;

function readSyncOption(
  context: Context,
  daemon: { -readonly [K in keyof SyncDraft["daemon"]]: SyncDraft["daemon"][K] },
  option: Word,
  value: Word | undefined,
): void {
  if (value === undefined) {
    return error(
      context,
      option,
      "missing-value",
      `Cannot use ${option.text} of lvs_sync_daemon without a value`,
    );
  }
  if (option.text === "inst") daemon.instance = value.text;
  else if (option.text === "group") {
    const group = parseAddress(value.text);
    if (group !== null && isMulticast(group)) daemon.group = group;
    else error(context, value, "bad-address", `Cannot use group ${value.text}: not a multicast group`);
  } else if (Object.hasOwn(SYNC_RANGES, option.text)) {
    const [target, min, max] = SYNC_RANGES[option.text as keyof typeof SYNC_RANGES];
    const parsed = parseWhole(value.text, min, max);
    if (parsed.ok) daemon[target] = parsed.value;
    else {
      const allowed = `between ${min} and ${max}`;
      error(context, value, "bad-value", `Cannot use ${option.text} ${value.text} as it must be ${allowed}`, {
        allowed,
      });
    }
  } else {
    error(context, option, "unknown-option", `Cannot use "${option.text}" for lvs_sync_daemon`, {
      suggestion: nearest(option.text, indexOf(SYNC_DAEMON).keys()),
      allowed: [...indexOf(SYNC_DAEMON).keys()].join(", "),
    });
  }
}

/** The settings once everything has been read; `runnable` are the instances that can run. */
export function finishLoadBalancer(
  context: Context,
  root: RootDraft,
  runnable: ReadonlySet<string>,
): LoadBalancerSettings {
  const draft = context.global;
  const fifo = draft.lvsNotifyFifo;
  return {
    timeouts: draft.timeouts,
    flushOnStart: draft.flushOnStart,
    flushOnStop: draft.flushOnStop,
    syncDaemon: finishSyncDaemon(context, runnable),
    notifyAtStart: draft.notifyAtStart,
    mailPoolChangesOnly: draft.mailPoolChangesOnly,
    notifyFifo: fifo === null ? null : { ...fifo, reader: draft.lvsNotifyFifoScript?.command ?? null },
    ipvsNamespace: root.ipvsNamespace,
    maxChecks: draft.maxChecks,
    commandBuffer: receiveBuffer(draft.kept, "lvs_netlink_cmd"),
  };
}

function finishSyncDaemon(context: Context, runnable: ReadonlySet<string>): SyncDaemon | null {
  const draft = context.global.syncDaemon;
  if (draft === null) return null;
  const { daemon, at } = draft;
  const known = daemon.instance !== null && runnable.has(daemon.instance);
  const instance = known ? context.instances.get(daemon.instance!)! : null;
  if (daemon.instance !== null && instance === null) {
    warning(
      context,
      at,
      "unknown-instance",
      `Cannot run lvs_sync_daemon with ${daemon.instance}: no such vrrp_instance`,
      {
        inForce: "no lvs_sync_daemon",
        suggestion: nearest(daemon.instance, context.instances.keys()),
      },
    );
    return null;
  }
  return { ...daemon, id: daemon.id ?? instance?.vrid ?? 0 };
}
