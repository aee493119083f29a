/** The whole table, in order. */
import { type Chapter, type Numbered, numbered } from "./behaviour.ts";
import { ADVERTISEMENT } from "./behaviours/advertisement.ts";
import { ANNOUNCEMENT } from "./behaviours/announcement.ts";
import { ELECTION } from "./behaviours/election.ts";
import { FAULT } from "./behaviours/fault.ts";
import { RECEIVE2, RECEIVE3 } from "./behaviours/receive.ts";
import { BFD } from "./behaviours/bfd.ts";
import { BEYOND } from "./behaviours/beyond.ts";
import { HOSTILE } from "./behaviours/hostile.ts";
import { NOTIFY } from "./behaviours/notify.ts";
import { RELOAD } from "./behaviours/reload.ts";
import { ADDRESSES } from "./behaviours/addresses.ts";
import { IPV6 } from "./behaviours/ipv6.ts";
import { UNICAST_CHAPTER } from "./behaviours/unicast.ts";
import { STOP } from "./behaviours/stop.ts";
import { SYNC } from "./behaviours/sync.ts";
import { LOG } from "./behaviours/log.ts";
import { SETTINGS } from "./behaviours/settings.ts";
import { SURROUNDINGS } from "./behaviours/surroundings.ts";
import { TRACKING } from "./behaviours/tracking.ts";
import { START } from "./behaviours/start.ts";
import { WORDS } from "./behaviours/words.ts";

/** All chapters. */
export const CHAPTERS: readonly Chapter[] = [
  START,
  ADVERTISEMENT,
  ANNOUNCEMENT,
  RECEIVE3,
  RECEIVE2,
  ELECTION,
  FAULT,
  TRACKING,
  SYNC,
  STOP,
  UNICAST_CHAPTER,
  IPV6,
  RELOAD,
  ADDRESSES,
  NOTIFY,
  HOSTILE,
  BEYOND,
  SURROUNDINGS,
  LOG,
  SETTINGS,
  BFD,
  WORDS,
];

/** All behaviours with their numbers. */
export const BEHAVIOURS: readonly Numbered[] = CHAPTERS.flatMap(numbered);
