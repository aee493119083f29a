/** The addresses of the daemon's host, as the kernel reports them. */
import type { LinkWatch } from "../../../core/ports.ts";
import { openLinkWatch } from "../../../ffi/link_watch.ts";
import { now } from "../../lab/clock.ts";
import { EventLog } from "../../lab/event_log.ts";
import type { Hub } from "./hub.ts";
import type { Within } from "./wire.ts";

/** An address came, was refreshed, or went. */
export interface AddressChange {
  readonly at: number;
  readonly what: "added" | "refreshed" | "removed";
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
}

const PATIENCE = 10_000;

/** Follows the addresses of one namespace. */
export class AddressLog extends EventLog<AddressChange> implements Disposable {
  readonly #hub: Hub;
  readonly #watch: LinkWatch;
  readonly #held = new Map<string, AddressChange>();
  readonly #reader;

  /** Watches from now on. */
  constructor(hub: Hub, namespace: string) {
    super(
      `addresses of ${namespace}`,
      (item) => `${item.what} ${item.address}/${item.prefixLength} on ${item.interface}`,
    );
    this.#hub = hub;
    this.#watch = hub.inside(namespace, () => openLinkWatch(hub.libc));
    this.#take(this.#watch.snapshot());
    this.#reader = {
      descriptor: this.#watch.descriptor,
      drain: () => this.#drain(),
      [Symbol.dispose]: () => this.#watch[Symbol.dispose](),
    };
    hub.watch(this.#reader);
  }

  /** Whether an address is on some interface now. */
  has(address: string): boolean {
    return this.#held.has(address);
  }

  /** What is known of an address that is there. */
  get(address: string): AddressChange | undefined {
    return this.#held.get(address);
  }

  /** Waits until an address is added. */
  added(address: string, within: Within = {}): Promise<AddressChange> {
    return this.#change("added", address, within);
  }

  /** Waits until an address is removed. */
  removed(address: string, within: Within = {}): Promise<AddressChange> {
    return this.#change("removed", address, within);
  }

  /** Changes of an address so far, without refreshes. */
  changes(address: string, since = 0): AddressChange[] {
    return this.filter((item) => item.address === address && item.what !== "refreshed", since);
  }

  [Symbol.dispose](): void {
    this.#hub.forget(this.#reader);
    this.close();
  }

  #change(what: AddressChange["what"], address: string, within: Within): Promise<AddressChange> {
    return this.next((item) => item.what === what && item.address === address, {
      within: PATIENCE,
      ...within,
      what: `${address} ${what}`,
    });
  }

  #drain(): void {
    const notices = this.#watch.read();
    if (notices === "overrun") throw new Error("Cannot follow the addresses: the kernel dropped notices");
    this.#take(notices);
  }

  #take(notices: ReturnType<LinkWatch["snapshot"]>): void {
    for (const notice of notices) {
      if (notice.kind !== "address.added" && notice.kind !== "address.removed") continue;
      const { interface: where, address, prefixLength } = notice.address;
      const gone = notice.kind === "address.removed";
      const what = gone ? "removed" : this.#held.has(address) ? "refreshed" : "added";
      const change: AddressChange = { at: now(), what, interface: where, address, prefixLength };
      if (gone) this.#held.delete(address);
      else this.#held.set(address, change);
      this.push(change);
    }
  }
}
