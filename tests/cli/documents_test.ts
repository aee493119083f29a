/** The configurations in the documents are such as a newcomer copies: none of them may draw a finding. */
import assert from "node:assert/strict";
import { parseConfig } from "../../core/config/config.ts";

const ROOT = new URL("../../", import.meta.url);

/** Blocks of code, without a language or of this one, that begin a block of the configuration. */
function configurationsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```(?:keepalived)?\n(.*?)^```$/gms)].map(([, text]) => text!)
    .filter((text) => /^(global_defs|vrrp_\w+|virtual_server|bfd_instance|track_file)\b.*\{/m.test(text));
}

const documents = [
  "README.md",
  ...[...Deno.readDirSync(new URL("docs", ROOT))].map(({ name }) => `docs/${name}`),
];
for (const document of documents.filter((name) => name.endsWith(".md")).sort()) {
  const configurations = configurationsOf(Deno.readTextFileSync(new URL(document, ROOT)));
  if (configurations.length === 0) continue;
  Deno.test(`${document}: its ${configurations.length} configurations draw no finding`, () => {
    for (const text of configurations) {
      const { diagnostics, exitCode } = parseConfig(text);
      const said = diagnostics.map(({ line, message }) => `line ${line}: ${message}`);
      assert.deepEqual([exitCode, said], [0, []], text);
    }
  });
}
