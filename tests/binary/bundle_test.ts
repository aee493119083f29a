import assert from "node:assert/strict";
import { bundledPackages } from "../../packaging/notices.ts";
import { BuildError, finishBundle, withLeanCommander } from "../../packaging/bundle.ts";

Deno.test("finishBundle() names packages the same wherever the cache is", () => {
  const text = (cache: string) =>
    `// ${cache}/registry.npmjs.org/hono/4.13.19/dist/hono.js\n` +
    `var require_b = __commonJS({ "${cache}/registry.npmjs.org/@logtape/logtape/2.4.2/dist/mod.js"(exports) {} });\n` +
    "// core/net/address.ts\n";
  const expected = "// npm/hono/4.13.19/dist/hono.js\n" +
    'var require_b = __commonJS({ "npm/@logtape/logtape/2.4.2/dist/mod.js"(exports) {} });\n' +
    "// core/net/address.ts\n";
  for (const cache of ["../../root/.cache/deno/npm", "../dd/npm", "/var/cache/npm"]) {
    assert.equal(finishBundle(text(cache), "mod.ts"), expected);
  }
});

Deno.test("finishBundle() points at the Worker beside the main module", () => {
  const text = 'new Worker(new URL("./engine_thread.ts", import.meta.url), { type: "module" })';
  const expected = 'new Worker(new URL("./engine_thread.js", import.meta.url), { type: "module" })';
  assert.equal(finishBundle(text, "mod.ts"), expected);
  assert.equal(finishBundle(text.replace("./", "./cli/daemon/"), "mod.ts"), expected);
});

Deno.test("finishBundle() hides what is loaded on demand from the runtime, which would read all of it", () => {
  assert.equal(
    finishBundle('const { main } = await import("./main-A1.js");\nawait import("node:dns");', "mod.ts"),
    'const { main } = await import(String("./main-A1.js"));\nawait import("node:dns");',
  );
});

Deno.test("finishBundle() leaves nothing beyond ASCII", () => {
  assert.equal(
    finishBundle('/** "Cannot …" 😀 */ const a = 1;', "mod.ts"),
    '/** "Cannot \\u2026" \\ud83d\\ude00 */ const a = 1;',
  );
});

Deno.test("finishBundle() refuses a Worker that it does not know", () => {
  assert.throws(() => finishBundle('new URL("./other_thread.ts", import.meta.url)', "mod.ts"), BuildError);
});

Deno.test("bundledPackages() finds each package once, by the names of its modules", () => {
  const text =
    '// npm/hono/4.13.19/dist/a.js\n// npm/hono/4.13.19/dist/b.js\n"npm/@logtape/logtape/2.4.2/mod.js"';
  assert.deepEqual(bundledPackages(text), [
    { name: "@logtape/logtape", version: "2.4.2" },
    { name: "hono", version: "4.13.19" },
  ]);
});

Deno.test("withLeanCommander() gives stand-ins for Node's modules to commander and to nobody else", () => {
  const text = [
    "// ../../.cache/deno/npm/registry.npmjs.org/commander/15.1.0/lib/command.js",
    'import { EventEmitter } from "node:events";',
    'import { stripVTControlCharacters as strip2 } from "node:util";',
    'import fs from "node:fs";',
    "// cli/demo/files.ts",
    'import fs2 from "node:fs";',
  ].join("\n");
  assert.deepEqual(
    withLeanCommander(text, "main.js").split("\n").filter((line) => line.startsWith("import")),
    [
      'import { EventEmitter } from "./commander_platform.js";',
      'import { stripVTControlCharacters as strip2 } from "./commander_platform.js";',
      'import { fs } from "./commander_platform.js";',
      'import fs2 from "node:fs";',
    ],
  );
});

Deno.test("withLeanCommander() refuses a module that it has no stand-in for", () => {
  const text = '// /npm/commander/16.0.0/lib/command.js\nimport os from "node:os";';
  assert.throws(() => withLeanCommander(text, "main.js"), BuildError);
});
