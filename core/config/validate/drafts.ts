/** The half-read blocks: what has been written so far, null where nothing has. */
import type { IpAddress } from "../../net/address.ts";
import type { Word } from "../text.ts";
import { Seen } from "./seen.ts";
import type { Command, HmacKey, KeptValue, ScriptUser, TrackReference } from "../model.ts";
import type { StaticAddress } from "../route_model.ts";
import type { NotifyFifo, SyncDaemon } from "../virtual_server_model.ts";

/** Settings by the word that sets them. */
export interface Keeps {
  /** The first value (or the keyword itself) of each word, for findings that come when the block is complete. */
  readonly seen: Seen;
  readonly kept: Record<string, KeptValue>;
}

/** Nothing kept yet. */
export function keeps(): Keeps {
  return { kept: {}, seen: new Seen() };
}

/** The root level. */
export interface RootDraft extends Keeps {
  networkNamespace: string | null;
  instanceName: string | null;
  usePidDirectory: boolean;
  /** ms */
  childWaitTime: number;
  ipvsNamespace: string | null;
}

/** The root level before the first line. */
export function rootDraft(): RootDraft {
  return {
    ...keeps(),
    networkNamespace: null,
    instanceName: null,
    usePidDirectory: false,
    childWaitTime: 5000,
    ipvsNamespace: null,
  };
}

/** `global_defs` */
export interface GlobalDraft extends Keeps {
  routerId: string | null;
  notificationEmail: string[];
  notificationEmailFrom: string | null;
  smtpServer: { host: string; port: number } | null;
  smtpHeloName: string | null;
  /** ms */
  smtpConnectTimeout: number;
  smtpAlert: boolean | null;
  smtpAlertVrrp: boolean | null;
  smtpAlertChecker: boolean | null;
  notifyPriorityChanges: boolean;
  statesOnReload: boolean;
  smtpTls: "off" | "starttls" | "implicit";
  smtpTlsVerify: boolean;
  smtpTlsCa: string | null;
  smtpLogin: { word: Word; name: string; passwordFile: string } | null;
  smtpQueue: number;
  /** ms */
  smtpRetryTime: number;
  webhook: string | null;
  /** ms */
  webhookTimeout: number;
  scriptSecurity: boolean;
  scriptUser: ScriptUser | null;
  /** `script_user` names somebody who does not exist. */
  badScriptUser: boolean;
  /** ms */
  startupDelay: number;
  logUnknownVrids: boolean;
  dynamicInterfaces: boolean;
  defaultInterface: string;
  vipLease: boolean;
  configStrict: boolean;
  garpInterval: number;
  gnaInterval: number;
  multicastGroup4: IpAddress;
  multicastGroup6: IpAddress;
  garpDelay: number;
  garpRepeat: number;
  garpRefresh: number;
  garpRefreshRepeat: number;
  garpLowerPriorityDelay: number | null;
  garpLowerPriorityRepeat: number | null;
  extraGarps: ExtraGarps | null;
  minGarp: boolean;
  downTimerAdverts: number;
  lowerPriorityNoAdvert: boolean;
  higherPrioritySendAdvert: boolean;
  ownerIgnoreAdverts: boolean;
  version: 2 | 3 | null;
  checkUnicastSource: boolean;
  skipAddressCheck: boolean;
  checksumWithoutPseudoHeader: boolean;
  strict: boolean;
  noMailFaults: boolean;
  startupScript: CommandDraft | null;
  shutdownScript: CommandDraft | null;
  /** ms */
  startupScriptTimeout: number;
  shutdownScriptTimeout: number;
  notifyFifo: NotifyFifo | null;
  vrrpNotifyFifo: NotifyFifo | null;
  lvsNotifyFifo: NotifyFifo | null;
  notifyFifoScript: CommandDraft | null;
  vrrpNotifyFifoScript: CommandDraft | null;
  lvsNotifyFifoScript: CommandDraft | null;
  /** ms */
  delayAfterBoot: number;
  iptables: { input: string; output: string } | null;
  nftables: string | null;
  reloadCheck: string | null;
  jsonVersion: 1 | 2;
  stateFile: string | null;
  statsFile: string | null;
  jsonFile: string | null;
  interfacesMayChange: boolean;
  logAllFailures: boolean;
  timeouts: { tcp: number | null; tcpFin: number | null; udp: number | null };
  flushOnStart: boolean;
  flushOnStop: "none" | "all" | "services";
  syncDaemon: SyncDraft | null;
  notifyAtStart: boolean;
  mailPoolChangesOnly: boolean;
  maxChecks: number;
}

/** `garp_extra_if`; ms, 0 means never. */
export interface ExtraGarps {
  readonly interval: number;
  readonly everywhere: boolean;
}

/** `lvs_sync_daemon`; the instance is looked up later. */
export interface SyncDraft {
  readonly at: Word;
  readonly daemon: Omit<SyncDaemon, "id"> & { readonly id: number | null };
}

/** The words of ours for mail and the webhook. */
function deliveryDraft() {
  return {
    smtpTls: "off",
    smtpTlsVerify: true,
    smtpTlsCa: null,
    smtpLogin: null,
    smtpQueue: 1000,
    smtpRetryTime: 86_400_000,
    webhook: null,
    webhookTimeout: 10_000,
  } as const;
}

/** The settings before the first line is read. */
export function globalDraft(): GlobalDraft {
  return {
    ...keeps(),
    routerId: null,
    notificationEmail: [],
    notificationEmailFrom: null,
    smtpServer: null,
    smtpHeloName: null,
    smtpConnectTimeout: 30_000,
    smtpAlert: null,
    smtpAlertVrrp: null,
    smtpAlertChecker: null,
    notifyPriorityChanges: false,
    statesOnReload: false,
    ...deliveryDraft(),
    scriptSecurity: false,
    scriptUser: null,
    badScriptUser: false,
    startupDelay: 0,
    logUnknownVrids: false,
    dynamicInterfaces: false,
    defaultInterface: "eth0",
    vipLease: true,
    configStrict: false,
    garpInterval: 0,
    gnaInterval: 0,
    multicastGroup4: "224.0.0.18",
    multicastGroup6: "ff02::12",
    garpDelay: 5000,
    garpRepeat: 5,
    garpRefresh: 0,
    garpRefreshRepeat: 1,
    garpLowerPriorityDelay: null,
    garpLowerPriorityRepeat: null,
    extraGarps: null,
    minGarp: false,
    downTimerAdverts: 3,
    lowerPriorityNoAdvert: false,
    higherPrioritySendAdvert: false,
    ownerIgnoreAdverts: false,
    version: null,
    checkUnicastSource: false,
    skipAddressCheck: false,
    checksumWithoutPseudoHeader: false,
    strict: false,
    noMailFaults: false,
    startupScript: null,
    shutdownScript: null,
    startupScriptTimeout: 10_000,
    shutdownScriptTimeout: 10_000,
    notifyFifo: null,
    vrrpNotifyFifo: null,
    lvsNotifyFifo: null,
    notifyFifoScript: null,
    vrrpNotifyFifoScript: null,
    lvsNotifyFifoScript: null,
    delayAfterBoot: 0,
    iptables: null,
    nftables: null,
    reloadCheck: null,
    jsonVersion: 1,
    stateFile: null,
    statsFile: null,
    jsonFile: null,
    interfacesMayChange: false,
    logAllFailures: false,
    timeouts: { tcp: null, tcpFin: null, udp: null },
    flushOnStart: false,
    flushOnStop: "none",
    syncDaemon: null,
    notifyAtStart: false,
    mailPoolChangesOnly: false,
    maxChecks: 2000,
  };
}

/** A command with the word that its findings point at. */
export interface CommandDraft {
  readonly command: Command;
  readonly at: Word;
}

/** The commands of `notify*`. */
export interface NotifyDraft {
  master: CommandDraft | null;
  backup: CommandDraft | null;
  fault: CommandDraft | null;
  stop: CommandDraft | null;
  deleted: CommandDraft | null;
  masterRxLowerPriority: CommandDraft | null;
  any: CommandDraft | null;
}

/** No command at all. */
function notifyDraft(): NotifyDraft {
  return {
    master: null,
    backup: null,
    fault: null,
    stop: null,
    deleted: null,
    masterRxLowerPriority: null,
    any: null,
  };
}

/** A tracked object with the word that names it. */
export interface TrackDraft {
  readonly reference: TrackReference;
  readonly at: Word;
}

/** A virtual address as written: the interface is null where no `dev` is. */
export interface AddressDraft {
  readonly address: Omit<StaticAddress, "interface"> & { readonly interface: string | null };
  readonly at: Word;
}

/** `authentication` */
export interface AuthenticationDraft extends Keeps {
  type: "none" | "pass" | "ah";
  password: string;
  at: Word | null;
}

/** `auth_hmac` */
export interface HmacDraft extends Keeps {
  readonly at: Word;
  keys: HmacKey[];
  activeKey: number | null;
  /** s */
  timeWindow: number | null;
  antiReplay: "time" | "monotonic";
  mode: "enforce" | "permissive" | "receive-only";
}

/** `vrrp_sync_group` */
export interface GroupDraft extends NotifyDraft, Keeps {
  readonly name: string;
  readonly nameWord: Word;
  members: Word[] | null;
  trackInterfaces: TrackDraft[];
  trackScripts: TrackDraft[];
  trackFiles: TrackDraft[];
  trackProcesses: TrackDraft[];
  trackBfds: TrackDraft[];
  trackingWeight: boolean;
  smtpAlert: boolean | null;
  notifyPriorityChanges: boolean | null;
}

/** A group before its first line. */
export function groupDraft(nameWord: Word): GroupDraft {
  return {
    ...notifyDraft(),
    ...keeps(),
    name: nameWord.text,
    nameWord,
    members: null,
    trackInterfaces: [],
    trackScripts: [],
    trackFiles: [],
    trackProcesses: [],
    trackBfds: [],
    trackingWeight: false,
    smtpAlert: null,
    notifyPriorityChanges: null,
  };
}

/** `vrrp_script` */
export interface ScriptDraft extends Keeps {
  readonly name: string;
  readonly nameWord: Word;
  command: CommandDraft | null;
  user: ScriptUser | null;
  /** The user cannot be used, which removes the script. */
  badUser: boolean;
  /** ms */
  interval: number;
  /** ms */
  timeout: number | null;
  weight: number;
  reverse: boolean;
  rise: number;
  fall: number;
  initFail: boolean;
}

/** A script before its first line. */
export function scriptDraft(nameWord: Word): ScriptDraft {
  return {
    ...keeps(),
    name: nameWord.text,
    nameWord,
    command: null,
    user: null,
    badUser: false,
    interval: 1000,
    timeout: null,
    weight: 0,
    reverse: false,
    rise: 1,
    fall: 1,
    initFail: false,
  };
}
