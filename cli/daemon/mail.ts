/**
 * Mail about transitions: who is told what, and what becomes of a mail that the server does not take.
 */
import type { Model } from "../../core/config/model.ts";
import type { MailTransport } from "../../core/config/daemon_model.ts";
import { mailText, type Transition } from "../../core/engine/mail_text.ts";
import type { Message } from "../../core/engine/message.ts";
import type { DeliveryStatus } from "../../core/engine/status.ts";
import { reasonOf } from "../exit_codes.ts";
import { within } from "../within.ts";
import { givenUp, queueMessage } from "./delivery_message.ts";
import { type Attempt, DeliveryQueue, waitUnreferenced } from "./delivery_queue.ts";
import { notice } from "./log.ts";
import { bareAddress, mailMessage, type MailNews } from "./mail_message.ts";
import type { MailServer, MailSession } from "./mail_session.ts";

/** A mail on its way: `recipients` are those who do not have it yet. */
interface Mail extends MailNews {
  readonly recipients: readonly string[];
}

/** The settings that matter here. */
interface Settings {
  readonly routerId: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly server: { readonly host: string; readonly port: number } | null;
  readonly timeout: number;
  readonly name: string;
  readonly faults: boolean;
  readonly transport: MailTransport;
}

/** What mail needs of the daemon. */
export interface MailHost {
  readonly log: (message: Message) => void;
}

/** All mail of a daemon. */
export class Mailer {
  readonly #host: MailHost;
  readonly #queue: DeliveryQueue<Mail>;
  /** The state that the last mail about an object told. */
  readonly #told = new Map<string, string>();
  #settings: Settings;
  #session: MailSession | null = null;
  #loading: Promise<typeof import("./mail_session.ts")> | null = null;

  constructor(host: MailHost, model: Pick<Model, "global" | "daemon">) {
    this.#host = host;
    this.#settings = settingsOf(model);
    this.#queue = new DeliveryQueue<Mail>({
      attempt: (mail) => this.#attempt(mail),
      idle: () => this.#hangUp(),
      tell: (news) => host.log(queueMessage("mail", this.#where, news, ({ subject }) => subject)),
      bounds: () => ({
        length: this.#settings.transport.queue,
        age: this.#settings.transport.retryTime,
      }),
      now: () => performance.now(),
      wait: waitUnreferenced,
    });
  }

  /** Puts other settings into force; mails that wait go the new way at once. */
  configure(model: Pick<Model, "global" | "daemon">): void {
    const settings = settingsOf(model);
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#settings = settings;
    this.#hangUp();
    this.#queue.retryNow();
  }

  /** For the status; null where no mail is sent. */
  get status(): DeliveryStatus | null {
    return this.#settings.server === null ? null : { to: this.#where, ...this.#queue.counts };
  }

  /** An instance or a group came to a state; the same state is told once. */
  transition(transition: Transition, at: number): void {
    const { object, name, state } = transition;
    const text = mailText(transition);
    const key = `${object} ${name}`;
    if (text === null || (state === "FAULT" && !this.#settings.faults) || this.#told.get(key) === state) {
      return;
    }
    this.#told.set(key, state);
    this.send(text, at);
  }

  /** Queues a mail to all recipients; `at` is in ms since the Unix epoch. */
  send({ subject, body }: { readonly subject: string; readonly body: string }, at: number): void {
    const { recipients, server, routerId } = this.#settings;
    if (server === null || recipients.length === 0) return;
    this.#queue.add({ subject: `[${routerId}] ${subject}`, body, at, id: crypto.randomUUID(), recipients });
  }

  /** Gives what waits a last chance of so many ms. */
  async end(limit: number): Promise<void> {
    if (await within(limit, this.#queue.end().then(() => true)) !== null) return;
    this.#host.log(givenUp("mail", this.#queue.counts.waiting));
  }

  async #attempt(mail: Mail): Promise<Attempt<Mail>> {
    try {
      this.#session ??= await this.#open();
    } catch (error) {
      return { kind: "down", reason: reasonOf(error) };
    }
    const { sender } = this.#settings;
    const outcome = await this.#session.send({
      sender: bareAddress(sender),
      recipients: mail.recipients.map(bareAddress),
      text: mailMessage(
        mail,
        { sender, recipients: this.#settings.recipients },
        -new Date(mail.at).getTimezoneOffset(),
      ),
    });
    if (outcome.kind === "down") return outcome;
    for (const { recipient, reason } of outcome.never) {
      this.#say("error", "mail.refused", `Cannot mail to ${recipient}: ${reason}`);
    }
    const rest = restOf(mail, outcome.later, outcome.never);
    if (rest.kind === "done") this.#say("detail", "mail.sent", "SMTP alert successfully sent.");
    return rest;
  }

  async #open(): Promise<MailSession> {
    // Not before the first mail: the library is of no use to those who send none.
    this.#loading ??= import("./mail_session.ts");
    const { MailSession } = await this.#loading;
    const { server } = this.#settings;
    if (server === null) throw new TypeError("no smtp_server is configured any more");
    return new MailSession(serverOf(this.#settings, server), (address) => {
      this.#say("detail", "mail.connected", `Remote SMTP server [${address}]:${server.port} connected.`);
    });
  }

  #hangUp(): void {
    this.#session?.close();
    this.#session = null;
  }

  get #where(): string {
    const { server } = this.#settings;
    return server === null ? "" : `${server.host}:${server.port}`;
  }

  #say(level: Message["level"], code: string, text: string): void {
    this.#host.log(notice(level, code, text));
  }
}

/** What is still to be done for a mail after the server has judged its recipients. */
function restOf(
  mail: Mail,
  later: readonly { readonly recipient: string; readonly reason: string }[],
  never: readonly { readonly recipient: string; readonly reason: string }[],
): Attempt<Mail> {
  const [first] = later;
  if (first !== undefined) {
    const addresses = new Set(later.map(({ recipient }) => recipient));
    const recipients = mail.recipients.filter((recipient) => addresses.has(bareAddress(recipient)));
    return { kind: "later", reason: `${first.recipient}: ${first.reason}`, rest: { ...mail, recipients } };
  }
  if (never.length < mail.recipients.length) return { kind: "done" };
  return { kind: "never", reason: "nobody could be reached" };
}

function settingsOf({ global, daemon }: Pick<Model, "global" | "daemon">): Settings {
  return {
    routerId: global.routerId,
    sender: global.notificationEmailFrom,
    recipients: global.notificationEmail,
    server: global.smtpServer,
    timeout: global.smtpConnectTimeout,
    name: daemon.smtpHeloName ?? Deno.hostname(),
    faults: daemon.mailFaults,
    transport: daemon.mailTransport,
  };
}

/** Files are read at each attempt to open, so that a password that was mended is used without a reload. */
function serverOf(
  { timeout, name, transport }: Settings,
  { host, port }: NonNullable<Settings["server"]>,
): MailServer {
  const { tls, verify, caFile, login } = transport;
  return {
    host,
    port,
    name,
    timeout,
    tls,
    verify,
    certificates: caFile === null ? null : read(caFile),
    login: login === null
      ? null
      : { user: login.name, pass: read(login.passwordFile).split("\n", 1)[0]!.trim() },
  };
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new TypeError(`Cannot read "${path}": ${reasonOf(error)}`);
  }
}
