/** Input that cannot be run: one clear line, an exit code, and nothing configured. */
import assert from "node:assert/strict";
import { haCommand, prepare } from "../lab/adapter.ts";
import { configuration, instance } from "../lab/config_text.ts";
import type { Lab } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { type Case, pairs, scenarios } from "../lab/scenario.ts";
import { VIP } from "./pair.ts";

const GOOD = configuration([instance({ priority: 255, state: "MASTER", addresses: [`${VIP}/24`] })]);

/** What is run, and what has to come of it. */
interface BadInput {
  readonly what: string;
  /** The text of the file; null for no file at all. */
  readonly text: string | null;
  readonly mode?: number;
  /** Words before `ha`. */
  readonly prefix?: readonly string[];
  /** Words after `ha start`, beside those for the configuration and the run directory. */
  readonly flags?: readonly string[];
  /** What must be said: what, which value, what is allowed, where. */
  readonly says: RegExp;
  readonly exitCode: number;
  /** Exit code of `ha check`, where a look at the file alone tells. */
  readonly checkCode?: number;
}

/** Capabilities of root without those that let it read everything. */
const NO_OVERRIDE = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"];

const INPUTS: readonly BadInput[] = [
  {
    what: "a missing file",
    text: null,
    says: /(Unable to find|Cannot read) configuration file .*keepalived\.conf/,
    exitCode: 6,
    checkCode: 4,
  },
  {
    what: "an unreadable file",
    text: GOOD,
    mode: 0o000,
    prefix: NO_OVERRIDE,
    says: /Cannot read configuration file ".*keepalived\.conf": Permission denied/,
    exitCode: 4,
    checkCode: 4,
  },
  {
    what: "an interface that does not exist",
    text: GOOD.replace("interface eth0", "interface eth7"),
    says: /keepalived\.conf:7:15: Cannot use interface "eth7" for vrrp_instance VI_1: no such interface/,
    exitCode: 2,
    checkCode: 5,
  },
  {
    what: "VRID 0",
    text: GOOD.replace("virtual_router_id 51", "virtual_router_id 0"),
    says: /keepalived\.conf:8:23: Cannot use virtual_router_id 0 as it must be between 1 and 255/,
    exitCode: 2,
    checkCode: 5,
  },
  {
    what: "VRID 256",
    text: GOOD.replace("virtual_router_id 51", "virtual_router_id 256"),
    says: /keepalived\.conf:8:23: Cannot use virtual_router_id 256 as it must be between 1 and 255/,
    exitCode: 2,
    checkCode: 5,
  },
  {
    what: "a VRID used twice on one interface",
    text: GOOD + instance({ name: "VI_2", priority: 100, addresses: ["10.80.0.101"] }),
    says: /keepalived\.conf:\d+:\d+: .*VI_1 and VI_2 both use VRID 51/,
    exitCode: 2,
    checkCode: 5,
  },
  {
    what: "no capabilities",
    text: GOOD,
    prefix: ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"],
    says: /Cannot run without CAP_NET_ADMIN .* and CAP_NET_RAW .*: start it as root/,
    exitCode: 4,
  },
  {
    what: "another user namespace",
    text: GOOD,
    prefix: ["unshare", "--user"],
    says: /Cannot run without CAP_NET_ADMIN/,
    exitCode: 4,
  },
  {
    what: "an address for the status page that is none",
    text: GOOD,
    flags: ["--web", "nonsense"],
    says: /'nonsense' is invalid\. It must be ADDR:PORT/,
    exitCode: 2,
  },
  {
    what: "an option that does not exist",
    text: GOOD,
    flags: ["--frobnicate"],
    says: /unknown option '--frobnicate'/,
    exitCode: 2,
  },
];

async function start(node: Node, bad: BadInput) {
  const config = node.path("keepalived.conf");
  if (bad.text !== null) await node.write("keepalived.conf", bad.text, bad.mode ?? 0o644);
  const flags = ["--config", config, "--run-dir", node.path("run"), ...(bad.flags ?? ["--no-web"])];
  const command = [...(bad.prefix ?? []), ...haCommand()];
  const started = await node.run([...command, "start", ...flags]);
  const checked = bad.checkCode === undefined ? null : await node.run([...command, "check", config]);
  return { started, checked };
}

function refused(bad: BadInput): Case {
  return {
    name: `${bad.what} is refused`,
    lab: { a: ["lan"] },
    async run(lab) {
      await prepare("ha");
      const a = lab.node("a");
      const before = await a.listAddresses();
      const { started, checked } = await start(a, bad);
      const lines = started.stderr.split("\n").filter((line) => bad.says.test(line));
      assert.ok(lines.length > 0, `${bad.says} is not in:\n${started.stderr}`);
      assert.equal(started.code, bad.exitCode, started.stderr);
      assert.doesNotMatch(started.stderr, /^\s+at /m, "no stack trace");
      assert.deepEqual(await a.listAddresses(), before);
      if (checked === null) return;
      assert.equal(checked.code, bad.checkCode, checked.stdout);
      assert.match(checked.stdout + checked.stderr, bad.says);
    },
  };
}

const INVALID_ADDRESS: Case = {
  name: "an invalid address is reported, skipped as keepalived does, and the others work",
  lab: { a: ["lan"] },
  async run(lab) {
    const a = lab.node("a");
    const addresses = ["10.80.0.300", `${VIP}/24`];
    const text = configuration([instance({ priority: 255, state: "MASTER", addresses })]);
    const daemon = await a.start("ha", text);
    await a.addresses.added(VIP, { within: 10_000 });
    await daemon.says(/keepalived\.conf:\d+:\d+: Cannot use address "10\.80\.0\.300"/);
    assert.deepEqual(await a.foreignAddresses(), [`${VIP}/24 dev eth0`]);
  },
};

/** Two daemons of one node. */
async function twoDaemons(lab: Lab, second: { directory: string; web: string }) {
  const a = lab.node("a");
  const first = await a.start("ha", GOOD, { web: "127.0.0.1:9650" });
  await a.addresses.added(VIP, { within: 10_000 });
  await first.says(/Status page on/);
  const config = await a.write("second.conf", configuration([]));
  const flags = ["--config", config, "--run-dir", second.directory, "--web", second.web];
  return { a, first, result: await a.run([...haCommand(), "start", ...flags]) };
}

const PORT_IN_USE: Case = {
  name: "a port in use is refused, and the daemon that has it goes on",
  lab: { a: ["lan"] },
  async run(lab) {
    const directory = lab.node("a").path("run2");
    const { a, first, result } = await twoDaemons(lab, { directory, web: "127.0.0.1:9650" });
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /Cannot serve the status page on 127\.0\.0\.1:9650: Address already in use/);
    assert.ok(a.addresses.has(VIP));
    assert.equal(first.process.status, null);
  },
};

const RUN_DIR_IN_USE: Case = {
  name: "a run directory in use is refused, and the daemon that has it goes on",
  lab: { a: ["lan"] },
  async run(lab) {
    const directory = lab.node("a").path("daemon0/run");
    const { a, first, result } = await twoDaemons(lab, { directory, web: "127.0.0.1:9999" });
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /daemon is already running/);
    assert.ok(a.addresses.has(VIP));
    assert.equal((await first.status()).state, "master");
  },
};

const withHa = pairs().some((pair) => pair.first === "ha" || pair.second === "ha");

scenarios("bad input", [...INPUTS.map(refused), INVALID_ADDRESS, PORT_IN_USE, RUN_DIR_IN_USE], {
  without: withHa ? null : "HA_LAB_PEERS names no ha",
});
