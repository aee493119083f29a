/** Virtual servers as text; what is handed down is written where it ends up. */
import { ipv4FromNumber, WHOLE_MASK } from "../../net/address.ts";
import { secondsText } from "../values.ts";
import type {
  Checker,
  Forwarding,
  GroupEntry,
  LoadBalancer,
  RealServer,
  ServiceAddress,
  VirtualServer,
} from "../virtual_server_model.ts";
import { printChecker } from "./checker.ts";
import { commandLine, flag, setting } from "./common.ts";
import { word, type Writer } from "./writer.ts";

/** Writes the `SSL` block, the groups that are used, and all virtual servers. */
export function printVirtualServers(
  out: Writer,
  { virtualServers }: LoadBalancer,
  files: ReadonlyMap<string, { readonly weight: number; readonly reverse: boolean }>,
): void {
  printPassword(out, virtualServers);
  const groups = new Set<string>();
  for (const { service } of virtualServers) {
    if (service.kind !== "group" || groups.has(service.name)) continue;
    groups.add(service.name);
    out.gap();
    out.block(["virtual_server_group", word(service.name)], () => {
      for (const entry of service.entries) out.line(entryWords(entry));
    });
  }
  for (const server of virtualServers) {
    out.gap();
    printVirtualServer(out, server, files);
  }
}

/** The passphrase of the key has no word of its own in a checker. */
function printPassword(out: Writer, servers: readonly VirtualServer[]): void {
  const checkers = servers.flatMap((server) => server.realServers.flatMap((real) => real.checkers));
  const tls = checkers.flatMap((checker) =>
    checker.kind === "http" && checker.tls !== null ? [checker.tls] : []
  );
  const password = tls[0]?.keyPassword ?? null;
  if (password === null) return;
  out.gap();
  out.block(["SSL"], () => out.line("password", word(password)));
}

function entryWords(entry: GroupEntry): string[] {
  if (entry.kind === "fwmark") {
    return [
      "fwmark",
      String(entry.mark),
      ...(entry.family === null ? [] : [entry.family === 4 ? "inet" : "inet6"]),
    ];
  }
  const range = entry.first === entry.last ? entry.first : `${entry.first}-${entry.last}`;
  return entry.port === 0 ? [range] : [range, String(entry.port)];
}

function serviceWords(service: ServiceAddress): string[] {
  if (service.kind === "address") return [service.address, String(service.port)];
  return service.kind === "fwmark" ? ["fwmark", String(service.mark)] : ["group", word(service.name)];
}

function forwardingWords(forwarding: Forwarding): string[] {
  if (forwarding.method === "nat") return ["NAT"];
  if (forwarding.method === "direct") return ["DR"];
  if (forwarding.method === "fullnat") return ["FULLNAT"];
  const { encapsulation, port, checksum } = forwarding;
  const words = ["TUN", "type", encapsulation];
  if (port !== 0) words.push("port", String(port));
  if (checksum !== "none") words.push(checksum === "checksum" ? "csum" : "remcsum");
  return words;
}

function printVirtualServer(
  out: Writer,
  server: VirtualServer,
  files: Parameters<typeof printVirtualServers>[2],
): void {
  const common = server.realServers[0]!.forwarding;
  out.block(["virtual_server", ...serviceWords(server.service)], () => {
    if (needsFamily(server.service)) out.line("ip_family", server.family === 4 ? "inet" : "inet6");
    if (server.service.kind !== "fwmark") out.line("protocol", server.protocol.toUpperCase());
    out.line("lb_algo", server.scheduler);
    for (const bit of server.schedulerFlags) out.line(`flag-${bit}`);
    out.line("lb_kind", forwardingWords(common));
    flag(out, "ops", server.onePacket);
    persistence(out, server);
    settings(out, server);
    sorryServer(out, server, common);
    for (const real of server.realServers) printRealServer(out, real, server, common, files);
  });
}

function needsFamily(service: ServiceAddress): boolean {
  if (service.kind === "address") return false;
  return service.kind === "fwmark" ||
    !service.entries.some((entry) => entry.kind === "range" || entry.family !== null);
}

function persistence(out: Writer, server: VirtualServer): void {
  setting(out, "persistence_timeout", server.persistence === null ? null : secondsText(server.persistence));
  const mask = server.persistenceMask;
  if (mask !== WHOLE_MASK[server.family]) {
    out.line("persistence_granularity", server.family === 4 ? ipv4FromNumber(mask) : String(mask));
  }
  setting(
    out,
    "persistence_engine",
    server.persistenceEngine === null ? null : word(server.persistenceEngine),
  );
}

function settings(out: Writer, server: VirtualServer): void {
  flag(out, "ha_suspend", server.haSuspend);
  setting(out, "smtp_alert", server.smtpAlert ? "on" : null);
  flag(out, "alpha", server.alpha);
  flag(out, "omega", server.omega);
  setting(out, "quorum", server.quorum === 1 ? null : String(server.quorum));
  setting(out, "hysteresis", server.hysteresis === 0 ? null : String(server.hysteresis));
  commandLine(out, "quorum_up", server.quorumUp);
  commandLine(out, "quorum_down", server.quorumDown);
  setting(out, "snmp_name", server.snmpName === null ? null : word(server.snmpName));
}

function sorryServer(out: Writer, { sorryServer: sorry }: VirtualServer, common: Forwarding): void {
  if (sorry === null) return;
  out.line("sorry_server", sorry.address, sorry.port === 0 ? [] : [String(sorry.port)]);
  if (!sameForwarding(sorry.forwarding, common)) {
    out.line("sorry_server_lvs_method", forwardingWords(sorry.forwarding));
  }
  flag(out, "sorry_server_inhibit", sorry.inhibit);
}

function sameForwarding(left: Forwarding, right: Forwarding): boolean {
  return forwardingWords(left).join(" ") === forwardingWords(right).join(" ");
}

function printRealServer(
  out: Writer,
  real: RealServer,
  server: VirtualServer,
  common: Forwarding,
  files: Parameters<typeof printVirtualServers>[2],
): void {
  out.block(["real_server", real.address, ...(real.port === 0 ? [] : [String(real.port)])], () => {
    out.line("weight", String(real.weight));
    if (!sameForwarding(real.forwarding, common)) out.line("lvs_method", forwardingWords(real.forwarding));
    setting(out, "uthreshold", real.upperThreshold === 0 ? null : String(real.upperThreshold));
    setting(out, "lthreshold", real.lowerThreshold === 0 ? null : String(real.lowerThreshold));
    setting(out, "inhibit_on_failure", real.inhibitOnFailure ? "on" : null);
    setting(out, "alpha", real.alpha === server.alpha ? null : real.alpha ? "on" : "off");
    commandLine(out, "notify_up", real.notifyUp);
    commandLine(out, "notify_down", real.notifyDown);
    setting(out, "smtp_alert", real.smtpAlert ? null : "off");
    setting(out, "snmp_name", real.snmpName === null ? null : word(real.snmpName));
    setting(out, "slow_start", real.slowStart === 0 ? null : secondsText(real.slowStart));
    for (const checker of real.checkers) printChecker(out, checker, real, baseOf(checker, files));
  });
}

function baseOf(checker: Checker, files: Parameters<typeof printVirtualServers>[2]) {
  return checker.kind === "file" ? files.get(checker.name) ?? null : null;
}
