/**
 * Polls the links of interfaces whose drivers do not tell of a loss, and says what changed.
 *
 * On the main thread: some drivers take their time to answer, and no advertisement may wait for them.
 */
import type { PolledInterface } from "../../core/config/polled_interfaces.ts";
import { ERRNO, OsError } from "../../ffi/errno.ts";
import { openLibc } from "../../ffi/libc.ts";
import { LINK_METHODS, type LinkMethod, type LinkProbe, openLinkProbe } from "../../ffi/link_probe.ts";

/** ms between two looks. */
const INTERVAL = 1000;

/** What is done with what polling finds. */
export interface LinkListener {
  /** An interface has a link, or none. Called for each new one at once, and then for each change. */
  readonly tell: (interfaceName: string, up: boolean) => void;
  /** A sentence for the log. */
  readonly say: (level: "info" | "warning", text: string) => void;
}

interface Polled {
  readonly name: string;
  /** The one that is written. */
  readonly wanted: LinkMethod | null;
  /** The one that works; null until the interface was asked for the first time. */
  method: LinkMethod | null;
  /** null where it cannot be asked. */
  up: boolean | null;
}

/** Polls interfaces once a second. */
export class LinkPolling implements Disposable {
  readonly #listener: LinkListener;
  readonly #open: () => LinkProbe;
  #polled: readonly Polled[] = [];
  #probe: LinkProbe | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** `open` opens the way to the kernel when the first interface is to be polled. */
  constructor(listener: LinkListener, open: () => LinkProbe = () => openLinkProbe(openLibc())) {
    this.#listener = listener;
    this.#open = open;
  }

  /** Polls these from now on; those that are known stay known. */
  watch(interfaces: readonly PolledInterface[]): void {
    const known = new Map(this.#polled.map((each) => [`${each.name} ${each.wanted}`, each]));
    this.#polled = interfaces.map(({ interface: name, method: wanted }) =>
      known.get(`${name} ${wanted}`) ?? { name, wanted, method: null, up: null }
    );
    if (this.#polled.length === 0) return this[Symbol.dispose]();
    this.#probe ??= this.#open();
    this.#timer ??= setInterval(() => this.look(), INTERVAL);
    this.look();
  }

  /** Asks all of them now. */
  look(): void {
    for (const polled of this.#polled) this.#ask(polled, this.#probe!);
  }

  [Symbol.dispose](): void {
    this.#polled = [];
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#probe?.[Symbol.dispose]();
    this.#probe = null;
  }

  #ask(polled: Polled, probe: LinkProbe): void {
    const up = polled.method === null ? this.#askFirst(polled, probe) : attempt(probe, polled, polled.method);
    if (up === "unable") return;
    if (up === "gone") {
      // The kernel tells of that itself; one that comes back may be another one.
      polled.method = null;
      polled.up = null;
    } else if (up !== polled.up) {
      polled.up = up;
      this.#listener.tell(polled.name, up);
    }
  }

  /** The way that is written, or else the first one that works. */
  #askFirst(polled: Polled, probe: LinkProbe): Answer {
    const { name, wanted } = polled;
    const order = wanted === null ? LINK_METHODS : [wanted, ...LINK_METHODS.filter((way) => way !== wanted)];
    for (const method of order) {
      const up = attempt(probe, polled, method);
      if (up === "gone") return up;
      if (up === "unable") continue;
      polled.method = method;
      if (wanted !== null && method !== wanted) {
        this.#listener.say("warning", `Cannot poll ${name} by ${wanted}, its driver does not know it`);
      }
      this.#listener.say("info", `Polling the link of ${name} by ${method}`);
      return up;
    }
    return "unable";
  }
}

type Answer = boolean | "gone" | "unable";

function attempt(probe: LinkProbe, { name }: Polled, method: LinkMethod): Answer {
  try {
    return probe.ask(name, method);
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    return error.errno === ERRNO.ENODEV ? "gone" : "unable";
  }
}
