/** The half-read `vrrp_instance` block: what has been written so far, null where nothing has. */
import type { Family, IpAddress } from "../../net/address.ts";
import type { UnicastPeer } from "../model.ts";
import type { Route, Rule } from "../route_model.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import type {
  AddressDraft,
  AuthenticationDraft,
  ExtraGarps,
  HmacDraft,
  Keeps,
  NotifyDraft,
  TrackDraft,
} from "./drafts.ts";
import { Seen } from "./seen.ts";

/** `vrrp_instance` */
export interface InstanceDraft extends NotifyDraft, Keeps {
  readonly name: string;
  readonly nameWord: Word;
  readonly statement: Statement;
  family: Family | null;
  interface: string | null;
  vrid: number | null;
  version: 2 | 3 | null;
  state: "master" | "backup" | null;
  priority: number | null;
  /** ms */
  advertInterval: number;
  sourceAddress: IpAddress | null;
  /** `unicast_src_ip` or `unicast_peer` written. */
  unicastIntent: boolean;
  multicastGroup: IpAddress | null;
  trackSourceAddress: boolean;
  peers: UnicastPeer[];
  /** Where each peer is written. */
  peerWords: Map<IpAddress, Word> | null;
  ttl: number | null;
  authentication: AuthenticationDraft | null;
  hmac: HmacDraft | null;
  addresses: AddressDraft[];
  excludedAddresses: AddressDraft[];
  noAddresses: boolean;
  noPreempt: boolean;
  /** ms */
  preemptDelay: number;
  accept: boolean | null;
  strict: boolean | null;
  skipAddressCheck: boolean | null;
  checkUnicastSource: boolean;
  checksumWithoutPseudoHeader: boolean | null;
  oldUnicastChecksum: "auto" | "always" | "never";
  garpDelay: number | null;
  garpRepeat: number | null;
  garpRefresh: number | null;
  garpRefreshRepeat: number | null;
  garpLowerPriorityDelay: number | null;
  garpLowerPriorityRepeat: number | null;
  extraGarps: ExtraGarps | null;
  lowerPriorityNoAdvert: boolean | null;
  higherPrioritySendAdvert: boolean | null;
  ownerIgnoreAdverts: boolean | null;
  downTimerAdverts: number | null;
  ignorePrimary: boolean;
  trackInterfaces: TrackDraft[];
  trackScripts: TrackDraft[];
  trackFiles: TrackDraft[];
  trackProcesses: TrackDraft[];
  trackBfds: TrackDraft[];
  smtpAlert: boolean | null;
  notifyPriorityChanges: boolean | null;
  routes: Route[];
  rules: Rule[];
  vmac: {
    name: string | null;
    macAddress: string | null;
    /** Five octets; the VRID is the sixth. */
    macPrefix?: string;
    announceOnNetlink: boolean;
    group: string | null;
  } | null;
  transmitOnBase: boolean;
  forOtherInterfaces: boolean;
  /** Octets; 0 is none. */
  receiveBuffer: number;
  promoteSecondaries: boolean;
  notifyDeleted: boolean;
}

/** An instance before its first line. */
export function instanceDraft(nameWord: Word, statement: Statement): InstanceDraft {
  return {
    kept: {},
    seen: new Seen(),
    master: null,
    backup: null,
    fault: null,
    stop: null,
    deleted: null,
    masterRxLowerPriority: null,
    any: null,
    name: nameWord.text,
    nameWord,
    statement,
    family: null,
    interface: null,
    vrid: null,
    version: null,
    state: null,
    priority: null,
    advertInterval: 1000,
    sourceAddress: null,
    unicastIntent: false,
    multicastGroup: null,
    trackSourceAddress: false,
    peers: [],
    peerWords: null,
    ttl: null,
    authentication: null,
    hmac: null,
    addresses: [],
    excludedAddresses: [],
    noAddresses: false,
    noPreempt: false,
    preemptDelay: 0,
    accept: null,
    strict: null,
    skipAddressCheck: null,
    checkUnicastSource: false,
    checksumWithoutPseudoHeader: null,
    oldUnicastChecksum: "auto",
    garpDelay: null,
    garpRepeat: null,
    garpRefresh: null,
    garpRefreshRepeat: null,
    garpLowerPriorityDelay: null,
    garpLowerPriorityRepeat: null,
    extraGarps: null,
    lowerPriorityNoAdvert: null,
    higherPrioritySendAdvert: null,
    ownerIgnoreAdverts: null,
    downTimerAdverts: null,
    ignorePrimary: false,
    trackInterfaces: [],
    trackScripts: [],
    trackFiles: [],
    trackProcesses: [],
    trackBfds: [],
    smtpAlert: null,
    notifyPriorityChanges: null,
    routes: [],
    rules: [],
    vmac: null,
    transmitOnBase: false,
    forOtherInterfaces: false,
    receiveBuffer: 0,
    promoteSecondaries: false,
    notifyDeleted: false,
  };
}

/** Where a finding about a word of the instance points: its value, or the name of the instance. */
export function spot(draft: InstanceDraft, word: string): Word {
  return draft.seen.get(word) ?? draft.nameWord;
}
