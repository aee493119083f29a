/**
 * What the program says and how it ends where it is used wrongly or cannot run: one line each, never a stack.
 */
import assert from "node:assert/strict";
import { RunDir } from "../../cli/daemon/run_dir.ts";
import manifest from "../../deno.json" with { type: "json" };
import { runsWhere } from "../support/skip.ts";
import { type Ended, ha } from "./ha.ts";

/** On an interface that no machine has: should a refusal fail to come, nothing on this one is touched. */
const CONFIG = `
global_defs { dynamic_interfaces }
vrrp_instance VI_1 {
  interface ha-none0
  virtual_router_id 51
  virtual_ipaddress { 192.0.2.100/24 }
}
`;

/** A folder with a good configuration, `ha.conf`. */
async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "ha-exit-" });
  try {
    Deno.writeTextFileSync(`${folder}/ha.conf`, CONFIG);
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The last line on stderr, after checking that there is no stack trace and no second complaint. */
function complaint({ stderr }: Ended): string {
  assert.doesNotMatch(stderr, /^\s+at /m);
  const lines = stderr.trim().split("\n");
  assert.equal(lines.filter((line) => line.startsWith("ha: ")).length, 1, stderr);
  assert.ok(lines.at(-1)!.startsWith("ha: "), stderr);
  return lines.at(-1)!.slice(4);
}

const USAGE: readonly (readonly [string[], RegExp])[] = [
  [["start", "--no-such-option"], /^unknown option '--no-such-option'/],
  [["start", "--conf", "/x"], /^unknown option '--conf' \(Did you mean --config\?\)$/],
  [["start", "--config"], /^option '-c, --config <file>' argument missing$/],
  [["start", "--web", "9650"], /'9650' is invalid\. It must be ADDR:PORT/],
  [["start", "--web", "127.0.0.1:99999"], /'127\.0\.0\.1:99999' is invalid/],
  [
    ["start", "--log-level", "loud"],
    /'loud' is invalid\. Allowed choices are error, warning, info, detail, debug/,
  ],
  [["start", "--log-format", "xml"], /'xml' is invalid/],
  [
    ["start", "ha.conf"],
    /^Cannot start with the argument ha\.conf: name a configuration with --config ha\.conf$/,
  ],
  [["genhash", "-s", "::1", "-p", "70000", "-u", "/"], /'70000' is invalid\. It must be a port, 1 to 65535/],
  [["stop", "surplus"], /^too many arguments/],
  [["strat"], /^unknown command 'strat' \(Did you mean start\?\)$/],
  [["strat", "--help"], /^unknown command 'strat' \(Did you mean start\?\)$/],
  [["help", "strat"], /^unknown command 'strat' \(Did you mean start\?\)$/],
  [["status", "--format", "yaml"], /'yaml' is invalid/],
  [
    ["status", "--run-dir", ""],
    /^option '--run-dir <dir>' argument '' is invalid\. It must name a directory\.$/,
  ],
  [
    ["start", "--config", ""],
    /^option '-c, --config <file>' argument '' is invalid\. It must name a file\.$/,
  ],
  [["check", ""], /^command-argument value '' is invalid for argument 'file'\. It must name a file\.$/],
  [["config", ""], /^command-argument value '' is invalid for argument 'file'\. It must name a file\.$/],
  [["doctor", ""], /^command-argument value '' is invalid for argument 'file'\. It must name a file\.$/],
  [
    ["genhash", "-s", "127.0.0.1", "-p", "65537", "-u", "/"],
    /'65537' is invalid\. It must be a port, 1 to 65535\.$/,
  ],
  [["genhash", "-s", "127.0.0.1", "-p", "80", "-u", ""], /It must be a path, such as \/index\.html\.$/],
  [["failover", "--all", "VI_1"], /^Cannot take both names and --all$/],
];

for (const [args, expected] of USAGE) {
  Deno.test(`ha ${args.join(" ")}: one line, exit code 2`, async () => {
    const ended = await ha(args);
    assert.match(complaint(ended), expected);
    assert.equal(ended.code, 2);
    assert.equal(ended.stdout, "");
  });
}

for (const args of [[], ["realserver"]]) {
  Deno.test(`${["ha", ...args].join(" ")} without a command: the help on stderr, exit code 2`, async () => {
    const { code, stdout, stderr } = await ha(args);
    assert.match(stderr, new RegExp(`^Usage: ${["ha", ...args].join(" ")} .*command`));
    assert.doesNotMatch(stderr, /outputHelp|^ha: /m);
    assert.deepEqual([code, stdout], [2, ""]);
  });
}

Deno.test("the help fits a terminal of 80 columns", async () => {
  const { code, stdout } = await ha(["--help"]);
  assert.equal(code, 0);
  for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
  assert.match(stdout, /^ {2}doctor {2,}\S/m);
});

Deno.test("ha version and ha --version print the version of the manifest", async () => {
  const [command, option] = await Promise.all([ha(["version"]), ha(["--version"])]);
  assert.ok(command.stdout.startsWith(`ha ${manifest.version} (Deno `), command.stdout);
  assert.equal(option.stdout, `ha ${manifest.version}\n`);
  assert.deepEqual([command.code, option.code], [0, 0]);
});

Deno.test("ha help is ha --help, on stdout with exit code 0", async () => {
  const [command, option, both] = await Promise.all([ha(["help"]), ha(["--help"]), ha(["help", "--help"])]);
  assert.deepEqual(command, option);
  assert.deepEqual(both, option);
  assert.deepEqual([command.code, command.stderr], [0, ""]);
});

Deno.test("ha --help names every command and exits with 0", async () => {
  const { stdout, code } = await ha(["--help"]);
  const names = ["start", "status", "reload", "stop", "check", "config", "demo", "version", "failover"];
  for (const name of [...names, "maintenance"]) {
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  }
  assert.equal(code, 0);
});

Deno.test("ha status, reload and stop without a daemon: one line, exit code 1", async () => {
  for (const command of ["status", "reload", "stop"]) {
    const ended = await ha([command, "--run-dir", "/nowhere/ha"]);
    assert.equal(complaint(ended), 'Cannot reach a daemon in "/nowhere/ha": none is running there');
    assert.equal(ended.code, 1);
  }
});

Deno.test("ha failover and maintenance: without a daemon 1, with words that make no sense 2", async () => {
  const nowhere = ["--run-dir", "/nowhere/ha"];
  const cases: readonly (readonly [number, readonly string[]])[] = [
    [1, ["failover", "--all", ...nowhere]],
    [1, ["maintenance", "status", ...nowhere]],
    [2, ["failover", ...nowhere]],
    [2, ["failover", "VI_1", "--all", ...nowhere]],
    [2, ["failover", "VI_1", "--hold", "-1", ...nowhere]],
    [2, ["maintenance", ...nowhere]],
    [2, ["maintenance", "off", "--persist", ...nowhere]],
    [2, ["maintenance", "on", "VI_1", "--all", ...nowhere]],
  ];
  for (const [code, words] of cases) {
    const ended = await ha([...words]);
    assert.equal(ended.code, code, words.join(" "));
    assert.notEqual(complaint(ended), "");
  }
});

const ROOT_ONLY = { root: true } as const;

Deno.test({
  ...runsWhere("ha start without a configuration file: exit code 6", ROOT_ONLY),
  async fn() {
    const ended = await ha(["start", "--config", "/nowhere/ha.conf"]);
    assert.equal(complaint(ended), "Unable to find configuration file /nowhere/ha.conf");
    assert.equal(ended.code, 6);
  },
});

const FAULTY: readonly (readonly [what: string, text: string, expected: RegExp])[] = [
  [
    "a missing interface",
    CONFIG.replace("dynamic_interfaces", ""),
    /ha\.conf:4:13: Cannot use interface "ha-none0"/,
  ],
  ["no VRID", CONFIG.replace(/virtual_router_id.*/, ""), /ha\.conf:3:15: .*it has no virtual_router_id/],
  ["a VRID of 256", CONFIG.replace("51", "256"), /ha\.conf:5:21: .*256.*between 1 and 255/],
  [
    "a VRID used twice",
    CONFIG + CONFIG.replace("VI_1", "VI_2"),
    /ha\.conf:\d+:\d+: VI_1 and VI_2 both use VRID 51 with IPv4 on interface ha-none0/,
  ],
];

for (const [what, text, expected] of FAULTY) {
  Deno.test({
    ...runsWhere(`ha start with ${what}: the place, exit code 2, nothing begun`, ROOT_ONLY),
    async fn() {
      await withFolder(async (folder) => {
        Deno.writeTextFileSync(`${folder}/ha.conf`, text);
        const ended = await ha(["start", "--config", `${folder}/ha.conf`, "--run-dir", `${folder}/run`]);
        assert.match(ended.stderr, expected);
        assert.match(complaint(ended), /^Cannot run configuration ".*\/ha\.conf": .*\/ha\.conf:\d+:\d+: /);
        assert.equal(ended.code, 2);
        assert.throws(() => Deno.statSync(`${folder}/run`), Deno.errors.NotFound);
      });
    },
  });
}

Deno.test({
  ...runsWhere("ha start with an invalid address: refused under --strict, exit code 2", ROOT_ONLY),
  async fn() {
    await withFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/ha.conf`, CONFIG.replace("192.0.2.100", "192.0.2.300"));
      const ended = await ha([
        "start",
        "--strict",
        "--config",
        `${folder}/ha.conf`,
        "--run-dir",
        `${folder}/run`,
      ]);
      assert.match(ended.stderr, /ha\.conf:6:23: .*192\.0\.2\.300/);
      assert.equal(ended.code, 2);
    });
  },
});

Deno.test({
  ...runsWhere("ha start where a daemon runs already: its pid, exit code 1", ROOT_ONLY),
  async fn() {
    await withFolder(async (folder) => {
      using _runDir = new RunDir(`${folder}/run`);
      const ended = await ha([
        "start",
        "--config",
        `${folder}/ha.conf`,
        "--run-dir",
        `${folder}/run`,
        "--no-web",
      ]);
      assert.equal(
        complaint(ended),
        `daemon is already running with pid ${Deno.pid} in run directory "${folder}/run"`,
      );
      assert.equal(ended.code, 1);
    });
  },
});

Deno.test({
  ...runsWhere("ha start with a web port in use: one line, exit code 1, nothing left behind", ROOT_ONLY),
  async fn() {
    await withFolder(async (folder) => {
      using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const web = `127.0.0.1:${taken.addr.port}`;
      const args = ["start", "--config", `${folder}/ha.conf`, "--run-dir", `${folder}/run`, "--web", web];
      const ended = await ha(args);
      assert.match(
        complaint(ended),
        new RegExp(`^Cannot serve the status page on ${web}: Address already in use`),
      );
      assert.equal(ended.code, 1);
      assert.deepEqual([...Deno.readDirSync(`${folder}/run`)], []);
    });
  },
});

Deno.test({
  ...runsWhere("ha start with a recording that cannot be opened: one line, exit code 1", ROOT_ONLY),
  async fn() {
    await withFolder(async (folder) => {
      const args = ["--config", `${folder}/ha.conf`, "--run-dir", `${folder}/run`, "--no-web"];
      const ended = await ha(["start", ...args, "--record", "/nowhere/x.jsonl"]);
      assert.match(complaint(ended), /^Cannot record to "\/nowhere\/x\.jsonl": No such file or directory/);
      assert.equal(ended.code, 1);
    });
  },
});

Deno.test({
  ...runsWhere("ha start without capabilities: they are named, exit code 4", {
    root: true,
    commands: ["setpriv"],
  }),
  async fn() {
    await withFolder(async (folder) => {
      const prefix = [
        "setpriv",
        "--bounding-set",
        "-net_admin,-net_raw",
        "--inh-caps",
        "-net_admin,-net_raw",
      ];
      const ended = await ha(
        ["start", "--config", `${folder}/ha.conf`, "--run-dir", `${folder}/run`],
        prefix,
      );
      assert.match(
        complaint(ended),
        /^Cannot run without CAP_NET_ADMIN \(.*\) and CAP_NET_RAW \(.*\): start it as root$/,
      );
      assert.equal(ended.code, 4);
    });
  },
});

Deno.test({
  ...runsWhere("a full disk below stdout: one line, exit code 1", { commands: ["sh"] }),
  async fn() {
    for (const words of [["--help"], ["version"], ["help", "start"], ["keepalived", "--signum=STOP"]]) {
      const ended = await ha(words, ["sh", "-c", 'exec "$@" >/dev/full', "sh"]);
      assert.match(complaint(ended), /^Cannot write the output: No space left on device/, words.join(" "));
      assert.equal(ended.code, 1);
    }
  },
});

Deno.test("ha config prints nothing of a file that cannot be read", async () => {
  const ended = await ha(["config", "/nowhere/ha.conf"]);
  assert.deepEqual([ended.code, ended.stdout], [4, ""]);
  assert.match(ended.stderr, /^\/nowhere\/ha\.conf: Cannot read configuration file/);
});

Deno.test({
  ...runsWhere("a reader that has seen enough ends the command without a word", { commands: ["sh"] }),
  async fn() {
    await withFolder(async (folder) => {
      const lines = Array.from({ length: 5000 }, (_, i) => `nonsense${i} with a text that fills the pipe`);
      Deno.writeTextFileSync(`${folder}/long.conf`, lines.join("\n"));
      const main = new URL("../../mod.ts", import.meta.url).pathname;
      const words = `"${Deno.execPath()}" run --allow-all "${main}" check --offline "${folder}/long.conf"`;
      const shell = `{ ${words}; echo "code $?" >&2; } | head -n 1`;
      const { stdout, stderr } = await new Deno.Command("sh", { args: ["-c", shell], stdin: "null" })
        .output();
      assert.match(new TextDecoder().decode(stdout), /long\.conf:1:1: Cannot use "nonsense0"/);
      assert.equal(new TextDecoder().decode(stderr), "code 141\n");
    });
  },
});
