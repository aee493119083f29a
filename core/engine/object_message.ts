/**
 * Log records about routes, rules, static entries, interfaces of our own and lost addresses, after keepalived's
 * patterns where it has one.
 */
import type { IpAddress } from "../net/address.ts";
import type { Message } from "./message.ts";

type Level = Message["level"];

function record(
  level: Level,
  code: string,
  instance: string,
  text: string,
  fields: Message["fields"] = {},
): Message {
  return {
    level,
    code,
    text: instance === "" ? text : `(${instance}) ${text}`,
    fields: { instance, ...fields },
  };
}

/** The virtual routes or rules of an instance are being set; "" is the static ones. */
export function settingObjects(instance: string, kind: "route" | "rule"): Message {
  const what = kind === "route" ? "Virtual Routes" : "Virtual Rules";
  return record("detail", `vrrp.setting_${kind}s`, instance, `setting ${what}`);
}

/** The virtual routes or rules of an instance are being removed. */
export function removingObjects(instance: string, kind: "route" | "rule"): Message {
  const what = kind === "route" ? "Virtual Routes" : "Virtual Rules";
  return record("detail", `vrrp.removing_${kind}s`, instance, `removing ${what}`);
}

/** A route, a rule or a static address vanished without our doing and is put back. */
export function objectLost(instance: string, kind: string, text: string): Message {
  const words = `${
    instance === "" ? "static" : "virtual"
  } ${kind} ${text} was removed by somebody else - putting it back`;
  return record("warning", `object.${kind}_lost`, instance, words, { [kind]: text });
}

/** The kernel refused a route, a rule or a static address. */
export function objectRefused(instance: string, kind: string, text: string, reason: string): Message {
  const words = `cannot add ${instance === "" ? "static" : "virtual"} ${kind} ${text}: ${reason}`;
  return record("warning", `object.${kind}_refused`, instance, words, { [kind]: text, reason });
}

/** A virtual interface is there. */
export function virtualLinkMade(instance: string, name: string): Message {
  const text = `(${instance}): Success creating VMAC interface ${name}`;
  return { level: "info", code: "vrrp.vmac_made", text, fields: { instance, interface: name } };
}

/** The kernel refused a virtual interface. */
export function virtualLinkRefused(instance: string, name: string, reason: string): Message {
  const text = `cannot make VMAC interface ${name}: ${reason}`;
  return record("error", "vrrp.vmac_refused", instance, text, { interface: name, reason });
}

/** Packets to the VIPs of a new master are being dropped. */
export function settingDropRule(instance: string): Message {
  return record("detail", "vrrp.setting_drop_rule", instance, "setting firewall drop rule");
}

/** Packets to the former VIPs are no longer dropped. */
export function removingDropRule(instance: string): Message {
  return record("detail", "vrrp.removing_drop_rule", instance, "removing firewall drop rule");
}

/** The packet filter or a kernel setting cannot be had; `what` completes "cannot". */
export function hostRefused(instance: string, what: string, reason: string): Message {
  return record("warning", "object.host_refused", instance, `cannot ${what}: ${reason}`, { reason });
}

/** A VIP of a master vanished: by somebody's hand, or with `first` of its network that we took off ourselves. */
export function vipLost(
  instance: string,
  address: IpAddress,
  link: string,
  first: IpAddress | null,
): Message {
  const how = first === null
    ? `was removed from ${link} by somebody else - putting it back`
    : `went from ${link} together with ${first} of its network - putting it back; promote_secondaries prevents that`;
  return record("warning", "vrrp.vip_lost", instance, `VIP ${address} ${how}`, { address, interface: link });
}
