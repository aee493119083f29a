/** `auth_hmac`: the keys that sign advertisements, and what is asked of those of others. */
import { textToBytes, toHex } from "../../net/bytes.ts";
import { AUTH_HMAC } from "../keywords/instance.ts";
import type { Authentication, HmacSettings } from "../model.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { parseWhole } from "../values.ts";
import { missingValue, readBlock, type Readers } from "./block.ts";
import { type Context, error, warning } from "./context.ts";
import { type HmacDraft, keeps } from "./drafts.ts";
import type { InstanceDraft } from "./instance_draft.ts";

/** Octets of a key: fewer would be weaker than the code, more than a block are of no use. */
const SHORTEST_KEY = 32;
const LONGEST_KEY = 64;

/** s: the bounds of the window that is made from `advert_int`. */
const SHORTEST_WINDOW = 5;
const LONGEST_WINDOW = 300;

/** Reads the block into the draft of its instance; a second one adds to the first. */
export function readHmac(
  context: Context,
  instance: InstanceDraft,
  at: Word,
  statements: readonly Statement[],
): void {
  instance.hmac ??= {
    ...keeps(),
    at,
    keys: [],
    activeKey: null,
    timeWindow: null,
    antiReplay: "time",
    mode: "enforce",
  };
  readBlock(context, statements, AUTH_HMAC, HMAC_READERS, instance.hmac);
}

const HMAC_READERS: Readers<HmacDraft> = {
  key(reading) {
    const { context, draft, values } = reading;
    const [id, value] = values;
    if (id === undefined || value === undefined) return missingValue(reading);
    const number = parseWhole(id.text, 1, 255);
    if (!number.ok) {
      const message = `Cannot use key ${id.text} as its number must be between 1 and 255`;
      return error(context, id, "bad-value", message);
    }
    if (draft.keys.some((key) => key.id === number.value)) {
      const message = `Cannot use key ${number.value} a second time; the first one counts`;
      return error(context, id, "repeated-key", message);
    }
    const secret = readSecret(context, value, number.value);
    if (secret !== null) draft.keys.push({ id: number.value, value: value.text, secret });
  },
};

/** The octets of a key in hexadecimal; "" where its file is not known here, null where it cannot be used. */
function readSecret(context: Context, value: Word, id: number): string | null {
  const text = value.text.startsWith("file:") ? readFile(context, value, id) : value.text;
  if (text === null) return null;
  if (text === "") return "";
  const secret = text.startsWith("hex:") ? hexadecimal(text.slice(4)) : toHex(textToBytes(text));
  if (secret === null) {
    refuse(context, value, id, "what follows hex: must be pairs of hexadecimal digits");
    return null;
  }
  const length = secret.length / 2;
  if (length >= SHORTEST_KEY && length <= LONGEST_KEY) return secret;
  refuse(context, value, id, `it has ${length} octets, and ${SHORTEST_KEY} to ${LONGEST_KEY} are needed`);
  return null;
}

function hexadecimal(digits: string): string | null {
  return /^([0-9a-fA-F]{2})*$/.test(digits) ? digits.toLowerCase() : null;
}

function readFile(context: Context, value: Word, id: number): string | null {
  const path = value.text.slice("file:".length);
  const file = context.facts.secretFile(path);
  if (file === null) return "";
  if (!file.ok) {
    refuse(context, value, id, `file ${path}: ${file.reason}`);
    return null;
  }
  if (file.exposed) {
    const message = `The file of key ${id}, ${path}, can be read by others than its owner`;
    warning(context, value, "exposed-key", message, { allowed: "mode 0600", exit: 6 });
  }
  return file.text.replace(/[\r\n]+$/, "");
}

function refuse(context: Context, value: Word, id: number, reason: string): void {
  error(context, value, "bad-key", `Cannot use key ${id}: ${reason}`, {
    allowed: `${SHORTEST_KEY} to ${LONGEST_KEY} octets as text, hex:… or file:PATH`,
  });
}

/** The settings of an instance, or null where advertisements carry no trailer. */
export function hmacSettings(
  context: Context,
  { hmac, name, advertInterval }: InstanceDraft,
  strict: boolean,
): HmacSettings | null {
  if (hmac === null) return null;
  const active = hmac.activeKey;
  if (active === null || !hmac.keys.some(({ id }) => id === active)) {
    const reason = active === null ? "it has no active_key" : `its active_key ${active} is not defined`;
    error(context, hmac.at, "hmac-off", `Cannot use auth_hmac in ${name}: ${reason}`, {
      inForce: "no auth_hmac: adverts are not authenticated",
    });
    return null;
  }
  const { keys, antiReplay } = hmac;
  const timeWindow = hmac.timeWindow ?? defaultTimeWindow(advertInterval);
  return { keys, activeKey: active, timeWindow, antiReplay, mode: modeOf(context, hmac, name, strict) };
}

/** The window in s where none is written: three intervals, and never so short that clocks could not meet it. */
export function defaultTimeWindow(advertInterval: number): number {
  const window = 3 * Math.floor(advertInterval / 1000);
  return Math.min(LONGEST_WINDOW, Math.max(SHORTEST_WINDOW, window));
}

function modeOf(context: Context, { mode, at }: HmacDraft, name: string, strict: boolean) {
  if (!strict || mode === "enforce") return mode;
  warning(context, at, "strict-reset", `Strict mode: auth_hmac of ${name} must have mode enforce`, {
    inForce: "mode enforce",
  });
  return "enforce";
}

/** A trailer takes the place of the authentication of VRRPv2. */
export function withoutOldAuthentication(
  context: Context,
  draft: InstanceDraft,
  written: Authentication,
): Authentication {
  if (written.type === "none") return written;
  const message = `Cannot use authentication together with auth_hmac in ${draft.name}`;
  error(context, draft.authentication?.at ?? draft.nameWord, "authentication-off", message, {
    inForce: "auth_hmac alone",
  });
  return { type: "none" };
}
