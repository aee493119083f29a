/** Public tutorials' configurations, where a shared folder beside the repository has them. */
import assert from "node:assert/strict";
import { loadConfig } from "../../core/config/config.ts";
import { offlineFacts } from "../../core/config/config.ts";
import { fileSource } from "../../cli/config_source.ts";

const shared = Deno.env.get("HA_SHARED") ?? new URL("../../../shared", import.meta.url).pathname;
const folder = `${shared}/seeds/conf`;
const present = exists(folder);
if (!present) console.log(`tests of tutorial configurations are skipped: no ${folder}`);

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function* confFiles(directory: string): Iterable<string> {
  for (const entry of Deno.readDirSync(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) yield* confFiles(path);
    else if (entry.name.endsWith(".conf")) yield path;
  }
}

Deno.test({
  name: "tutorial configurations load as keepalived loads them",
  ignore: !present,
  fn() {
    for (const path of confFiles(folder)) {
      const loaded = loadConfig(path, fileSource(), offlineFacts());
      assert.equal(loaded.fatal, false, path);
      for (const finding of loaded.diagnostics) assert.ok(finding.line > 0 && finding.column > 0, path);
    }
  },
});

Deno.test({
  name: "the tutorials' misspellings come with what was meant",
  ignore: !present,
  fn() {
    const suggestions = (file: string) =>
      loadConfig(`${folder}/${file}`, fileSource(), offlineFacts()).diagnostics.map((finding) =>
        finding.suggestion
      );
    assert.ok(suggestions("04-single-master/ka1/conf.d/master.conf").includes("label"));
    assert.ok(
      suggestions("02-unicast-preempt-delay/ka02/conf.d/www.ming.org.conf").includes("unicast_src_ip"),
    );
    assert.ok(suggestions("05-lvs/virtual_server.conf").includes("virtual_server"));
  },
});
