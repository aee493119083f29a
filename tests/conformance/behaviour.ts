/** What a row of the conformance table is. */
import type { Stand } from "./rig/stand.ts";

/** One thing that a VRRP router does or does not do, and the test that tells. */
export interface Behaviour {
  /** One sentence. */
  readonly title: string;
  /** Who says so: section of an RFC, or keepalived's documentation. */
  readonly source: string;
  /** Links of the host; 1 by default. */
  readonly links?: number;
  /** false: the links have no address and are down when the test begins. */
  readonly configured?: boolean;
  /** true: nothing else runs meanwhile, because the machine's speed is part of the test. */
  readonly alone?: boolean;
  /** Why `ha` does not do this yet; its test is skipped with this reason. */
  readonly notYet?: string;
  /** A word on the outcome, such as why one of the two daemons differs. */
  readonly remark?: string;
  /** Fails by throwing. */
  run(stand: Stand): Promise<void>;
}

/** Behaviours that belong together. A new one goes to the end, so that the numbers of the others stay. */
export interface Chapter {
  /** The hundreds of the numbers. */
  readonly number: number;
  readonly title: string;
  readonly behaviours: readonly Behaviour[];
}

/** A behaviour with the number by which it is known. */
export interface Numbered extends Behaviour {
  readonly number: number;
}

/** The behaviours of a chapter with their numbers. */
export function numbered(chapter: Chapter): Numbered[] {
  return chapter.behaviours.map((behaviour, i) => ({ ...behaviour, number: chapter.number * 100 + i + 1 }));
}
