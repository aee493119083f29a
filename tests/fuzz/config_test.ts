/**
 * Broken configurations: whatever comes in, the language answers with positions, and soon.
 *
 * `HA_FUZZ_RUNS` sets the number of inputs; a failure prints the seed that makes it again.
 */
import assert from "node:assert/strict";
import { loadConfig, type LoadedConfig, memorySource, offlineFacts } from "../../core/config/config.ts";
import { diffModels } from "../../core/config/diff.ts";
import { comparePeers } from "../../core/config/peer.ts";
import { printModel } from "../../core/config/print.ts";
import { formatSarif, formatText } from "../../cli/printer.ts";
import { randomConfig, randomNumbers } from "../core/config/generate.ts";

const RUNS = Number(Deno.env.get("HA_FUZZ_RUNS") ?? 20_000);

/** Longer than any input of ours may take, even on a busy machine. */
const BOUND = 5_000;

const SNIPPETS = [
  "{",
  "}",
  "{{",
  "}}",
  '"',
  "'",
  "\\",
  "\n",
  "\0",
  "#",
  "!",
  "$A=$A\n",
  "$A= \\\n",
  "$A",
  "${A}",
  "${_RANDOM}",
  "~SEQ(N,1,5) ",
  "~SEQ(N,1,20000) x $N\n",
  "~LST(N,a,b) ",
  "@node1 ",
  "@^x ",
  "include ha.conf\n",
  "include *\n",
  "include {a,b}{c,d}{e,f}\n",
  "\u00a0",
  "\ufeff",
  "\ud83d",
  "密",
  "-1",
  "999999999999999999999",
  " ".repeat(1000),
  "x".repeat(5000),
];

const CHECK = "TCP_CHECK {\n}\n";

function numbered(count: number, block: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => block(i)).join("");
}

const ip = (i: number) => `10.${i >> 16}.${i >> 8 & 255}.${i & 255}`;

const server = (i: number, body: string) => `real_server ${ip(i)} 80 {\n${body}}\n`;

type Random = (below: number) => number;

/** A configuration with a few injuries: cut, doubled, moved, bytes changed, snippets put in. */
function injured(random: Random, text: string): string {
  let result = text;
  for (let count = 1 + random(4); count > 0; count--) {
    const at = random(result.length + 1);
    const to = Math.min(result.length, at + random(40));
    switch (random(6)) {
      case 0:
        result = result.slice(0, at);
        break;
      case 1:
        result = result.slice(0, at) + result.slice(to);
        break;
      case 2:
        result = result.slice(0, to) + result.slice(at, to) + result.slice(to);
        break;
      case 3:
        result = result.slice(0, at) + String.fromCharCode(random(0x180)) + result.slice(at + 1);
        break;
      default:
        result = result.slice(0, at) + SNIPPETS[random(SNIPPETS.length)] + result.slice(at);
    }
  }
  return result;
}

function junk(random: Random): string {
  return Array.from(
    { length: random(200) },
    () => String.fromCharCode(random(random(2) === 0 ? 0x80 : 0x10000)),
  ).join("");
}

function load(text: string): LoadedConfig {
  return loadConfig("ha.conf", memorySource({ "ha.conf": text, "a.conf": "x {\n" }), offlineFacts("node1"));
}

function checkPositions({ diagnostics }: LoadedConfig, text: string): void {
  const lines = text.split("\n");
  for (const { file, line, column, length, source, message } of diagnostics.slice(0, 500)) {
    assert.ok(line > 0 && column > 0 && length > 0, `without a position: ${message}`);
    if (file === "ha.conf") assert.ok((lines[line - 1] ?? "").startsWith(source), `another line: ${message}`);
    assert.ok(column <= source.length + 2, `behind the line: ${message}`);
  }
}

Deno.test(`${RUNS} broken configurations are answered with positions`, () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const random = randomNumbers(seed);
    const text = random(10) === 0 ? junk(random) : injured(random, randomConfig(random(0x7fffffff)));
    const start = performance.now();
    try {
      const loaded = load(text);
      checkPositions(loaded, text);
      printModel(loaded.model);
      if (seed % 50 === 0) {
        formatText(loaded.diagnostics, { colour: true });
        formatSarif({ file: "f", exitCode: 0, fatal: false, diagnostics: loaded.diagnostics }, "0");
        comparePeers(loaded, load(randomConfig(seed)), "other");
        diffModels(loaded.model, load(randomConfig(seed)).model);
      }
    } catch (failure) {
      throw new assert.AssertionError({
        message: `seed ${seed}: ${failure}\n${JSON.stringify(text.slice(0, 2000))}`,
      });
    }
    assert.ok(performance.now() - start < BOUND, `seed ${seed} took ${performance.now() - start} ms`);
  }
});

Deno.test("whatever is read from a broken configuration prints and reads back", () => {
  for (let seed = 0; seed < RUNS / 20; seed++) {
    const random = randomNumbers(seed);
    const { model } = load(injured(random, randomConfig(random(0x7fffffff))));
    const again = loadConfig("p", memorySource({ p: printModel(model) }), offlineFacts("node1")).model;
    assert.deepEqual(again, model, `seed ${seed}`);
  }
});

Deno.test("every prefix of a configuration is answered", () => {
  const text = randomConfig(7);
  for (let length = 0; length < text.length; length++) {
    checkPositions(load(text.slice(0, length)), text.slice(0, length));
  }
});

Deno.test("deep nesting, long lines, many findings and endless loops end", () => {
  const cases = {
    "deep nesting": "a {".repeat(100_000),
    "deep closing": "}".repeat(100_000),
    "nested instances": "vrrp_instance A {\n".repeat(20_000),
    "one long word": "x".repeat(1_000_000),
    "one long line": "x ".repeat(500_000),
    "one long quoted line": `router_id "${"x".repeat(1_000_000)}"`,
    "long line of dollars": "$".repeat(200_000),
    "long line of references": `$A=b\nx ${"$A ".repeat(100_000)}`,
    "many braces": "{}".repeat(100_000),
    "many unknown words": "foo bar\n".repeat(50_000),
    "a loop without end": "~SEQ(N,1,2000000000) @other vrrp_instance $N {}\n",
    "loops in loops": "~SEQ(A,1,1000) ~SEQ(B,1,1000) ~SEQ(C,1,1000) x $A $B $C\n",
    "macros that double": `$A=x\n${
      Array.from({ length: 30 }, (_, i) => `$M${i}= \\\n$M${i + 1} \\\n$M${i + 1} \\\n\n`).join("\n")
    }\n$M0\n`,
    "braces in an include": `include ${"{a,b}".repeat(30)}\n`,
    "many addresses": `vrrp_instance A {\nvirtual_ipaddress {\n${"10.0.0.1\n".repeat(50_000)}}\n}`,
    "many trackers": `vrrp_instance A {\ntrack_interface {\n${
      Array.from({ length: 50_000 }, (_, i) => `e${i}`).join("\n")
    }\n}\n}`,
    "many peers": `vrrp_instance A {\nunicast_peer {\n${"10.0.0.1\n".repeat(50_000)}}\n}`,
    "one service many times": numbered(20_000, (i) => `virtual_server 10.0.0.1 80 {\n${server(i, CHECK)}}\n`),
    "many checks of a server": `virtual_server 10.0.0.1 80 {\n${server(1, CHECK.repeat(60_000))}}\n`,
  };
  for (const [name, text] of Object.entries(cases)) {
    const start = performance.now();
    const loaded = load(text);
    checkPositions(loaded, text);
    assert.ok(performance.now() - start < 4 * BOUND, `${name} took ${performance.now() - start} ms`);
  }
});

Deno.test("many instances are compared in a time that grows with their number", () => {
  const instance = (i: number, vrid: number) =>
    `vrrp_instance V${i} {\ninterface e${i}\nvirtual_router_id ${vrid}\nvirtual_ipaddress {\n${
      ip(i)
    }\n}\n}\n`;
  const same = numbered(20_000, (i) => instance(i, 1).replace(/interface .*/, "interface eth0"));
  const groups = numbered(
    20_000,
    (i) => `vrrp_sync_group G${i} {\ngroup {\nV${2 * i}\nV${2 * i + 1}\n}\n}\n`,
  );
  const cases = {
    "one VRID on one interface": [same, same],
    "one VRID on many interfaces": [40_000, 40_000].map((count) => numbered(count, (i) => instance(i, 1))),
    "other VRIDs": [1, 2].map((vrid) => numbered(40_000, (i) => instance(i, vrid))),
    "many groups": [100, 90].map((priority) =>
      numbered(40_000, (i) => instance(i, 1).replace("{", `{\npriority ${priority}`)) + groups
    ),
  };
  for (const [name, texts] of Object.entries(cases)) {
    const [own, other] = texts.map(load);
    const start = performance.now();
    comparePeers(own!, other!, "other");
    diffModels(own!.model, other!.model);
    assert.ok(performance.now() - start < BOUND, `${name} took ${performance.now() - start} ms`);
  }
});
