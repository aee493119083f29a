/**
 * `vrrp_delay_after_boot`: instances wait until the system has been up for that long.
 */
import type { Model } from "../../core/config/model.ts";

/** The configuration with what is left of that wait in `vrrp_startup_delay`; `uptime` in ms. */
export function delayedAfterBoot(model: Model, uptime: number = Deno.osUptime() * 1000): Model {
  const { delayAfterBoot } = model.daemon;
  if (delayAfterBoot === 0) return model;
  const startupDelay = Math.max(model.global.startupDelay, delayAfterBoot - uptime);
  return { ...model, global: { ...model.global, startupDelay } };
}
