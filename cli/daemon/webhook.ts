/**
 * `notify_webhook`: every transition as a POST of JSON, for chat systems and pagers.
 */
import type { Webhook as Settings } from "../../core/config/daemon_model.ts";
import type { Message } from "../../core/engine/message.ts";
import type { DeliveryStatus, StatusEvent } from "../../core/engine/status.ts";
import { reasonOf } from "../exit_codes.ts";
import { within } from "../within.ts";
import type { LvsNotify } from "./checks.ts";
import { givenUp, queueMessage } from "./delivery_message.ts";
import { type Attempt, DeliveryQueue, waitUnreferenced } from "./delivery_queue.ts";
import type { MainEffect } from "./thread_messages.ts";

/** What is posted: the fields of the status page's events, and what they are made of. */
export interface WebhookEvent extends StatusEvent {
  /** `router_id` of this node. */
  readonly router: string;
  readonly object: "INSTANCE" | "GROUP" | "VS" | "RS";
  /** Of the instance, the group, the virtual server or the real server. */
  readonly name: string;
  readonly state: string;
  /** Effective priority of an instance; null for all others. */
  readonly priority: number | null;
  /** The virtual server of a real server; null for all others. */
  readonly virtualServer: string | null;
}

/** Posts that may wait, and for how long, ms. */
const LONGEST_QUEUE = 1000;
const RETRY_TIME = 3_600_000;

/** Answers of 4xx that mean "not now" (RFC 9110, RFC 6585, RFC 8470). */
const NOT_NOW = [408, 425, 429];

/** The webhook of a daemon, where one is configured. */
export class Webhook {
  readonly #log: (message: Message) => void;
  readonly #queue: DeliveryQueue<WebhookEvent>;
  #settings: Settings | null;

  constructor(log: (message: Message) => void, settings: Settings | null) {
    this.#log = log;
    this.#settings = settings;
    this.#queue = new DeliveryQueue<WebhookEvent>({
      attempt: (event) => this.#post(event),
      idle: () => {},
      tell: (news) => log(queueMessage("webhook", this.#origin, news, ({ text }) => text)),
      bounds: () => ({ length: LONGEST_QUEUE, age: RETRY_TIME }),
      now: () => performance.now(),
      wait: waitUnreferenced,
    });
  }

  /** Puts other settings into force; posts that wait go the new way at once. */
  configure(settings: Settings | null): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#settings = settings;
    this.#queue.retryNow();
  }

  /** For the status; null where none is configured. */
  get status(): DeliveryStatus | null {
    return this.#settings === null ? null : { to: this.#origin, ...this.#queue.counts };
  }

  /** Queues an event. */
  send(event: WebhookEvent): void {
    if (this.#settings !== null) this.#queue.add(event);
  }

  /** Gives what waits a last chance of so many ms. */
  async end(limit: number): Promise<void> {
    if (await within(limit, this.#queue.end().then(() => true)) !== null) return;
    this.#log(givenUp("webhook", this.#queue.counts.waiting));
  }

  /** Without path and query, which are often the key to it. */
  get #origin(): string {
    return this.#settings === null ? "" : /^https?:\/\/[^/?#]+/.exec(this.#settings.url)?.[0] ?? "";
  }

  async #post(event: WebhookEvent): Promise<Attempt<WebhookEvent>> {
    if (this.#settings === null) return { kind: "never", reason: "no webhook is configured any more" };
    const { url, timeout } = this.#settings;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": "ha" },
        body: JSON.stringify(event),
        // Followed, most of them make a GET without the event of it, whose 200 would count as delivery.
        redirect: "manual",
        signal: AbortSignal.timeout(timeout),
      });
      await response.body?.cancel();
      return judge(response.status);
    } catch (error) {
      return { kind: "down", reason: withoutUrl(reasonOf(error), url) };
    }
  }
}

function judge(status: number): Attempt<WebhookEvent> {
  const reason = `it answers with status ${status}`;
  if (status < 300) return { kind: "done" };
  if (status < 400) return { kind: "never", reason: `${reason}: redirections are not followed` };
  if (status >= 500 || NOT_NOW.includes(status)) return { kind: "down", reason };
  return { kind: "never", reason };
}

function withoutUrl(reason: string, url: string): string {
  return reason.replaceAll(url, "the webhook").replaceAll(new URL(url).href, "the webhook");
}

/** The event of an instance or a group. */
export function transitionEvent(
  router: string,
  { object, name, state, priority, reason }: Extract<MainEffect, { kind: "notify" }>,
  at: number,
): WebhookEvent {
  const isInstance = object === "INSTANCE";
  return {
    at: Math.round(at),
    level: state === "FAULT" ? "error" : "info",
    instance: isInstance ? name : null,
    text: `${router}: ${name} is ${state}${reason === "" ? "" : `: ${reason}`}`,
    router,
    object,
    name,
    state,
    priority: isInstance ? priority : null,
    virtualServer: null,
  };
}

/** The event of a virtual or real server. */
export function serverEvent(
  router: string,
  { object, virtualServer, realServer, state }: LvsNotify,
  at: number,
): WebhookEvent {
  const name = realServer ?? virtualServer;
  const where = realServer === null ? "" : ` of ${virtualServer}`;
  return {
    at: Math.round(at),
    level: state === "DOWN" ? "warning" : "info",
    instance: null,
    text: `${router}: ${name}${where} is ${state}`,
    router,
    object,
    name,
    state,
    priority: null,
    virtualServer: realServer === null ? null : virtualServer,
  };
}
