/**
 * The Debian package: what is in it, unpacked as dpkg would, with its unit, its documents and its scripts.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { runsWhere } from "../support/skip.ts";
import { binaryEnvironment } from "./built_binary.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function run(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, cwd: ROOT, stdin: "null" })
    .output();
  const text = new TextDecoder();
  assert.equal(code, 0, text.decode(stderr));
  return text.decode(stdout);
}

/** Links of a document to files beside it. */
function linksOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, target]) => target!);
}

Deno.test({
  ...runsWhere("the package has the binary, a unit that starts it, and documents that lead to each other", {
    commands: ["dpkg-deb"],
  }),
  async fn() {
    const tree = await Deno.makeTempDir({ prefix: "ha-package-" });
    try {
      const built = await run(Deno.execPath(), "run", "--allow-all", "packaging/deb.ts");
      const file = /^Built (.*\.deb)$/m.exec(built)![1]!;
      await run("dpkg-deb", "--raw-extract", file, tree);

      const ha = new Deno.Command(`${tree}/usr/sbin/ha`, {
        args: ["--version"],
        env: binaryEnvironment(tree),
      });
      assert.equal(new TextDecoder().decode((await ha.output()).stdout), `ha ${manifest.version}\n`);
      const unit = await Deno.readTextFile(`${tree}/lib/systemd/system/ha.service`);
      assert.match(unit, /^ExecStart=\/usr\/sbin\/ha start /m);
      assert.match(unit, /^ExecReload=\/usr\/sbin\/ha reload$/m);
      assert.equal(await Deno.readTextFile(`${tree}/DEBIAN/conffiles`), "/etc/default/ha\n");
      assert.match(await Deno.readTextFile(`${tree}/etc/default/ha`), /^HA_OPTIONS=""$/m);
      // Whoever reads the binary as the script that it is (lintian, sh -n) finds no errors in it.
      if ((await Deno.readTextFile(`${tree}/usr/sbin/ha`)).startsWith("#!")) {
        await run("sh", "-n", `${tree}/usr/sbin/ha`);
      }
      for (const script of ["postinst", "prerm", "postrm"]) await run("sh", "-n", `${tree}/DEBIAN/${script}`);

      const documents = `${tree}/usr/share/doc/ha`;
      for (const page of ["README.md", "docs/operations.md", "docs/keepalived.md"]) {
        const path = join(documents, page);
        for (const link of linksOf(await Deno.readTextFile(path))) {
          // Tests and packaging are for whoever has the sources; Debian calls the licence copyright.
          if (/(^|\/)(tests|packaging|lint)\/|^LICENSE$/.test(link)) continue;
          await assert.doesNotReject(Deno.stat(join(dirname(path), link)), `${page} links to ${link}`);
        }
      }
    } finally {
      await Deno.remove(tree, { recursive: true });
    }
  },
});
