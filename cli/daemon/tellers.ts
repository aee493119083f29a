/**
 * Everybody who is told of transitions: scripts, named pipes, mail, the webhook, in keepalived's order.
 */
import type { Model } from "../../core/config/model.ts";
import type { Status } from "../../core/engine/status.ts";
import type { LvsNotify } from "./checks.ts";
import { EventFifos, type FifoHost, fifoLine } from "./event_fifo.ts";
import { Mailer } from "./mail.ts";
import type { Scripts } from "./scripts.ts";
import type { MainEffect } from "./thread_messages.ts";
import { serverEvent, transitionEvent, Webhook } from "./webhook.ts";

/** ms for mails and posts that wait when the daemon ends. */
const END_LIMIT = 1000;

/** What they need of the daemon. */
export interface TellersHost extends FifoHost {
  readonly scripts: Scripts;
}

/** All of them. */
export class Tellers {
  readonly #scripts: Scripts;
  readonly #mailer: Mailer;
  readonly #webhook: Webhook;
  /** By what they hear of: everything, instances and groups, virtual and real servers. */
  readonly #fifos: Readonly<Record<"all" | "vrrp" | "lvs", EventFifos>>;
  #routerId: string;

  constructor(host: TellersHost, model: Model) {
    this.#scripts = host.scripts;
    this.#mailer = new Mailer(host, model);
    this.#webhook = new Webhook(host.log, model.daemon.webhook);
    this.#fifos = { all: new EventFifos(host), vrrp: new EventFifos(host), lvs: new EventFifos(host) };
    this.#routerId = model.global.routerId;
  }

  /** Opens the pipes. */
  open({ daemon, loadBalancer }: Model): void {
    this.#fifos.all.configure([daemon.notifyFifo]);
    this.#fifos.vrrp.configure([daemon.vrrpNotifyFifo]);
    this.#fifos.lvs.configure([loadBalancer.settings.notifyFifo]);
  }

  /** Takes another configuration into force. */
  configure(model: Model): void {
    this.#routerId = model.global.routerId;
    this.open(model);
    this.#mailer.configure(model);
    this.#webhook.configure(model.daemon.webhook);
  }

  /** An instance or a group came to a state; `at` is in ms since the Unix epoch. */
  transition(effect: Extract<MainEffect, { kind: "notify" }>, at: number): void {
    if (effect.commands.length > 0) this.#scripts.notify(effect);
    const line = fifoLine(effect);
    this.#fifos.all.write(line);
    this.#fifos.vrrp.write(line);
    if (effect.fifoOnly) return;
    if (effect.mail) this.#mailer.transition(effect, at);
    if (effect.state !== "MASTER_RX_LOWER_PRI") {
      this.#webhook.send(transitionEvent(this.#routerId, effect, at));
    }
  }

  /** A virtual or real server went up or down. */
  serverChanged(notify: LvsNotify, at: number): void {
    this.#scripts.notifyServers(notify);
    if (notify.fifo !== null) {
      this.#fifos.all.write(`${notify.fifo}\n`);
      this.#fifos.lvs.write(`${notify.fifo}\n`);
      this.#webhook.send(serverEvent(this.#routerId, notify, at));
    }
    if (notify.mail !== null) this.#mailer.send(notify.mail, at);
  }

  /** What the status shows of them. */
  get status(): Pick<Status, "mail" | "webhook"> {
    const { status: mail } = this.#mailer;
    const { status: webhook } = this.#webhook;
    return { ...(mail === null ? {} : { mail }), ...(webhook === null ? {} : { webhook }) };
  }

  /** What was written so far is in the pipes. */
  async whenWritten(): Promise<void> {
    await Promise.all(Object.values(this.#fifos).map((fifos) => fifos.whenWritten()));
  }

  /** Gives mails and posts their last second. */
  async end(): Promise<void> {
    await Promise.all([this.#mailer.end(END_LIMIT), this.#webhook.end(END_LIMIT)]);
  }

  close(): void {
    for (const fifos of Object.values(this.#fifos)) fifos.close();
  }
}
