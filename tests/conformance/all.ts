/** The whole table, in order. */
import { type Chapter, type Numbered, numbered } from "./behaviour.ts";
import { ADVERTISEMENT } from "./behaviours/advertisement.ts";
import { ANNOUNCEMENT } from "./behaviours/announcement.ts";
import { RECEIVE2, RECEIVE3 } from "./behaviours/receive.ts";
import { START } from "./behaviours/start.ts";

/** All chapters. */
export const CHAPTERS: readonly Chapter[] = [START, ADVERTISEMENT, ANNOUNCEMENT, RECEIVE3, RECEIVE2];

/** All behaviours with their numbers. */
export const BEHAVIOURS: readonly Numbered[] = CHAPTERS.flatMap(numbered);
