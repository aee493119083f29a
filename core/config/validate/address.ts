/** Lines of `virtual_ipaddress`: an address and its options in any order. */
import { familyOf, parseAddress } from "../../net/address.ts";
import { VIRTUAL_ADDRESS } from "../keywords/address_line.ts";
import { indexOf, type Keyword, type KeywordTable } from "../keywords/keyword.ts";
import { nearest } from "../suggest.ts";
import type { Word } from "../text.ts";
import { FOREVER, parseWhole } from "../values.ts";
import { utf8Length } from "../keywords/shape.ts";
import { type Context, error, notActedUpon, note, warning } from "./context.ts";
import type { AddressDraft } from "./drafts.ts";
import { checkInterface } from "./interface.ts";
import { parsePrefixed, withHostBits } from "./prefix.ts";

/** The named scopes of rtnetlink. */
export const SCOPES: ReadonlyMap<string, number> = new Map([
  ["global", 0],
  ["site", 200],
  ["link", 253],
  ["host", 254],
  ["nowhere", 255],
]);

type Address = { -readonly [K in keyof AddressDraft["address"]]: AddressDraft["address"][K] };

/**
 * Reads one line; null where the address is not used, which is reported.
 *
 * @param table the options that may stand there
 */
export function readAddressLine(
  context: Context,
  words: readonly Word[],
  table: KeywordTable = VIRTUAL_ADDRESS,
): AddressDraft | null {
  const at = words[0]!;
  const prefixed = parsePrefixed(at.text);
  if (prefixed === null) {
    error(
      context,
      at,
      "bad-address",
      `Cannot use address "${at.text}": not an IPv4 or IPv6 address; it is skipped`,
      {
        allowed: "ADDRESS[/PREFIX]",
      },
    );
    return null;
  }
  const whole = familyOf(prefixed.address) === 4 ? 32 : 128;
  if (prefixed.badPrefix !== null && prefixed.badPrefix !== "") {
    error(
      context,
      at,
      "bad-prefix",
      `Cannot use prefix length "${prefixed.badPrefix}" as it must be between 0 and ${whole}`,
      {
        allowed: `between 0 and ${whole}`,
        inForce: `${prefixed.address}/${whole}`,
      },
    );
  }
  const address: Address = {
    address: prefixed.address,
    prefixLength: prefixed.prefixLength,
    interface: null,
    label: null,
    scope: 0,
    broadcast: null,
    duplicateDetection: false,
    tracked: true,
    flags: [],
    peer: null,
    preferredLifetime: null,
    trackGroup: null,
  };
  if (!readOptions(context, words, address, table)) return null;
  dropBroadcast(context, at, address);
  return { address, at };
}

/** Between two hosts there is no broadcast address. */
function dropBroadcast(context: Context, at: Word, address: Address): void {
  if (address.peer === null || address.broadcast === null) return;
  const message = `Cannot use a broadcast address for ${address.address} as it has a peer`;
  error(context, at, "broadcast-with-peer", message, { inForce: "no broadcast address" });
  address.broadcast = null;
}

function readOptions(
  context: Context,
  words: readonly Word[],
  address: Address,
  table: KeywordTable,
): boolean {
  const index = indexOf(table);
  let keep = true;
  for (let i = 1; i < words.length; i++) {
    const option = words[i]!;
    const keyword = index.get(option.text);
    if (keyword?.value.kind !== "option" || option.text === "ADDR[/PFX]") {
      i += unknownOption(context, option, words[i + 1], index);
    } else if (keyword.value.takes === 0) {
      if (!keyword.acted) notActedUpon(context, option, `${table.name}/${option.text}`);
      readFlag(address, option.text);
    } else {
      const value = words[++i];
      if (value === undefined) {
        error(context, option, "missing-value", `Cannot use ${option.text} without a value; it is ignored`);
      } else if (!readOption(context, option, value, address)) keep = false;
    }
  }
  return keep;
}

/** Reports an option that does not exist; 1 where the word behind it is the value that was meant for it. */
function unknownOption(
  context: Context,
  option: Word,
  next: Word | undefined,
  index: ReadonlyMap<string, Keyword>,
): 0 | 1 {
  const options = [...index.keys()].slice(1);
  const suggestion = nearest(option.text, options);
  const message =
    `Cannot use "${option.text}" for an address: no such option; the address is used without it`;
  error(context, option, "unknown-option", message, {
    suggestion,
    allowed: suggestion === null ? options.join(", ") : null,
  });
  const meant = suggestion === null ? undefined : index.get(suggestion)!.value;
  const takesNext = meant?.kind === "option" && meant.takes === 1 && next !== undefined &&
    !index.has(next.text);
  return takesNext ? 1 : 0;
}

function readFlag(address: Address, option: string): void {
  if (option === "-nodad") address.duplicateDetection = true;
  else if (option === "no_track") address.tracked = false;
  else if (!address.flags.includes(option)) address.flags = [...address.flags, option];
}

/** Reads an option with a value; false where the whole address must go. */
function readOption(context: Context, option: Word, value: Word, address: Address): boolean {
  switch (option.text) {
    case "dev":
      return readDevice(context, option, value, address);
    case "label":
      return readLabel(context, value, address);
    case "brd":
    case "broadcast":
      return readBroadcast(context, value, address);
    case "scope":
      readScope(context, value, address);
      return true;
    case "peer":
      return readPeer(context, value, address);
    case "preferred_lft":
      readLifetime(context, value, address);
      return true;
    case "track_group":
      address.trackGroup = value.text;
      return true;
    default:
      return true;
  }
}

function readDevice(context: Context, option: Word, value: Word, address: Address): boolean {
  if (address.interface !== null) {
    error(context, option, "repeated-option", `Cannot use dev a second time for ${address.address}`, {
      inForce: `dev ${address.interface}`,
    });
    return true;
  }
  checkInterface(context, value, `address ${address.address}`);
  address.interface = value.text;
  return true;
}

function readLabel(context: Context, value: Word, address: Address): boolean {
  if (familyOf(address.address) === 6) {
    error(
      context,
      value,
      "ipv6-label",
      "Cannot label an IPv6 address: labels are for IPv4; it is used without one",
    );
    return true;
  }
  if (utf8Length(value.text) > 15) {
    const message =
      `Cannot use label "${value.text}" as it must be at most 15 characters; the address is removed`;
    error(context, value, "label-too-long", message, { allowed: "at most 15 characters" });
    return false;
  }
  address.label = value.text;
  return true;
}

/** Longest prefix of a network that has a broadcast address. */
const LONGEST_NETWORK = 30;

function readBroadcast(context: Context, value: Word, address: Address): boolean {
  if (familyOf(address.address) === 6) {
    const message =
      `Cannot use a broadcast address for ${address.address}: IPv6 has none; the address is skipped`;
    error(context, value, "bad-broadcast", message);
    return false;
  }
  if (value.text === "+" || value.text === "-") {
    if (address.prefixLength > LONGEST_NETWORK) {
      const message = `Cannot find the broadcast address of ${address.address}/${address.prefixLength}`;
      error(context, value, "bad-broadcast", message, { inForce: "no broadcast address" });
      return true;
    }
    address.broadcast = withHostBits(address.address, address.prefixLength, value.text === "+");
    return true;
  }
  const broadcast = parseAddress(value.text);
  if (broadcast === null || familyOf(broadcast) !== 4) {
    const message =
      `Cannot use broadcast address "${value.text}" for ${address.address}; the address is skipped`;
    error(context, value, "bad-broadcast", message, { allowed: "an IPv4 address, + or -" });
    return false;
  }
  address.broadcast = broadcast;
  return true;
}

function readScope(context: Context, value: Word, address: Address): void {
  if (familyOf(address.address) === 6) {
    return error(
      context,
      value,
      "ipv6-scope",
      "Cannot set the scope of an IPv6 address; it is used without one",
    );
  }
  const number = parseWhole(value.text, 0, 255);
  const scope = SCOPES.get(value.text) ?? (number.ok ? number.value : null);
  if (scope !== null) address.scope = scope;
  else {
    error(context, value, "bad-scope", `Cannot use scope "${value.text}"`, {
      allowed: `${[...SCOPES.keys()].join(", ")} or between 0 and 255`,
      inForce: "scope global",
      suggestion: nearest(value.text, SCOPES.keys()),
    });
  }
}

function readPeer(context: Context, value: Word, address: Address): boolean {
  const peer = parseAddress(value.text);
  if (peer !== null && familyOf(peer) === familyOf(address.address)) {
    const whole = familyOf(peer) === 4 ? 32 : 128;
    address.peer = peer;
    if (address.prefixLength !== whole) {
      const message = `Cannot use a prefix length for ${address.address} as it has a peer`;
      error(context, value, "bad-prefix", message, { inForce: `peer ${peer}/${whole}` });
      address.prefixLength = whole;
    }
  } else {
    error(context, value, "bad-peer", `Cannot use peer address "${value.text}" for ${address.address}`, {
      allowed: `an IPv${familyOf(address.address)} address without a prefix`,
      inForce: "no peer",
    });
  }
  return true;
}

function readLifetime(context: Context, value: Word, address: Address): void {
  if (familyOf(address.address) === 4) {
    note(context, value, "ipv4-lifetime", "preferred_lft concerns IPv6 addresses alone");
  }
  if (value.text === "forever") {
    address.preferredLifetime = FOREVER;
    return;
  }
  const parsed = parseWhole(value.text, 0, 0xffffffff);
  if (parsed.ok) address.preferredLifetime = parsed.value;
  else {warning(context, value, "bad-value", `Cannot use preferred_lft ${value.text}`, {
      allowed: "seconds or forever",
    });}
}
