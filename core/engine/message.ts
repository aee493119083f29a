/**
 * Log records as values. Every sentence that the engine says is worded in this file, after keepalived's patterns
 * where it has one, because people grep for them.
 */
import type { VrrpInstance } from "../config/model.ts";
import { familyOf, type IpAddress } from "../net/address.ts";
import type { ScriptOutcome } from "../track/script.ts";
import type { VrrpState } from "../vrrp/fsm.ts";
import type { Rejection, Remark } from "../vrrp/receive.ts";

/** How much a record matters; `detail` is what keepalived logs only with `-D`. */
export type Level = "error" | "warning" | "info" | "detail" | "debug";

/** One log record: `text` for people, `code` and `fields` for machines. */
export interface Message {
  readonly level: Level;
  /** Stable dotted name, such as `vrrp.entering_master`. */
  readonly code: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

type Fields = Message["fields"];

function about(level: Level, code: string, instance: string, text: string, fields: Fields = {}): Message {
  return { level, code, text: `(${instance}) ${text}`, fields: { instance, ...fields } };
}

function plain(level: Level, code: string, text: string, fields: Fields = {}): Message {
  return { level, code, text, fields };
}

/** `(VI_1) Entering MASTER STATE`, with ` (init)` for the first one after the start. */
export function entering(instance: string, state: VrrpState, initial: boolean, reason: string): Message {
  const text = `Entering ${state.toUpperCase()} STATE${initial ? " (init)" : ""}`;
  return about("info", `vrrp.entering_${state}`, instance, text, { reason });
}

/**
 * A standing condition that leads to FAULT, such as `(interface eth0 down)`.
 *
 * keepalived writes no colon where an address or a process is missing, and people's patterns follow it.
 */
export function faultCondition(instance: string, condition: string): Message {
  const colon = /^\((no IPv|tracked process )/.test(condition) ? "" : ":";
  const text = `(${instance})${colon} entering FAULT state ${condition}`;
  return plain("info", "vrrp.fault_condition", text, { instance, condition });
}

/** A backup heard no master for its master-down interval. */
export function receiveTimeout(instance: string): Message {
  return about("detail", "vrrp.receive_timeout", instance, "Receive advertisement timeout");
}

/** Our own loop was late: no conclusion is drawn from the silence. */
export function stalled(instance: string, late: number): Message {
  const text = `was not running for ${
    seconds(late)
  } s when its timer expired - listening once more before taking over`;
  return about("warning", "vrrp.stalled", instance, text, { late });
}

/** A master finds that it was not running for longer than others wait. */
export function sleptAsMaster(instance: string, late: number): Message {
  const text = `was not running for ${seconds(late)} s as MASTER - giving way`;
  return about("warning", "vrrp.slept_as_master", instance, text, { late });
}

/** A preempting backup lets the timer run although a weaker master speaks. */
export function lowerPriorityDiscarded(instance: string, priority: number, from: IpAddress): Message {
  const text = `received lower priority (${priority}) advert from ${from} - discarding`;
  return about("info", "vrrp.lower_priority", instance, text, { priority, from });
}

/** A master hears a weaker one and asserts itself. */
export function forcingElection(instance: string, from: IpAddress, priority: number, ours: number): Message {
  const text =
    `Received advert from ${from} with lower priority ${priority}, ours ${ours}, forcing new election`;
  return about("info", "vrrp.forcing_election", instance, text, { from, priority, ours });
}

/** A master hears a stronger one and yields. */
export function higherPriority(instance: string, from: IpAddress, priority: number, ours: number): Message {
  const text = `Master received advert from ${from} with higher priority ${priority}, ours ${ours}`;
  return about("info", "vrrp.higher_priority", instance, text, { from, priority, ours });
}

/** A master hears an equal one with a higher address and yields. */
export function higherAddress(instance: string, from: IpAddress, priority: number): Message {
  const text =
    `Master received advert from ${from} with same priority ${priority} but higher IP address than ours`;
  return about("info", "vrrp.higher_address", instance, text, { from, priority });
}

/** An advertisement with our own source address came from outside. */
export function ownAddressHeard(instance: string): Message {
  const text = "WARNING - equal priority advert received from remote host with our IP address.";
  return about("warning", "vrrp.own_address", instance, text);
}

/** Two routers claim priority 255 for one virtual router. */
export function twoOwners(instance: string, from: IpAddress): Message {
  const text =
    `CONFIGURATION ERROR: local instance and ${from} are both configured as address owner, please resolve`;
  return about("error", "vrrp.two_owners", instance, text, { from });
}

/** A backup hears that the master leaves. */
export function goodbyeHeard(instance: string): Message {
  return about("detail", "vrrp.goodbye_heard", instance, "Backup received priority 0 advertisement");
}

/** An operator has a master hand over. */
export function handingOver(instance: string): Message {
  return about("info", "vrrp.handing_over", instance, "handing over to another router as the operator asked");
}

/** Another owner does not give way although its address is the lower one: we are one no more. */
export function ownerLowered(instance: string, from: IpAddress): Message {
  const text = `${from} goes on as address owner - lowering our priority to 254 until it ends`;
  return about("error", "vrrp.owner_lowered", instance, text, { from });
}

/** The other owner is heard no more. */
export function ownerRestored(instance: string): Message {
  return about(
    "info",
    "vrrp.owner_restored",
    instance,
    "no other address owner is heard - priority is 255 again",
  );
}

/** We said goodbye. */
export function goodbyeSent(instance: string): Message {
  return about("detail", "vrrp.goodbye_sent", instance, "sent 0 priority");
}

/** A backup follows another master than before. */
export function masterChanged(instance: string, from: IpAddress | null, to: IpAddress): Message {
  const text = from === null ? `master set to ${to}` : `master changed from ${from} to ${to}`;
  return about("detail", "vrrp.master_changed", instance, text, { from, to });
}

/** A version 3 backup adopts the master's interval; `from` and `to` in ms. */
export function intervalLearned(instance: string, from: number, to: number): Message {
  const text = `advertisement interval updated from ${from}ms to ${to}ms by master`;
  return about("detail", "vrrp.interval_learned", instance, text, { from, to });
}

/** The preempt delay begins; `delay` in ms. */
export function preemptDelayStarted(instance: string, delay: number): Message {
  return about("detail", "vrrp.preempt_delay", instance, `start preempt delay (${seconds(delay)})`, {
    delay,
  });
}

/** A master of sufficient priority ended the preempt delay. */
export function preemptDelayStopped(instance: string): Message {
  return about("detail", "vrrp.preempt_delay_stopped", instance, "stop preempt delay");
}

/** Trackers changed the effective priority. */
export function priorityChanged(instance: string, from: number, to: number): Message {
  const text = `Changing effective priority from ${from} to ${to}`;
  return about("info", "vrrp.priority", instance, text, { from, to });
}

/** The VIPs are being added. */
export function settingVips(instance: string): Message {
  return about("detail", "vrrp.setting_vips", instance, "setting VIPs.");
}

/** The VIPs are being removed. */
export function removingVips(instance: string): Message {
  return about("detail", "vrrp.removing_vips", instance, "removing VIPs.");
}

/** A burst of gratuitous ARP or neighbour advertisements for one VIP begins. */
export function announcing(instance: string, interfaceName: string, address: IpAddress): Message {
  const what = familyOf(address) === 4 ? "gratuitous ARPs" : "gratuitous NAs";
  const text = `Sending/queueing ${what} on ${interfaceName} for ${address}`;
  return about("detail", "vrrp.announcing", instance, text, { interface: interfaceName, address });
}

/** A VIP appeared on a node that is not its master. */
export function strayVip(
  instance: string,
  address: IpAddress,
  interfaceName: string,
  state: VrrpState,
): Message {
  const text =
    `VIP ${address} was added to ${interfaceName} by somebody else, though this node is ${state.toUpperCase()}`;
  return about("warning", "vrrp.vip_stray", instance, text, { address, interface: interfaceName });
}

/** A VIP of an earlier run was found at the start. */
export function leftOverVip(instance: string, address: IpAddress, interfaceName: string): Message {
  const text = `removing VIP ${address} left over on ${interfaceName}`;
  return about("info", "vrrp.left_over_vip", instance, text, { address, interface: interfaceName });
}

/** A weighted tracker cannot count for this instance. */
export function trackerIgnored(instance: string, kind: string, tracker: string): Message {
  const text = `ignoring tracked ${kind} ${tracker} with weights due to SYNC group`;
  return about("info", "vrrp.tracker_ignored", instance, text, { kind, tracker });
}

/** A tracked file says something that is a FAULT, or no longer. */
export function trackedFileFault(instance: string, file: string, fault: boolean): Message {
  const text = `(${instance}): tracked file ${file} ${fault ? "now" : "leaving"} FAULT state`;
  return plain("info", "vrrp.tracked_file", text, { instance, file, fault });
}

/** There are enough of the processes that are tracked, or no longer. */
export function processQuorum(process: string, up: boolean): Message {
  const text = `Quorum ${up ? "gained" : "lost"} for tracked process ${process}`;
  return plain("info", up ? "process.quorum_gained" : "process.quorum_lost", text, { process });
}

/** A sync group moves all its members. */
export function groupSyncing(group: string, state: VrrpState): Message {
  const text = `VRRP_Group(${group}) Syncing instances to ${state.toUpperCase()} state`;
  return plain("info", `vrrp.group_${state}`, text, { group });
}

/** An interface went up or down. */
export function linkUpDown(name: string, up: boolean): Message {
  return plain("info", "link.state", `Netlink reports ${name} ${up ? "up" : "down"}`, {
    interface: name,
    up,
  });
}

/** A change of an interface counts only if it lasts. */
export function linkHeld(name: string, up: boolean, delay: number): Message {
  const text = `Interface ${name} is ${up ? "up" : "down"}: it counts if it lasts for ${seconds(delay)} s`;
  return plain("detail", "link.held", text, { interface: name, up, delay });
}

/** A change of an interface went back before it counted. */
export function linkBounced(name: string): Message {
  return plain("info", "link.bounced", `Interface ${name} was down for a moment`, { interface: name });
}

/** An interface appeared or disappeared. */
export function linkPresence(name: string, present: boolean): Message {
  const text = `Interface ${name} ${present ? "added" : "deleted"}`;
  return plain("info", "link.presence", text, { interface: name, present });
}

/** Unicast peers of version 3 compute the checksum in another way than before, and this node follows them. */
export function oldChecksum(instance: string, old: boolean): Message {
  const text = `Setting unicast VRRPv3 checksum to ${old ? "old" : "new"} version`;
  return about("info", "vrrp.unicast_checksum", instance, text, { old });
}

/** The address that advertisements come from changed. */
export function sourceChanged(instance: string, source: IpAddress | null, interfaceName: string): Message {
  const text = source === null
    ? `no source address left on ${interfaceName}`
    : `Assigned address ${source} for interface ${interfaceName}`;
  return about("detail", "vrrp.source", instance, text, { source, interface: interfaceName });
}

/** The kernel refused an effect; `reason` is its error in words. */
export function effectFailed(instance: string, effect: string, subject: string, reason: string): Message {
  const words: Record<string, string> = {
    "advert.send": `send advert error: cannot send to ${subject}: ${reason}`,
    "advert.listen": `cannot listen on ${subject}: ${reason}`,
    "address.add": `cannot add ${subject}: ${reason}`,
    "address.remove": `cannot remove ${subject}: ${reason}`,
    "address.announce": `cannot announce ${subject}: ${reason}`,
  };
  return about("error", `vrrp.failed.${effect}`, instance, words[effect] ?? `${effect}: ${reason}`, {
    subject,
    reason,
  });
}

/** A track script returned another exit status than before. */
export function scriptStatus(script: string, status: number): Message {
  return plain("info", "script.status", `Script \`${script}\` now returning ${status}`, { script, status });
}

/** A track script turned to up or down. */
export function scriptVerdict(script: string, up: boolean, outcome: ScriptOutcome): Message {
  const text = up
    ? `VRRP_Script(${script}) succeeded`
    : outcome.kind === "timed_out"
    ? `VRRP_Script(${script}) timed_out`
    : `VRRP_Script(${script}) failed (${outcomeText(outcome)})`;
  return plain("info", up ? "script.succeeded" : "script.failed", text, { script });
}

/** A track script has not ended when its next run is due. */
export function scriptStillRunning(script: string): Message {
  const text = `Track script ${script} is already running, expect idle - skipping run`;
  return plain("info", "script.still_running", text, { script });
}

/** A packet for a VRID that is not configured here (`log_unknown_vrids`). */
export function unknownVrid(vrid: number, interfaceName: string): Message {
  const text = `Unknown VRID(${vrid}) received on interface(${interfaceName}). ignoring...`;
  return plain("info", "vrrp.unknown_vrid", text, { vrid, interface: interfaceName });
}

/** `vrrp_startup_delay` begins; `delay` in ms. */
export function startupDelay(delay: number): Message {
  return plain("info", "vrrp.startup_delay", `Delaying startup for ${delay / 1000} seconds`, { delay });
}

/** `vrrp_startup_delay` has ended. */
export function startupDelayOver(): Message {
  return plain("info", "vrrp.startup_delay_over", "Delayed start completed");
}

/** A master drops what another one goes on saying. */
export function twoMasters(
  { name, vrid, interface: where, version }: VrrpInstance,
  rejection: Rejection,
  from: IpAddress,
): Message {
  const reason = rejectionText(rejection, from, version);
  const text = `two masters: ${from} advertises VRID ${vrid} on ${where} too, and is dropped: ${reason}`;
  return about("warning", "vrrp.two_masters", name, text, { from, vrid, interface: where });
}

/** Why a packet was dropped. */
export function rejected(
  instance: string,
  rejection: Rejection,
  from: IpAddress,
  expectedVersion: number,
): Message {
  return about(
    "info",
    `vrrp.rejected.${rejection.kind}`,
    instance,
    rejectionText(rejection, from, expectedVersion),
    {
      from,
    },
  );
}

/** Why a packet was dropped, in words. */
export function rejectionText(rejection: Rejection, from: IpAddress, expectedVersion: number): string {
  switch (rejection.kind) {
    case "length":
      return `invalid length from ${from}: ${rejection.error}`;
    case "ttl":
      return `invalid TTL/HL from ${from}. Received ${rejection.received} and expect 255`;
    case "version":
      return `wrong VRRP version from ${from}. Received ${rejection.received} and expect ${expectedVersion}`;
    case "auth_type_unknown":
      return `received an invalid auth type (${rejection.received}) from ${from}!`;
    case "auth_type_mismatch":
      return `received a ${rejection.received} auth from ${from}, expecting ${rejection.expected}!`;
    case "auth_failure":
      return `received an invalid passwd from ${from}!`;
    case "header_replayed":
      return `replayed authentication header from ${from}: sequence number ${rejection.received}, ` +
        `the last one was ${rejection.last}`;
    case "interval":
      return `advertisement interval mismatch with ${from} mine=${rejection.expected / 1000} sec ` +
        `rcv'd=${rejection.received / 1000} sec`;
    case "type":
      return `Invalid VRRP packet type from ${from}. Received ${rejection.received} and expect 1`;
    case "checksum":
      return `Invalid VRRPv${expectedVersion} checksum from ${from}`;
    case "cast": {
      const other = rejection.expected === "unicast" ? "multicast" : "unicast";
      return `Expected ${rejection.expected} packet but received ${other} packet from ${from}`;
    }
    case "not_a_peer":
      return `unicast source address ${from} not a unicast peer`;
    case "owner_ignores":
      return `owner ignores advert from ${from}`;
    case "address_list":
      return rejection.missing === null
        ? `expected ${rejection.expected} VIPs but received ${rejection.received} from ${from}`
        : `ip address associated with VRID ${rejection.vrid} not present in advert from ${from}: ` +
          `${rejection.missing} (expected ${rejection.expected} VIPs, received ${rejection.received})`;
    case "trailer_missing":
      return `missing authentication trailer from ${from}`;
    case "trailer_malformed":
      return `malformed authentication trailer from ${from}`;
    case "trailer_unknown_key":
      return `unknown authentication key id ${rejection.keyId} from ${from}`;
    case "trailer_forged":
      return `invalid authentication HMAC from ${from}`;
    case "trailer_stale":
      return `stale authentication trailer from ${from}, clock skew ${rejection.skew} sec exceeds window ` +
        `${rejection.window} sec`;
    case "trailer_replayed":
      return `replayed authentication trailer from ${from}`;
  }
}

/** A word about a packet that was accepted. */
export function remarked(instance: string, remark: Remark, from: IpAddress): Message {
  return about("info", `vrrp.remark.${remark.kind}`, instance, remarkText(remark, from), { from });
}

function remarkText(remark: Remark, from: IpAddress): string {
  switch (remark.kind) {
    case "interval":
      return `advertisement interval ${remark.received}ms from ${from} differs from ours`;
    case "checksum_style":
      return `VRRPv3 checksum from ${from} is computed ${checksumStyle(remark.verdict)}`;
    case "clock_skew":
      return `authentication clock skew ${remark.skew} sec from ${from} approaching window ${remark.window} sec`;
  }
}

function checksumStyle(verdict: string): string {
  if (verdict === "valid_without_pseudo_header") return "without the pseudo-header (v3_checksum_as_v2)";
  if (verdict === "valid_for_multicast_group") return "for the multicast group (old unicast checksum)";
  return "with the pseudo-header (not v3_checksum_as_v2)";
}

/** ms as seconds with as many digits as tell something: `3.609`. */
export function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** A result in words, as log and status show it: `exited with status 1`. */
export function outcomeText(outcome: ScriptOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `exited with status ${outcome.status}`;
    case "signalled":
      return `due to signal ${outcome.signal}`;
    case "timed_out":
      return "timed out";
    case "not_run":
      return `could not be run: ${outcome.reason}`;
  }
}
