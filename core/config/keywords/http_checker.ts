/** The words of `HTTP_GET` and `SSL_GET`. */
import type { HttpDraft, UrlDraft } from "../validate/checker_drafts.ts";
import { scheduleWords, type Shared, targetWords } from "./checker.ts";
import { TLS_WORDS } from "./group.ts";
import { entries, type Keyword, type KeywordTable } from "./keyword.ts";
import { boolean, choice, flag, leading, text, whole } from "./shape.ts";

const http = entries<HttpDraft>();
const url = entries<UrlDraft>();
const SOFT = { fatalBare: false };
const SHARED: Shared = { common: "A", rest: "B", rare: "C", retry: "1", delay: "3" };

// deno-fmt-ignore: a row a word
const HTTP_WORDS: readonly Keyword[] = [
  ...targetWords(SHARED),
  ...scheduleWords(SHARED),
  http.set("nb_get_retry", "A", "retry", leading(whole(0)), ["number", "", "old word for retry, still in most tutorials"], { use: "retry", deprecated: true }),
  http.set("virtualhost", "B", "virtualHost", text("a host name"), ["NAME", "the real or virtual server's", "Host header"], SOFT),
  http.set("http_protocol", "B", "protocol", choice(["1.0", "1.0C", "1.1", "2"], { fold: true }), ["1.0, 1.0C, 1.1, 2", "1.0", "version; 1.0C and 1.1 send Connection: close; 2 is ours"], SOFT),
  http.set("enable_sni", "B", "sni", boolean(), ["[BOOL]", "off", "send the server name in the TLS handshake"]),
  http.set("sni_name", "B", "sniName", text("a name", ""), ["[NAME]", "virtualhost", "the name to send; switches it on"]),
  http.set("fast_recovery", "C", "fastRecovery", boolean(), ["[BOOL]", "off", "no pause between the urls while recovering"]),
  http.own("url", "A", "block", ["{ … }", "at least one", "a request; several are made one after the other"]),
];

const CLOSE = "send a TLS close_notify";

/** `HTTP_GET { … }` */
export const HTTP_GET: KeywordTable = { name: "virtual_server/real_server/HTTP_GET", keywords: HTTP_WORDS };

/** `SSL_GET { … }` */
export const SSL_GET: KeywordTable = {
  name: "virtual_server/real_server/SSL_GET",
  keywords: [
    ...HTTP_WORDS,
    http.set("tls_compliant", "C", "closeNotify", boolean(), ["[BOOL]", "off", CLOSE]),
    ...TLS_WORDS,
  ],
};

// deno-fmt-ignore: a row a word
const URL_WORDS: readonly Keyword[] = [
  url.set("path", "A", "path", text("a path"), ["PATH", "required", "path of the request"]),
  url.own("digest", "A", "custom", ["32 hexadecimal digits", "none", "MD5 of the body, as genhash prints it"]),
  url.own("status_code", "A", "custom", ["100..599 or FIRST-LAST …", "200-299", "status codes that are fine"], SOFT),
  url.set("virtualhost", "B", "virtualHost", text("a host name"), ["NAME", "the checker's", "Host header of this request"], SOFT),
  url.own("regex", "B", "custom", ["PATTERN", "none", "what must match in the body"], SOFT),
  url.set("regex_no_match", "C", "regexInverted", flag(), ["", "off", "a match is the failure"]),
  url.own("regex_options", "C", "custom", ["OPTION …", "none", "options of PCRE2"], SOFT),
  url.set("regex_min_offset", "C", "regexMinOffset", whole(0), ["octets", "0", "where a match may start at the earliest"], SOFT),
  url.set("regex_max_offset", "C", "regexMaxOffset", whole(0), ["octets", "none", "where a match may start at the latest"], SOFT),
  url.own("regex_stack", "C", "custom", ["START MAX", "", "stack of PCRE2; ours needs none"], SOFT),
  // Words of ours, unknown to keepalived:
  url.set("method", "B", "method", text("a method"), ["METHOD", "GET", "method of the request"], { ours: true }),
  url.own("header", "B", "custom", ["\"NAME: VALUE\"", "none", "a header of the request; may be repeated"], { ours: true }),
  url.own("body", "B", "custom", ["\"TEXT\"", "none", "body of the request"], { ours: true }),
  url.own("json", "B", "custom", ["POINTER VALUE", "none", "what must stand in a JSON body (RFC 6901)"], { ours: true }),
];

/** `url { … }` within `HTTP_GET`. */
export const HTTP_URL: KeywordTable = { name: `${HTTP_GET.name}/url`, keywords: URL_WORDS };

/** `url { … }` within `SSL_GET`. */
export const SSL_URL: KeywordTable = {
  name: `${SSL_GET.name}/url`,
  keywords: [...URL_WORDS, url.set("tls_compliant", "C", "closeNotify", boolean(), ["[BOOL]", "off", CLOSE])],
};
