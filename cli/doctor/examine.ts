/**
 * All rules over what is known: the configuration, the machine, the wire.
 */
import type { Model } from "../../core/config/model.ts";
import { type Finding, note, sortFindings } from "./finding.ts";
import { lvsFindings } from "./lvs_rules.ts";
import type { Machine } from "./machine.ts";
import { realServerFindings } from "./real_server_rules.ts";
import { vrrpFindings } from "./vrrp_rules.ts";
import type { Wire } from "./wire.ts";

/** The findings, the worst first. */
export function examine(model: Model, machine: Machine, wire: Wire): readonly Finding[] {
  const findings = [
    ...vrrpFindings(model, machine, wire),
    ...lvsFindings(model.loadBalancer, machine, wire),
    ...realServerFindings(model.loadBalancer, machine),
  ];
  if (wire.silent !== null) {
    findings.push(note(
      "not-listened",
      "",
      `The wire was not listened to: ${wire.silent}`,
      "duplicate addresses, other routers and unreachable peers are found there",
      wire.seconds === 0 ? "leave --listen 0 out" : "run it as root",
    ));
  }
  if (machine.firewall === null) {
    findings.push(note(
      "filter-unread",
      "",
      "The rules of the packet filter were not read: neither nft nor iptables-save could be asked",
      "they may drop VRRP",
    ));
  }
  return sortFindings(findings);
}
