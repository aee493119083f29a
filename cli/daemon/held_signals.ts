/**
 * The signals of keepalived's tools that the runtime cannot listen to: SIGUSR1, on which it would open its debugger, and
 * real-time signals, of which it knows none.
 *
 * The daemon starts itself once more with them blocked, so that they wait in a descriptor until it reads them.
 */
import { areBlocked, becomeWithBlocked, hearBlocked } from "../../ffi/signal_mask.ts";
import type { DumpKind } from "./dumps.ts";

/** What each asks for; SIGRTMIN is 34 with glibc. */
const MEANING: ReadonlyMap<number, DumpKind> = new Map([
  [10, "data"],
  [36, "json"],
]);

const HELD = [...MEANING.keys()];

/** Tells the second start from the first, where blocking does not last. */
const MARK = "HA_SIGNALS_HELD";

/**
 * Starts this program again with the signals blocked, unless they are; nothing else may have been begun.
 *
 * Where that cannot be, it goes on without: the dumps can still be asked for over the control socket.
 */
export function holdSignals(): void {
  if (Deno.env.get(MARK) === undefined && !areBlocked(HELD)) {
    Deno.env.set(MARK, "1");
    const self = Deno.env.get("HA_SELF");
    if (self !== undefined) becomeWithBlocked(HELD, self, [self, ...Deno.args]);
    else becomeWithBlocked(HELD, Deno.execPath(), commandLine());
  }
  Deno.env.delete(MARK);
}

/** How this process was started. */
function commandLine(): readonly string[] {
  return Deno.readTextFileSync("/proc/self/cmdline").split("\0").slice(0, -1);
}

/** Hears of them for as long as the process lives; does nothing where they could not be held. */
export function hearHeldSignals(wanted: (kind: DumpKind) => void): void {
  if (!areBlocked(HELD)) return;
  hearBlocked(HELD, (signal) => {
    const kind = MEANING.get(signal);
    if (kind !== undefined) wanted(kind);
  });
}
