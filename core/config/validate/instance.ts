/** `vrrp_instance`: the words that no shape describes. */
import { familyOf, isMulticast, parseAddress } from "../../net/address.ts";
import { AUTHENTICATION, VRRP_INSTANCE } from "../keywords/instance.ts";
import { utf8Length } from "../keywords/shape.ts";
import { nearest } from "../suggest.ts";
import type { Route, Rule } from "../route_model.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { parseWhole } from "../values.ts";
import { readAddressLine } from "./address.ts";
import { excessBehind, excessWords, missingValue, readBlock, type Readers, type Reading } from "./block.ts";
import { readCommand } from "./command.ts";
import { type Context, error, note, readHost, shown, warning } from "./context.ts";
import { type AddressDraft, type AuthenticationDraft, keeps, type TrackDraft } from "./drafts.ts";
import { readExtraGarps } from "./extra_garps.ts";
import { readHmac } from "./hmac.ts";
import { type InstanceDraft, instanceDraft } from "./instance_draft.ts";
import { checkInterface } from "./interface.ts";
import { listLines } from "./lines.ts";
import { readName } from "./name.ts";
import { readRoute } from "./route.ts";
import { readRule } from "./rule.ts";
import { readIpvlan, readVmac } from "./vmac.ts";
import { readTracked, readTrackedInterfaces, type TrackedKind } from "./track.ts";

type InstanceReading = Reading<InstanceDraft>;

/** Reads one instance into the context; what hangs on its whole is settled when all have been read. */
export function readInstance(context: Context, statement: Statement): void {
  const name = readName(context, statement, "vrrp_instance", context.instances);
  if (name === null) return;
  const draft = instanceDraft(name, statement);
  context.instances.set(draft.name, draft);
  readBlock(context, statement.block?.statements ?? [], VRRP_INSTANCE, READERS, draft);
}

/** The lines of a list, once blocks that strayed into it have been read. */
function linesOf({ context, statement, draft }: InstanceReading): readonly Statement[] {
  const { lines, strays } = listLines(context, statement, VRRP_INSTANCE);
  if (strays.length > 0) readBlock(context, strays, VRRP_INSTANCE, READERS, draft);
  return lines;
}

function readTrackers(reading: InstanceReading, kind: TrackedKind, into: TrackDraft[]): void {
  readTracked(reading.context, reading.draft.name, kind, linesOf(reading), into);
}

const READERS: Readers<InstanceDraft> = {
  state: readState,
  interface: readInterface,
  mcast_src_ip: (reading) => readSource(reading, false),
  unicast_src_ip: (reading) => readSource(reading, true),
  mcast_dst_ip: readGroup,
  unicast_peer: readPeers,
  virtual_ipaddress: (reading) => readAddresses(reading, reading.draft.addresses, true),
  virtual_ipaddress_excluded: (reading) => readAddresses(reading, reading.draft.excludedAddresses, false),
  accept({ draft }) {
    draft.accept = true;
  },
  no_accept({ draft }) {
    draft.accept = false;
  },
  preempt({ draft }) {
    draft.noPreempt = false;
  },
  track_interface(reading) {
    const { context, draft } = reading;
    readTrackedInterfaces(context, draft.name, linesOf(reading), draft.trackInterfaces);
  },
  track_script: (reading) => readTrackers(reading, "script", reading.draft.trackScripts),
  track_file: (reading) => readTrackers(reading, "file", reading.draft.trackFiles),
  track_process: (reading) => readTrackers(reading, "process", reading.draft.trackProcesses),
  track_bfd: (reading) => readTrackers(reading, "bfd", reading.draft.trackBfds),
  notify_deleted({ context, draft, statement, values }) {
    draft.notifyDeleted = true;
    if (values.length > 0) draft.deleted = readCommand(context, statement);
  },
  virtual_routes(reading) {
    for (const { words } of linesOf(reading)) {
      const route = readRoute(reading.context, words);
      if (route !== null && mayTrack(reading.context, words, route)) reading.draft.routes.push(route);
    }
  },
  virtual_rules(reading) {
    for (const { words } of linesOf(reading)) {
      const rule = readRule(reading.context, words);
      if (rule !== null && mayTrack(reading.context, words, rule)) reading.draft.rules.push(rule);
    }
  },
  use_vmac: readVmac,
  native_ipv6: readNativeIpv6,
  vrf: readVrf,
  check_unicast_src({ draft }) {
    draft.checkUnicastSource = true;
    draft.unicastIntent = true;
  },
  old_unicast_checksum: readOldChecksum,
  use_ipvlan: readIpvlan,
  garp_extra_if: (reading) => readExtraGarps(reading, 0),
  vmac_garp_intvl: (reading) => readExtraGarps(reading, 0),
  authentication: readAuthentication,
  auth_hmac: ({ context, draft, word, statement }) =>
    readHmac(context, draft, word, statement.block?.statements ?? []),
};

function readNativeIpv6({ context, draft, word }: InstanceReading): void {
  draft.family ??= 6;
  if (draft.family === 6) return;
  error(context, word, "wrong-family", `Cannot use native_ipv6 in ${draft.name}: its addresses are IPv4`, {
    inForce: "IPv4",
  });
}

function readVrf(reading: InstanceReading): void {
  const { context, draft, values } = reading;
  const value = values[0];
  if (value === undefined) return missingValue(reading);
  if (draft.interface === null) draft.kept["vrf"] = value.text;
  else {error(
      context,
      value,
      "vrf-and-interface",
      `Cannot use vrf in ${draft.name}: it has an interface; it is ignored`,
    );}
}

function readOldChecksum({ context, draft, values }: InstanceReading): void {
  const value = values[0];
  draft.unicastIntent = true;
  if (value === undefined) draft.oldUnicastChecksum = "always";
  else if (value.text === "never") draft.oldUnicastChecksum = "never";
  else {
    error(context, value, "bad-value", `Cannot use old_unicast_checksum ${value.text}`, {
      allowed: "nothing or never",
    });
  }
}

function readState({ context, draft, word, values }: InstanceReading): void {
  const value = values[0];
  if (value === undefined) {
    error(context, word, "missing-value", "Cannot use state without a value", {
      allowed: "MASTER or BACKUP",
      exit: 2,
      fatal: true,
    });
    return;
  }
  if (value.text === "MASTER") draft.state = "master";
  else if (value.text === "BACKUP") setBackup(context, draft, value);
  else {
    if (draft.state === null) draft.state = "backup";
    error(context, value, "bad-value", `Cannot use state ${shown(value)} as it must be MASTER or BACKUP`, {
      allowed: "MASTER or BACKUP",
      inForce: `state ${draft.state.toUpperCase()}`,
      suggestion: nearest(value.text, ["MASTER", "BACKUP"]),
    });
  }
}

function setBackup(context: Context, draft: InstanceDraft, value: Word): void {
  if (draft.state !== "master") draft.state = "backup";
  else {
    warning(
      context,
      value,
      "state-again",
      `Cannot change the state of ${draft.name} to BACKUP: MASTER is set before`,
      {
        inForce: "state MASTER",
      },
    );
  }
}

function readInterface(reading: InstanceReading): void {
  const { context, draft, values } = reading;
  const value = values[0];
  if (value === undefined) return missingValue(reading);
  if (value.text === "lo") {
    error(context, value, "loopback", "Cannot run VRRP on the loopback interface lo; the line is ignored");
    return;
  }
  checkInterface(context, value, `vrrp_instance ${draft.name}`);
  draft.interface = value.text;
  if (values.length > 1) excessBehind(reading, values.slice(1));
}

/** Whether an address can be used by the instance: the first one decides the family. */
function takesFamily(
  context: Context,
  draft: InstanceDraft,
  word: Word,
  address: string,
  use: string,
): boolean {
  draft.family ??= familyOf(address);
  if (draft.family === familyOf(address)) return true;
  const message = `Cannot use ${use} ${address} in ${draft.name}: ` +
    `the instance is IPv${draft.family}; it is skipped`;
  error(context, word, "wrong-family", message, { allowed: `an IPv${draft.family} address` });
  return false;
}

/** A virtual route or rule is its instance's own, so that a `track_group` has no meaning. */
function mayTrack(context: Context, words: readonly Word[], { trackGroup }: Route | Rule): boolean {
  if (trackGroup === null) return true;
  const at = words.find(({ text }) => text === "track_group")!;
  const message = "Cannot use track_group here: it is for static routes and rules; the line is skipped";
  error(context, at, "unknown-option", message);
  return false;
}

function readSource(reading: InstanceReading, unicast: boolean): void {
  const { context, draft, word, values } = reading;
  const value = values[0];
  if (value === undefined) return missingValue(reading);
  draft.unicastIntent ||= unicast;
  const address = readHost(context, value);
  if (address === null) {
    return error(
      context,
      value,
      "bad-address",
      `Cannot use ${word.text} ${value.text}: not an IPv4 or IPv6 address`,
      {
        inForce: "the primary address of the interface",
      },
    );
  }
  if (takesFamily(context, draft, value, address, "source address")) draft.sourceAddress = address;
  excessWords(context, word, values.slice(1));
}

function readGroup(reading: InstanceReading): void {
  const { context, draft, word, values } = reading;
  const value = values[0];
  if (value === undefined) return missingValue(reading);
  const group = parseAddress(value.text);
  if (group === null || !isMulticast(group)) {
    return error(
      context,
      value,
      "bad-address",
      `Cannot use ${word.text} ${value.text}: not a multicast group`,
      {
        allowed: "224.0.0.0 to 239.255.255.255, or ff00::/8",
      },
    );
  }
  if (takesFamily(context, draft, value, group, "multicast group")) draft.multicastGroup = group;
}

function readPeers(reading: InstanceReading): void {
  const { context, draft } = reading;
  draft.unicastIntent = true;
  for (const { words } of linesOf(reading)) {
    const at = words[0]!;
    const address = readHost(context, at);
    if (address === null) {
      error(
        context,
        at,
        "bad-address",
        `Cannot use unicast peer "${at.text}" of ${draft.name}: not an address; it is skipped`,
        {
          allowed: "an IPv4 or IPv6 address",
        },
      );
    } else if (takesFamily(context, draft, at, address, "unicast peer")) {
      readPeer(context, draft, words, address);
    }
  }
}

function readPeer(context: Context, draft: InstanceDraft, words: readonly Word[], address: string): void {
  const ttl: { min_ttl: number | null; max_ttl: number | null } = { min_ttl: null, max_ttl: null };
  for (let i = 1; i < words.length; i += 2) {
    const option = words[i]!;
    const value = words[i + 1];
    if (option.text !== "min_ttl" && option.text !== "max_ttl") {
      error(context, option, "unknown-option", `Cannot use "${option.text}" for unicast peer ${address}`, {
        allowed: "min_ttl, max_ttl",
        suggestion: nearest(option.text, ["min_ttl", "max_ttl"]),
      });
      i--;
      continue;
    }
    const parsed = parseWhole(value?.text ?? "", 0, 255);
    if (parsed.ok) ttl[option.text] = parsed.value;
    else {error(
        context,
        value ?? option,
        "bad-value",
        `Cannot use ${option.text} of ${address} as it must be between 0 and 255`,
      );}
  }
  if (ttl.min_ttl !== null || ttl.max_ttl !== null) draft.checkUnicastSource = true;
  (draft.peerWords ??= new Map()).set(address, words[0]!);
  draft.peers.push({ address, minTtl: ttl.min_ttl, maxTtl: ttl.max_ttl });
}

function readAddresses(reading: InstanceReading, into: AddressDraft[], decidesFamily: boolean): void {
  const { context, draft } = reading;
  for (const { words } of linesOf(reading)) {
    const line = readAddressLine(context, words);
    if (line === null) continue;
    const { address } = line.address;
    if (!decidesFamily || takesFamily(context, draft, line.at, address, "virtual address")) into.push(line);
  }
}

function readAuthentication({ context, draft, statement, word }: InstanceReading): void {
  const authentication: AuthenticationDraft = draft.authentication ??
    { ...keeps(), type: "none", password: "", at: word };
  draft.authentication = authentication;
  readBlock(
    context,
    statement.block?.statements ?? [],
    AUTHENTICATION,
    AUTHENTICATION_READERS,
    authentication,
  );
}

const AUTHENTICATION_READERS: Readers<AuthenticationDraft> = {
  auth_type(reading) {
    const { context, draft, values } = reading;
    const value = values[0];
    if (value === undefined) return missingValue(reading);
    if (value.text === "PASS" || value.text === "AH") draft.type = value.text === "AH" ? "ah" : "pass";
    else {
      error(context, value, "bad-value", `Cannot use auth_type ${shown(value)} as it must be PASS or AH`, {
        allowed: "PASS or AH",
        inForce: "no authentication",
        suggestion: nearest(value.text, ["PASS", "AH"]),
      });
    }
  },
  auth_pass(reading) {
    const { context, draft, values, word } = reading;
    const value = values[0];
    if (value === undefined) return missingValue(reading);
    draft.password = firstBytes(value.text, 8);
    if (utf8Length(value.text) > 8) {
      warning(
        context,
        value,
        "password-cut",
        "Cannot use all of auth_pass: only its first 8 characters count",
        {
          // The password itself goes into no log and no status.
          inForce: "its first 8 characters",
          allowed: "at most 8 characters",
        },
      );
    }
    if (values.length > 1) {
      note(
        context,
        values[1]!,
        "excess-words",
        `Cannot use "${values[1]!.text}" here: put quotes around a password with blanks`,
      );
    }
    excessWords(context, word, []);
  },
};

/** The beginning of a text that fits into a number of UTF-8 bytes, never half a character. */
function firstBytes(text: string, limit: number): string {
  let length = 0;
  let result = "";
  for (const char of text) {
    length += utf8Length(char);
    if (length > limit) break;
    result += char;
  }
  return result;
}
