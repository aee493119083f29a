/**
 * Writes `tests/checkers.md`, the table of checkers, behaviours of servers and verdicts:
 *
 *     deno run -A tests/checkers/table.ts
 */
import { ROWS as COMPARED } from "../vm/lvs_matrix.ts";
import { ROWS as REAL } from "./rows.ts";

/** The document. */
export const DOCUMENT = new URL("../checkers.md", import.meta.url);

const INTRODUCTION = `# Checkers, servers and verdicts

Written by \`tests/checkers/table.ts\` from the rows that the tests run.

## Beside keepalived

One server a row, which behaves as the row says; both daemons check it at the same time, with ip_vs in a virtual machine
(\`tests/vm/lvs_test.ts\`). "in" means that the server stays in the kernel's table.
`;

const REAL_SERVERS = `
## Against real servers

A running daemon against nginx, aiosmtpd, dnsmasq, a UDP echo and scripts (\`tests/netns/checkers_test.ts\`). Of a server that
is down the reason is given as the log and the status say it.
`;

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").trim();
}

/** The whole text. */
export function checkerTable(): string {
  const compared = COMPARED.map(({ name, keepalived, ha, because }) =>
    `| ${cell(name)} | ${keepalived ? "in" : "out"} | ${ha ? "in" : "out"} | ${cell(because ?? "")} |`
  );
  const real = REAL.map(({ name, checker, down }) =>
    `| ${cell(name)} | \`${cell(checker)} }\` | ${down === null ? "up" : "down"} |${
      down === null || down.source === "\\S" ? "" : ` \`${cell(down.source.replaceAll(/[\^$\\]/g, ""))}\``
    } |`
  );
  return [
    INTRODUCTION,
    "| behaviour | keepalived | ha | why they differ |\n| --- | --- | --- | --- |",
    ...compared,
    REAL_SERVERS,
    "| server and check | checker | verdict | reason |\n| --- | --- | --- | --- |",
    ...real,
    "",
  ].join("\n");
}

if (import.meta.main) {
  Deno.writeTextFileSync(DOCUMENT, checkerTable());
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", DOCUMENT.pathname] }).output();
}
