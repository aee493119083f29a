/** `HTTP_GET` and `SSL_GET`, as they are written. */
import { compilePattern } from "../body_pattern.ts";
import { HTTP_GET, HTTP_URL, SSL_GET, SSL_URL } from "../keywords/http_checker.ts";
import { nearest } from "../suggest.ts";
import type { Word } from "../text.ts";
import { parseWhole } from "../values.ts";
import { missingValue, readBlock, type Readers, type Reading } from "./block.ts";
import { addChecker, incomplete } from "./checker.ts";
import { type HttpDraft, httpDraft, type UrlDraft, urlDraft } from "./checker_drafts.ts";
import { type Context, error, note, shown } from "./context.ts";
import { bodyPattern } from "./finish_checker.ts";
import type { RealServerDraft } from "./server_drafts.ts";
import { richWords } from "./rich_words.ts";

type UrlReading = Reading<UrlDraft>;

/** Reads a checker; one without a url is skipped, which is reported. */
export function readHttpChecker(reading: Reading<RealServerDraft>, tls: boolean): void {
  const draft = httpDraft(tls);
  readBlock(
    reading.context,
    reading.statement.block?.statements ?? [],
    tls ? SSL_GET : HTTP_GET,
    HTTP_READERS,
    draft,
  );
  if (draft.urls.length === 0) incomplete(reading, "it has no url");
  else addChecker(reading, draft);
}

const HTTP_READERS: Readers<HttpDraft> = {
  url({ context, draft, statement, word }) {
    const url = urlDraft(word);
    readBlock(context, statement.block?.statements ?? [], draft.tls ? SSL_URL : HTTP_URL, URL_READERS, url);
    if (url.path === null) {
      return error(context, word, "no-path", "Cannot use the url: it has no path; it is skipped");
    }
    if (url.regexMaxOffset !== null && url.regexMaxOffset < url.regexMinOffset) {
      error(
        context,
        url.seen.get("regex_max_offset") ?? word,
        "bad-offset",
        "Cannot use a regex_max_offset below regex_min_offset",
        {
          inForce: "no regex_max_offset",
        },
      );
      url.regexMaxOffset = null;
    }
    reportPattern(context, url);
    draft.urls.push(url);
  },
};

/** Reports a pattern that cannot be compiled, which only the log of the daemon would tell otherwise. */
function reportPattern(context: Context, url: UrlDraft): void {
  const at = url.seen.get("regex");
  const pattern = bodyPattern(url);
  if (pattern === null || at === undefined) return;
  const compiled = compilePattern(pattern);
  if (compiled.ok) return;
  const message = `Cannot use regex ${JSON.stringify(pattern.pattern)}: ${compiled.reason}`;
  error(context, at, "bad-regex", message, { inForce: "no regex: every body passes", exit: 0 });
}

const URL_READERS: Readers<UrlDraft> = {
  digest: readDigest,
  status_code: readStatusCodes,
  regex: readRegex,
  regex_options: readRegexOptions,
  regex_stack(reading) {
    if (reading.values.length < 2) return missingValue(reading);
    note(
      reading.context,
      reading.word,
      "no-effect",
      "regex_stack has no effect: our matcher needs no stack of its own",
    );
  },
  header: readHeader,
  body(reading) {
    const body = richWords(reading.context, reading.statement, 5)[1];
    if (body === undefined) return missingValue(reading);
    reading.draft.body = body.text;
  },
  json: readJson,
};

function readDigest(reading: UrlReading): void {
  const { context, draft, values } = reading;
  const value = values[0];
  if (value === undefined) return missingValue(reading);
  if (draft.digest !== null) {
    return error(context, value, "repeated-word", "Cannot use a second digest; the first one counts");
  }
  if (/^[0-9a-fA-F]{32}$/.test(value.text)) draft.digest = value.text.toLowerCase();
  else {
    const allowed = "32 hexadecimal digits";
    error(context, value, "bad-value", `Cannot use digest ${shown(value)} as it must be ${allowed}`, {
      allowed,
      inForce: "no digest",
    });
  }
}

function readStatusCodes(reading: UrlReading): void {
  const { context, draft, values } = reading;
  if (values.length === 0) return missingValue(reading);
  for (const value of values) {
    const range = parseRange(value);
    if (range !== null) (draft.statusCodes ??= []).push(range);
    else {
      error(context, value, "bad-value", `Cannot use status_code ${value.text}`, {
        allowed: "100 to 599, or FIRST-LAST",
      });
    }
  }
}

function parseRange({ text }: Word): { first: number; last: number } | null {
  const [from, to, ...more] = text.split("-");
  const first = parseWhole(from!, 100, 599);
  const last = to === undefined ? first : parseWhole(to, 100, 599);
  if (!first.ok || !last.ok || more.length > 0 || last.value < first.value) return null;
  return { first: first.value, last: last.value };
}

function readRegex(reading: UrlReading): void {
  const pattern = richWords(reading.context, reading.statement, 5)[1];
  if (pattern === undefined) return missingValue(reading);
  reading.draft.regex = pattern.text;
}

/** The option names of PCRE2 that keepalived takes. */
const REGEX_OPTIONS = [
  "allow_empty_class",
  "alt_bsux",
  "alt_circumflex",
  "alt_verbnames",
  "auto_callout",
  "caseless",
  "dollar_endonly",
  "dotall",
  "dupnames",
  "extended",
  "firstline",
  "match_unset_backref",
  "multiline",
  "never_backslash_c",
  "never_ucp",
  "never_utf",
  "no_auto_capture",
  "no_auto_possess",
  "no_dotstar_anchor",
  "no_start_optimize",
  "ucp",
  "ungreedy",
  "use_offset_limit",
  "utf",
];

function readRegexOptions(reading: UrlReading): void {
  const { context, draft, values } = reading;
  if (values.length === 0) return missingValue(reading);
  for (const value of values) {
    if (REGEX_OPTIONS.includes(value.text)) draft.regexOptions.push(value.text);
    else {
      error(context, value, "bad-value", `Cannot use regex option "${value.text}"`, {
        suggestion: nearest(value.text, REGEX_OPTIONS),
      });
    }
  }
}

function readHeader(reading: UrlReading): void {
  const value = richWords(reading.context, reading.statement, 5)[1];
  if (value === undefined) return missingValue(reading);
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)$/.exec(value.text);
  if (match !== null) reading.draft.headers.push({ name: match[1]!, value: match[2]!.trimEnd() });
  else {
    error(reading.context, value, "bad-value", `Cannot use header "${value.text}"`, {
      allowed: '"NAME: VALUE"',
    });
  }
}

/** `json POINTER VALUE`; a value that is no JSON text is taken as a string. */
function readJson(reading: UrlReading): void {
  const [, pointer, value] = richWords(reading.context, reading.statement, 5);
  if (pointer === undefined || value === undefined) return missingValue(reading);
  if (!/^(?:\/(?:[^~/]|~[01])*)*$/.test(pointer.text)) {
    error(reading.context, pointer, "bad-value", `Cannot use JSON pointer "${pointer.text}"`, {
      allowed: "/NAME/INDEX/…",
    });
  } else reading.draft.json = { pointer: pointer.text, value: jsonValue(value.text) };
}

function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
