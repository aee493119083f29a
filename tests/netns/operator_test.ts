/** What an operator asks of a running pair: `ha failover`, `ha maintenance`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { haCommand } from "../lab/adapter.ts";
import { now } from "../lab/clock.ts";
import type { Daemon } from "../lab/daemon.ts";
import type { Lab } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { measured } from "../lab/report.ts";
import { type Case, type Pair, pairs, scenarios, show } from "../lab/scenario.ts";
import { BRISK, configOf, handedOver, LAN, skew, VIP } from "./pair.ts";

/** What a loaded machine may add to the protocol's own times, ms. */
const SLACK = 1_500;

/** Runs `ha` with these words for a daemon of the lab. */
async function ha(node: Node, daemon: Daemon, ...words: readonly string[]) {
  const { code, stdout, stderr } = await node.run([
    ...haCommand(),
    ...words,
    "--run-dir",
    join(daemon.directory, "run"),
  ]);
  return { code, stdout: stdout.trim(), stderr: stderr.trim() };
}

/** The second node speaks first, so that the first one knows that it is there. */
async function acquainted(lab: Lab, pair: Pair, more: readonly string[] = []) {
  const [a, b] = [lab.node("a"), lab.node("b")];
  const second = await b.start(pair.second, configOf("b", { speed: BRISK }));
  await second.enters("VI_1", "MASTER");
  const started = now();
  const first = await a.start(pair.first, configOf("a", { speed: BRISK, a: { more } }));
  await first.enters("VI_1", "MASTER");
  await second.enters("VI_1", "BACKUP", { since: started });
  const client = await lab.ping("client", VIP);
  const wire = await lab.sniff("lan");
  return { a, b, first, second, client, wire };
}

function handsOver(pair: Pair): Case {
  return {
    name: `failover: the other node has the address after its skew time, and keeps it ${show(pair)}`,
    lab: LAN,
    async run(lab) {
      const { a, b, first, client, wire } = await acquainted(lab, pair);
      const at = now();
      const answer = await ha(a, first, "failover", "VI_1");
      assert.equal(answer.code, 0, answer.stderr);
      assert.equal(
        answer.stdout,
        `VI_1: ${b.address} is MASTER now (priority 100); this node has the higher priority and comes back after 60 s`,
      );
      await handedOver(a, b, at);
      const goodbye = await wire.advert(({ priority }) => priority === 0, {
        since: at,
        within: 15_000,
        what: "priority 0",
      });
      assert.equal(goodbye.source, a.address);
      const gap = await client.gap(at);
      measured(`client gap, failover ${show(pair)}`, gap.length);
      assert.ok(gap.length < skew(BRISK) + SLACK, `the client got no answer for ${gap.length} ms`);
      // Ten of its intervals: without the hold it would have come back after three.
      await wire.advert(({ source }) => source === b.address, {
        since: now() + 1000,
        within: 15_000,
        what: "a later word of b",
      });
      assert.deepEqual(
        wire.adverts(({ source, priority }) => source === a.address && priority > 0, goodbye.at),
        [],
      );
      const status = await ha(a, first, "status");
      assert.match(status.stdout, /handed over: leaves a living master alone for \d+ s more/);
      const twice = await ha(a, first, "failover", "VI_1");
      assert.deepEqual([twice.code, twice.stderr], [
        1,
        `ha: Cannot hand over VI_1: it is BACKUP here; the master is ${b.address}`,
      ]);
    },
  };
}

function comesBack(pair: Pair): Case {
  return {
    name: `failover --hold 0: the usual rules at once, so that the higher priority comes back ${show(pair)}`,
    lab: LAN,
    async run(lab) {
      const { a, b, first } = await acquainted(lab, pair);
      const at = now();
      assert.equal((await ha(a, first, "failover", "--all", "--hold", "0")).code, 0);
      await b.addresses.added(VIP, { since: at, within: 10_000 });
      await first.enters("VI_1", "MASTER", { since: at });
    },
  };
}

const alone: Case = {
  name: "failover with nobody to take over: refused; with --force it comes back and says so",
  lab: LAN,
  async run(lab) {
    const a = lab.node("a");
    const daemon = await a.start("ha", configOf("a", { speed: BRISK }));
    await daemon.enters("VI_1", "MASTER");
    const refused = await ha(a, daemon, "failover", "--all");
    assert.equal(refused.code, 1);
    assert.equal(
      refused.stderr,
      "ha: Cannot hand over anything: no other router of VRID 51 (VI_1) was heard since the start; " +
        "--force hands over all the same",
    );
    assert.ok(a.addresses.has(VIP));
    const forced = await ha(a, daemon, "failover", "--all", "--force");
    assert.deepEqual([forced.code, forced.stdout], [1, "VI_1: nobody took over, this node is MASTER again"]);
    const nobody = await ha(a, daemon, "failover", "VI_9");
    assert.match(nobody.stderr, /no instance or sync group of that name; instances are VI_1/);
    assert.equal((await ha(a, daemon, "failover")).code, 2);
    assert.equal((await ha(a, daemon, "failover", "VI_1", "--hold", "soon")).code, 2);
  },
};

function outOfService(pair: Pair): Case {
  return {
    name: `maintenance: out of service through a reload and a restart, until it is over ${show(pair)}`,
    lab: LAN,
    async run(lab) {
      const { a, b, first, second, client } = await acquainted(lab, pair);
      const at = now();
      const on = await ha(a, first, "maintenance", "on", "--persist");
      assert.deepEqual([on.code, on.stdout], [0, "VI_1: in maintenance, also after a restart, FAULT"]);
      await handedOver(a, b, at);
      await first.says(/\(VI_1\): entering FAULT state \(in maintenance\)/, { since: at });
      const gap = await client.gap(at);
      measured(`client gap, maintenance ${show(pair)}`, gap.length);
      assert.ok(gap.length < skew(BRISK) + SLACK, `the client got no answer for ${gap.length} ms`);
      const reloaded = first.reload();
      await first.says(/Reload complete/, { since: reloaded });
      assert.equal((await first.status()).state, "fault");
      assert.match((await ha(a, first, "status")).stdout, /in maintenance/);
      // The same run directory, hence the same daemon to an operator.
      await first.stop();
      const again = await a.start("ha", configOf("a", { speed: BRISK }), {
        arguments: ["--run-dir", join(first.directory, "run")],
      });
      await again.says(/\(VI_1\): entering FAULT state \(in maintenance\)/);
      const off = now();
      assert.deepEqual((await ha(a, first, "maintenance", "off")).code, 0);
      await again.enters("VI_1", "MASTER", { since: off });
      await second.enters("VI_1", "BACKUP", { since: off });
      assert.equal((await ha(a, first, "maintenance", "status")).stdout, "VI_1: in service, MASTER");
    },
  };
}

/** As many adverts of one node, and of no other in between, as a decided election has. */
const DECIDED = 15;

function twoOwners(pair: Pair): Case {
  return {
    name: `two owners: one of them has the address in the end, and the mistake is named ${show(pair)}`,
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const wire = await lab.sniff("lan");
      const owner = { priority: 255, state: "MASTER" } as const;
      const first = await a.start(pair.first, configOf("a", { speed: BRISK, a: owner }));
      const second = await b.start(pair.second, configOf("b", { speed: BRISK, b: owner }));
      await Promise.any([first, second].map((each) => each.says(/both configured as address owner/)));
      const sources: string[] = [];
      for (let at = now(); new Set(sources.slice(-DECIDED)).size !== 1 || sources.length < DECIDED;) {
        const next = await wire.advert(({ priority }) => priority > 0, {
          since: at,
          within: 10_000,
          what: "an advert",
        });
        sources.push(next.source);
        at = next.at + 0.001;
        assert.ok(sources.length < 1000, `they never agree: ${sources.slice(-20)}`);
      }
      const winner = [a, b].find(({ address }) => address === sources.at(-1))!;
      assert.deepEqual([a, b].filter(({ addresses }) => addresses.has(VIP)), [winner]);
    },
  };
}

const withHa = pairs().filter(({ first }) => first === "ha");

scenarios("operator", [
  ...withHa.map(handsOver),
  ...withHa.map(comesBack),
  alone,
  ...withHa.map(outOfService),
  ...pairs().map(twoOwners),
]);
