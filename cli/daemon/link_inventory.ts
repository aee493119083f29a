/**
 * The links and addresses of this host as last heard, so that a name can be turned into an index and a lost notice
 * can be made up for.
 */
import type { Link, LocalAddress } from "../../core/engine/event.ts";
import type { LinkNotice } from "../../core/ports.ts";

/** Links that are gone whose index is remembered: only what happens right afterwards needs it. */
const FORMER = 64;

/** What the kernel told about links and addresses up to now. */
export class LinkInventory {
  readonly #links = new Map<string, Link>();
  readonly #addresses = new Map<string, LocalAddress>();
  /** Of links that are gone by their names. */
  readonly #formerIndices = new Map<string, number>();

  /** All known links and addresses, for the engine's start. */
  get links(): readonly Link[] {
    return [...this.#links.values()];
  }
  get addresses(): readonly LocalAddress[] {
    return [...this.#addresses.values()];
  }

  /** A link by name, or undefined where there is none. */
  link(name: string): Link | undefined {
    return this.#links.get(name);
  }

  /** Whether the host has an address, as last heard. */
  hasAddress(address: Pick<LocalAddress, "interface" | "address" | "prefixLength">): boolean {
    return this.#addresses.has(keyOf(address));
  }

  /**
   * Takes one notice in; false where it says nothing new, as the kernel's answer to a renewed lease does many times a
   * second.
   */
  apply(notice: LinkNotice): boolean {
    switch (notice.kind) {
      case "link.changed":
        this.#links.set(notice.link.name, notice.link);
        this.#formerIndices.delete(notice.link.name);
        return true;
      case "link.removed":
        this.#remove(notice.name);
        return true;
      case "address.added":
        return this.#add(notice.address);
      case "address.removed":
        this.#addresses.delete(keyOf(notice.address));
        return true;
      default:
        notice satisfies never;
        return true;
    }
  }

  /** The index of a link, or the one that it had before it went or got another name. */
  lastIndex(name: string): number | undefined {
    return this.#links.get(name)?.index ?? this.#formerIndices.get(name);
  }

  /** Its addresses go with it: of one that is only renamed, the kernel does not say so. */
  #remove(name: string): void {
    const link = this.#links.get(name);
    if (link === undefined) return;
    this.#links.delete(name);
    this.#formerIndices.set(name, link.index);
    const [oldest] = this.#formerIndices.keys();
    if (this.#formerIndices.size > FORMER) this.#formerIndices.delete(oldest!);
    for (const [key, address] of this.#addresses) if (address.interface === name) this.#addresses.delete(key);
  }

  #add(address: LocalAddress): boolean {
    const key = keyOf(address);
    const known = this.#addresses.get(key);
    const same = known?.secondary === address.secondary && known.tentative === address.tentative &&
      known.duplicate === address.duplicate;
    if (same) return false;
    this.#addresses.set(key, address);
    return true;
  }

  /**
   * What must have happened unheard for the host to look like `snapshot`: removals first, then the snapshot itself.
   *
   * Needed after the kernel dropped notices (ENOBUFS): a dump tells what is there, never what has gone.
   */
  missed(snapshot: readonly LinkNotice[]): readonly LinkNotice[] {
    const addresses = new Set<string>();
    const links = new Set<string>();
    for (const notice of snapshot) {
      if (notice.kind === "address.added") addresses.add(keyOf(notice.address));
      if (notice.kind === "link.changed") links.add(notice.link.name);
    }
    const removals: LinkNotice[] = [];
    for (const [key, address] of this.#addresses) {
      if (!addresses.has(key)) removals.push({ kind: "address.removed", address });
    }
    for (const name of this.#links.keys()) {
      if (!links.has(name)) removals.push({ kind: "link.removed", name });
    }
    return [...removals, ...snapshot];
  }
}

function keyOf(address: Pick<LocalAddress, "interface" | "address" | "prefixLength">): string {
  return `${address.interface} ${address.address}/${address.prefixLength}`;
}
