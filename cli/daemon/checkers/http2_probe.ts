/**
 * A request over HTTP/2, for `http_protocol 2`: by ALPN over TLS, by prior knowledge without.
 */
import { Buffer } from "node:buffer";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { hostOf } from "../../../core/check/http.ts";
import { HttpAnswer } from "../../../core/check/http_answer.ts";
import { failed } from "../../../core/check/verdict.ts";
import type { HttpChecker, UrlCheck } from "../../../core/config/virtual_server_model.ts";
import type { ProbeSocket, ProbeSockets } from "../../../ffi/probe_sockets.ts";
import { reasonOf } from "../../exit_codes.ts";
import type { ProbeHost } from "./probe.ts";
import type { StreamUser } from "./stream_probe.ts";
import { SocketStream, startTls } from "./tls_stream.ts";
import { tellCertificate, type TlsCheck } from "./tls_probe.ts";

/** What a check over HTTP/2 needs; `tls` null is prior knowledge over plain TCP. */
export type Http2Check = Omit<TlsCheck, "tls"> & { readonly tls: TlsCheck["tls"] | null };

/** Asks one url. */
export class Http2User implements StreamUser {
  readonly #host: ProbeHost;
  readonly #sockets: ProbeSockets;
  readonly #check: Http2Check;
  #stream: SocketStream | null = null;
  #secured: TLSSocket | null = null;
  #session: ClientHttp2Session | null = null;

  constructor(host: ProbeHost, sockets: ProbeSockets, check: Http2Check) {
    this.#host = host;
    this.#sockets = sockets;
    this.#check = check;
  }

  connected(socket: ProbeSocket): void {
    const { checker, url, tls } = this.#check;
    this.#host.allow(checker.target.timeout);
    this.#stream = new SocketStream(this.#sockets, socket);
    if (tls === null) return this.#speak(this.#stream);
    try {
      this.#secured = startTls(this.#stream, url, tls, { target: checker.target, protocols: ["h2"] });
    } catch (error) {
      return this.#host.end({ ok: null, reason: `cannot begin TLS: ${reasonOf(error)}` });
    }
    const secured = this.#secured;
    secured.on("error", (error: Error) => this.#host.end(failed("tls", reasonOf(error))));
    secured.on("secureConnect", () => {
      if (secured.alpnProtocol !== "h2") {
        return this.#host.end(failed("protocol", "the server does not offer HTTP/2"));
      }
      tellCertificate(secured, { ...this.#check, tls });
      this.#speak(secured);
    });
  }

  ready(): void {
    this.#stream?.ready();
  }

  dispose(close: () => void): void {
    this.#session?.destroy();
    this.#secured?.destroy();
    this.#stream?.release();
    close();
  }

  #speak(stream: Duplex): void {
    const { checker, url } = this.#check;
    const authority = url.virtualHost ?? hostOf(checker.target);
    const scheme = this.#check.tls === null ? "http" : "https";
    const options = { createConnection: () => stream };
    this.#session = connect(`${scheme}://${hostOf(checker.target)}`, options);
    this.#session.on("error", (error: Error) => this.#host.end(failed("read", reasonOf(error))));
    this.#session.on("close", () => this.#host.end(failed("read", "the server closed the connection")));
    try {
      const request = this.#session.request({
        ":method": url.method,
        ":scheme": scheme,
        ":authority": authority,
        ":path": url.path,
        "user-agent": "KeepAliveClient",
        ...ownHeaders(url),
      });
      this.#hear(request, checker);
      request.end(url.body ?? undefined);
    } catch (error) {
      // A header that HTTP/2 forbids, such as Connection (RFC 9113 section 8.2.2), says nothing about the server.
      this.#host.end({ ok: null, reason: `cannot ask over HTTP/2: ${reasonOf(error)}` });
    }
  }

  #hear(request: ClientHttp2Stream, { target }: HttpChecker): void {
    const answer = new HttpAnswer(this.#check.url);
    request.on("response", (headers: IncomingHttpHeaders) => {
      this.#host.allow(target.timeout);
      const verdict = answer.status(Number(headers[":status"]));
      if (verdict !== null) this.#host.end(verdict);
    });
    request.on("data", (octets: Uint8Array | string) => {
      this.#host.allow(target.timeout);
      if (answer.body(typeof octets === "string" ? Buffer.from(octets) : octets)) {
        this.#host.end(answer.end());
      }
    });
    request.on("end", () => this.#host.end(answer.end()));
    request.on("error", (error: Error) => this.#host.end(failed("read", reasonOf(error))));
  }
}

function ownHeaders({ headers }: UrlCheck): OutgoingHttpHeaders {
  return Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]));
}
