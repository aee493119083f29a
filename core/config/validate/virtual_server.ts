/** `virtual_server`: the words that no shape describes. */
import { addressToBytes, familyOf, ipv4ToNumber, parseAddress } from "../../net/address.ts";
import { VIRTUAL_SERVER } from "../keywords/virtual_server.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { parseWhole } from "../values.ts";
import { excessWords, missingValue, readBlock, type Readers, type Reading } from "./block.ts";
import { type Context, error, readHost, warning } from "./context.ts";
import { readForwarding } from "./forwarding.ts";
import { readRealServer } from "./real_server.ts";
import { type ServiceDraft, VirtualServerDraft } from "./server_drafts.ts";
import { parseMark, parsePort } from "./server_group.ts";
import { addressAndPort } from "./server_port.ts";

type ServerReading = Reading<VirtualServerDraft>;

/** Reads one virtual server into the context; what hangs on its whole is settled when all have been read. */
export function readVirtualServer(context: Context, statement: Statement): void {
  const service = readService(context, statement);
  if (service === null) return;
  const draft = new VirtualServerDraft(statement.words[1] ?? statement.words[0]!, statement, service);
  readBlock(context, statement.block?.statements ?? [], VIRTUAL_SERVER, READERS, draft);
  context.virtualServers.push(draft);
}

function readService(context: Context, { words }: Statement): ServiceDraft | null {
  const [word, first, second] = words;
  if (first === undefined) {
    error(context, word!, "missing-value", "Cannot use virtual_server without an address", {
      allowed: "ADDRESS [PORT], fwmark MARK, group NAME",
      exit: 2,
      fatal: true,
    });
    return null;
  }
  excessWords(context, word!, words.slice(3));
  if (first.text === "fwmark") {
    const mark = parseMark(context, first, second);
    return mark === null ? null : { kind: "fwmark", mark };
  }
  if (first.text === "group") return readGroupName(context, first, second);
  const address = readHost(context, first);
  if (address === null) {
    error(
      context,
      first,
      "bad-address",
      `Cannot use virtual_server ${first.text}: not an address; it is skipped`,
      {
        allowed: "ADDRESS [PORT], fwmark MARK, group NAME",
        suggestion: addressAndPort(first.text),
      },
    );
    return null;
  }
  const port = second === undefined || second.text === "0"
    ? 0
    : parsePort(context, second, "; the virtual_server is skipped");
  return port === null ? null : { kind: "address", address, port };
}

function readGroupName(context: Context, word: Word, name: Word | undefined): ServiceDraft | null {
  if (name !== undefined) return { kind: "group", name: name.text };
  error(context, word, "missing-value", "Cannot use virtual_server group without a name", {
    exit: 2,
    fatal: true,
  });
  return null;
}

const READERS: Readers<VirtualServerDraft> = {
  hashed: (reading) => readSchedulerFlag(reading, null, ["sh"]),
  "flag-1": (reading) => readSchedulerFlag(reading, 1, null),
  "flag-2": (reading) => readSchedulerFlag(reading, 2, null),
  "flag-3": (reading) => readSchedulerFlag(reading, 3, null),
  "sh-fallback": (reading) => readSchedulerFlag(reading, 1, ["sh"]),
  "sh-port": (reading) => readSchedulerFlag(reading, 2, ["sh"]),
  "mh-fallback": (reading) => readSchedulerFlag(reading, 1, ["mh"]),
  "mh-port": (reading) => readSchedulerFlag(reading, 2, ["mh"]),
  lb_kind: readKind,
  lvs_method: readKind,
  persistence_granularity: readGranularity,
  sorry_server: readSorryServer,
  sorry_server_inhibit({ context, draft, word }) {
    if (draft.sorryServer === null) noSorryServer(context, word);
    else draft.sorryServer.inhibit = true;
  },
  sorry_server_lvs_method({ context, draft, word, values }) {
    if (draft.sorryServer === null) return noSorryServer(context, word);
    draft.sorryServer.forwarding = readForwarding(context, word, values);
  },
  real_server: ({ context, draft, statement }) => readRealServer(context, statement, draft),
};

function readSchedulerFlag(
  { context, draft, word }: ServerReading,
  flag: 1 | 2 | 3 | null,
  schedulers: readonly string[] | null,
): void {
  if (schedulers !== null && !schedulers.includes(draft.scheduler ?? "")) {
    const message = `Cannot use ${word.text}: it goes with lb_algo ${
      schedulers[0]
    }, which must stand before it`;
    return error(context, word, "wrong-scheduler", message);
  }
  if (flag !== null && !draft.schedulerFlags.includes(flag)) draft.schedulerFlags.push(flag);
}

function readKind(reading: ServerReading): void {
  const { context, draft, word, values } = reading;
  if (values.length === 0) return missingValue(reading);
  const forwarding = readForwarding(context, word, values);
  if (forwarding !== null) draft.forwarding = forwarding;
}

/** A mask such as 255.255.255.0 for IPv4 (0.0.0.0: all clients go to one server), a prefix length for IPv6. */
function readGranularity(reading: ServerReading): void {
  const { context, draft, word, values } = reading;
  const value = values[0];
  if (value === undefined) return missingValue(reading);
  const family = value.text.includes(".") ? 4 : 6;
  const mask = family === 4 ? maskOf(value.text) : wholeOf(value.text);
  if (mask === null) {
    return error(context, value, "bad-value", `Cannot use ${word.text} ${value.text}`, {
      allowed: "an IPv4 mask such as 255.255.255.0, or between 1 and 128 for IPv6",
    });
  }
  draft.persistenceMask = { mask, family };
}

function wholeOf(text: string): number | null {
  const parsed = parseWhole(text, 1, 128);
  return parsed.ok ? parsed.value : null;
}

/** A mask as a number; the kernel takes one with zeros between its ones too. */
function maskOf(text: string): number | null {
  const address = parseAddress(text);
  return address === null || familyOf(address) === 6 ? null : ipv4ToNumber(addressToBytes(address));
}

function readSorryServer(reading: ServerReading): void {
  const { context, draft, word, values } = reading;
  const [first, second] = values;
  if (first === undefined) return missingValue(reading);
  const address = readHost(context, first);
  if (address === null) {
    return error(
      context,
      first,
      "bad-address",
      `Cannot use ${word.text} ${first.text}: not an address; it is skipped`,
      { suggestion: addressAndPort(first.text) },
    );
  }
  const none = second === undefined || second.text === "0";
  const port = none ? null : parsePort(context, second, "; the sorry_server is skipped");
  if (!none && port === null) return;
  if (draft.sorryServer !== null) {
    warning(context, word, "repeated-word", "A second sorry_server takes the place of the first", {
      exit: 0,
    });
  }
  draft.sorryServer = { at: first, address, port, forwarding: null, inhibit: false };
  excessWords(context, word, values.slice(2));
}

function noSorryServer(context: Context, word: Word): void {
  error(context, word, "no-sorry-server", `Cannot use ${word.text} as no sorry_server stands before it`);
}
