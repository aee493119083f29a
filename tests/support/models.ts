/**
 * Models for tests: everything at keepalived's defaults but what a test says.
 */
import { parseConfig } from "../../core/config/config.ts";
import type {
  Command,
  Model,
  SyncGroup,
  TrackScript,
  VirtualAddress,
  VrrpInstance,
} from "../../core/config/model.ts";

import type { BfdInstance } from "../../core/config/tracking_model.ts";

/** What an empty configuration means. */
const EMPTY = parseConfig("").model;

const NO_NOTIFY = {
  master: null,
  backup: null,
  fault: null,
  stop: null,
  deleted: null,
  masterRxLowerPriority: null,
  any: null,
};

/** The interface of a node that has one, eth0. */
export const LINK = {
  name: "eth0",
  index: 2,
  mac: "02:00:00:00:00:01",
  mtu: 1500,
  up: true,
  arp: true,
  multicast: true,
};

export function command(text: string): Command {
  return { argv: text.split(" "), user: null, text };
}

export function vip(address: string, overrides: Partial<VirtualAddress> = {}): VirtualAddress {
  return {
    address,
    prefixLength: address.includes(":") ? 128 : 32,
    interface: "eth0",
    label: null,
    scope: 0,
    broadcast: null,
    duplicateDetection: false,
    tracked: true,
    flags: [],
    peer: null,
    preferredLifetime: null,
    ...overrides,
  };
}

export function instance(overrides: Partial<VrrpInstance> = {}): VrrpInstance {
  return {
    name: "VI_1",
    family: 4,
    interface: "eth0",
    vrid: 51,
    version: 2,
    initialState: "backup",
    priority: 100,
    advertInterval: 1000,
    sourceAddress: null,
    trackSourceAddress: false,
    transport: { mode: "multicast", group: "224.0.0.18" },
    ttl: 255,
    authentication: { type: "none" },
    hmac: null,
    addresses: [vip("10.0.0.100")],
    excludedAddresses: [],
    preempt: true,
    preemptDelay: 0,
    accept: true,
    strict: false,
    skipAddressCheck: false,
    checkUnicastSource: false,
    checksumWithoutPseudoHeader: false,
    oldUnicastChecksum: "auto",
    announce: {
      delay: 5000,
      repeat: 5,
      refresh: 0,
      refreshRepeat: 1,
      lowerPriorityDelay: 5000,
      lowerPriorityRepeat: 5,
      extraInterval: 0,
      extraEverywhere: false,
    },
    lowerPriorityNoAdvert: false,
    higherPrioritySendAdvert: false,
    ownerIgnoreAdverts: false,
    downTimerAdverts: 3,
    trackPrimary: true,
    trackInterfaces: [],
    trackScripts: [],
    notify: NO_NOTIFY,
    smtpAlert: false,
    notifyPriorityChanges: null,
    trackFiles: [],
    trackProcesses: [],
    trackBfds: [],
    routes: [],
    rules: [],
    vmac: null,
    receiveBuffer: null,
    promoteSecondaries: false,
    notifyDeleted: false,
    kept: {},
    ...overrides,
  };
}

export function script(name: string, overrides: Partial<TrackScript> = {}): TrackScript {
  return {
    name,
    command: command("/bin/true"),
    interval: 1000,
    timeout: 1000,
    weight: 0,
    reverse: false,
    rise: 1,
    fall: 1,
    initFail: false,
    ...overrides,
  };
}

export function bfd(name: string, overrides: Partial<BfdInstance> = {}): BfdInstance {
  return {
    name,
    neighbour: "10.0.0.2",
    source: null,
    minReceive: 10,
    minTransmit: 10,
    idleTransmit: 1000,
    multiplier: 5,
    passive: false,
    ttl: null,
    maxHops: 0,
    multihop: false,
    weight: 0,
    reverse: false,
    tells: { vrrp: true, checker: true },
    ...overrides,
  };
}

export function group(
  name: string,
  members: readonly string[],
  overrides: Partial<SyncGroup> = {},
): SyncGroup {
  return {
    name,
    members,
    trackInterfaces: [],
    trackScripts: [],
    trackingWeight: false,
    notify: NO_NOTIFY,
    smtpAlert: false,
    notifyPriorityChanges: null,
    trackFiles: [],
    trackProcesses: [],
    trackBfds: [],
    kept: {},
    ...overrides,
  };
}

export function model(
  instances: readonly VrrpInstance[],
  overrides: Partial<Model> & { readonly globals?: Partial<Model["global"]> } = {},
): Model {
  const { globals, ...rest } = overrides;
  return {
    ...EMPTY,
    global: {
      routerId: "test",
      notificationEmail: [],
      notificationEmailFrom: "root@test",
      smtpServer: null,
      smtpConnectTimeout: 30_000,
      scriptSecurity: false,
      scriptUser: null,
      startupDelay: 0,
      notifyPriorityChanges: false,
      statesOnReload: false,
      logUnknownVrids: false,
      dynamicInterfaces: false,
      vipLease: true,
      garpInterval: 0,
      gnaInterval: 0,
      ...globals,
    },
    instances,
    syncGroups: [],
    scripts: [],
    ...rest,
  };
}
