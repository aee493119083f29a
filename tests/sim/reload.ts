/**
 * Random configurations with random edits, and what a host is like after a reload beside one that started afresh.
 *
 * `deno run tests/sim/reload.ts [FIRST [COUNT]]` looks through further seeds.
 */
import assert from "node:assert/strict";
import { parseConfig } from "../../core/config/config.ts";
import type { Model } from "../../core/config/model.ts";
import { SimulatedLan } from "../../core/sim/lan.ts";
import type { SimulatedNode } from "../../core/sim/node.ts";
import { type Random, seededRandom } from "../../core/sim/random.ts";

/** ms after which every router has found its state. */
const SETTLED = 30_000;

const INTERFACES = ["eth0", "eth1", "eth2"];

/** A configuration and what it becomes: some blocks are made anew, some go, some come. */
export function randomEdit(seed: number): readonly [before: string, after: string] {
  const random = seededRandom(seed);
  const vrids = [51, 52, 53].filter(() => random.chance(0.75));
  const before = new Map(vrids.map((vrid) => [vrid, instance(random, vrid)]));
  const after = new Map(before);
  for (const vrid of [51, 52, 53]) {
    if (random.chance(0.25)) after.delete(vrid);
    else if (random.chance(0.6)) after.set(vrid, instance(random, vrid));
  }
  const statics = random.chance(0.3) ? staticEntries(random) : "";
  const afterStatics = random.chance(0.5) ? statics : random.chance(0.5) ? staticEntries(random) : "";
  return [configuration(random, before, statics), configuration(random, after, afterStatics)];
}

function configuration(random: Random, instances: ReadonlyMap<number, string>, statics: string): string {
  const members = [...instances.keys()].map((vrid) => `VI_${vrid}`);
  const group = members.length > 1 && random.chance(0.4)
    ? `vrrp_sync_group G { group { ${members.slice(0, 2).join("\n")} } }\n`
    : "";
  return `${statics}${group}${[...instances.values()].join("\n")}\n`;
}

function staticEntries(random: Random): string {
  const route = `static_routes { 10.20.${random.between(0, 3)}.0/24 via 10.0.0.254 dev eth0 }\n`;
  return `static_ipaddress { 10.0.0.${random.between(20, 23)}/24 dev eth0 }\n${
    random.chance(0.5) ? route : ""
  }`;
}

function instance(random: Random, vrid: number): string {
  const base = random.pick(INTERFACES);
  const net = INTERFACES.indexOf(base);
  const maybe = (line: string, chance = 0.3) => random.chance(chance) ? [line] : [];
  const vip = () => {
    const dev = random.chance(0.2) ? ` dev ${random.pick(INTERFACES)}` : "";
    return `10.0.${net}.${vrid * 4 % 256 + random.between(0, 3)}/${random.pick([24, 32])}${dev}`;
  };
  const vips = [...new Set(Array.from({ length: random.between(1, 3) }, vip))];
  const lines = [
    `interface ${base}`,
    `virtual_router_id ${vrid}`,
    `priority ${random.pick([100, 150, 255])}`,
    ...maybe("state MASTER"),
    ...maybe("version 3", 0.5),
    ...maybe(`advert_int ${random.pick([1, 2, 3])}`, 0.5),
    ...maybe("nopreempt"),
    ...maybe("use_vmac", 0.2),
    ...maybe("no_accept", 0.2),
    ...maybe("promote_secondaries", 0.2),
    ...maybe("authentication {\n auth_type PASS\n auth_pass a\n}", 0.2),
    `virtual_ipaddress {\n ${vips.join("\n ")}\n}`,
    ...maybe(`virtual_ipaddress_excluded {\n 10.9.${vrid}.${random.between(1, 3)}/24\n}`),
    ...maybe(`virtual_routes {\n 10.${vrid}.${random.between(0, 2)}.0/24 via 10.0.${net}.254 dev ${base}\n}`),
    ...maybe(`virtual_rules {\n from 10.${vrid}.0.0/16 table 100 preference ${vrid * 10}\n}`),
    ...maybe(`track_interface {\n ${random.pick(INTERFACES)} weight ${random.pick([-10, 10])}\n}`),
  ];
  return `vrrp_instance VI_${vrid} {\n${lines.join("\n")}\n}`;
}

function modelOf(text: string): Model {
  const { model, fatal, diagnostics } = parseConfig(text);
  assert.ok(!fatal, `${text}\n${JSON.stringify(diagnostics.filter((one) => one.fatal))}`);
  return model;
}

/** A run with a reload in its middle. */
export interface Reloaded {
  readonly lan: SimulatedLan;
  readonly node: SimulatedNode;
  readonly after: string;
  /** Simulated ms of the reload. */
  readonly at: number;
  /** Masters just before it. */
  readonly masters: ReadonlySet<string>;
}

function begin(text: string): { readonly lan: SimulatedLan; readonly node: SimulatedNode } {
  const lan = new SimulatedLan();
  const node = lan.add({
    name: "a",
    model: modelOf(text),
    interfaces: INTERFACES.map((name, i) => ({
      name,
      segment: `lan${i}`,
      address: `10.0.${i}.1`,
      prefixLength: 24,
    })),
  });
  node.start(lan.now);
  lan.run(SETTLED);
  return { lan, node };
}

/** A host with the first configuration that takes the second one. */
export function reloaded(before: string, after: string): Reloaded {
  const { lan, node } = begin(before);
  const masters = new Set(
    statesOf(lan, node).filter(([, state]) => state === "master").map(([name]) => name),
  );
  const at = lan.now;
  node.reload(modelOf(after), at);
  lan.run(SETTLED);
  return { lan, node, after, at, masters };
}

function statesOf(lan: SimulatedLan, node: SimulatedNode): (readonly [string, string])[] {
  return node.engine.snapshot(lan.now, 0).instances.map(({ name, state }) => [name, state] as const);
}

/** What a host is like, seen from outside of the daemon. */
export interface HostState {
  readonly states: readonly (readonly [string, string])[];
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly links: readonly string[];
  readonly blocked: readonly string[];
  readonly settings: readonly (readonly [string, string])[];
}

function stateOf(lan: SimulatedLan, node: SimulatedNode): HostState {
  return {
    states: statesOf(lan, node),
    addresses: node.addresses,
    routes: [...node.routes].sort(),
    links: node.links,
    blocked: [...node.blocked].sort(),
    settings: [...node.settings].sort(),
  };
}

/** The host after a reload. */
export function afterReload(before: string, after: string): HostState {
  const { lan, node } = reloaded(before, after);
  return stateOf(lan, node);
}

/** The host after a start with that configuration. */
export function afterStart(text: string): HostState {
  const { lan, node } = begin(text);
  return stateOf(lan, node);
}

/** The longest time, ms, for which each master that was one before and stayed one was not heard, from the reload on. */
export function longestSilence(
  { lan, node, at, masters, after }: Reloaded,
): { readonly name: string; readonly silence: number; readonly interval: number }[] {
  const now = new Map(statesOf(lan, node));
  return modelOf(after).instances.filter(({ name }) => masters.has(name) && now.get(name) === "master")
    .filter(({ name }) =>
      !node.log.some((line) => line.at >= at && line.text.startsWith(`(${name}) Entering`))
    )
    .map(({ name, vrid, advertInterval }) => {
      const heard = lan.wire.filter((packet) => packet.vrid === vrid && packet.at >= at - advertInterval).map(
        (one) => one.at,
      );
      const gaps = heard.slice(1).map((moment, i) => moment - heard[i]!);
      return { name, silence: Math.max(0, ...gaps), interval: advertInterval };
    });
}

if (import.meta.main) {
  const [first = 1, count = 1000] = Deno.args.map(Number);
  let wrong = 0;
  for (let seed = first; seed < first + count; seed++) {
    const [before, after] = randomEdit(seed);
    try {
      assert.deepEqual(afterReload(before, after), afterStart(after));
    } catch (error) {
      wrong++;
      console.log(`seed ${seed}: ${error instanceof Error ? error.message : error}\n${before}\n=>\n${after}`);
    }
  }
  console.log(`${count} edits, ${wrong} of them wrong`);
}
