import assert from "node:assert/strict";
import fc from "fast-check";
import { memorySource } from "../../../core/config/config.ts";
import { expandBraces } from "../../../core/config/preprocess/path.ts";
import { globExpression } from "../../../core/config/source.ts";
import { brief, findings, load } from "./support.ts";

/** The logical lines that text becomes, as the words of the tree. */
function lines(text: string, files: Record<string, string> = {}): string[] {
  const { tree } = load({ "ha.conf": text, ...files });
  return tree.statements.map((statement) => statement.words.map((word) => word.text).join(" "));
}

Deno.test("include reads files beside the including file, globs in order", () => {
  const files = {
    "ha.conf": "include conf.d/*.conf\ninclude sub/c.conf",
    "conf.d/b.conf": "global_defs { router_id b }",
    "conf.d/a.conf": "global_defs { vrrp_version 3 }",
    "conf.d/.hidden.conf": "junk",
    "conf.d/sub/x.conf": "junk",
    "sub/c.conf": "include d.conf",
    "sub/d.conf": "global_defs { vrrp_startup_delay 9 }",
  };
  const { model, diagnostics, files: read } = load(files);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(read, ["ha.conf", "conf.d/a.conf", "conf.d/b.conf", "sub/c.conf", "sub/d.conf"]);
  assert.equal(model.global.routerId, "b");
  assert.equal(model.global.startupDelay, 9000);
});

Deno.test("an include may come from a parameter, a condition, a macro or a loop", () => {
  const files = Object.fromEntries(["1", "2", "3", "4", "5"].map((name) => [`${name}.conf`, `from${name}`]));
  const text = "$F=1.conf\ninclude $F\n@node1 include 2.conf\n@other include none.conf\n" +
    "$M=\\\n include 3.conf \\\n rest\n$M\n~SEQ(I,4,5) include ${_PWD}/${I}.conf # both";
  assert.deepEqual(lines(text, { ...files, "./4.conf": "from4", "./5.conf": "from5" }), [
    "from1",
    "from2",
    "from3",
    "rest",
    "from4",
    "from5",
  ]);
});

Deno.test("include of nothing is a warning that does not change the exit code", () => {
  const loaded = load("include nothing.conf\ninclude nothing/*.conf");
  assert.deepEqual(loaded.diagnostics.map(brief), [
    "1:9 warning include-missing",
    "2:9 warning include-missing",
  ]);
  assert.equal(loaded.exitCode, 0);
  assert.equal(loaded.fatal, false);
});

Deno.test("includea, includem, includew and includeb refuse what is missing", () => {
  const fatal = (line: string) => load({ "ha.conf": line, "a.conf": "" }).fatal;
  for (const pattern of ["x.conf", "x*.conf", "{x,y}*.conf", "{x,y}.conf", "{a,x}.conf"]) {
    assert.equal(fatal(`include ${pattern}`), false, pattern);
    assert.equal(fatal(`includea ${pattern}`), true, pattern);
  }
  const refused = (word: string, patterns: string[]) => patterns.filter((name) => fatal(`${word} ${name}`));
  const patterns = [
    "x.conf",
    "x*.conf",
    "{x,y}*.conf",
    "{x,y}.conf",
    "{a,x}.conf",
    "{a,x*}.conf",
    "{x,y*}.conf",
  ];
  assert.deepEqual(refused("includem", patterns), ["x.conf"]);
  assert.deepEqual(refused("includew", patterns), ["x.conf", "x*.conf", "{x,y}*.conf"]);
  assert.deepEqual(refused("includeb", patterns), ["{x,y}.conf", "{a,x}.conf", "{x,y*}.conf"]);
  assert.equal(load("global_defs {\n include_check\n}\ninclude x*.conf").fatal, true);
  assert.equal(load("global_defs {\n include_check match\n}\ninclude x*.conf").fatal, false);
});

Deno.test("include of itself is reported, not followed", () => {
  assert.deepEqual(findings("include ha.conf"), ["1:9 error include-cycle"]);
  assert.deepEqual(findings({ "ha.conf": "include a.conf", "a.conf": "include ha.conf" }), [
    "1:9 error include-cycle",
  ]);
});

Deno.test("findings come in reading order through includes", () => {
  const loaded = load({ "ha.conf": "foo1\ninclude a.conf\nfoo3", "a.conf": "foo2" });
  assert.deepEqual(loaded.diagnostics.map((finding) => `${finding.file}:${finding.line}`), [
    "ha.conf:1",
    "a.conf:1",
    "ha.conf:3",
  ]);
});

Deno.test("a missing main file is one finding and exit code 4", () => {
  const loaded = load({});
  assert.equal(loaded.exitCode, 4);
  assert.equal(loaded.fatal, true);
  assert.equal(loaded.diagnostics.length, 1);
  assert.match(loaded.diagnostics[0]!.message, /^Cannot read configuration file "ha.conf": No such file/);
});

Deno.test("parameters are replaced late, recursively, and only where they are defined", () => {
  const text =
    "$BASE=10.2.${SUB}\n$SUB=0\nv ${BASE}.100\n$SUB=10\nv ${BASE}.100\nv $UNDEF ${UNDEF} $SUB/24 $SUB";
  assert.deepEqual(lines(text), ["v 10.2.0.100", "v 10.2.10.100", "v $UNDEF ${UNDEF} $SUB/24 10"]);
});

Deno.test("a main file that is a program is one finding and exit code 4", () => {
  const loaded = load(`\x7fELF\x02\x01\x01${"\0".repeat(200)}\n\n{{{`);
  assert.deepEqual([loaded.diagnostics.length, loaded.exitCode, loaded.fatal], [1, 4, true]);
  const compressed = Array.from({ length: 3000 }, (_, i) => String.fromCharCode((i * 89) % 256)).join("");
  assert.deepEqual(load(compressed).exitCode, 4);
  assert.equal(load("foo \x1b[31m\x07\n").exitCode, 5);
});

Deno.test("a word of a million characters is no message of a million characters", () => {
  const [finding] = load("y".repeat(1_000_000)).diagnostics;
  assert.match(finding!.message, /^Cannot use "y+…y+" at the root level: no such keyword$/);
  assert.ok(finding!.message.length < 1100);
});

Deno.test("built-in parameters", () => {
  assert.deepEqual(lines("v ${_PWD} ${_INSTANCE} ${_RANDOM 7 9} ${_ENV X} a${_HASH}b${_BANG}"), [
    "v . node1 7 ${_ENV X} a",
  ]);
});

Deno.test("macros run over several lines and nest", () => {
  const text = `$RS= \\
rs \${N} { \\
  weight 1 \\
}
$VS= \\
vs { \\
  $N=1 \\
  $RS \\
  $N=2 \\
  $RS \\
}
$VS`;
  const { tree, diagnostics } = load(text);
  assert.equal(diagnostics.filter((finding) => finding.code !== "unknown-keyword").length, 0);
  const inner = tree.statements[0]!.block!.statements;
  assert.deepEqual(inner.map((statement) => statement.words[1]!.text), ["1", "2"]);
  assert.equal(inner[1]!.block!.statements[0]!.words.length, 2);
});

Deno.test("a macro can only stand at the end of a line", () => {
  assert.ok(findings("$M= \\\na \\\nb\nx $M y").includes("4:1 error bad-substitution"));
  assert.deepEqual(lines("$M= \\\na \\\nb\nx $M"), ["x a", "b"]);
});

Deno.test("conditions keep or drop lines, before definitions and after substitution", () => {
  const text =
    "@node1 a 1\n@^node1 a 2\n@other a 3\n@^other a 4\n@node1 $P=5\n@other $P=6\na $P\n$C=@other\n$C a 7\n";
  assert.deepEqual(lines(text), ["a 1", "a 4", "a 5"]);
  assert.ok(findings("@ a").includes("1:1 error bad-condition"));
});

Deno.test("~SEQ, ~SEQx and ~LST repeat the rest of the line", () => {
  assert.deepEqual(lines("~SEQ(N, 0, 3) a ${N}"), ["a 0", "a 1", "a 2", "a 3"]);
  assert.deepEqual(lines("~SEQ(N, 3) a $N"), ["a 1", "a 2", "a 3"]);
  assert.deepEqual(lines("~SEQ(N, -2) a $N"), ["a -1", "a -2"]);
  assert.deepEqual(lines("~SEQ(N, 0) a $N"), ["a 1", "a 0"]);
  assert.deepEqual(lines("~SEQ (N, 010, 011) a $N"), ["a 8", "a 9"]);
  assert.deepEqual(lines("~SEQ(N, 5, -2, 1) a $N"), ["a 5", "a 3", "a 1"]);
  assert.deepEqual(lines("~SEQx(N, 0x90, 0x10, 0xb0) a ${N}:1"), ["a 90:1", "a a0:1", "a b0:1"]);
  assert.deepEqual(lines("~LST(N, x, y) a $N"), ["a x", "a y"]);
  assert.deepEqual(lines("$N=7\n~LST(N, x, y) a $N\nb $N"), ["a x", "a y", "b y"]);
  assert.deepEqual(lines("~LST({P, Q}, {1}, 2) a ${P}-${Q}"), ["a 1-", "a 2-"]);
  assert.deepEqual(lines("~LST({P, Q}, {10,1},{20,4}) ~SEQ(R,1,2) a ${P}.${Q}.$R"), [
    "a 10.1.1",
    "a 10.1.2",
    "a 20.4.1",
    "a 20.4.2",
  ]);
});

Deno.test("what follows a brace is a line of its own, with conditions and loops", () => {
  const text = "a { ~SEQ(I,1,3) 10.0.0.${I}\n}\nb { @node1 c\n @other d\n} @node1 e\nf ${X} @g";
  const { tree } = load(text);
  const inner = tree.statements.slice(0, 2).map(({ block }) =>
    block!.statements.map(({ words }) => words.map((word) => word.text).join(" "))
  );
  assert.deepEqual(inner, [["10.0.0.1", "10.0.0.2", "10.0.0.3"], ["c"]]);
  assert.deepEqual(tree.statements.slice(2).map(({ words }) => words.length), [1, 3]);
});

Deno.test("includes and definitions may follow a brace", () => {
  const files = { "a.conf": "router_id r", "b.conf": "from b" };
  const text = "global_defs { include a.conf\n} include {b,b}.conf\nx { $X=7\n} y ${X} $X=8";
  const { model, tree } = load({ "ha.conf": text, ...files });
  assert.equal(model.global.routerId, "r");
  assert.deepEqual(tree.statements.map((statement) => statement.words.map((word) => word.text).join(" ")), [
    "global_defs",
    "from b",
    "from b",
    "x",
    "y 7 $X=8",
  ]);
});

Deno.test("faulty loops are reported", () => {
  for (
    const line of [
      "~SEQ(3) a",
      "~SEQ(N,1,0,3) a",
      "~SEQ(N,a,b) a",
      "~LST(N) a",
      "~LST({P,Q},{1,2,3}) a",
      "~SEQ(N,1,-1,5) a",
      "~SEQ(N,5,2,1) a",
      "~SEQx(N,-3,-1) a",
      "~SEQ(N,08,9) a",
      "~SEQ(N,1,2",
    ]
  ) {
    assert.ok(findings(line).includes("1:1 error bad-loop"), line);
  }
});

Deno.test("endless substitution ends", () => {
  assert.ok(findings("$A=$A\nx $A").some((finding) => finding.endsWith("bad-substitution")));
  const doubling = Array.from({ length: 40 }, (_, i) => `$A${i}=\${A${i + 1}}\${A${i + 1}}`).join("\n");
  assert.ok(
    findings(`${doubling}\n$A40=x\nv \${A0}`).some((finding) => finding.endsWith("bad-substitution")),
  );
  assert.ok(findings("$M= \\\n$M \\\nx\n$M").some((finding) => finding.endsWith("endless-substitution")));
});

Deno.test("a word that came from a parameter points at its use", () => {
  const loaded = load("$P=nonsense\nvrrp_instance A {\n interface eth0\n virtual_router_id $P\n}");
  const finding = loaded.diagnostics.find((other) => other.code === "bad-value")!;
  assert.deepEqual([finding.line, finding.column, finding.length], [4, 20, 1]);
});

Deno.test("expandBraces() follows the shell", () => {
  assert.deepEqual(expandBraces("{foo/{,cat,dog},bar}"), ["foo/", "foo/cat", "foo/dog", "bar"]);
  assert.deepEqual(expandBraces("a{b}c{"), ["a{b}c{"]);
  assert.deepEqual(expandBraces("a{1,2}{3,4}"), ["a13", "a14", "a23", "a24"]);
});

Deno.test("globExpression() matches within one directory", () => {
  const matches = (pattern: string, path: string) => globExpression(pattern).test(path);
  assert.ok(matches("/a/*.conf", "/a/b.conf"));
  assert.ok(!matches("/a/*.conf", "/a/b/c.conf"));
  assert.ok(!matches("/a/*", "/a/.hidden"));
  assert.ok(matches("/a/[bc]?", "/a/cx"));
  assert.ok(!matches("/a/[!bc]", "/a/b"));
  assert.ok(matches("/a/[", "/a/["));
  assert.ok(!matches("/a/[z-a]", "/a/-"));
  assert.ok(matches("/a/x-*.conf", "/a/x-1.conf"));
  assert.ok(matches("/a/[]&~-]", "/a/-"));
  assert.ok(matches("/a/[[:digit:]x]", "/a/7"));
  assert.ok(!matches("/a/[[:digit:]x]", "/a/a"));
});

Deno.test("globExpression() makes an expression of any pattern, and one that a name without wildcards matches", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (pattern) => void globExpression(pattern)));
  const plain = fc.string({ unit: "grapheme" }).filter((text) => !/[*?[\\]/.test(text));
  fc.assert(fc.property(plain, (text) => globExpression(text).test(text)));
});

Deno.test("what a parameter puts in may be a comment", () => {
  const definitions = "$OFF=${_HASH}\n$BANG=\\!\n";
  assert.deepEqual(
    lines(`${definitions}$OFF global_defs a\n$BANG b\n\${_HASH}c\nd ${"${_BANG}"} e\nf "$OFF g"`),
    [
      "d",
      "f # g",
    ],
  );
  assert.deepEqual(lines("$M=a \\\n b\n${_HASH} c $M\nd ${_BANG} $M"), ["d"]);
});

Deno.test("a comment within a macro does not end it, an empty line does", () => {
  assert.deepEqual(lines("$M=a \\\n# b \\\n c # d \\\n# e\n   \t\n f\n$M"), ["a", "c", "f"]);
  assert.deepEqual(lines("$M=a \\\n\nb\n$M x"), ["b", "a x"]);
  assert.deepEqual(lines("$M=a # b \\\n c\n$M"), ["a", "c"]);
});

Deno.test("a parameter may hold the beginning of a loop or a condition, of which a macro is the rest", () => {
  const macro = "$M=a ${A} ${B} \\\n b ${A} ${B}\n$MS=\\\n$M\n";
  const all = ["a 1 1", "b 1 1", "a 1 2", "b 1 2", "a 2 1", "b 2 1", "a 2 2", "b 2 2"];
  assert.deepEqual(lines(`${macro}$INNER=~SEQ(B,1,2) $MS\n~SEQ(A,1,2) $INNER`), all);
  assert.deepEqual(lines(`${macro}$X=1\n$OTHER=@other $M\n$OTHER\n$SELF=@node1 a b\n$SELF`), ["a b"]);
});

Deno.test("a backslash at the end of a comment is told: keepalived takes it for a word", () => {
  assert.deepEqual(findings("# a \\\nglobal_defs {\n} ! b\\"), [
    "1:5 warning comment-goes-on",
    "3:6 warning comment-goes-on",
  ]);
  assert.equal(load("# a \\").exitCode, 5);
});

Deno.test("memorySource() does not see inherited properties", () => {
  assert.equal(memorySource({}).read("toString").ok, false);
});

Deno.test("random_seed makes ${_RANDOM} the same each time, from its line on", () => {
  const line = "v ${_RANDOM 1 1000} ${_RANDOM 1 1000} ${_RANDOM}";
  const seeded = (seed: string) => lines(`${line}\nrandom_seed ${seed}\n${line}`);
  const [first, , ...numbers] = seeded("7");
  assert.equal(first, "v 1 1 0");
  assert.deepEqual(seeded("7").slice(2), numbers);
  assert.notDeepEqual(seeded("8").slice(2), numbers);
  const [a, b, c] = numbers[0]!.split(" ").slice(1).map(Number);
  assert.ok(a !== b && a! >= 1 && a! <= 1000 && c! <= 32767, numbers[0]);
  assert.equal(seeded("x")[2], first, "a faulty one is none");
});
