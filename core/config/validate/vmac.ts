/** `use_vmac` and `use_ipvlan`. */
import { type Family, familyOf, parseAddress } from "../../net/address.ts";
import { utf8Length } from "../keywords/shape.ts";
import type { Word } from "../text.ts";
import type { Reading } from "./block.ts";
import type { VirtualAddress, Vmac } from "../model.ts";
import { type Context, error, warning } from "./context.ts";
import { type InstanceDraft, spot } from "./instance_draft.ts";

/** Five octets leave the last one to the VRID. */
const MAC = /^([0-9a-fA-F]{1,2}:){4,5}[0-9a-fA-F]{1,2}$/;

/** Longest name of a Linux interface, in bytes. */
const MAX_NAME = 15;

/** Reads `use_vmac [[name] INTERFACE] [MAC] [netlink_notify_msg] [group GROUP]`. */
export function readVmac(reading: Reading<InstanceDraft>): void {
  const { draft, values } = reading;
  draft.vmac ??= { name: null, macAddress: null, announceOnNetlink: false, group: null };
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value.text === "netlink_notify_msg") draft.vmac.announceOnNetlink = true;
    else if (MAC.test(value.text)) readMac(reading, value);
    else if (value.text === "name" || value.text === "group") {
      const word = values[++i];
      if (word === undefined) missing(reading, value);
      else if (value.text === "name") readInterfaceName(reading, word);
      else draft.vmac.group = word.text;
    } else readInterfaceName(reading, value);
  }
}

function missing({ context }: Reading<InstanceDraft>, word: Word): void {
  error(context, word, "missing-value", `Cannot use ${word.text} of use_vmac without a value`);
}

function readMac({ draft }: Reading<InstanceDraft>, value: Word): void {
  const octets = value.text.toLowerCase().split(":").map((octet) => octet.padStart(2, "0"));
  if (octets.length === 6) draft.vmac!.macAddress = octets.join(":");
  else draft.vmac!.macPrefix = octets.join(":");
}

function readInterfaceName({ context, draft }: Reading<InstanceDraft>, value: Word): void {
  if (draft.vmac!.name !== null) {
    error(
      context,
      value,
      "unknown-option",
      `Cannot use "${value.text}" for use_vmac: its interface is named already`,
    );
  } else if (utf8Length(value.text) > MAX_NAME || /[\s/]/.test(value.text)) {
    const message = `Cannot use "${value.text}" as the name of an interface`;
    error(context, value, "bad-name", message, {
      inForce: "vrrp.VRID",
      allowed: `at most ${MAX_NAME} bytes, none of them a blank or a /`,
    });
  } else if (isFree(context, draft, value)) {
    draft.vmac!.name = value.text;
    context.vmacNames.set(value.text, draft.name);
  }
}

function isFree(context: Context, draft: InstanceDraft, value: Word): boolean {
  const { text } = value;
  const other = context.vmacNames.get(text);
  const reason = other !== undefined && other !== draft.name
    ? `${other} has it already`
    : context.facts.interfaceExists(text) === true && context.facts.isMacvlan(text) === false
    ? "an interface that is no macvlan has it"
    : null;
  if (reason === null) return true;
  const message = `Cannot use "${text}" as the name of the VMAC of ${draft.name}: ${reason}`;
  warning(context, value, "vmac-name", message, { inForce: "vrrp.VRID" });
  return false;
}

/** Reads `use_ipvlan`; its words are kept, and nothing is made of them. */
export function readIpvlan({ context, draft, word, values }: Reading<InstanceDraft>): void {
  error(context, word, "unsupported", "Cannot use use_ipvlan: it is not supported, use_vmac is", {
    inForce: "the instance's interface itself",
  });
  draft.kept["use_ipvlan"] = values.map((value) => value.text);
}

/** Reports an IPv4 ipvlan without a source address: it has none of its own to send from. */
export function checkIpvlan(context: Context, draft: InstanceDraft, family: Family): void {
  const words = draft.kept["use_ipvlan"];
  if (!Array.isArray(words) || family === 6 || draft.sourceAddress !== null) return;
  if (words.some((word) => parseAddress(String(word).split("/")[0]!) !== null)) return;
  const at = draft.seen.get("use_ipvlan") ?? draft.nameWord;
  warning(context, at, "ipvlan-source", `An IPv4 ipvlan needs a source address, and ${draft.name} has none`, {
    allowed: "use_ipvlan NAME ADDRESS, or mcast_src_ip ADDRESS",
  });
}

/**
 * The flags of an address: `use_vmac_addr` without `use_vmac` says the same as `use_vmac` on the line of each address
 * that is on another interface or of the other family.
 *
 * @param where the interface that the address is on
 */
export function vmacFlags(
  draft: InstanceDraft,
  { address, flags }: Pick<VirtualAddress, "address" | "flags">,
  where: string,
  family: Family,
): readonly string[] {
  if (!draft.forOtherInterfaces || draft.vmac !== null || flags.includes("use_vmac")) return flags;
  const elsewhere = where !== draft.interface || familyOf(address) !== family;
  return elsewhere ? [...flags, "use_vmac"] : flags;
}

/** The VMAC as the model has it; null where the instance has none, which words for it report. */
export function vmacSettings(context: Context, draft: InstanceDraft): Vmac | null {
  if (draft.vmac === null) {
    if (draft.transmitOnBase) {
      const at = spot(draft, "vmac_xmit_base");
      warning(context, at, "no-vmac", "vmac_xmit_base means nothing without use_vmac");
    }
    return null;
  }
  const { name, macAddress, macPrefix, announceOnNetlink, group } = draft.vmac;
  const last = draft.vrid!.toString(16).padStart(2, "0");
  return {
    name,
    macAddress: macPrefix === undefined ? macAddress : `${macPrefix}:${last}`,
    transmitOnBase: draft.transmitOnBase || mustUseBase(context, draft),
    forOtherInterfaces: draft.forOtherInterfaces,
    announceOnNetlink,
    group,
  };
}

/** Unicast packets cannot come by a macvlan's own address. */
function mustUseBase(context: Context, draft: InstanceDraft): boolean {
  if (draft.peers.length === 0) return false;
  const at = draft.seen.get("use_vmac") ?? draft.nameWord;
  warning(context, at, "unicast-vmac", `Unicast with use_vmac needs vmac_xmit_base in ${draft.name}`, {
    inForce: "vmac_xmit_base",
  });
  return true;
}
