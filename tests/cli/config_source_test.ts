import assert from "node:assert/strict";
import { fileSource, globFiles, hostFacts, insecurePart } from "../../cli/config_source.ts";
import { loadConfig } from "../../core/config/config.ts";
import { runsWhere } from "../support/skip.ts";

/** A folder that is gone afterwards. */
function folder(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "ha-source-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

Deno.test("globFiles() matches names in order and hides dotted ones", () => {
  using place = folder();
  Deno.mkdirSync(`${place.path}/conf.d`);
  for (const name of ["b.conf", "a.conf", ".x.conf", "c.txt", "[y].conf"]) {
    Deno.writeTextFileSync(`${place.path}/conf.d/${name}`, "");
  }
  const names = (pattern: string) =>
    globFiles(`${place.path}/${pattern}`).map((path) => path.slice(place.path.length + 1));
  assert.deepEqual(names("conf.d/*.conf"), ["conf.d/[y].conf", "conf.d/a.conf", "conf.d/b.conf"]);
  assert.deepEqual(names("*/[ab].conf"), ["conf.d/a.conf", "conf.d/b.conf"]);
  assert.deepEqual(names("conf.d/?.txt"), ["conf.d/c.txt"]);
  assert.deepEqual(names("none/*"), []);
});

Deno.test("includes of directories, devices and missing files are findings, not exceptions", () => {
  using place = folder();
  const main = `${place.path}/ha.conf`;
  Deno.writeTextFileSync(
    main,
    `include ${place.path}\ninclude /dev/zero\ninclude nothing\ninclude ha.conf\nfoo\n`,
  );
  const { diagnostics } = loadConfig(main, fileSource(), hostFacts());
  assert.deepEqual(diagnostics.map(({ line, code }) => [line, code]), [
    [1, "include-unreadable"],
    [2, "include-unreadable"],
    [3, "include-missing"],
    [4, "include-cycle"],
    [5, "unknown-keyword"],
  ]);
});

Deno.test("${_PWD} is an absolute path, also where the file was named by a relative one", () => {
  using place = folder();
  Deno.mkdirSync(`${place.path}/conf.d`);
  Deno.writeTextFileSync(`${place.path}/conf.d/a.conf`, "${_PWD}\n");
  Deno.writeTextFileSync(`${place.path}/ha.conf`, "${_PWD}\ninclude conf.d/*\n");
  const up = Deno.cwd().split("/").slice(1).map(() => "..").join("/");
  const { tree } = loadConfig(`${up}${place.path}/ha.conf`, fileSource(), hostFacts());
  const words = tree.statements.map((statement) => statement.words[0]!.text);
  assert.deepEqual(words, [place.path, `${place.path}/conf.d`]);
});

Deno.test("an include leaves out what is executable, and finds itself however it is written", () => {
  using place = folder();
  const main = `${place.path}/ha.conf`;
  Deno.mkdirSync(`${place.path}/conf.d`);
  Deno.writeTextFileSync(`${place.path}/conf.d/notify.sh`, "#!/bin/sh\necho\n", { mode: 0o755 });
  Deno.writeTextFileSync(`${place.path}/conf.d/a.conf`, "foo\n");
  Deno.writeTextFileSync(main, "include conf.d/*\ninclude conf.d/../ha.conf\n", { mode: 0o755 });
  const { diagnostics } = loadConfig(main, fileSource(), hostFacts());
  assert.deepEqual(diagnostics.map(({ line, code, exit }) => [line, code, exit]), [
    [1, "include-unreadable", 0],
    [1, "unknown-keyword", 5],
    [2, "include-cycle", 5],
  ]);
  assert.match(diagnostics[0]!.message, /notify\.sh": it is executable, so no configuration$/);
  Deno.writeTextFileSync(main, "includer conf.d/*\n");
  assert.deepEqual(loadConfig(main, fileSource(), hostFacts()).exitCode, 6);
});

Deno.test("a main file that is a directory cannot be read", () => {
  const loaded = loadConfig("/", fileSource(), hostFacts());
  assert.match(loaded.diagnostics[0]!.message, /it is a directory/);
  assert.deepEqual([loaded.exitCode, loaded.fatal], [4, true]);
});

Deno.test("a file that is not UTF-8 is read all the same", () => {
  using place = folder();
  Deno.writeFileSync(`${place.path}/a.conf`, new Uint8Array([0x23, 0xff, 0xfe, 0x0a, 0x66, 0x6f, 0x6f]));
  const { diagnostics } = loadConfig(`${place.path}/a.conf`, fileSource(), hostFacts());
  assert.deepEqual(diagnostics.map(({ line, code }) => [line, code]), [[2, "unknown-keyword"]]);
});

Deno.test("an octet that is no UTF-8 is pointed out where it counts, and changes no exit code", () => {
  using place = folder();
  const text = 'global_defs {\n  router_id "caf\xe9"  # \xe9\n  # caf\xe9\n}\n';
  Deno.writeFileSync(`${place.path}/a.conf`, Uint8Array.from(text, (char) => char.charCodeAt(0)));
  const { diagnostics, exitCode } = loadConfig(`${place.path}/a.conf`, fileSource(), hostFacts());
  assert.deepEqual(diagnostics.map(({ line, column, code }) => [line, column, code]), [[2, 17, "not-utf-8"]]);
  assert.equal(exitCode, 0);
});

Deno.test("hostFacts() knows this machine", () => {
  const facts = hostFacts({ configId: "x" });
  assert.equal(facts.configId, "x");
  assert.equal(facts.interfaceExists("lo"), true);
  assert.equal(facts.interfaceExists("ha-no-such-if"), false);
  assert.equal(facts.userExists("root"), true);
  assert.equal(facts.userIsRoot("root"), true);
  assert.ok(facts.localAddresses() !== null);
});

Deno.test("hostFacts() looks at scripts: missing, found in the search path, executable or not", () => {
  using place = folder();
  const path = `${place.path}/x.sh`;
  Deno.writeTextFileSync(path, "#!/bin/sh\n");
  const { script } = hostFacts();
  const ask = (file: string) => script({ file, user: null, group: null, keepLinks: false });
  const executable = () => {
    const found = ask(path);
    return found?.found === true && found.executable;
  };
  Deno.chmodSync(path, 0o644);
  assert.equal(executable(), false);
  Deno.chmodSync(path, 0o755);
  assert.equal(executable(), true);
  assert.equal(ask("/no/such/file")!.found, false);
  assert.equal(ask("ha-no-such-command")!.found, false);
  assert.equal(ask("sh")!.found, true);
});

Deno.test({
  ...runsWhere("hostFacts() trusts a link only where it and what it leads to are safe", { root: true }),
  fn() {
    using place = folder();
    const [open, closed] = ["open", "closed"].map((name) => `${place.path}/${name}`);
    for (const path of [open!, closed!]) {
      Deno.mkdirSync(path);
      Deno.writeTextFileSync(`${path}/x.sh`, "#!/bin/sh\n", { mode: 0o755 });
    }
    Deno.symlinkSync(`${closed}/x.sh`, `${open}/link`);
    Deno.symlinkSync(`${open}/x.sh`, `${closed}/link`);
    const insecure = (file: string, keepLinks: boolean) => {
      const found = hostFacts().script({ file, user: null, group: null, keepLinks });
      return found?.found === true ? found.insecure : "not found";
    };
    assert.equal(insecure(`${open}/link`, false), null);
    Deno.chmodSync(open!, 0o777);
    for (const keepLinks of [false, true]) {
      assert.equal(insecure(`${closed}/x.sh`, keepLinks), null);
      assert.equal(insecure(`${open}/link`, keepLinks), open, "the link can be made to lead elsewhere");
      assert.equal(insecure(`${closed}/link`, keepLinks), open, "its target can be replaced");
    }
  },
});

Deno.test("hostFacts() names a script by its whole path, however it is written", () => {
  using place = folder();
  const path = `${place.path}/x.sh`;
  Deno.writeTextFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
  const up = Deno.cwd().replaceAll(/[^/]+/g, "..").slice(1);
  for (const file of [path, `${place.path}/./y/..//x.sh`, `/../..${path}`, `${up}${path}`]) {
    Deno.mkdirSync(`${place.path}/y`, { recursive: true });
    const found = hostFacts().script({ file, user: null, group: null, keepLinks: true });
    assert.equal(found?.found === true && found.path, path);
  }
});

Deno.test("insecurePart() names what others than root can change", () => {
  using place = folder();
  const path = `${place.path}/x.sh`;
  Deno.writeTextFileSync(path, "");
  Deno.chmodSync(path, 0o777);
  const expected = Deno.uid() === 0 ? path : place.path;
  assert.equal(insecurePart(path), expected);
  assert.equal(insecurePart("/bin/../bin"), null);
});
