/** Checkers with everything that is handed down to them, as the model has them. */
import { append } from "../append.ts";
import { familyOf, type IpAddress } from "../../net/address.ts";
import type {
  BodyPattern,
  Checker,
  CheckSchedule,
  CheckTarget,
  HttpChecker,
  TlsOptions,
  UrlCheck,
} from "../virtual_server_model.ts";
import type {
  CheckerDraft,
  FileCheckDraft,
  HttpDraft,
  MiscDraft,
  ScheduleDraft,
  SmtpDraft,
  TargetDraft,
  UrlDraft,
} from "./checker_drafts.ts";
import { withUser } from "./command.ts";
import { type Context, error } from "./context.ts";
import { lintChecker } from "./lint.ts";
import type { Keeps } from "./drafts.ts";
import type { HandedDown, RealServerDraft } from "./server_drafts.ts";

/** What virtual and real server hand down. */
export type Inherited = Readonly<
  Omit<HandedDown, keyof Keeps | "inhibitOnFailure" | "smtpAlert" | "snmpName">
>;

interface Place {
  readonly context: Context;
  readonly real: RealServerDraft;
  readonly inherited: Inherited;
  readonly port: number;
}

/** ms */
const DAY = 86_400_000;

/** The checkers of a real server; each `host` of an old `SMTP_CHECK` is a further one. */
export function finishCheckers(
  context: Context,
  real: RealServerDraft,
  inherited: Inherited,
  port: number,
): readonly Checker[] {
  const place = { context, real, inherited, port };
  let finished: Checker[] = [];
  for (const draft of real.checkers) {
    const checkers = finishChecker(place, draft);
    for (const checker of checkers) lintChecker(context, draft, checker);
    // Nearly all servers have one, and an array that grows takes room for 17.
    if (finished.length === 0) finished = checkers;
    else append(finished, checkers);
  }
  return finished;
}

function finishChecker(place: Place, draft: CheckerDraft): Checker[] {
  switch (draft.kind) {
    case "tcp":
    case "ping":
      return [{ kind: draft.kind, ...network(place, draft, draft.kind === "ping") }];
    case "http":
      return [finishHttp(place, draft)];
    case "smtp":
      return finishSmtp(place, draft);
    case "dns":
      return [{ kind: "dns", ...network(place, draft, false, 3), type: draft.type, name: draft.name }];
    case "udp": {
      const { payload, requireReply, reply, minReplyLength, maxReplyLength } = draft;
      return [{
        kind: "udp",
        ...network(place, draft),
        payload,
        requireReply,
        reply,
        minReplyLength,
        maxReplyLength,
      }];
    }
    case "misc":
      return [finishMisc(place, draft)];
    case "file":
      return [finishFile(place, draft)];
    case "bfd":
      return finishBfd(place, draft.name!, draft.alpha, draft.at);
  }
}

interface Defaults {
  readonly retry: number;
  /** ms; null is `delay_loop`. */
  readonly delay: number | null;
}

function schedule({ inherited }: Place, draft: ScheduleDraft, defaults: Defaults): CheckSchedule {
  const delayLoop = Math.max(1, draft.delayLoop ?? inherited.delayLoop ?? 60_000);
  return {
    delayLoop,
    retry: draft.retry ?? inherited.retry ?? defaults.retry,
    delayBeforeRetry: draft.delayBeforeRetry ?? inherited.delayBeforeRetry ?? defaults.delay ?? delayLoop,
    warmup: draft.warmup ?? inherited.warmup ?? delayLoop,
    alpha: draft.alpha ?? inherited.alpha ?? false,
    logAllFailures: draft.logAllFailures ?? inherited.logAllFailures ?? false,
  };
}

function network(
  place: Place,
  draft: TargetDraft,
  ping = false,
  retry = 1,
  delay: number | null = retry === 3 ? null : 1000,
): CheckSchedule & { target: CheckTarget } {
  const { real, inherited } = place;
  const address = draft.address ?? real.address;
  const target: CheckTarget = {
    address,
    port: ping ? 0 : draft.port ?? place.port,
    sourceAddress: sourceFor(place, draft, address),
    sourcePort: draft.sourcePort ?? 0,
    interface: draft.interface,
    mark: draft.mark ?? 0,
    timeout: draft.timeout ?? inherited.timeout ?? 5000,
  };
  return { ...schedule(place, draft, { retry, delay }), target };
}

function sourceFor({ context }: Place, { sourceAddress, seen }: TargetDraft, target: IpAddress) {
  if (sourceAddress === null || familyOf(sourceAddress) === familyOf(target)) return sourceAddress;
  error(context, seen.get("bindto")!, "wrong-family", `Cannot reach ${target} from bindto ${sourceAddress}`, {
    allowed: `an IPv${familyOf(target)} address`,
    inForce: "any source address",
  });
  return null;
}

function finishSmtp(place: Place, draft: SmtpDraft): Checker[] {
  const heloName = draft.heloName ?? "smtpchecker.keepalived.org";
  const further = draft.hosts.map((host) => {
    const own = Object.fromEntries(Object.entries(host).filter(([, value]) => value !== null));
    // A finding about the source points at where that is written.
    const { seen } = host.sourceAddress === null ? draft : host;
    return { ...draft, ...own, seen };
  });
  // keepalived asks the server itself as well, whatever hosts there are.
  return [draft, ...further].map((each) => ({ kind: "smtp", ...network(place, each), heloName }));
}

function finishMisc(place: Place, draft: MiscDraft): Checker {
  const timing = schedule(place, draft, { retry: 0, delay: 1000 });
  return {
    kind: "misc",
    ...timing,
    command: withUser(draft.command!.command, draft.user),
    // 0 is as if nothing were written.
    timeout: draft.miscTimeout || timing.delayLoop,
    dynamic: draft.dynamic,
  };
}

function finishFile({ context }: Place, draft: FileCheckDraft): Checker {
  const file = context.trackFiles.get(draft.name!)!;
  return {
    kind: "file",
    name: file.name,
    file: file.file!,
    weight: draft.weight ?? file.weight,
    reverse: draft.reverse ?? file.reverse,
  };
}

function finishBfd(
  { context, inherited }: Place,
  name: string,
  alpha: boolean | null,
  at: RealServerDraft["at"],
): Checker[] {
  const session = context.bfdInstances.get(name);
  if (session !== undefined && (session.checker || !session.vrrp)) {
    return [{ kind: "bfd", name, alpha: alpha ?? inherited.alpha ?? false }];
  }
  error(
    context,
    at,
    "unknown-tracker",
    `Cannot use BFD_CHECK: ${
      session === undefined ? `there is no bfd_instance ${name}` : `bfd_instance ${name} is for VRRP alone`
    }; it is skipped`,
  );
  return [];
}

function finishHttp(place: Place, draft: HttpDraft): HttpChecker {
  const host = draft.virtualHost ?? place.inherited.virtualHost;
  return {
    kind: "http",
    ...network(place, draft, false, 1, 3000),
    tls: draft.tls ? tlsOptions(place.context, draft) : null,
    protocol: draft.protocol,
    fastRecovery: draft.fastRecovery,
    urls: draft.urls.map((url) => finishUrl(draft, url, host)),
  };
}

function tlsOptions({ tls }: Context, draft: HttpDraft): TlsOptions {
  return {
    verify: draft.verify,
    caFile: draft.caFile ?? tls.caFile,
    certificateFile: draft.certificateFile ?? tls.certificateFile,
    keyFile: draft.keyFile ?? tls.keyFile,
    keyPassword: tls.keyPassword,
    expiryWarning: draft.expiryDays * DAY,
  };
}

function finishUrl(draft: HttpDraft, url: UrlDraft, inherited: string | null): UrlCheck {
  const virtualHost = url.virtualHost ?? inherited;
  return {
    path: url.path!,
    virtualHost,
    serverName: serverName(draft, virtualHost),
    statusCodes: statusCodes(url),
    digest: url.digest,
    regex: bodyPattern(url),
    closeNotify: url.closeNotify ?? draft.closeNotify,
    method: url.method,
    headers: url.headers,
    body: url.body,
    json: url.json,
  };
}

function serverName({ tls, sni, sniName }: HttpDraft, virtualHost: string | null): string | null {
  if (!tls) return null;
  if (sniName !== null && sniName !== "") return sniName;
  return sni || sniName === "" ? virtualHost : null;
}

/** 200 to 299 where nothing is written, with a digest too: an error page may be the very page it was taken from. */
function statusCodes(url: UrlDraft): UrlCheck["statusCodes"] {
  return url.statusCodes ?? [{ first: 200, last: 299 }];
}

/** The pattern of a url with its options and offsets; null where it has none. */
export function bodyPattern(url: UrlDraft): BodyPattern | null {
  if (url.regex === null) return null;
  return {
    pattern: url.regex,
    options: url.regexOptions,
    inverted: url.regexInverted,
    minOffset: url.regexMinOffset,
    maxOffset: url.regexMaxOffset,
  };
}
