/** Who becomes master, who stays, who gives way, and when. */
import type { Chapter } from "../behaviour.ts";
import { BACKUPS } from "./election_backups.ts";
import { CIRCUMSTANCES } from "./election_circumstances.ts";
import { MASTERS } from "./election_masters.ts";

/** A new behaviour goes to the end of the circumstances, so that the numbers of the others stay. */
export const ELECTION: Chapter = {
  number: 6,
  title: "Election",
  behaviours: [...BACKUPS, ...MASTERS, ...CIRCUMSTANCES],
};
