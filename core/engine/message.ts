/**
 * Log records as values. Every sentence that the engine says is worded in this file, after keepalived's patterns
 * where it has one, because people grep for them.
 */

/** How much a record matters; `detail` is what keepalived logs only with `-D`. */
export type Level = "error" | "warning" | "info" | "detail" | "debug";

/** One log record: `text` for people, `code` and `fields` for machines. */
export interface Message {
  readonly level: Level;
  /** Stable dotted name, such as `vrrp.entering_master`. */
  readonly code: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}
