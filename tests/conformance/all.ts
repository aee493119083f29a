/** The whole table, in order. */
import { type Chapter, type Numbered, numbered } from "./behaviour.ts";
import { ADVERTISEMENT } from "./behaviours/advertisement.ts";
import { START } from "./behaviours/start.ts";

/** All chapters. */
export const CHAPTERS: readonly Chapter[] = [START, ADVERTISEMENT];

/** All behaviours with their numbers. */
export const BEHAVIOURS: readonly Numbered[] = CHAPTERS.flatMap(numbered);
