import assert from "node:assert/strict";
import { bundledPackages } from "../../packaging/notices.ts";
import { BuildError, finishBundle } from "../../packaging/bundle.ts";

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
