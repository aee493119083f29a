/**
 * The log: lines on stderr, through logtape.
 *
 * Writing never fails and never throws: a closed pipe or a full disk must not stop a router. Lines that could not be
 * written are counted, and the count is told once writing works again.
 */
import { configureSync, getLogger, type LogLevel, type LogRecord } from "@logtape/logtape";
import type { Level, Message } from "../../core/engine/message.ts";

/** How lines look; `journal` is for stderr that leads to systemd's journal. */
export type LogFormat = "text" | "json" | "journal";

/** Names of the levels in logtape. */
const LOGTAPE_LEVEL = {
  error: "error",
  warning: "warning",
  info: "info",
  detail: "debug",
  debug: "trace",
} as const satisfies Record<Level, LogLevel>;

/** All levels, the gravest first. */
export const LEVELS = Object.keys(LOGTAPE_LEVEL) as readonly Level[];

/** Says one thing; `at` in ms since the Unix epoch, now by default. */
export type Log = (message: Message, at?: number) => void;

/** How the log is set up. */
export interface LogOptions {
  readonly level: Level;
  readonly format: LogFormat;
  /** Where lines go; stderr by default. */
  readonly write?: (octets: Uint8Array) => number;
  /** false writes no lines at all. */
  readonly console?: boolean;
  /** Tell the system's log, too. */
  readonly syslog?: Syslog | null;
}

/** The system's log. */
export interface Syslog {
  /** 0..23 (RFC 5424 section 6.2.1) */
  readonly facility: number;
  /** Sends a datagram to a Unix socket; never throws. */
  readonly send: (path: string, octets: Uint8Array<ArrayBuffer>) => void;
  /** What lines begin with; the name may change once the configuration is known. */
  readonly tag: { readonly name: string };
}

/** Sets the log up and returns its only door. */
export function openLog(options: LogOptions): Log {
  const sinks = [
    ...(options.console ?? true ? ["lines" as const] : []),
    ...(options.syslog ? ["syslog" as const] : []),
  ];
  configureSync({
    reset: true,
    sinks: { lines: lineSink(options), syslog: syslogSink(options.syslog ?? null) },
    loggers: [
      { category: "ha", lowestLevel: LOGTAPE_LEVEL[options.level], sinks },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks },
    ],
  });
  const logger = getLogger("ha");
  return (message, at = Date.now()) =>
    logger.emit({
      level: LOGTAPE_LEVEL[message.level],
      message: [message.text],
      rawMessage: message.text,
      timestamp: at,
      properties: { ...message.fields, code: message.code, level: message.level },
    });
}

/** A message of the daemon itself. */
export function notice(
  level: Level,
  code: string,
  text: string,
  fields: Message["fields"] = {},
): Message {
  return { level, code, text, fields };
}

function lineSink({ format, write = writeStderr }: LogOptions): (record: LogRecord) => void {
  const encoder = new TextEncoder();
  const line = LINE[format];
  let lost = 0;
  return (record) => {
    const report = lost === 0 ? "" : line(lostRecord(record, lost));
    if (writeAll(write, encoder.encode(report + line(record)))) lost = 0;
    else lost++;
  };
}

const SYSLOG_SOCKET = "/dev/log";
/** RFC 5424 section 6.2.1 */
const SEVERITY: Readonly<Record<Level, number>> = { error: 3, warning: 4, info: 6, detail: 6, debug: 7 };

/** `<30>Mar  1 12:00:00 Keepalived_vrrp[123]: text` (RFC 3164), so that filters for keepalived's lines go on working. */
function syslogSink(syslog: Syslog | null): (record: LogRecord) => void {
  const encoder = new TextEncoder();
  return (record) => {
    const level = record.properties.level as Level | undefined ?? "error";
    const priority = (syslog?.facility ?? 3) * 8 + SEVERITY[level];
    const [, month, day, , time] = new Date(record.timestamp).toString().split(" ");
    const name = syslog?.tag.name ?? "Keepalived";
    const head = `<${priority}>${month} ${String(Number(day)).padStart(2)} ${time} ${name}[${Deno.pid}]: `;
    syslog?.send(SYSLOG_SOCKET, encoder.encode(head + oneLine(record.message.join(""))));
  };
}

function lostRecord(record: LogRecord, lost: number): LogRecord {
  const message = [`${lost} log lines could not be written`];
  return { ...record, level: "warning", message, properties: { code: "log.lost", level: "warning", lost } };
}

/** `2026-03-01 12:00:00.123 info  (VI_1) Entering MASTER STATE`, local time. */
function textLine(record: LogRecord): string {
  const level = String(record.properties.level ?? record.level);
  return `${localTime(record.timestamp)} ${level.padEnd(7)} ${oneLine(record.message.join(""))}\n`;
}

/** `<6>(VI_1) Entering MASTER STATE` (sd-daemon(3)): the journal has the time itself, and files by severity. */
function journalLine(record: LogRecord): string {
  const severity = SEVERITY[record.properties.level as Level] ?? SEVERITY.error;
  return `<${severity}>${oneLine(record.message.join(""))}\n`;
}

function jsonLine(record: LogRecord): string {
  const { code, level, ...fields } = record.properties;
  return JSON.stringify({
    time: new Date(record.timestamp).toISOString(),
    level: level ?? record.level,
    code,
    message: record.message.join(""),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
  }) + "\n";
}

const LINE = { text: textLine, json: jsonLine, journal: journalLine } as const;

function localTime(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().replace("T", " ").slice(0, -1);
}

/** One record is one line, whatever a peer or a script put into the text. */
function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ");
}

function writeAll(write: (octets: Uint8Array) => number, octets: Uint8Array): boolean {
  try {
    for (let done = 0; done < octets.length;) done += write(octets.subarray(done));
    return true;
  } catch {
    return false;
  }
}

function writeStderr(octets: Uint8Array): number {
  return Deno.stderr.writeSync(octets);
}
