/** What can only be settled when an instance is complete: defaults and rules that hang on several of its words. */
import type { Family } from "../../net/address.ts";
import type { Authentication, Transport, VirtualAddress, VrrpInstance } from "../model.ts";
import { secondsText } from "../values.ts";
import { announceSettings } from "./announce.ts";
import { type Context, error, note, warning } from "./context.ts";
import type { AddressDraft } from "./drafts.ts";
import { hmacSettings, withoutOldAuthentication } from "./hmac.ts";
import { packetLimit } from "./packet_limit.ts";
import { type InstanceDraft, spot } from "./instance_draft.ts";
import { advertBuffer, advertLength } from "../receive_buffer.ts";
import { finishNotify, mailSetting } from "./notify.ts";
import { checkIpvlan, vmacFlags, vmacSettings } from "./vmac.ts";

/** The instance as the model has it, or null where it cannot run, which is reported. */
export function completeInstance(context: Context, draft: InstanceDraft): VrrpInstance | null {
  if (draft.vrid === null || draft.interface === null) return incomplete(context, draft);
  const family = draft.family ?? 4;
  checkIpvlan(context, draft, family);
  const version = versionOf(context, draft, family);
  const strict = draft.strict ?? context.global.strict;
  const { priority, initialState } = election(context, draft, strict);
  const preempt = !settlesNoPreempt(context, draft, priority, initialState);
  const { global } = context;
  const addresses = virtualAddresses(context, draft, family, version, strict);
  const hmac = hmacSettings(context, draft, strict);
  const written = authentication(context, draft, version, strict);
  const way = transport(context, draft, family, strict);
  return {
    name: draft.name,
    family,
    interface: draft.interface,
    vrid: draft.vrid,
    version,
    initialState,
    priority,
    advertInterval: advertInterval(context, draft, version),
    sourceAddress: draft.sourceAddress,
    trackSourceAddress: draft.trackSourceAddress,
    transport: way,
    ttl: timeToLive(context, draft),
    authentication: hmac === null ? written : withoutOldAuthentication(context, draft, written),
    hmac,
    addresses: addresses.addresses,
    excludedAddresses: addresses.excludedAddresses,
    preempt,
    preemptDelay: preemptDelay(context, draft, preempt, initialState, strict),
    accept: acceptSetting(context, draft, version, priority, strict),
    strict,
    skipAddressCheck: draft.skipAddressCheck ?? global.skipAddressCheck,
    checkUnicastSource: way.mode === "unicast" &&
      (draft.checkUnicastSource || global.checkUnicastSource),
    checksumWithoutPseudoHeader: draft.checksumWithoutPseudoHeader ?? global.checksumWithoutPseudoHeader,
    oldUnicastChecksum: draft.oldUnicastChecksum,
    announce: announceSettings(context, draft, strict),
    lowerPriorityNoAdvert: strict || (draft.lowerPriorityNoAdvert ?? global.lowerPriorityNoAdvert),
    higherPrioritySendAdvert: !strict && (draft.higherPrioritySendAdvert ?? global.higherPrioritySendAdvert),
    ownerIgnoreAdverts: draft.ownerIgnoreAdverts ?? (strict || global.ownerIgnoreAdverts),
    downTimerAdverts: strict ? 3 : draft.downTimerAdverts ?? global.downTimerAdverts,
    trackPrimary: !draft.ignorePrimary,
    trackInterfaces: trackedInterfaces(context, draft),
    trackScripts: draft.trackScripts.map((track) => track.reference),
    notify: finishNotify(draft),
    smtpAlert: mailSetting(context, draft.smtpAlert),
    notifyPriorityChanges: draft.notifyPriorityChanges,
    trackFiles: draft.trackFiles.map((track) => track.reference),
    trackProcesses: draft.trackProcesses.map((track) => track.reference),
    trackBfds: draft.trackBfds.map((track) => track.reference),
    routes: draft.routes,
    rules: draft.rules,
    vmac: vmacSettings(context, draft),
    receiveBuffer: draft.receiveBuffer > 0
      ? { octets: draft.receiveBuffer }
      : advertBuffer(global.kept, advertLength(family, version, addresses.addresses.length)),
    promoteSecondaries: draft.promoteSecondaries,
    notifyDeleted: draft.notifyDeleted,
    kept: draft.kept,
  };
}

function incomplete(context: Context, draft: InstanceDraft): null {
  const word = draft.vrid === null ? "virtual_router_id" : "interface";
  const written = draft.seen.get(word);
  // A value that was refused has its error already; a second one about its absence would lead astray.
  if (written !== undefined && context.report.escalate(written.line)) return null;
  error(
    context,
    draft.nameWord,
    "incomplete-instance",
    `Cannot run vrrp_instance ${draft.name}: it has no ${word}`,
    {
      allowed: word === "interface" ? "interface NAME" : "virtual_router_id 1 to 255",
      fatal: true,
    },
  );
  return null;
}

function versionOf(context: Context, draft: InstanceDraft, family: Family): 2 | 3 {
  const version = draft.version ?? (family === 6 ? 3 : context.global.version ?? 2);
  if (family === 6 && version === 2) {
    const message = `VRRPv2 is defined for IPv4 alone; other routers will hardly understand ${draft.name}`;
    note(context, spot(draft, "version"), "version-2-ipv6", message);
  }
  return version;
}

interface Election {
  readonly priority: number;
  readonly initialState: "master" | "backup";
}

function election(context: Context, draft: InstanceDraft, strict: boolean): Election {
  const priority = draft.priority ?? (draft.state === "master" ? 255 : 100);
  if (draft.state === "master" && draft.priority === null) {
    const message =
      `state MASTER without priority makes ${draft.name} the address owner: its priority is 255`;
    note(context, spot(draft, "state"), "master-owner", message, { inForce: "priority 255" });
  }
  const owner = priority === 255 ? "master" : "backup";
  const initialState = draft.state ?? owner;
  if (strict && initialState !== owner) {
    warning(
      context,
      spot(draft, "state"),
      "strict-state",
      `Strict mode: state MASTER goes with priority 255 and no other`,
      {
        inForce: `state ${owner.toUpperCase()}`,
      },
    );
    return { priority, initialState: owner };
  }
  if (initialState === "master" && draft.authentication?.type === "ah") {
    const message = `(${draft.name}) Initial state master is incompatible with AH authentication - clearing`;
    warning(context, spot(draft, "state"), "master-ah", message, { inForce: "state BACKUP" });
    return { priority, initialState: "backup" };
  }
  return { priority, initialState };
}

/** Whether `nopreempt` is in force. */
function settlesNoPreempt(
  context: Context,
  draft: InstanceDraft,
  priority: number,
  initialState: "master" | "backup",
): boolean {
  if (!draft.noPreempt) return false;
  const inForce = "preempt";
  if (priority === 255) {
    const message = `(${draft.name}) nopreempt is incompatible with priority 255. resetting nopreempt`;
    warning(context, spot(draft, "nopreempt"), "nopreempt-owner", message, { inForce });
    return false;
  }
  if (initialState === "master") {
    const message = `(${draft.name}) Warning - nopreempt will not work with initial state MASTER - clearing`;
    warning(context, spot(draft, "nopreempt"), "nopreempt-master", message, {
      inForce,
      allowed: "nopreempt with state BACKUP on both routers",
    });
    return false;
  }
  return true;
}

function preemptDelay(
  context: Context,
  draft: InstanceDraft,
  preempt: boolean,
  initialState: "master" | "backup",
  strict: boolean,
): number {
  if (draft.preemptDelay === 0) return 0;
  const reason = strict
    ? "preempt_delay is incompatible with strict mode - resetting"
    : initialState === "master"
    ? "Warning - preempt delay will not work with initial state MASTER - clearing"
    : preempt
    ? null
    : "preempt_delay is incompatible with nopreempt mode - resetting";
  if (reason === null) return draft.preemptDelay;
  warning(context, spot(draft, "preempt_delay"), "preempt-delay", `(${draft.name}) ${reason}`, {
    inForce: "preempt_delay 0",
  });
  return 0;
}

/** Whole seconds in version 2; multiples of 10 ms up to 40.95 s in version 3. */
function advertInterval(context: Context, draft: InstanceDraft, version: 2 | 3): number {
  const written = draft.advertInterval;
  if (version === 2) {
    const rounded = Math.max(1000, Math.round(written / 1000) * 1000);
    if (rounded !== written) roundedInterval(context, draft, rounded, "VRRPv2 sends whole seconds");
    return rounded;
  }
  if (written > 40_950) {
    roundedInterval(context, draft, 40_950, "VRRPv3 sends at most 40.95 seconds");
    return 40_950;
  }
  const rounded = Math.max(10, Math.round(written / 10) * 10);
  if (rounded !== written) {
    roundedInterval(context, draft, rounded, "VRRPv3 sends multiples of 0.01 seconds");
  }
  return rounded;
}

function roundedInterval(context: Context, draft: InstanceDraft, rounded: number, allowed: string): void {
  const at = spot(draft, "advert_int");
  const written = secondsText(draft.advertInterval);
  warning(context, at, "interval-rounded", `Cannot use advert_int ${written} in ${draft.name}: ${allowed}`, {
    inForce: `advert_int ${secondsText(rounded)}`,
    allowed: draft.version === 3 ? allowed : `${allowed}; version 3 sends fractions`,
  });
}

function authentication(
  context: Context,
  draft: InstanceDraft,
  version: 2 | 3,
  strict: boolean,
): Authentication {
  const written = draft.authentication;
  if (written === null || written.type === "none") return { type: "none" };
  const reason = strict
    ? "strict mode has none"
    : version === 3
    ? "VRRPv3 has none"
    : written.password === ""
    ? "it has no auth_pass"
    : null;
  if (reason === null) return { type: written.type, password: written.password };
  warning(
    context,
    written.at ?? draft.nameWord,
    "authentication-off",
    `Cannot use authentication in ${draft.name}: ${reason}`,
    {
      inForce: "no authentication",
    },
  );
  return { type: "none" };
}

function transport(context: Context, draft: InstanceDraft, family: Family, strict: boolean): Transport {
  const { global } = context;
  if (draft.peers.length > 0) {
    if (strict) {
      warning(
        context,
        spot(draft, "unicast_peer"),
        "strict-unicast",
        `Strict mode: ${draft.name} should not use unicast peers`,
        {
          exit: 0,
        },
      );
    }
    return { mode: "unicast", peers: draft.peers };
  }
  if (draft.unicastIntent) {
    const at = draft.seen.get("unicast_src_ip") ?? draft.seen.get("unicast_peer") ?? draft.nameWord;
    const message = `Cannot use unicast in ${draft.name}: it has no unicast_peer`;
    if (draft.kept["unicast_fault_no_peer"] === true) {
      warning(context, at, "no-peers", message, { inForce: "FAULT", exit: 0 });
      return { mode: "unicast", peers: [] };
    }
    warning(context, at, "no-peers", message, { inForce: "multicast" });
  }
  const group = draft.multicastGroup ?? (family === 4 ? global.multicastGroup4 : global.multicastGroup6);
  return { mode: "multicast", group };
}

/** `unicast_ttl` is for unicast; multicast always has 255. */
function timeToLive(context: Context, draft: InstanceDraft): number {
  if (draft.ttl === null || draft.peers.length > 0) return draft.ttl ?? 255;
  const message = `Cannot use unicast_ttl in ${draft.name}: it has no unicast_peer`;
  warning(context, spot(draft, "unicast_ttl"), "no-peers", message, { inForce: "TTL 255" });
  return 255;
}

function virtualAddresses(
  context: Context,
  draft: InstanceDraft,
  family: Family,
  version: 2 | 3,
  strict: boolean,
): { addresses: VirtualAddress[]; excludedAddresses: VirtualAddress[] } {
  const place = ({ address }: AddressDraft): VirtualAddress => {
    const where = address.interface ?? draft.interface!;
    return {
      address: address.address,
      prefixLength: address.prefixLength,
      interface: where,
      label: address.label,
      scope: address.scope,
      broadcast: address.broadcast,
      duplicateDetection: address.duplicateDetection,
      tracked: address.tracked,
      flags: vmacFlags(draft, address, where, family),
      peer: address.peer,
      preferredLifetime: address.preferredLifetime,
    };
  };
  const all = draft.addresses.map(place);
  const excluded = draft.excludedAddresses.map(place);
  const limit = packetLimit(family, version, context.facts.interfaceMtu(draft.interface!));
  if (all.length === 0 && !draft.noAddresses) noAddress(context, draft, strict);
  if (all.length <= limit) return { addresses: all, excludedAddresses: excluded };
  const first = draft.addresses[limit]!;
  error(
    context,
    first.at,
    "too-many-addresses",
    `Cannot advertise more than ${limit} addresses in ${draft.name}`,
    {
      allowed: `at most ${limit} in virtual_ipaddress`,
      inForce: `${all.length - limit} of them are moved to virtual_ipaddress_excluded`,
    },
  );
  return { addresses: all.slice(0, limit), excludedAddresses: [...all.slice(limit), ...excluded] };
}

function noAddress(context: Context, draft: InstanceDraft, strict: boolean): void {
  const message = `vrrp_instance ${draft.name} has no virtual address; ${
    strict ? "strict mode wants at least one" : "at least one is sensible"
  }`;
  if (strict) error(context, draft.nameWord, "no-address", message);
  else warning(context, draft.nameWord, "no-address", message);
}

function acceptSetting(
  context: Context,
  draft: InstanceDraft,
  version: 2 | 3,
  priority: number,
  strict: boolean,
): boolean {
  if (!strict) return draft.accept ?? true;
  if (version === 2 && draft.accept === true) {
    const message = `Strict mode: accept is not part of VRRPv2 (RFC 3768)`;
    warning(context, spot(draft, "accept"), "strict-accept", message, { inForce: "no_accept" });
  }
  if (priority === 255) return draft.accept ?? true;
  return version === 2 ? false : draft.accept ?? false;
}

function trackedInterfaces(context: Context, draft: InstanceDraft): VrrpInstance["trackInterfaces"] {
  return draft.trackInterfaces.filter(({ reference, at }) => {
    if (reference.name !== draft.interface) return true;
    warning(
      context,
      at,
      "own-interface",
      `Cannot track ${reference.name} in ${draft.name}: it is its own interface`,
      {
        inForce: draft.ignorePrimary ? "not tracked" : "its link state counts anyway",
      },
    );
    return false;
  }).map((track) => track.reference);
}

/**
 * Reports instances that share a VRID on one interface and send to one group: they cannot both run. Instances of other
 * groups, or with unicast peers, are other virtual routers, unless nothing tells their packets apart.
 */
export function checkDuplicateVrids(context: Context, instances: readonly VrrpInstance[]): void {
  const seen = new Map<string, VrrpInstance>();
  for (const instance of instances) {
    const { transport } = instance;
    const way = transport.mode === "multicast"
      ? transport.group
      : `unicast ${instance.sourceAddress} ${transport.peers.map(({ address }) => address).sort()}`;
    const key = `${instance.interface}/${instance.family}/${instance.vrid}/${way}`;
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, instance);
      continue;
    }
    const draft = context.instances.get(instance.name)!;
    const message =
      `${other.name} and ${instance.name} both use VRID ${instance.vrid} with IPv${instance.family} ` +
      `on interface ${instance.interface}`;
    const at = spot(draft, "virtual_router_id");
    if (transport.mode === "unicast") {
      const text = `${message} and the same unicast peers: nothing tells their packets apart`;
      warning(context, at, "duplicate-vrid", text, { exit: 0 });
    } else {
      const allowed = "a VRID that no other instance of the interface has";
      error(context, at, "duplicate-vrid", message, { allowed, fatal: true });
    }
  }
}
