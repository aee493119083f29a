/** Checkers as text. */
import { secondsText } from "../values.ts";
import type {
  Checker,
  CheckSchedule,
  CheckTarget,
  FileChecker,
  HttpChecker,
  MiscChecker,
  RealServer,
  TlsOptions,
  UdpChecker,
  UrlCheck,
} from "../virtual_server_model.ts";
import { flag, setting, userWords } from "./common.ts";
import { quoted, word, type Writer } from "./writer.ts";

/** ms */
const DAY = 86_400_000;

/** Writes one checker; `base` is what a file checker's `track_file` brings along. */
export function printChecker(
  out: Writer,
  checker: Checker,
  real: RealServer,
  base: { readonly weight: number; readonly reverse: boolean } | null,
): void {
  switch (checker.kind) {
    case "tcp":
      return network(out, "TCP_CHECK", checker, real);
    case "ping":
      return network(out, "PING_CHECK", checker, real);
    case "smtp":
      return network(out, "SMTP_CHECK", checker, real, () => out.line("helo_name", word(checker.heloName)));
    case "dns":
      return network(out, "DNS_CHECK", checker, real, () => {
        out.line("type", checker.type);
        out.line("name", word(checker.name));
      });
    case "udp":
      return network(out, "UDP_CHECK", checker, real, () => datagram(out, checker));
    case "http":
      return network(
        out,
        checker.tls === null ? "HTTP_GET" : "SSL_GET",
        checker,
        real,
        () => http(out, checker),
      );
    case "misc":
      return misc(out, checker, real);
    case "file":
      return file(out, checker, base);
    case "bfd":
      return out.block(["BFD_CHECK"], () => {
        out.line("name", word(checker.name));
        alphaLine(out, checker.alpha, real);
      });
  }
}

function network(
  out: Writer,
  name: string,
  checker: CheckSchedule & { readonly kind: string; readonly target: CheckTarget },
  real: RealServer,
  more: () => void = () => {},
): void {
  out.block([name], () => {
    target(out, checker.target, real, checker.kind === "ping");
    schedule(out, checker, real);
    more();
  });
}

function target(out: Writer, where: CheckTarget, real: RealServer, ping: boolean): void {
  setting(out, "connect_ip", where.address === real.address ? null : where.address);
  setting(out, "connect_port", ping || where.port === real.port ? null : String(where.port));
  setting(out, "bindto", where.sourceAddress);
  setting(out, "bind_port", where.sourcePort === 0 ? null : String(where.sourcePort));
  setting(out, "bind_if", where.interface === null ? null : word(where.interface));
  setting(out, "fwmark", where.mark === 0 ? null : String(where.mark));
  out.line("connect_timeout", secondsText(where.timeout));
}

function schedule(out: Writer, when: CheckSchedule, real: RealServer): void {
  out.line("delay_loop", secondsText(when.delayLoop));
  out.line("retry", String(when.retry));
  out.line("delay_before_retry", secondsText(when.delayBeforeRetry));
  setting(out, "warmup", when.warmup === when.delayLoop ? null : secondsText(when.warmup));
  alphaLine(out, when.alpha, real);
  setting(out, "log_all_failures", when.logAllFailures ? "on" : null);
}

function alphaLine(out: Writer, alpha: boolean, real: RealServer): void {
  setting(out, "alpha", alpha === real.alpha ? null : alpha ? "on" : "off");
}

function datagram(out: Writer, checker: UdpChecker): void {
  setting(out, "payload", checker.payload);
  if (checker.requireReply) out.line("require_reply", checker.reply === null ? [] : [checker.reply]);
  setting(out, "min_reply_length", checker.minReplyLength === 0 ? null : String(checker.minReplyLength));
  setting(out, "max_reply_length", checker.maxReplyLength === 255 ? null : String(checker.maxReplyLength));
}

function misc(out: Writer, checker: MiscChecker, real: RealServer): void {
  out.block(["MISC_CHECK"], () => {
    out.line("misc_path", quoted(checker.command.text));
    if (checker.command.user !== null) out.line("user", userWords(checker.command.user));
    schedule(out, checker, real);
    setting(out, "misc_timeout", checker.timeout === checker.delayLoop ? null : secondsText(checker.timeout));
    flag(out, "misc_dynamic", checker.dynamic);
  });
}

function file(
  out: Writer,
  checker: FileChecker,
  base: { readonly weight: number; readonly reverse: boolean } | null,
): void {
  out.block(["FILE_CHECK"], () => {
    out.line("track_file", word(checker.name));
    if (checker.weight !== base?.weight || checker.reverse !== base.reverse) {
      out.line("weight", String(checker.weight), checker.reverse ? ["reverse"] : []);
    }
  });
}

function http(out: Writer, checker: HttpChecker): void {
  setting(out, "http_protocol", checker.protocol === "1.0" ? null : checker.protocol);
  setting(out, "fast_recovery", checker.fastRecovery ? "on" : null);
  if (checker.tls !== null) tls(out, checker.tls, checker.urls);
  for (const url of checker.urls) printUrl(out, url);
}

function tls(out: Writer, options: TlsOptions, urls: readonly UrlCheck[]): void {
  const named = urls.filter((url) => url.serverName !== null);
  if (named.length > 0) {
    const own = named[0]!.serverName!;
    if (urls.every((url) => url.serverName === url.virtualHost)) out.line("enable_sni", "on");
    else out.line("sni_name", word(own));
  }
  setting(out, "tls_verify", options.verify ? "on" : null);
  setting(out, "tls_ca", options.caFile === null ? null : word(options.caFile));
  setting(out, "tls_certificate", options.certificateFile === null ? null : word(options.certificateFile));
  setting(out, "tls_key", options.keyFile === null ? null : word(options.keyFile));
  setting(
    out,
    "tls_expiry_warning",
    options.expiryWarning === 0 ? null : String(options.expiryWarning / DAY),
  );
}

function printUrl(out: Writer, url: UrlCheck): void {
  out.block(["url"], () => {
    out.line("path", word(url.path));
    setting(out, "virtualhost", url.virtualHost === null ? null : word(url.virtualHost));
    setting(out, "digest", url.digest);
    const codes = url.statusCodes.map(({ first, last }) =>
      first === last ? String(first) : `${first}-${last}`
    );
    if (codes.length > 0) out.line("status_code", codes);
    pattern(out, url);
    setting(out, "tls_compliant", url.closeNotify ? "on" : null);
    setting(out, "method", url.method === "GET" ? null : word(url.method));
    for (const { name, value } of url.headers) out.line("header", quoted(`${name}: ${value}`));
    setting(out, "body", url.body === null ? null : quoted(url.body));
    if (url.json !== null) out.line("json", quoted(url.json.pointer), quoted(JSON.stringify(url.json.value)));
  });
}

function pattern(out: Writer, { regex }: UrlCheck): void {
  if (regex === null) return;
  out.line("regex", quoted(regex.pattern));
  if (regex.options.length > 0) out.line("regex_options", regex.options);
  flag(out, "regex_no_match", regex.inverted);
  setting(out, "regex_min_offset", regex.minOffset === 0 ? null : String(regex.minOffset));
  setting(out, "regex_max_offset", regex.maxOffset === null ? null : String(regex.maxOffset));
}
