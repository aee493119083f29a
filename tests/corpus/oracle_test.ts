/** keepalived's own sample files against what keepalived 2.2.7 said of them, where both are at hand. */
import assert from "node:assert/strict";
import { fileSource } from "../../cli/config_source.ts";
import { type HostFacts, loadConfig, offlineFacts } from "../../core/config/config.ts";
import { type Comparison, compare, formatTable, type Verdict } from "./compare.ts";
import { needsShared, SHARED } from "./support.ts";

const CORPUS = "corpus";

interface OracleRow {
  readonly file: string;
  readonly exit: number;
  readonly lines: readonly string[];
  readonly exit_with_interfaces: number;
  readonly exit_bare: number;
  readonly lines_bare: readonly string[];
}

function oracle(): OracleRow[] {
  const text = Deno.readTextFileSync(`${SHARED}/${CORPUS}/oracle.jsonl`).trimEnd();
  return text.split("\n").map((line) => JSON.parse(line) as OracleRow);
}

/** A machine with every interface, and with every script or none. */
function machine(scripts: boolean, interfaces = true): HostFacts {
  return {
    ...offlineFacts("oracle"),
    interfaceExists: (name) => interfaces || name === "lo",
    userExists: (name) => name === "root" || name === "nobody",
    groupExists: () => true,
    userIsRoot: (name) => name === null || name === "root",
    script: ({ file }) =>
      scripts && file.includes("/")
        ? { found: true, path: file, executable: true, insecure: null }
        : { found: false, reason: "No such file or directory" },
  };
}

function judge(verdict: Verdict, facts: HostFacts): Comparison {
  return compare(verdict, loadConfig(`${SHARED}/${CORPUS}/${verdict.file}`, fileSource(), facts));
}

function assertExplained(rows: readonly Comparison[]): void {
  console.log(formatTable(rows));
  assert.deepEqual(rows.filter((row) => row.unexplained.length > 0), []);
}

Deno.test({
  ...needsShared("sample files are judged as keepalived judges them, interfaces and scripts present", CORPUS),
  fn: () => assertExplained(oracle().map((row) => judge(row, machine(true)))),
});

Deno.test({
  ...needsShared("sample files are judged as keepalived judges them, on a bare machine", CORPUS),
  fn() {
    const rows = oracle().map((row) =>
      judge({ file: row.file, exit: row.exit_bare, lines: row.lines_bare }, machine(false, false))
    );
    assertExplained(rows);
  },
});
