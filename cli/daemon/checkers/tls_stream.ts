/**
 * TLS over a probe's socket: the runtime's own TLS, fed by hand, so that source address, interface and mark hold.
 */
import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { Duplex } from "node:stream";
import {
  connect as connectTls,
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from "node:tls";
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
  const settings: ConnectionOptions = {
    socket: stream,
    host: name ?? target.address,
    rejectUnauthorized: options.verify,
    ALPNProtocols: [...protocols],
  };
  if (name !== null) settings.servername = name;
  const context = contextOf(options);
  if (context !== null) settings.secureContext = context;
  return connectTls(settings);
}

/** Keys and authorities that were read, and the files that they were read from as those were then. */
interface Credentials {
  readonly stamp: string;
  readonly context: SecureContext;
}

/** By the options that name the files. To understand a key costs half of a handshake, and a file of authorities a whole one. */
const credentials = new Map<string, Credentials>();

/** The keys and authorities of a check, read again where a file has changed; null where it needs none. */
function contextOf(options: TlsOptions): SecureContext | null {
  const { certificateFile, keyFile, keyPassword } = options;
  const caFile = options.verify ? options.caFile : null;
  const files = [caFile, certificateFile, keyFile];
  if (files.every((file) => file === null)) return null;
  const key = JSON.stringify([...files, keyPassword]);
  const stamp = files.map(stampOf).join();
  const known = credentials.get(key);
  if (known?.stamp === stamp) return known.context;
  const settings: SecureContextOptions = {};
  if (caFile !== null) settings.ca = readFileSync(caFile, "utf8");
  if (certificateFile !== null) settings.cert = readFileSync(certificateFile, "utf8");
  if (keyFile !== null) settings.key = readFileSync(keyFile, "utf8");
  if (keyPassword !== null) settings.passphrase = keyPassword;
  const context = createSecureContext(settings);
  credentials.set(key, { stamp, context });
  return context;
}

/** Changes with whatever is done to a file. */
function stampOf(file: string | null): string {
  if (file === null) return "";
  const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
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
