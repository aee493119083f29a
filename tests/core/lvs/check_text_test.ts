import assert from "node:assert/strict";
import { failedText } from "../../../core/engine/check_text.ts";
import type { FailureKind } from "../../../core/check/verdict.ts";
import type { ProbingChecker } from "../../../core/engine/lvs_effect.ts";
import { model } from "../config/support.ts";

/** What is said of a checker that failed, as keepalived 2.2.7 was seen to say it but for what stands in brackets. */
const LINES: readonly [string, string, FailureKind, string, number | null, string][] = [
  [
    "SSL_GET",
    "url {\n path /\n }",
    "status",
    "status code 503",
    1,
    "HTTP_CHECK on service S failed after 1 retries. (status code 503)",
  ],
  ["HTTP_GET", "url {\n path /\n }", "connect", "no", null, "HTTP_CHECK on service S failed. (no)"],
  ["TCP_CHECK", "", "connect", "no", 1, "TCP_CHECK on service S failed after 1 retries. (no)"],
  ["UDP_CHECK", "", "connect", "no", null, "UDP_CHECK on service S failed. (no)"],
  ["PING_CHECK", "", "read_timeout", "no reply", null, "ICMP CHECK on service S failed. (no reply)"],
  [
    "PING_CHECK",
    "",
    "read_timeout",
    "no reply",
    1,
    "ICMP CHECK on service S of V failed after 1 retries. (no reply)",
  ],
  ["SMTP_CHECK", "", "connect", "no", 1, "SMTP_CHECK Could not connect to server [10.0.0.2]:25 (no)"],
  [
    "SMTP_CHECK",
    "",
    "connect_timeout",
    "no",
    1,
    "SMTP_CHECK Connection timeout to server [10.0.0.2]:25 (no)",
  ],
  ["SMTP_CHECK", "", "read_timeout", "no", 1, "SMTP_CHECK Read timeout from server [10.0.0.2]:25 (no)"],
  ["SMTP_CHECK", "", "read", "no", 1, "SMTP_CHECK Read failure from server [10.0.0.2]:25 (no)"],
  [
    "SMTP_CHECK",
    "",
    "refused",
    'bad greeting banner "554"',
    1,
    'SMTP_CHECK Bad greeting banner from server [10.0.0.2]:25 (bad greeting banner "554")',
  ],
  ["DNS_CHECK", "", "read_timeout", "no answer", 1, "DNS_CHECK (S) read timeout from socket after 1 retries"],
  [
    "DNS_CHECK",
    "",
    "connect",
    "ECONNREFUSED",
    null,
    "DNS_CHECK (S) failed to read socket; ECONNREFUSED after 0 retries",
  ],
  [
    "MISC_CHECK",
    "misc_path /x",
    "script",
    "exited with status 3",
    1,
    "Misc check for [S VS V] by [/x] failed after 1 retry (exited with status 3).",
  ],
  [
    "MISC_CHECK",
    "misc_path /x",
    "script",
    "exited with status 3",
    null,
    "Misc check for [S VS V] by [/x] failed with retry disabled (exited with status 3).",
  ],
  [
    "MISC_CHECK",
    "misc_path /x",
    "script",
    "timed out",
    2,
    "Misc check for [S VS V] by [/x] timed out after 2 retries.",
  ],
];

for (const [word, inside, kind, reason, retries, line] of LINES) {
  Deno.test(`failedText() says ${line}`, () => {
    const text =
      `virtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 10.0.0.2 25 {\n ${word} {\n ${inside}\n }\n }\n}\n`;
    const [checker] = model(text).loadBalancer.virtualServers[0]!.realServers[0]!.checkers;
    assert.equal(failedText(checker as ProbingChecker, "S", "V", retries, { ok: false, kind, reason }), line);
  });
}
