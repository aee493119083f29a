/**
 * What must hold for every thread of the daemon, and so from before its first one: it starts itself once more, under the
 * same process id.
 *
 * Signals are blocked that the runtime cannot listen to and keepalived's tools send: SIGUSR1, on which it would open its
 * debugger, and real-time signals, of which it knows none. They wait in a descriptor until they are read. And the
 * network namespace is entered, which belongs to a thread.
 */
import { openLibc } from "../../ffi/libc.ts";
import { enterNetworkNamespace } from "../../ffi/netns.ts";
import { areBlocked, becomeWithBlocked, hearBlocked } from "../../ffi/signal_mask.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { ownCommand } from "../own_command.ts";
import type { DumpKind } from "./dumps.ts";

/** What a signal asks for: to write a dump, and perhaps to count from 0 after it. */
export interface HeldRequest {
  readonly dump: DumpKind;
  readonly clears: boolean;
}

/** What each asks for; SIGRTMIN is 34 with glibc, SIGRTMAX 64. */
const MEANING: ReadonlyMap<number, HeldRequest> = new Map([
  [10, { dump: "data", clears: false }],
  [36, { dump: "json", clears: false }],
  [63, { dump: "stats", clears: true }],
]);

const HELD = [...MEANING.keys()];

/** Tells the second start from the first, where blocking does not last. */
const MARK = "HA_SIGNALS_HELD";
/** Names the namespace that was entered. */
const NAMESPACE_MARK = "HA_NAMESPACE";

/**
 * Starts this program again with the signals blocked, unless they are; nothing else may have been begun.
 *
 * Where that cannot be, it goes on without: the dumps can still be asked for over the control socket.
 */
export function holdSignals(): void {
  if (Deno.env.get(MARK) === undefined && !areBlocked(HELD)) {
    Deno.env.set(MARK, "1");
    again();
  }
  Deno.env.delete(MARK);
}

/**
 * Sees to it that this process runs in a network namespace; null is wherever it is.
 *
 * @throws {Refusal} where the namespace cannot be entered
 */
export function stayIn(namespace: string | null): void {
  if (namespace === null || Deno.env.get(NAMESPACE_MARK) === namespace) return;
  const libc = openLibc();
  try {
    enterNetworkNamespace(libc, namespace);
  } catch (error) {
    throw new Refusal(`Cannot run in network namespace "${namespace}": ${reasonOf(error)}`, EXIT.fatal);
  }
  Deno.env.set(NAMESPACE_MARK, namespace);
  again();
  throw new Refusal(
    `Cannot run in network namespace "${namespace}": cannot start again in it`,
    EXIT.software,
  );
}

/** Returns only where the kernel refuses. */
function again(): void {
  const command = ownCommand();
  becomeWithBlocked(HELD, command[0], command);
}

/** Hears of them for as long as the process lives; does nothing where they could not be held. */
export function hearHeldSignals(wanted: (request: HeldRequest) => void): void {
  if (!areBlocked(HELD)) return;
  hearBlocked(HELD, (signal) => {
    const request = MEANING.get(signal);
    if (request !== undefined) wanted(request);
  });
}
