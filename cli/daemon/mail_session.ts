/**
 * Conversations with the mail server, by nodemailer: one connection, kept while there is more to send.
 *
 * This module is loaded with the first mail; a daemon that sends none pays nothing for it.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { within } from "../within.ts";
import type { Attempt } from "./delivery_queue.ts";

/** How the mail server is reached. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** Our name in HELO. */
  readonly name: string;
  /** ms for the connection, and for each answer. */
  readonly timeout: number;
  readonly tls: "off" | "starttls" | "implicit";
  readonly verify: boolean;
  readonly certificates: string | null;
  readonly login: { readonly user: string; readonly pass: string } | null;
}

/** A mail with its envelope. */
export interface Envelope {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** All of it, headers first. */
  readonly text: string;
}

/** What came of a mail: recipients that must be tried again or never again, with the server's words. */
export type Outcome =
  | {
    readonly kind: "taken";
    readonly later: readonly Refused[];
    readonly never: readonly Refused[];
  }
  | Extract<Attempt<never>, { kind: "down" }>;

/** A recipient that was not taken. */
export interface Refused {
  readonly recipient: string;
  readonly reason: string;
}

/** Answers to one mail at most, so that a server that drips cannot hold the queue for ever. */
const ANSWERS = 4;

/** An error of nodemailer. */
type SmtpError = Error & {
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
  readonly rejectedErrors?: readonly RecipientError[];
};

/** The connection to one mail server. */
export class MailSession {
  readonly #server: MailServer;
  readonly #connected: (address: string) => void;
  #connection: SMTPConnection | null = null;

  /** @param connected told of each connection, with the address that it goes to */
  constructor(server: MailServer, connected: (address: string) => void) {
    this.#server = server;
    this.#connected = connected;
  }

  /** Sends a mail; bounded in time, never throws. */
  async send(mail: Envelope): Promise<Outcome> {
    const fresh = this.#connection === null;
    const outcome = await this.#attempt(mail);
    // A server may have closed a connection that lay still: that says nothing about the server.
    if (fresh || outcome.kind === "taken") return outcome;
    return await this.#attempt(mail);
  }

  /** Says good-bye where there is a connection. */
  close(): void {
    this.#connection?.quit();
    this.#connection = null;
  }

  async #attempt(mail: Envelope): Promise<Outcome> {
    try {
      const limit = this.#server.timeout * ANSWERS;
      const outcome = await within(limit, this.#converse(mail));
      if (outcome !== null) return outcome;
      this.#drop();
      return { kind: "down", reason: `it has not taken a mail for ${limit / 1000} s` };
    } catch (error) {
      this.#drop();
      return { kind: "down", reason: reasonOf(error as SmtpError) };
    }
  }

  async #converse(mail: Envelope): Promise<Outcome> {
    this.#connection ??= await this.#open();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#connection.once("error", reject);
    this.#connection.once("end", () => reject(new TypeError("it closed the connection")));
    const envelope = {
      from: mail.sender,
      to: [...mail.recipients],
      use8BitMime: !/^[\r\n -~]*$/.test(mail.text),
    };
    this.#connection.send(envelope, new TextEncoder().encode(mail.text) as never, (error, info) => {
      if (error !== null) this.#refused(mail, error as SmtpError).then(resolve, reject);
      else resolve(sorted(info!.rejectedErrors as unknown as readonly RecipientError[] ?? []));
    });
    return await promise.finally(() => this.#connection?.removeAllListeners().on("error", () => {}));
  }

  /**
   * Who is refused when all are, or the mail as such is; any other error is about the server or about us, and may be
   * mended while the mail waits.
   */
  #refused(mail: Envelope, error: SmtpError): Promise<Outcome> {
    const { responseCode = 0, command, rejectedErrors } = error;
    this.#drop();
    if (rejectedErrors !== undefined && rejectedErrors.length > 0) {
      return Promise.resolve(sorted(rejectedErrors));
    }
    if (command !== "DATA" || responseCode < 500) return Promise.reject(error);
    const never = mail.recipients.map((recipient) => ({ recipient, reason: reasonOf(error) }));
    return Promise.resolve({ kind: "taken", later: [], never });
  }

  /** Tries each address of the server. */
  async #open(): Promise<SMTPConnection> {
    // The system's own lookup: /etc/hosts comes first, also while no name server can be reached.
    const addresses = await lookup(this.#server.host, { all: true });
    const last = addresses.pop()!;
    for (const { address } of addresses) {
      try {
        return await this.#connect(address);
      } catch {
        this.#drop();
      }
    }
    return await this.#connect(last.address);
  }

  async #connect(address: string): Promise<SMTPConnection> {
    const { host, port, name, timeout, tls, verify, certificates, login } = this.#server;
    const connection = new SMTPConnection({
      host: address,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      port,
      name,
      secure: tls === "implicit",
      requireTLS: tls === "starttls",
      ignoreTLS: tls === "off",
      connectionTimeout: timeout,
      greetingTimeout: timeout,
      socketTimeout: timeout,
      tls: { rejectUnauthorized: verify, ...(certificates === null ? {} : { ca: certificates }) },
    });
    this.#connection = connection;
    await settled(connection, (done) => connection.connect(done));
    this.#connected(address);
    if (login !== null) await settled(connection, (done) => connection.login(login, done));
    return connection;
  }

  #drop(): void {
    this.#connection?.removeAllListeners().on("error", () => {});
    this.#connection?.close();
    this.#connection = null;
  }
}

type RecipientError = SmtpError & { readonly recipient: string };

/** 4xx is for later, 5xx for ever (RFC 5321 section 4.2.1). */
function sorted(errors: readonly RecipientError[]): Outcome {
  const refused = errors.map((error) => ({ error, recipient: error.recipient, reason: reasonOf(error) }));
  const ofKind = (permanent: boolean) =>
    refused.filter(({ error }) => ((error.responseCode ?? 0) >= 500) === permanent)
      .map(({ recipient, reason }) => ({ recipient, reason }));
  return { kind: "taken", later: ofKind(false), never: ofKind(true) };
}

async function settled(
  connection: SMTPConnection,
  begin: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.once("error", reject);
  begin((error) => error instanceof Error ? reject(error) : resolve());
  await promise;
  connection.removeListener("error", reject);
}

/** The server's words, else the system's. */
function reasonOf(error: SmtpError): string {
  return (error.response ?? error.message).split("\n", 1)[0]!.trim();
}
