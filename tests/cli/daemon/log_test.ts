import assert from "node:assert/strict";
import { type LogOptions, notice, openLog } from "../../../cli/daemon/log.ts";

function opened(options: Partial<LogOptions> = {}) {
  let text = "";
  const write = (octets: Uint8Array) => {
    text += new TextDecoder().decode(octets);
    return octets.length;
  };
  const log = openLog({ level: "info", format: "text", write, ...options });
  return { log, text: () => text };
}

Deno.test("openLog() writes one line a message, with time and level", () => {
  const { log, text } = opened();
  log(
    notice("info", "vrrp.entering_master", "(VI_1) Entering MASTER STATE"),
    Date.UTC(2026, 2, 1, 12, 0, 0, 123),
  );
  assert.match(text(), /^2026-0[23]-\d\d \d\d:\d\d:00\.123 info {4}\(VI_1\) Entering MASTER STATE\n$/);
});

Deno.test("openLog() leaves out what is less grave than its level", () => {
  const { log, text } = opened({ level: "warning" });
  for (const level of ["error", "warning", "info", "detail", "debug"] as const) {
    log(notice(level, "a.b", level));
  }
  assert.deepEqual(text().trim().split("\n").map((line) => line.split(" ").at(-1)), ["error", "warning"]);
});

Deno.test("openLog() writes JSON with code and fields", () => {
  const { log, text } = opened({ format: "json", level: "debug" });
  log(notice("detail", "a.b", "text", { peer: "10.0.0.1", priority: 5 }), Date.UTC(2026, 2, 1));
  assert.deepEqual(JSON.parse(text()), {
    time: "2026-03-01T00:00:00.000Z",
    level: "detail",
    code: "a.b",
    message: "text",
    fields: { peer: "10.0.0.1", priority: 5 },
  });
});

Deno.test("openLog() gives the journal severities, and no time of its own", () => {
  const { log, text } = opened({ format: "journal", level: "debug" });
  for (const level of ["error", "warning", "info", "detail", "debug"] as const) {
    log(notice(level, "a.b", level));
  }
  assert.equal(text(), "<3>error\n<4>warning\n<6>info\n<6>detail\n<7>debug\n");
});

Deno.test("openLog() takes braces and percent signs as they are", () => {
  const { log, text } = opened();
  log(notice("info", "a.b", "{x} %s {}"));
  assert.match(text(), /info {4}\{x\} %s \{\}\n$/);
});

Deno.test("openLog() keeps a message on one line, whatever a peer put into it", () => {
  const { log, text } = opened();
  log(notice("info", "a.b", "before\n2026 error forged\r\x1b[31m after"));
  assert.equal(text().split("\n").length, 2);
  assert.equal(text().includes("\x1b"), false);
});

Deno.test("openLog() outlives a full disk, and tells how many lines were lost", () => {
  let full = true;
  let text = "";
  const write = (octets: Uint8Array) => {
    if (full) throw new Deno.errors.WriteZero("No space left on device (os error 28)");
    text += new TextDecoder().decode(octets);
    return octets.length;
  };
  const { log } = opened({ write });
  log(notice("info", "a.b", "one"));
  log(notice("info", "a.b", "two"));
  full = false;
  log(notice("info", "a.b", "three"));
  log(notice("info", "a.b", "four"));
  assert.deepEqual(text.trim().split("\n").map((line) => line.slice(24)), [
    "warning 2 log lines could not be written",
    "info    three",
    "info    four",
  ]);
});

Deno.test("openLog() goes on after a short write", () => {
  let text = "";
  const write = (octets: Uint8Array) => {
    const some = octets.subarray(0, 3);
    text += new TextDecoder().decode(some);
    return some.length;
  };
  const { log } = opened({ write });
  log(notice("info", "a.b", "in pieces"));
  assert.match(text, /info {4}in pieces\n$/);
});
