import { accepts, refuses } from "./run_rule.ts";

const IN_CORE = "core/engine/vrrp_engine.ts";

Deno.test("pure-core refuses the clock, timers, randomness, the console and the runtime", () => {
  refuses(
    "pure-core",
    IN_CORE,
    "export const now = () => Date.now();",
    "export const now = () => new Date();",
    "export const now = () => performance.now();",
    "export const now = () => Temporal.Now.instant();",
    "setTimeout(() => {}, 1);",
    "setInterval(() => {}, 1);",
    "queueMicrotask(() => {});",
    "export const dice = () => Math.random();",
    'export const dice = () => Math["random"]();',
    "export const dice = () => crypto.randomUUID();",
    'console.log("x");',
    "export const f = () => Deno.cwd();",
    "export const f = () => globalThis.Deno;",
    "export const value = { Date };",
    "export const f = [process];",
  );
});

Deno.test("pure-core refuses to wait", () => {
  refuses(
    "pure-core",
    IN_CORE,
    "export async function f() {}",
    "export const f = async () => {};",
    "export const o = { async f() {} };",
    "export const f = () => Promise.resolve(1);",
    "export const f = () => new Promise(() => {});",
    "await 1;",
  );
});

Deno.test("pure-core refuses what depends on the machine's locale", () => {
  refuses(
    "pure-core",
    IN_CORE,
    "export const f = (a: string, b: string) => a.localeCompare(b);",
    'export const f = new Intl.Collator("de");',
  );
});

Deno.test("pure-core leaves names alone that only look like it", () => {
  accepts(
    "pure-core",
    IN_CORE,
    "export const record = { Date: 1, process: 2, console: 3 };",
    "export const f = (model: { process: number }) => model.process;",
    "export function f(process: { name: string }) { return process.name; }",
    "export const f = ({ performance }: { performance: number }) => performance + 1;",
    "export interface Source { current(): Promise<number>; at: Date }",
    "export const most = Math.max(1, 2);",
    "// Date.now() is not called here\nexport const one = 1;",
    'export const text = "Deno.cwd()";',
    "export function* walk() { yield 1; }",
  );
});

Deno.test("pure-core is for core alone", () => {
  accepts("pure-core", "cli/daemon/clock.ts", "export const now = () => performance.now();");
});
