/** `real_server`: its own words; checkers are read in `checker.ts`. */
import { REAL_SERVER } from "../keywords/virtual_server.ts";
import type { Statement } from "../tree.ts";
import { excessWords, missingValue, readBlock, type Readers } from "./block.ts";
import { CHECKER_READERS } from "./checker.ts";
import { type Context, error, readHost } from "./context.ts";
import { readForwarding } from "./forwarding.ts";
import { RealServerDraft, type VirtualServerDraft } from "./server_drafts.ts";
import { parsePort } from "./server_group.ts";
import { addressAndPort } from "./server_port.ts";

/** Reads one real server into its virtual server; one whose address cannot be used is skipped with its block. */
export function readRealServer(context: Context, statement: Statement, server: VirtualServerDraft): void {
  const word = statement.words[0]!;
  const first = statement.words[1];
  const second = statement.words[2];
  if (first === undefined) {
    return error(context, word, "missing-value", "Cannot use real_server without an address", {
      allowed: "ADDRESS [PORT]",
      exit: 2,
      fatal: true,
    });
  }
  const address = readHost(context, first);
  if (address === null) {
    const message = `Cannot use real_server ${first.text}: not an address; it is skipped`;
    return error(context, first, "bad-address", message, {
      allowed: "ADDRESS [PORT]",
      suggestion: addressAndPort(first.text),
    });
  }
  const none = second === undefined || second.text === "0";
  const port = none ? null : parsePort(context, second, "; the real_server is skipped");
  if (!none && port === null) return;
  excessWords(context, word, statement.words.slice(3));
  const draft = new RealServerDraft(first, address, port);
  readBlock(context, statement.block?.statements ?? [], REAL_SERVER, READERS, draft);
  server.realServers.push(draft);
}

const READERS: Readers<RealServerDraft> = {
  ...CHECKER_READERS,
  lvs_method(reading) {
    const { context, draft, word, values } = reading;
    if (values.length === 0) return missingValue(reading);
    const forwarding = readForwarding(context, word, values);
    if (forwarding !== null) draft.forwarding = forwarding;
  },
};
