/**
 * Which processes a `vrrp_track_process` is about, and whether there are enough of them.
 */
import type { TrackProcess } from "../config/tracking_model.ts";

/** A process as the kernel knows it. */
export interface ProcessIdentity {
  /** Its name (/proc/PID/comm), at most 15 octets. */
  readonly name: string;
  /** Its command line; null where nobody asks for it. */
  readonly commandLine: readonly string[] | null;
}

/**
 * Whether a process is meant.
 *
 * Without parameters and `full_command` the name has to be the very same, so that a path, or more than 15 octets, never
 * fits. Otherwise the first word of the command line has to be, and the parameters as `param_match` says.
 */
export function isMeant(tracked: TrackProcess, { name, commandLine }: ProcessIdentity): boolean {
  if (!tracked.fullCommand) return name === tracked.process;
  if (commandLine === null || commandLine[0] !== tracked.process) return false;
  return parametersFit(tracked, commandLine.slice(1));
}

function parametersFit({ parameters, parameterMatch }: TrackProcess, found: readonly string[]): boolean {
  const last = parameters.length - 1;
  switch (parameterMatch) {
    case null:
      return true;
    case "exact":
      return found.length === parameters.length && parameters.every((word, i) => found[i] === word);
    case "partial":
      return parameters.every((word, i) => found[i] === word);
    case "initial":
      return parameters.every((word, i) => i === last ? found[i]?.startsWith(word) : found[i] === word);
    default:
      parameterMatch satisfies never;
      return false;
  }
}

/** Whether that many are neither too few nor too many. */
export function hasQuorum(
  { quorum, quorumMax }: Pick<TrackProcess, "quorum" | "quorumMax">,
  count: number,
): boolean {
  // With quorum_max 0 none at all is what is wanted, whatever the quorum.
  return quorumMax === 0 ? count === 0 : count >= quorum && (quorumMax === null || count <= quorumMax);
}

/** How far a tracked process is towards a verdict. */
export interface ProcessVerdict {
  readonly count: number;
  readonly up: boolean;
  /** When the other verdict comes into force, monotonic ms; null where none is on its way. */
  readonly changesAt: number | null;
}

/** The verdict on the first count, which nothing delays. */
export function firstCount(process: TrackProcess, count: number): ProcessVerdict {
  return { count, up: hasQuorum(process, count), changesAt: null };
}

/**
 * The verdict after another count.
 *
 * A change that came with more processes waits for `fork_delay`, one that came with fewer for `terminate_delay`; one
 * that is undone meanwhile never was.
 */
export function afterCount(
  process: TrackProcess,
  verdict: ProcessVerdict,
  count: number,
  now: number,
): ProcessVerdict {
  const up = hasQuorum(process, count);
  if (up === verdict.up) return { count, up, changesAt: null };
  const delay = count > verdict.count ? process.forkDelay : process.terminateDelay;
  if (delay === 0) return { count, up, changesAt: null };
  return { count, up: verdict.up, changesAt: verdict.changesAt ?? now + delay };
}

/** The verdict once its delay is over. */
export function afterDelay(process: TrackProcess, verdict: ProcessVerdict): ProcessVerdict {
  return firstCount(process, verdict.count);
}
