/**
 * The probe for each kind of checker.
 */
import { dnsQuery, judgeDnsAnswer } from "../../../core/check/dns.ts";
import { httpConversation } from "../../../core/check/http.ts";
import { probeLimit } from "../../../core/check/limit.ts";
import { echoRequest, isEchoReply } from "../../../core/check/ping.ts";
import { smtpConversation } from "../../../core/check/smtp.ts";
import { judgeUdpReply } from "../../../core/check/udp.ts";
import { failed, PASSED } from "../../../core/check/verdict.ts";
import type {
  DnsChecker,
  HttpChecker,
  PingChecker,
  UdpChecker,
} from "../../../core/config/virtual_server_model.ts";
import type { ProbingChecker } from "../../../core/engine/lvs_effect.ts";
import { familyOf } from "../../../core/net/address.ts";
import { fromHex } from "../../../core/net/bytes.ts";
import type { ProbeSockets } from "../../../ffi/probe_sockets.ts";
import { DatagramProbe } from "./datagram_probe.ts";
import { Http2User } from "./http2_probe.ts";
import { miscProbe, type ProgramHost } from "./misc_probe.ts";
import type { Probe, ProbeHost } from "./probe.ts";
import { connectionUser, ConversationUser, StreamProbe, type StreamUser } from "./stream_probe.ts";
import { TlsUser } from "./tls_probe.ts";

/** Octets of a UDP probe that nobody wrote. */
const RANDOM_PAYLOAD_LENGTH = 32;

/** ms beyond its own timeout that a program gets to die. */
const PROGRAM_GRACE = 5000;

/** What probes need. */
export interface ProbeTools extends ProgramHost {
  readonly sockets: ProbeSockets;
  /** Hears when the certificate of a checker's server ends, ms since the Unix epoch. */
  readonly sawCertificate: (checker: HttpChecker, end: number) => void;
  /** Random octets. */
  readonly random: (length: number) => Uint8Array;
}

/** ms that a probe of this checker may take. */
export function limitOf(checker: ProbingChecker): number {
  return checker.kind === "misc" ? checker.timeout + PROGRAM_GRACE : probeLimit(checker, checker.target);
}

/** Begins a probe; `step` chooses the url of an HTTP checker. */
export function makeProbe(tools: ProbeTools, checker: ProbingChecker, step: number, host: ProbeHost): Probe {
  const { sockets } = tools;
  switch (checker.kind) {
    case "tcp":
      return new StreamProbe(host, sockets, checker.target, connectionUser(host));
    case "smtp": {
      const conversation = smtpConversation(checker.heloName);
      const user = new ConversationUser(host, sockets, conversation, checker.target.timeout);
      return new StreamProbe(host, sockets, checker.target, user);
    }
    case "http":
      return new StreamProbe(host, sockets, checker.target, httpUser(tools, checker, step, host));
    case "dns":
      return dnsProbe(tools, checker, host);
    case "udp":
      return udpProbe(tools, checker, host);
    case "ping":
      return pingProbe(tools, checker, host);
    case "misc":
      return miscProbe(host, checker, tools);
  }
}

function httpUser(tools: ProbeTools, checker: HttpChecker, step: number, host: ProbeHost): StreamUser {
  const { sockets } = tools;
  const { tls, protocol, target } = checker;
  const url = checker.urls[step]!;
  const sawCertificate = (end: number) => tools.sawCertificate(checker, end);
  if (protocol === "2") return new Http2User(host, sockets, { checker, url, tls, sawCertificate });
  const conversation = httpConversation({ protocol, url, target });
  return tls === null
    ? new ConversationUser(host, sockets, conversation, target.timeout)
    : new TlsUser(host, sockets, { checker, url, tls, sawCertificate }, conversation);
}

function dnsProbe({ sockets, random }: ProbeTools, checker: DnsChecker, host: ProbeHost): Probe {
  const [high, low] = random(2) as unknown as [number, number];
  const id = high << 8 | low;
  return new DatagramProbe(host, sockets, checker.target, {
    kind: "datagram",
    request: dnsQuery(id, checker),
    judge: (datagram) => judgeDnsAnswer(id, datagram),
    silence: failed("read_timeout", "no answer"),
  });
}

function udpProbe({ sockets, random }: ProbeTools, checker: UdpChecker, host: ProbeHost): Probe {
  return new DatagramProbe(host, sockets, checker.target, {
    kind: "datagram",
    request: checker.payload === null ? random(RANDOM_PAYLOAD_LENGTH) : fromHex(checker.payload),
    judge: (datagram) => checker.requireReply ? judgeUdpReply(checker, datagram) : PASSED,
    silence: checker.requireReply ? failed("read_timeout", "no reply") : PASSED,
  });
}

function pingProbe({ sockets, random }: ProbeTools, checker: PingChecker, host: ProbeHost): Probe {
  const family = familyOf(checker.target.address);
  const [high, low] = random(2) as unknown as [number, number];
  const sequence = high << 8 | low;
  return new DatagramProbe(host, sockets, checker.target, {
    kind: "echo",
    request: echoRequest(family, sequence),
    judge: (datagram) => isEchoReply(family, sequence, datagram) ? PASSED : null,
    silence: failed("read_timeout", "no reply"),
  });
}
