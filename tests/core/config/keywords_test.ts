import assert from "node:assert/strict";
import { KEYWORD_TABLES, OPTION_TABLES } from "../../../core/config/keywords/all.ts";
import { reasonFor } from "../../../core/config/keywords/kept_reasons.ts";
import { indexOf, type KeywordTable } from "../../../core/config/keywords/keyword.ts";

/** How many of keepalived's words each block has; a number that changes without a reason is a word lost. */
const COUNTS: Readonly<Record<string, number>> = {
  "(root)": 25,
  "global_defs": 140,
  "track_group": 1,
  "vrrp_sync_group": 15,
  "garp_group": 4,
  "vrrp_instance": 70,
  "vrrp_instance/authentication": 2,
  "vrrp_instance/auth_hmac": 5,
  "vrrp_script": 8,
  "vrrp_track_process": 9,
  "track_file": 3,
  "vrrp_track_file": 3,
  "SSL": 4,
  "virtual_server": 39,
  "virtual_server/real_server": 26,
  "virtual_server/real_server/MISC_CHECK": 10,
  "virtual_server/real_server/SMTP_CHECK": 15,
  "virtual_server/real_server/SMTP_CHECK/host": 13,
  "virtual_server/real_server/TCP_CHECK": 13,
  "virtual_server/real_server/PING_CHECK": 13,
  "virtual_server/real_server/UDP_CHECK": 17,
  "virtual_server/real_server/HTTP_GET": 20,
  "virtual_server/real_server/HTTP_GET/url": 10,
  "virtual_server/real_server/SSL_GET": 21,
  "virtual_server/real_server/SSL_GET/url": 11,
  "virtual_server/real_server/DNS_CHECK": 15,
  "virtual_server/real_server/FILE_CHECK": 2,
  "virtual_server/real_server/BFD_CHECK": 2,
  "bfd_instance": 15,
};

Deno.test("every block has all of keepalived's words", () => {
  const counts = KEYWORD_TABLES.map((
    table,
  ) => [table.name, table.keywords.filter((keyword) => !keyword.ours).length]);
  assert.deepEqual(Object.fromEntries(counts), COUNTS);
  assert.equal(Object.values(COUNTS).reduce((sum, count) => sum + count), 531);
});

Deno.test("no word stands in a table twice, and each says what it means", () => {
  for (const table of [...KEYWORD_TABLES, ...OPTION_TABLES]) {
    assert.equal(indexOf(table).size, table.keywords.length, table.name);
    for (const keyword of table.keywords) {
      assert.notEqual(keyword.meaning, "", `${table.name} ${keyword.word}`);
    }
  }
});

Deno.test("an old word names one that its block has", () => {
  const exists = (table: KeywordTable, word: string) =>
    word.split(" ").every((part) => indexOf(table).has(part) || part === "default");
  for (const table of [...KEYWORD_TABLES, ...OPTION_TABLES]) {
    for (const { use, word } of table.keywords) {
      if (use !== null) assert.ok(exists(table, use), `${table.name} ${word} names ${use}`);
    }
  }
});

Deno.test("each word that nothing acts on has a reason, and no other word", () => {
  for (const table of [...KEYWORD_TABLES, ...OPTION_TABLES]) {
    for (const { word, acted } of table.keywords) {
      const reason = reasonFor(`${table.name}/${word}`);
      assert.equal(reason === null, acted, `${table.name}/${word}: ${reason}`);
    }
  }
});
