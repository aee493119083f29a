/**
 * Kernel settings of the whole host that the configuration wants while we run: `disable_local_igmp`.
 */
import type { DaemonSettings } from "../../core/config/daemon_model.ts";
import { reasonOf } from "../exit_codes.ts";

/** 0: no membership reports for groups within 224.0.0.0/24, which no switch needs (linux ip-sysctl). */
const LOCAL_REPORTS = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports";

/** Changes settings, and gives them back when disposed. */
export class HostSettings implements Disposable {
  readonly #warn: (text: string) => void;
  readonly #file: string;
  /** What was there before us; null where we have changed nothing. */
  #before: string | null = null;

  /** `file` is another one in tests. */
  constructor(warn: (text: string) => void, file = LOCAL_REPORTS) {
    this.#warn = warn;
    this.#file = file;
  }

  /** Brings the host in line with a configuration; a refusal is a warning. */
  apply({ kept }: Pick<DaemonSettings, "kept">): void {
    if (kept["disable_local_igmp"] !== true) return this[Symbol.dispose]();
    if (this.#before !== null) return;
    this.#attempt(() => {
      const before = Deno.readTextFileSync(this.#file).trim();
      if (before !== "0") Deno.writeTextFileSync(this.#file, "0", { create: false });
      this.#before = before;
    });
  }

  [Symbol.dispose](): void {
    const before = this.#before;
    this.#before = null;
    if (before !== null && before !== "0") {
      this.#attempt(() => Deno.writeTextFileSync(this.#file, before, { create: false }));
    }
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#warn(`Cannot change "${this.#file}": ${reasonOf(error)}`);
    }
  }
}
