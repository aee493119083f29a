/**
 * What mails about instances and groups say, in keepalived's words: people sort their mail by them.
 */
import type { Effect } from "./effect.ts";

/** Subject without the router's name in brackets, and body without its end of line. */
export interface MailText {
  readonly subject: string;
  readonly body: string;
}

/** Something that an instance or a group came to. */
export interface Transition {
  readonly object: "INSTANCE" | "GROUP";
  readonly name: string;
  readonly state: Extract<Effect, { kind: "notify" }>["state"];
}

/** The mail about a transition; null where there is none. */
export function mailText({ object, name, state }: Transition): MailText | null {
  const news = NEWS[state];
  if (news === null) return null;
  const kind = object === "INSTANCE" ? "Instance" : "Group";
  const body = object === "INSTANCE" ? news.instance : news.group;
  return { subject: `VRRP ${kind} ${name} - ${news.subject}`, body: `=> ${body} <=` };
}

interface News {
  readonly subject: string;
  readonly instance: string;
  readonly group: string;
}

const NO_LONGER = "VRRP Instance is no longer owning VRRP VIPs";

const NEWS: Readonly<Record<Transition["state"], News | null>> = {
  MASTER: {
    subject: "Entering MASTER state",
    instance: "VRRP Instance is now owning VRRP VIPs",
    group: "All VRRP group instances are now in MASTER state",
  },
  BACKUP: {
    subject: "Entering BACKUP state",
    instance: NO_LONGER,
    group: "All VRRP group instances are now in BACKUP state",
  },
  FAULT: {
    subject: "Entering FAULT state",
    instance: NO_LONGER,
    group: "All VRRP group instances are now in FAULT state",
  },
  STOP: {
    subject: "Stopping",
    instance: "VRRP Instance stopping",
    group: "All VRRP group instances are now stopping",
  },
  DELETED: {
    subject: "Deleted",
    instance: "VRRP Deleted at reload",
    group: "VRRP Deleted at reload",
  },
  MASTER_RX_LOWER_PRI: null,
  MASTER_PRIORITY: null,
  BACKUP_PRIORITY: null,
};
