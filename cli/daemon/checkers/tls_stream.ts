/**
 * TLS over a probe's socket: the runtime's own TLS, fed by hand, so that source address, interface and mark hold.
 */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { CheckTarget, TlsOptions, UrlCheck } from "../../../core/config/virtual_server_model.ts";
import { describeErrno, ERRNO } from "../../../ffi/errno.ts";
import type { ProbeSocket, ProbeSockets } from "../../../ffi/probe_sockets.ts";

/** A connected socket as a stream of the runtime's. */
export class SocketStream extends Duplex {
  readonly #sockets: ProbeSockets;
  readonly #socket: ProbeSocket;
  #unsent: { readonly octets: Uint8Array; readonly done: (error?: Error | null) => void } | null = null;
  #wanted = true;
  #over = false;

  constructor(sockets: ProbeSockets, socket: ProbeSocket) {
    super({ allowHalfOpen: true });
    this.#sockets = sockets;
    this.#socket = socket;
    this.#rearm();
  }

  /** There is news about the socket. */
  ready(): void {
    if (this.#over) return;
    if (this.#unsent !== null) {
      const { octets, done } = this.#unsent;
      this.#unsent = null;
      this.#send(octets, done);
    }
    while (this.#wanted && !this.#over) {
      const received = this.#sockets.receive(this.#socket);
      if (received === null) break;
      if (typeof received === "number") return this.#fail(-received);
      // The buffer is used again for the next socket.
      this.#wanted = this.push(received.length === 0 ? null : received.slice());
      if (received.length === 0) this.#over = true;
    }
    this.#rearm();
  }

  /** The socket is closed by its owner. */
  release(): void {
    this.#over = true;
    this.destroy();
  }

  override _read(): void {
    this.#wanted = true;
    this.#rearm();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    done();
  }

  #send(octets: Uint8Array, done: (error?: Error | null) => void): void {
    if (this.#over) return done();
    const sent = this.#sockets.send(this.#socket, octets);
    if (sent === octets.length) return done();
    if (sent < 0 && sent !== -ERRNO.EAGAIN) return this.#fail(-sent);
    this.#unsent = { octets: octets.subarray(Math.max(0, sent)), done };
    this.#rearm();
  }

  #fail(errno: number): void {
    this.#over = true;
    this.destroy(new TypeError(describeErrno(errno)));
  }

  #rearm(): void {
    if (this.#over) return;
    if (this.#unsent !== null) this.#sockets.awaitRoom(this.#socket);
    else if (this.#wanted) this.#sockets.listen(this.#socket);
    else this.#sockets.pause(this.#socket);
  }
}

/**
 * Begins the handshake of a check.
 *
 * @throws {Error} where a certificate, key or CA file cannot be read or understood
 */
export function startTls(
  stream: Duplex,
  url: UrlCheck,
  options: TlsOptions,
  { target, protocols }: { readonly target: CheckTarget; readonly protocols: readonly string[] },
): TLSSocket {
  const name = url.serverName ?? (options.verify ? hostName(url.virtualHost) : null);
  const read = (path: string | null) => path === null ? {} : readFileSync(path, "utf8");
  const settings: ConnectionOptions = {
    socket: stream,
    host: name ?? target.address,
    rejectUnauthorized: options.verify,
    ALPNProtocols: [...protocols],
  };
  if (name !== null) settings.servername = name;
  if (options.caFile !== null && options.verify) settings.ca = read(options.caFile) as string;
  if (options.certificateFile !== null) settings.cert = read(options.certificateFile) as string;
  if (options.keyFile !== null) settings.key = read(options.keyFile) as string;
  if (options.keyPassword !== null) settings.passphrase = options.keyPassword;
  return connectTls(settings);
}

/** A virtual host without its port, where it is a name. */
function hostName(virtualHost: string | null): string | null {
  const name = virtualHost?.replace(/:\d+$/, "") ?? "";
  return name === "" || isIP(name) !== 0 ? null : name;
}

/** ms since the Unix epoch at which the server's certificate ends; null where it does not say. */
export function certificateEnd(socket: TLSSocket): number | null {
  const end = Date.parse(socket.getPeerCertificate()?.valid_to ?? "");
  return Number.isNaN(end) ? null : end;
}
