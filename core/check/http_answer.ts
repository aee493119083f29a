/**
 * The judgement on an HTTP answer: status code, digest, pattern, JSON value. The same for every version of HTTP.
 */
import type { UrlCheck } from "../config/virtual_server_model.ts";
import { type CompiledPattern, compilePattern, matches } from "../config/body_pattern.ts";
import { jsonMismatch } from "./json_expectation.ts";
import { Md5 } from "../net/md5.ts";
import { latin1, utf8 } from "./text.ts";
import { failed, PASSED, type Verdict } from "./verdict.ts";

/** Octets of a body that are kept for a pattern or for JSON. */
export const BODY_LIMIT = 1048576;

/** Compiled patterns by their url; a url is one object for as long as its configuration is in force. */
const patterns = new WeakMap<UrlCheck, CompiledPattern>();

/** The pattern of a url, compiled once; null where there is none. */
export function patternOf(url: UrlCheck): CompiledPattern | null {
  if (url.regex === null) return null;
  let compiled = patterns.get(url);
  if (compiled === undefined) patterns.set(url, compiled = compilePattern(url.regex));
  return compiled;
}

/** Takes an answer piece by piece. */
export class HttpAnswer {
  readonly #url: UrlCheck;
  readonly #digest: Md5 | null;
  readonly #keeps: boolean;
  readonly #skip: number;
  readonly #kept: Uint8Array[] = [];
  #keptLength = 0;
  #found: string | null = null;
  #statusCode: number | null = null;
  #length = 0;

  constructor(url: UrlCheck) {
    this.#url = url;
    this.#digest = url.digest === null ? null : new Md5();
    this.#keeps = url.regex !== null || url.json !== null;
    this.#skip = url.json === null ? url.regex?.minOffset ?? 0 : 0;
  }

  /** The status code came; not null where that decides already. */
  status(code: number): Verdict | null {
    const { statusCodes } = this.#url;
    this.#statusCode = code;
    const accepted = statusCodes.length === 0 ||
      statusCodes.some(({ first, last }) => code >= first && code <= last);
    return accepted ? null : failed("status", `status code ${code}`);
  }

  /** A piece of the body; true where no further piece can change the verdict. */
  body(octets: Uint8Array): boolean {
    this.#digest?.update(octets);
    if (this.#keeps) this.#keep(octets);
    this.#length += octets.length;
    return this.#digest === null && this.#length >= this.#skip + BODY_LIMIT;
  }

  /** The MD5 of the whole body, once it is there and the url names a digest to compare it with. */
  get digest(): string | null {
    return this.#found;
  }

  /** Once it has come. */
  get statusCode(): number | null {
    return this.#statusCode;
  }

  /** Octets of body so far. */
  get length(): number {
    return this.#length;
  }

  /** The body is complete; `decode` undoes a transfer coding for JSON. */
  end(decode: (octets: Uint8Array) => Uint8Array = (octets) => octets): Verdict {
    return this.#judgeDigest() ?? this.#judgePattern() ?? this.#judgeJson(decode) ?? PASSED;
  }

  #keep(octets: Uint8Array): void {
    const from = Math.max(0, this.#skip - this.#length);
    const piece = octets.subarray(from, from + BODY_LIMIT - this.#keptLength);
    if (piece.length === 0) return;
    this.#kept.push(piece.slice());
    this.#keptLength += piece.length;
  }

  #judgeDigest(): Verdict | null {
    this.#found = this.#digest?.digest() ?? null;
    return this.#found === this.#url.digest ? null : failed("digest", `MD5 digest ${this.#found}`);
  }

  #judgePattern(): Verdict | null {
    const { regex } = this.#url;
    const compiled = patternOf(this.#url);
    if (regex === null || compiled === null || !compiled.ok) return null;
    const body = this.#joined();
    const text = compiled.utf ? utf8(body) : latin1(body);
    if (matches(compiled.regex, text, regex) !== regex.inverted) return null;
    return failed("regex", regex.inverted ? "the regex matches" : "the regex does not match");
  }

  #judgeJson(decode: (octets: Uint8Array) => Uint8Array): Verdict | null {
    const { json } = this.#url;
    if (json === null) return null;
    const mismatch = this.#length > BODY_LIMIT
      ? `the body is longer than ${BODY_LIMIT} octets`
      : jsonMismatch(utf8(decode(this.#joined())), json.pointer, json.value);
    return mismatch === null ? null : failed("json", mismatch);
  }

  #joined(): Uint8Array {
    const body = new Uint8Array(this.#keptLength);
    let at = 0;
    for (const piece of this.#kept) {
      body.set(piece, at);
      at += piece.length;
    }
    return body;
  }
}
