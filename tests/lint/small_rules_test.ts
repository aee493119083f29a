import { accepts, refuses } from "./run_rule.ts";

Deno.test("kernel-in-ffi keeps dlopen and pointers in ffi", () => {
  const sources = ['Deno.dlopen("libc.so.6", {});', "export const v = new Deno.UnsafePointerView(p);"];
  refuses("kernel-in-ffi", "cli/daemon/clock.ts", ...sources);
  refuses("kernel-in-ffi", "tests/netns/pair_test.ts", ...sources);
  accepts("kernel-in-ffi", "ffi/libc.ts", ...sources);
  accepts("kernel-in-ffi", "cli/main.ts", "Deno.exit(0);");
});

Deno.test("error-class wants a class that says the kind", () => {
  const bare = ['throw new Error("no");', 'throw Error("no");', 'reject(new Error("no"));'];
  refuses("error-class", "ffi/socket.ts", ...bare);
  refuses("error-class", "mod.ts", ...bare);
  accepts("error-class", "tests/netns/pair_test.ts", ...bare);
  accepts(
    "error-class",
    "ffi/socket.ts",
    'throw new RangeError("no");',
    "export class OsError extends Error {}",
    "export const is = (e: unknown) => e instanceof Error;",
  );
});

Deno.test("module-state refuses a top-level let, var and await", () => {
  refuses(
    "module-state",
    "web/app.tsx",
    "let count = 0;",
    "export let count = 0;",
    "if (true) { var count = 0; }",
    "await start();",
    "for await (const line of lines) use(line);",
    "export const value = await read();",
  );
  accepts(
    "module-state",
    "web/app.tsx",
    "const table = new Map();",
    "function f() { let i = 0; return i; }",
    "const f = async () => { await g(); };",
    "class A { async f() { await g(); } }",
  );
  accepts("module-state", "mod.ts", "await main();");
  accepts("module-state", "tests/run.ts", "await main();", "let count = 0;");
});

Deno.test("strict-numbers refuses the lenient parsers everywhere", () => {
  for (const path of ["core/net/address.ts", "tests/lab/process.ts"]) {
    refuses(
      "strict-numbers",
      path,
      'parseInt("1");',
      'Number.parseInt("1", 10);',
      'parseFloat("1");',
      'globalThis.parseFloat("1");',
    );
    accepts("strict-numbers", path, 'Number("1");', "config.parseInt();");
  }
});

Deno.test("focused-tests refuses to run one test alone", () => {
  refuses(
    "focused-tests",
    "tests/core/a_test.ts",
    'Deno.test.only("a", () => {});',
    'Deno.test({ name: "a", only: true, fn() {} });',
    'it.only("a", () => {});',
  );
  accepts(
    "focused-tests",
    "tests/core/a_test.ts",
    'Deno.test("only", () => {});',
    "const o = { only: true };",
  );
});

Deno.test("silent-skips wants a condition", () => {
  refuses(
    "silent-skips",
    "tests/core/a_test.ts",
    'Deno.test.ignore("a", () => {});',
    'Deno.test({ name: "a", ignore: true, fn() {} });',
  );
  accepts(
    "silent-skips",
    "tests/core/a_test.ts",
    'Deno.test({ name: "a", ignore: reason !== null, fn() {} });',
  );
});

Deno.test("documented-exports wants a doc comment right above", () => {
  refuses(
    "documented-exports",
    "core/net/address.ts",
    "export const one = 1;",
    "// no doc\nexport function f() {}",
    "/* no doc */\nexport interface A {}",
    "/** of another */\nconst two = 2;\nexport type A = number;",
    '/** of the import */\nimport "./a.ts";\nexport class A {}',
    "export default function f() {}",
  );
  accepts(
    "documented-exports",
    "core/net/address.ts",
    "/** One. */\nexport const one = 1;",
    "/** F. */\nexport function f(a: string): void;\nexport function f(a: number): void;\nexport function f() {}",
    "/** One. */\n// deno-lint-ignore no-explicit-any\nexport const one: any = 1;",
    'export { one } from "./one.ts";',
    "const one = 1;",
  );
  accepts("documented-exports", "tests/lab/process.ts", "export const one = 1;");
});

Deno.test("size refuses a file over 450 lines and a function over 80", () => {
  refuses("size", "core/a.ts", "// line\n".repeat(450) + "const a = 1;\n");
  refuses("size", "core/a.ts", `function f() {\n${"g();\n".repeat(79)}}`);
  accepts(
    "size",
    "core/a.ts",
    "// line\n".repeat(449) + "const a = 1;\n",
    `function f() {\n${"g();\n".repeat(78)}}`,
  );
  accepts("size", "tests/a_test.ts", "// line\n".repeat(451));
});
