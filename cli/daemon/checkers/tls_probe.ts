/**
 * A conversation over TLS, for SSL_GET.
 */
import type { TLSSocket } from "node:tls";
import type { Conversation, Reply } from "../../../core/check/conversation.ts";
import { failed } from "../../../core/check/verdict.ts";
import type { HttpChecker, TlsOptions, UrlCheck } from "../../../core/config/virtual_server_model.ts";
import type { ProbeSocket, ProbeSockets } from "../../../ffi/probe_sockets.ts";
import { reasonOf } from "../../exit_codes.ts";
import type { ProbeHost } from "./probe.ts";
import type { StreamUser } from "./stream_probe.ts";
import { certificateEnd, SocketStream, startTls } from "./tls_stream.ts";

/** ms for a close_notify alert to be on its way. */
const FAREWELL_LIMIT = 200;

/** Hears when the certificate of a server ends, ms since the Unix epoch. */
export type CertificateListener = (end: number) => void;

/** What a check over TLS needs. */
export interface TlsCheck {
  readonly checker: HttpChecker;
  readonly url: UrlCheck;
  readonly tls: TlsOptions;
  readonly sawCertificate: CertificateListener;
}

/** Speaks a conversation over TLS. */
export class TlsUser implements StreamUser {
  readonly #host: ProbeHost;
  readonly #sockets: ProbeSockets;
  readonly #check: TlsCheck;
  readonly #conversation: Conversation;
  #stream: SocketStream | null = null;
  #secured: TLSSocket | null = null;

  constructor(host: ProbeHost, sockets: ProbeSockets, check: TlsCheck, conversation: Conversation) {
    this.#host = host;
    this.#sockets = sockets;
    this.#check = check;
    this.#conversation = conversation;
  }

  connected(socket: ProbeSocket): void {
    const { checker, url, tls } = this.#check;
    const { timeout } = checker.target;
    this.#host.allow(timeout);
    try {
      this.#stream = new SocketStream(this.#sockets, socket);
      this.#secured = startTls(this.#stream, url, tls, { target: checker.target, protocols: [] });
    } catch (error) {
      return this.#host.end({ ok: null, reason: `cannot begin TLS: ${reasonOf(error)}` });
    }
    let shaken = false;
    this.#secured.on("secureConnect", () => {
      shaken = true;
      this.#host.allow(timeout);
      tellCertificate(this.#secured!, this.#check);
      this.#obey(this.#conversation.start());
    });
    this.#secured.on("data", (octets: Uint8Array) => {
      this.#host.allow(timeout);
      this.#obey(this.#conversation.receive(octets));
    });
    this.#secured.on("end", () => this.#obey(this.#conversation.end()));
    this.#secured.on(
      "error",
      (error: Error) => this.#host.end(failed(shaken ? "read" : "tls", reasonOf(error))),
    );
    this.#secured.on("close", () => this.#host.end(failed("read", "the server closed the connection")));
  }

  ready(): void {
    this.#stream?.ready();
  }

  dispose(close: () => void): void {
    const secured = this.#secured;
    const end = () => {
      secured?.destroy();
      this.#stream?.release();
      close();
    };
    if (secured === null || secured.destroyed || !this.#check.url.closeNotify) return end();
    // The close_notify alert has as long as it takes to get into the socket's buffer.
    const timer = setTimeout(end, FAREWELL_LIMIT);
    secured.end(() => {
      clearTimeout(timer);
      end();
    });
  }

  #obey({ send, verdict }: Reply): void {
    if (verdict !== null) this.#host.end(verdict);
    else if (send !== null) this.#secured?.write(send);
  }
}

/** Tells when the certificate ends, where the configuration wants to be warned. */
export function tellCertificate(socket: TLSSocket, { tls, sawCertificate }: TlsCheck): void {
  if (tls.expiryWarning === 0) return;
  const end = certificateEnd(socket);
  if (end !== null) sawCertificate(end);
}
