/**
 * The time that a probe may take as a whole.
 */
import type { CheckSchedule, CheckTarget } from "../config/virtual_server_model.ts";

/** How many times `connect_timeout` a server may keep a conversation going. */
const PATIENCE = 4;

/**
 * ms for all of a probe, so that a server that sends one octet a second does not hold it for ever.
 *
 * keepalived knows no such limit: each octet buys the server another `connect_timeout`. A long download within
 * `delay_loop` is fine.
 */
export function probeLimit(
  { delayLoop }: Pick<CheckSchedule, "delayLoop">,
  { timeout }: Pick<CheckTarget, "timeout">,
): number {
  return Math.max(delayLoop, PATIENCE * timeout);
}
