/**
 * An HTTP/1 request and the reading of its answer (RFC 9112), as HTTP_GET and SSL_GET do it.
 *
 * The request is keepalived's, octet for octet, unless one of our own options says otherwise. Redirects are not
 * followed, a coded body is not decoded for digest and regex; the head may have 64 KiB, the body is not kept.
 */
import type { CheckTarget, HttpChecker, UrlCheck } from "../config/virtual_server_model.ts";
import { textToBytes } from "../net/bytes.ts";
import { type Conversation, decide, LISTEN, type Reply, say } from "./conversation.ts";
import { HttpAnswer } from "./http_answer.ts";
import { excerpt, latin1, latin1Bytes } from "./text.ts";
import { failed } from "./verdict.ts";

/** Octets of status line and header fields. */
const HEAD_LIMIT = 65536;

const STATUS_LINE = /^HTTP\/(\d)\.(\d) +(\d{3})(?: |$)/;

/** What decides the octets of a request. */
export type HttpRequestOptions = Pick<HttpChecker, "protocol"> & {
  readonly url: UrlCheck;
  readonly target: Pick<CheckTarget, "address" | "port">;
};

/** The `Host` field where no virtual host is configured: the address and port that are connected to. */
export function hostOf({ address, port }: Pick<CheckTarget, "address" | "port">): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The request. */
export function httpRequest({ protocol, url, target }: HttpRequestOptions): Uint8Array {
  const body = url.body === null ? null : textToBytes(url.body);
  const version = protocol === "1.1" || protocol === "2" ? "1.1" : "1.0";
  const fields: (readonly [string, string])[] = [["User-Agent", "KeepAliveClient"]];
  if (protocol !== "1.0") fields.push(["Connection", "close"]);
  fields.push(["Host", url.virtualHost ?? hostOf(target)]);
  if (body !== null) fields.push(["Content-Length", `${body.length}`]);
  const own = new Set(url.headers.map(({ name }) => name.toLowerCase()));
  const kept = fields.filter(([name]) => !own.has(name.toLowerCase()));
  const lines = [...kept, ...url.headers.map(({ name, value }) => [name, value] as const)];
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const text = latin1Bytes(`${url.method} ${url.path} HTTP/${version}\r\n${head}\r\n`);
  return body === null ? text : Uint8Array.from([...text, ...body]);
}

/** One request and its answer, which `answer` judges. */
export function httpConversation(
  options: HttpRequestOptions,
  answer: HttpAnswer = new HttpAnswer(options.url),
): Conversation {
  return new HttpConversation(options, answer);
}

class HttpConversation implements Conversation {
  readonly #options: HttpRequestOptions;
  readonly #answer: HttpAnswer;
  /** What came of the head; "" once it is complete. */
  #head = "";
  #inBody = false;
  /** Octets of body that the head announced; null: until the server closes. */
  #announced: number | null = null;
  #chunked = false;

  constructor(options: HttpRequestOptions, answer: HttpAnswer) {
    this.#options = options;
    this.#answer = answer;
  }

  start(): Reply {
    return say(httpRequest(this.#options));
  }

  receive(octets: Uint8Array): Reply {
    return this.#inBody ? this.#takeBody(octets) : this.#takeHead(octets);
  }

  end(): Reply {
    if (this.#inBody) return this.#finish();
    const reason = this.#head === ""
      ? "no data received from remote webserver"
      : "the answer ends in its head";
    return decide(failed("read", reason));
  }

  #takeHead(octets: Uint8Array): Reply {
    const before = this.#head.length;
    this.#head += latin1(octets.subarray(0, HEAD_LIMIT + 1 - before));
    if (!"HTTP/".startsWith(this.#head.slice(0, 5))) {
      return decide(failed("protocol", `the answer is not HTTP: "${excerpt(this.#head, 30)}"`));
    }
    const end = /\r?\n\r?\n/.exec(this.#head);
    if (end === null) {
      if (this.#head.length <= HEAD_LIMIT) return LISTEN;
      return decide(failed("protocol", `the head of the answer is longer than ${HEAD_LIMIT} octets`));
    }
    const bodyAt = end.index + end[0].length - before;
    const head = this.#head.slice(0, end.index);
    this.#head = "";
    return this.#judgeHead(head, octets.subarray(bodyAt));
  }

  #judgeHead(head: string, rest: Uint8Array): Reply {
    const [first, ...fields] = head.split(/\r?\n/);
    const match = STATUS_LINE.exec(first!);
    if (match === null) return decide(failed("protocol", `the status line is "${excerpt(first!)}"`));
    const code = Number(match[3]);
    // An interim answer: the one that counts follows.
    if (code >= 100 && code <= 199 && code !== 101) return rest.length > 0 ? this.#takeHead(rest) : LISTEN;
    const verdict = this.#answer.status(code);
    if (verdict !== null) return decide(verdict);
    this.#inBody = true;
    this.#chunked = fields.some((field) => /^transfer-encoding:.*\bchunked\b/i.test(field));
    this.#announced = this.#hasNoBody(code) ? 0 : this.#chunked ? null : announcedLength(fields);
    if (this.#announced === 0) return this.#finish();
    return rest.length > 0 ? this.#takeBody(rest) : LISTEN;
  }

  #hasNoBody(code: number): boolean {
    return code === 204 || code === 304 || this.#options.url.method === "HEAD";
  }

  #takeBody(octets: Uint8Array): Reply {
    const left = (this.#announced ?? Infinity) - this.#answer.length;
    const enough = this.#answer.body(octets.length > left ? octets.subarray(0, left) : octets);
    return enough || octets.length >= left ? this.#finish() : LISTEN;
  }

  #finish(): Reply {
    return decide(this.#answer.end(this.#chunked ? withoutChunks : undefined));
  }
}

function announcedLength(fields: readonly string[]): number | null {
  for (const field of fields) {
    const match = /^content-length:\s*(\d{1,15})\s*$/i.exec(field);
    if (match !== null) return Number(match[1]);
  }
  return null;
}

/** The content of a chunked body (RFC 9112 section 7.1); what is not chunked as it should be ends it. */
export function withoutChunks(octets: Uint8Array): Uint8Array {
  const pieces: number[] = [];
  const text = latin1(octets);
  const sizeLine = /([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n/y;
  for (;;) {
    const size = Number(`0x${sizeLine.exec(text)?.[1] ?? 0}`);
    if (size === 0) return Uint8Array.from(pieces);
    for (const octet of octets.subarray(sizeLine.lastIndex, sizeLine.lastIndex + size)) pieces.push(octet);
    sizeLine.lastIndex += size;
    while (text[sizeLine.lastIndex] === "\r" || text[sizeLine.lastIndex] === "\n") sizeLine.lastIndex++;
  }
}
