/**
 * The play: what is done to the master, what is said about it, and what was measured.
 */
import type { DemoNode } from "./node.ts";
import { type NodeName, PlayError, type Stage } from "./stage.ts";

/** Everything that an act may touch. */
export interface Scene {
  readonly stage: Stage;
  readonly nodes: Readonly<Record<NodeName, DemoNode>>;
  readonly signal: AbortSignal;
  /** ms to look at a result before the play goes on. */
  readonly pause: number;
}

/** One kind of trouble, and its repair. */
export interface Act {
  /** The key that does the trouble by hand. */
  readonly key: string;
  /** For the line of keys. */
  readonly verb: string;
  readonly title: string;
  readonly trouble: string;
  readonly repair: string;
  strike(node: DemoNode): void | Promise<void>;
}

/** What an act came to; all in ms. */
export interface Result {
  readonly title: string;
  /** From the blow to the other node's MASTER. */
  readonly takeover: number;
  /** Longest time that the client got no answer; 0 where it lost no ping. */
  readonly gap: number;
  /** The same while the address went back. */
  readonly gapBack: number;
}

/** Longest wait for anything of the play; version 3 at 40 s would be the slowest. */
const LIMIT = 60_000;

/** The acts in their order. */
export const ACTS: readonly Act[] = [
  {
    key: "s",
    verb: "stop",
    title: "The master is stopped",
    trouble:
      "It says goodbye with an advertisement of priority 0. The other node need not wait for silence: it " +
      "takes over after its skew, a fraction of one interval.",
    repair:
      "The node starts again. Its priority is higher, so it takes the address back, without a loss: both " +
      "answer for the blink of an eye.",
    strike: (node) => node.stop(),
  },
  {
    key: "k",
    verb: "kill -9",
    title: "The master is killed (kill -9)",
    trouble:
      "Nobody says goodbye. The dead daemon's kernel answers on, until the other node has heard nothing for " +
      "three intervals and takes over. What is left over goes when its lease ends: the kernel removes it.",
    repair: "The node starts again and takes the address back.",
    strike: (node) => node.kill(),
  },
  {
    key: "c",
    verb: "cable",
    title: "The master's cable is pulled",
    trouble:
      "It sees the carrier go, enters FAULT and lets go of the address. The other node hears nothing for " +
      "three intervals and a skew, and so long the client gets no answer.",
    repair: "The cable is plugged in again. The node listens for a while, then takes the address back.",
    strike: (node) => node.cable(false),
  },
  {
    key: "d",
    verb: "service dies",
    title: "The service on the master dies",
    trouble:
      "A script looks at the service every second. Its failure costs 70 of priority: the master says so in " +
      "its next advertisement, the other node is better now and takes over.",
    repair: "The service is back, and so is the priority.",
    strike: (node) => node.killService(),
  },
];

/** Brings everything up and waits for a master that the client can reach. */
export async function open(scene: Scene): Promise<void> {
  const { stage, signal } = scene;
  stage.caption = {
    title: "Two nodes start",
    text:
      "Both listen first. Nobody is heard for three intervals, so the one of higher priority, whose skew is " +
      "shorter, takes the shared address and announces it by ARP.",
  };
  await repairAll(scene);
  const replies = stage.replies.length;
  await stage.until("the client's first answer", () => stage.replies.length > replies, LIMIT, signal);
  await look(scene);
}

/** Plays one act: blow, takeover, repair, hand-back. */
export async function play(act: Act, scene: Scene): Promise<Result> {
  const { stage } = scene;
  const { takeover, gap } = await strikeAndWait(act, scene);
  await look(scene);
  await leaseOver(scene);
  stage.beginCount(Date.now());
  stage.caption = { title: act.title, text: `${outcome(takeover, gap)} ${act.repair}` };
  await repairAll(scene);
  await look(scene);
  return { title: act.title, takeover, gap, gapBack: stage.client.longestGap };
}

function outcome(takeover: number, gap: number): string {
  const client = gap === 0 ? "the client lost nothing" : `the client waited ${Math.round(gap)} ms`;
  return `Taken over after ${Math.round(takeover)} ms, ${client}.`;
}

/** Does the trouble of an act to the master. Returns its name, and null where there is none. */
export async function strike(act: Act, { stage, nodes }: Scene): Promise<NodeName | null> {
  const master = stage.master;
  if (master === null) return null;
  const now = Date.now();
  stage.beginCount(now);
  stage.caption = { title: act.title, text: act.trouble };
  stage.tell({ at: now, who: null, text: `${act.title.toLowerCase()} (${master.name})` });
  await act.strike(nodes[master.name]);
  return master.name;
}

async function strikeAndWait(act: Act, scene: Scene): Promise<{ takeover: number; gap: number }> {
  const { stage, signal } = scene;
  const at = Date.now();
  const struck = await strike(act, scene);
  if (struck === null) throw new PlayError("Cannot play: there is no master");
  const other = struck === "a" ? "b" : "a";
  await stage.until(`${other} as master`, () => stage.node(other).state === "master", LIMIT, signal);
  const takeover = stage.node(other).since - at;
  const answers = () => (stage.replies.at(-1)?.at ?? 0) > at + takeover;
  await stage.until("an answer to the client", answers, LIMIT, signal);
  await rest(scene, 5 * stage.pingInterval);
  return { takeover, gap: stage.client.longestGap };
}

/** Repairs whatever is broken and waits until the node of higher priority is the only master. */
export async function repairAll({ stage, nodes, signal }: Scene): Promise<void> {
  for (const node of [nodes.a, nodes.b]) {
    if (!node.plugged) await node.cable(true);
    node.startService();
    await node.start();
  }
  const settled = () => stage.node("a").state === "master" && stage.node("b").state === "backup";
  await stage.until("a as master and b as backup", settled, LIMIT, signal);
}

/** A killed daemon's address goes with its lease; the play waits for that. */
async function leaseOver({ stage, signal }: Scene): Promise<void> {
  const leftOver = () => stage.nodes.some((node) => node.state === "down" && node.holdsAddress);
  await stage.until("the end of the lease", () => !leftOver(), LIMIT, signal);
}

function look(scene: Scene): Promise<void> {
  return rest(scene, scene.pause);
}

/** Lets time pass, for the people who watch. */
async function rest({ signal }: Scene, milliseconds: number): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  await promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  });
}
