/** `vrrp_instance` and `vrrp_sync_group` as text. */
import { familyOf } from "../../net/address.ts";
import { VRRP_INSTANCE } from "../keywords/instance.ts";
import { VRRP_SYNC_GROUP } from "../keywords/sync_group.ts";
import type { HmacSettings, SyncGroup, VirtualAddress, VrrpInstance } from "../model.ts";
import type { StaticAddress } from "../route_model.ts";
import { defaultTimeWindow } from "../validate/hmac.ts";
import { FOREVER, secondsText } from "../values.ts";
import { flag, keptLines, notifyLines, setting, type TrackBase, trackBlock } from "./common.ts";
import { routeWords, ruleWords } from "./route.ts";
import { word, type Writer } from "./writer.ts";

/** The tracked objects of a configuration by name. */
export interface Tracked {
  readonly scripts: ReadonlyMap<string, TrackBase>;
  readonly files: ReadonlyMap<string, TrackBase>;
  readonly processes: ReadonlyMap<string, TrackBase>;
  readonly bfds: ReadonlyMap<string, TrackBase>;
}

/** Writes one instance. */
export function printInstance(out: Writer, instance: VrrpInstance, tracked: Tracked): void {
  out.block(["vrrp_instance", word(instance.name)], () => {
    keptLines(out, instance.kept, VRRP_INSTANCE);
    identity(out, instance);
    behaviour(out, instance);
    transport(out, instance);
    authentication(out, instance);
    vmac(out, instance);
    addressBlock(out, "virtual_ipaddress", instance, instance.addresses);
    addressBlock(out, "virtual_ipaddress_excluded", instance, instance.excludedAddresses);
    out.block(
      ["virtual_routes"],
      () => instance.routes.forEach((route) => out.line(routeWords(route))),
      false,
    );
    out.block(["virtual_rules"], () => instance.rules.forEach((rule) => out.line(ruleWords(rule))), false);
    trackBlocks(out, instance, tracked);
    flag(out, "notify_deleted", instance.notifyDeleted && instance.notify.deleted === null);
    notifyLines(out, instance.notify);
    setting(out, "smtp_alert", instance.smtpAlert ? "on" : null);
    priorityChanges(out, instance.notifyPriorityChanges);
  });
}

function identity(out: Writer, instance: VrrpInstance): void {
  if (instance.family === 6) out.line("native_ipv6");
  out.line("state", instance.initialState.toUpperCase());
  out.line("interface", word(instance.interface));
  out.line("virtual_router_id", String(instance.vrid));
  if (instance.version !== (instance.family === 4 ? 2 : 3)) out.line("version", String(instance.version));
  out.line("priority", String(instance.priority));
  out.line("advert_int", secondsText(instance.advertInterval));
  setting(out, "strict_mode", instance.strict ? "on" : null);
}

function behaviour(out: Writer, instance: VrrpInstance): void {
  const { strict, announce } = instance;
  flag(out, "nopreempt", !instance.preempt);
  setting(out, "preempt_delay", instance.preemptDelay === 0 ? null : secondsText(instance.preemptDelay));
  acceptance(out, instance);
  setting(out, "skip_check_adv_addr", instance.skipAddressCheck ? "on" : null);
  setting(out, "v3_checksum_as_v2", instance.checksumWithoutPseudoHeader ? "on" : null);
  const { oldUnicastChecksum } = instance;
  if (oldUnicastChecksum !== "auto") {
    out.line("old_unicast_checksum", oldUnicastChecksum === "never" ? ["never"] : []);
  }
  setting(out, "garp_master_delay", announce.delay === 5000 ? null : secondsText(announce.delay));
  setting(out, "garp_master_repeat", announce.repeat === 5 ? null : String(announce.repeat));
  setting(out, "garp_master_refresh", announce.refresh === 0 ? null : secondsText(announce.refresh));
  setting(
    out,
    "garp_master_refresh_repeat",
    announce.refreshRepeat === 1 ? null : String(announce.refreshRepeat),
  );
  const everywhere = announce.extraEverywhere ? ["all"] : [];
  if (announce.extraInterval > 0) {
    out.line("garp_extra_if", everywhere, secondsText(announce.extraInterval));
  }
  if (!strict) yielding(out, instance);
  const ignore = instance.ownerIgnoreAdverts;
  setting(out, "owner_ignore_adverts", ignore === strict ? null : ignore ? "on" : "off");
  flag(out, "dont_track_primary", !instance.trackPrimary);
  flag(out, "track_src_ip", instance.trackSourceAddress);
  const { receiveBuffer } = instance;
  if (receiveBuffer !== null && "octets" in receiveBuffer) {
    out.line("kernel_rx_buf_size", String(receiveBuffer.octets));
  }
  flag(out, "promote_secondaries", instance.promoteSecondaries);
}

/** Strict mode decides for itself, but in version 3 for those that are not the owner. */
function acceptance(out: Writer, { strict, accept, version, priority }: VrrpInstance): void {
  if (!strict) flag(out, "no_accept", !accept);
  else if (version === 3 && priority !== 255) flag(out, "accept", accept);
}

/** What strict mode fixes. */
function yielding(out: Writer, instance: VrrpInstance): void {
  const { lowerPriorityDelay, lowerPriorityRepeat } = instance.announce;
  setting(
    out,
    "garp_lower_prio_delay",
    lowerPriorityDelay === 5000 ? null : secondsText(lowerPriorityDelay),
  );
  setting(out, "garp_lower_prio_repeat", lowerPriorityRepeat === 5 ? null : String(lowerPriorityRepeat));
  setting(out, "lower_prio_no_advert", instance.lowerPriorityNoAdvert ? "on" : null);
  setting(out, "higher_prio_send_advert", instance.higherPrioritySendAdvert ? "on" : null);
  setting(
    out,
    "down_timer_adverts",
    instance.downTimerAdverts === 3 ? null : String(instance.downTimerAdverts),
  );
}

const DEFAULT_GROUPS = { 4: "224.0.0.18", 6: "ff02::12" } as const;

function transport(out: Writer, instance: VrrpInstance): void {
  const { transport: way, sourceAddress, family } = instance;
  const unicast = way.mode === "unicast";
  setting(out, unicast ? "unicast_src_ip" : "mcast_src_ip", sourceAddress);
  setting(out, "unicast_ttl", instance.ttl === 255 ? null : String(instance.ttl));
  if (!unicast) setting(out, "mcast_dst_ip", way.group === DEFAULT_GROUPS[family] ? null : way.group);
  else {
    out.block(["unicast_peer"], () => {
      for (const { address, minTtl, maxTtl } of way.peers) {
        const bounds = [["min_ttl", minTtl], ["max_ttl", maxTtl]].flatMap(([name, value]) =>
          value === null ? [] : [String(name), String(value)]
        );
        out.line(address, bounds);
      }
    });
  }
  const implied = unicast && way.peers.some((peer) => peer.minTtl !== null || peer.maxTtl !== null);
  flag(out, "check_unicast_src", instance.checkUnicastSource && !implied);
}

function authentication(out: Writer, { authentication: how, hmac, advertInterval }: VrrpInstance): void {
  if (how.type !== "none") {
    out.block(["authentication"], () => {
      out.line("auth_type", how.type.toUpperCase());
      out.line("auth_pass", word(how.password));
    });
  }
  if (hmac !== null) out.block(["auth_hmac"], () => hmacLines(out, hmac, advertInterval));
}

function hmacLines(out: Writer, hmac: HmacSettings, advertInterval: number): void {
  for (const { id, value } of hmac.keys) out.line("key", String(id), word(value));
  out.line("active_key", String(hmac.activeKey));
  const usual = hmac.timeWindow === defaultTimeWindow(advertInterval);
  setting(out, "time_window", usual ? null : String(hmac.timeWindow));
  setting(out, "anti_replay", hmac.antiReplay === "time" ? null : hmac.antiReplay);
  setting(out, "mode", hmac.mode === "enforce" ? null : hmac.mode);
}

function vmac(out: Writer, { vmac: settings }: VrrpInstance): void {
  if (settings === null) return;
  const { name, macAddress, announceOnNetlink, group } = settings;
  out.line(
    "use_vmac",
    name === null ? [] : ["name", word(name)],
    macAddress === null ? [] : [macAddress],
    announceOnNetlink ? ["netlink_notify_msg"] : [],
    group === null ? [] : ["group", word(group)],
  );
  flag(out, "vmac_xmit_base", settings.transmitOnBase);
  flag(out, "use_vmac_addr", settings.forOtherInterfaces);
}

function addressBlock(
  out: Writer,
  name: string,
  instance: VrrpInstance,
  list: readonly VirtualAddress[],
): void {
  out.block(
    [name],
    () => list.forEach((address) => out.line(addressWords(address, instance.interface))),
    false,
  );
}

/** The words of an address line; `own` is the interface that needs no `dev`. */
export function addressWords(address: VirtualAddress | StaticAddress, own: string | null): string[] {
  const ipv4 = familyOf(address.address) === 4;
  const option = (name: string, value: string | null) => value === null ? [] : [name, word(value)];
  return [
    `${address.address}/${address.prefixLength}`,
    ...option("dev", address.interface === own ? null : address.interface),
    ...option("label", address.label),
    ...option("scope", ipv4 && address.scope !== 0 ? String(address.scope) : null),
    ...option("brd", address.broadcast),
    ...option("peer", address.peer),
    ...option("preferred_lft", lifetime(address.preferredLifetime)),
    ...option("track_group", "trackGroup" in address ? address.trackGroup : null),
    ...(address.duplicateDetection ? ["-nodad"] : []),
    ...(address.tracked ? [] : ["no_track"]),
    ...address.flags,
  ];
}

function lifetime(seconds: number | null): string | null {
  return seconds === FOREVER ? "forever" : seconds === null ? null : String(seconds);
}

const NOTHING: ReadonlyMap<string, TrackBase> = new Map();

function trackBlocks(
  out: Writer,
  owner: Pick<
    VrrpInstance,
    "trackInterfaces" | "trackScripts" | "trackFiles" | "trackProcesses" | "trackBfds"
  >,
  tracked: Tracked,
): void {
  trackBlock(out, "track_interface", owner.trackInterfaces, NOTHING);
  trackBlock(out, "track_script", owner.trackScripts, tracked.scripts);
  trackBlock(out, "track_file", owner.trackFiles, tracked.files);
  trackBlock(out, "track_process", owner.trackProcesses, tracked.processes);
  trackBlock(out, "track_bfd", owner.trackBfds, tracked.bfds);
}

/** Writes one sync group. */
export function printSyncGroup(out: Writer, group: SyncGroup, tracked: Tracked): void {
  out.block(["vrrp_sync_group", word(group.name)], () => {
    out.block(["group"], () => group.members.forEach((member) => out.line(word(member))));
    keptLines(out, group.kept, VRRP_SYNC_GROUP);
    flag(out, "sync_group_tracking_weight", group.trackingWeight);
    trackBlocks(out, group, tracked);
    notifyLines(out, group.notify);
    setting(out, "smtp_alert", group.smtpAlert ? "on" : null);
    priorityChanges(out, group.notifyPriorityChanges);
  });
}

function priorityChanges(out: Writer, told: boolean | null): void {
  setting(out, "notify_priority_changes", told === null ? null : told ? "on" : "off");
}
