/**
 * Sample and tutorial configurations judged side by side: by the installed keepalived and by us, in one namespace.
 *
 * keepalived 2.2.7 kills itself where a script runs as another user (fixed in 2.2.8); such a run counts as not judged.
 */
import assert from "node:assert/strict";
import { compare, type Comparison, formatTable } from "../corpus/compare.ts";
import { needsShared, SHARED } from "../corpus/support.ts";
import type { Diagnostic, ExitCode, LoadedConfig } from "../../core/config/config.ts";
import { runsWhere } from "../support/skip.ts";

const INTERFACES = ["eth0", "eth1", "eth2", "eth3", "eth0.1", "ens33", "ens38", "ens39", "enp0s8", "enp0s9"];
const namespace = `ha-corpus-${Deno.pid}`;

function ip(...args: string[]): void {
  const { success, stderr } = new Deno.Command("ip", { args, stdout: "null", stderr: "piped" }).outputSync();
  assert.ok(success, `ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** A namespace with the interfaces that the files name; gone when the block ends. */
function inhabited(): Disposable {
  ip("netns", "add", namespace);
  const undo = { [Symbol.dispose]: () => ip("netns", "del", namespace) };
  try {
    INTERFACES.forEach((name, i) => {
      ip("-n", namespace, "link", "add", name, "type", "veth", "peer", "name", `peer${i}`);
      ip("-n", namespace, "address", "add", `10.99.${i}.1/24`, "dev", name);
      ip("-n", namespace, "link", "set", name, "up");
    });
    return undo;
  } catch (failure) {
    undo[Symbol.dispose]();
    throw failure;
  }
}

function runInside(args: readonly string[]): { code: number; text: string } {
  const output = new Deno.Command("ip", {
    args: ["netns", "exec", namespace, "timeout", "20", ...args],
    stdout: "piped",
    stderr: "piped",
  }).outputSync();
  const decode = (octets: Uint8Array) => new TextDecoder().decode(octets);
  return { code: output.code, text: decode(output.stdout) + decode(output.stderr) };
}

/** What `keepalived -t` says, or null where it did not end by itself. */
function theirs(path: string): { exit: number; lines: string[] } | null {
  const { code, text } = runInside(["keepalived", "-t", "-f", path, "--log-console"]);
  if (code > 6) return null;
  return { exit: code, lines: [...new Set(text.split("\n").filter((line) => line !== ""))] };
}

function ours(path: string): Pick<LoadedConfig, "diagnostics" | "exitCode"> {
  const main = new URL("../../mod.ts", import.meta.url).pathname;
  const { text } = runInside([
    Deno.execPath(),
    "run",
    "--allow-all",
    main,
    "check",
    "--format",
    "json",
    path,
  ]);
  return JSON.parse(text) as { diagnostics: Diagnostic[]; exitCode: ExitCode };
}

function* files(folder: string): Iterable<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* files(path);
    else if (/\.conf(\.|$)/.test(entry.name)) yield path;
  }
}

const test = runsWhere("keepalived and we judge the same files the same way", {
  netns: true,
  commands: ["keepalived"],
});
const shared = needsShared(test.name, "corpus");

Deno.test({
  name: shared.name,
  ignore: test.ignore || shared.ignore,
  fn() {
    using _place = inhabited();
    const rows: Comparison[] = [];
    for (const path of [...files(`${SHARED}/corpus`), ...files(`${SHARED}/seeds/conf`)].sort()) {
      const verdict = theirs(path);
      if (verdict === null) continue;
      const file = path.slice(SHARED.length + 1);
      rows.push(compare({ file, ...verdict }, ours(path) as LoadedConfig));
    }
    console.log(formatTable(rows));
    assert.ok(rows.length > 20, "keepalived judged hardly any file");
    assert.deepEqual(rows.filter((row) => row.unexplained.length > 0), []);
  },
});
