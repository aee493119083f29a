/**
 * Log records about routes, rules, static entries and interfaces of our own, after keepalived's patterns where it has
 * one.
 */
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
