/**
 * How the log speaks of deliveries.
 */
import type { Message } from "../../core/engine/message.ts";
import type { QueueNews } from "./delivery_queue.ts";
import { notice } from "./log.ts";

/** What is delivered. */
export type Delivered = "mail" | "webhook";

const WORDS = {
  mail: { server: "Mail server", one: "mail", many: "mails" },
  webhook: { server: "Webhook", one: "post", many: "posts" },
} as const;

/** News about a queue; `name` tells one of its items. */
export function queueMessage<Item>(
  what: Delivered,
  where: string,
  news: QueueNews<Item>,
  name: (item: Item) => string,
): Message {
  const { server, one, many } = WORDS[what];
  switch (news.kind) {
    case "down": {
      const text = `${server} ${where} takes no ${many}: ${news.reason} - trying again`;
      return notice("warning", `${what}.down`, text);
    }
    case "up":
      return notice("info", `${what}.up`, `${server} ${where} takes ${many} again`);
    case "full": {
      const text = `Giving up the oldest ${many} as ${news.length} are waiting`;
      return notice("error", `${what}.full`, text);
    }
    case "lost": {
      const [first] = news.items;
      const which = news.items.length === 1 ? `${one} "${name(first!)}"` : counted(what, news.items.length);
      return notice("error", `${what}.lost`, `Giving up ${which}: ${news.reason}`);
    }
  }
}

/** The daemon ends while some still wait. */
export function givenUp(what: Delivered, waiting: number): Message {
  return notice(
    "error",
    `${what}.lost`,
    `Giving up ${counted(what, waiting)}: ${WORDS[what].server} is too slow`,
  );
}

function counted(what: Delivered, count: number): string {
  return `${count} ${count === 1 ? WORDS[what].one : WORDS[what].many}`;
}
