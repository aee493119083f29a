/** Public tutorials' configurations, where a shared folder beside the repository has them. */
import assert from "node:assert/strict";
import { fileSource } from "../../cli/config_source.ts";
import { loadConfig, offlineFacts } from "../../core/config/config.ts";
import { needsShared, SHARED } from "./support.ts";

const FOLDER = "seeds/conf";

function* confFiles(directory: string): Iterable<string> {
  for (const entry of Deno.readDirSync(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) yield* confFiles(path);
    else if (entry.name.endsWith(".conf")) yield path;
  }
}

Deno.test({
  ...needsShared("tutorial configurations load as keepalived loads them", FOLDER),
  fn() {
    for (const path of confFiles(`${SHARED}/${FOLDER}`)) {
      const loaded = loadConfig(path, fileSource(), offlineFacts());
      assert.equal(loaded.fatal, false, path);
      for (const finding of loaded.diagnostics) assert.ok(finding.line > 0 && finding.column > 0, path);
    }
  },
});

Deno.test({
  ...needsShared("the tutorials' misspellings come with what was meant", FOLDER),
  fn() {
    const suggestions = (file: string) =>
      loadConfig(`${SHARED}/${FOLDER}/${file}`, fileSource(), offlineFacts()).diagnostics.map((each) => each.suggestion);
    assert.ok(suggestions("04-single-master/ka1/conf.d/master.conf").includes("label"));
    assert.ok(suggestions("02-unicast-preempt-delay/ka02/conf.d/www.ming.org.conf").includes("unicast_src_ip"));
    assert.ok(suggestions("05-lvs/virtual_server.conf").includes("virtual_server"));
  },
});
