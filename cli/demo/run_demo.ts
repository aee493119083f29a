/**
 * `ha demo` from its options to its exit code.
 */
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { ACTS, open, play, repairAll, type Result, type Scene, strike } from "./acts.ts";
import { type Child, startChild } from "./child.ts";
import { CommandError } from "./command.ts";
import { PRIORITY } from "./configuration.ts";
import { ADDRESS, DemoLan } from "./lan.ts";
import { DemoNode, WEB_PORT } from "./node.ts";
import { parseReply } from "./ping.ts";
import { NamespaceDoor, Relay } from "./relay.ts";
import { eventLine, PLAIN } from "./screen.ts";
import { Stage } from "./stage.ts";
import { isInteractive, readKeys, say, Terminal } from "./terminal.ts";

/** The options of `ha demo`. */
export interface DemoOptions {
  /** `advert_int`, s: 0.01..40. */
  readonly interval: number;
  /** ms to look at each result. */
  readonly pause: number;
  /** End after one round, also with a person in front of it. */
  readonly once: boolean;
}

/** ms between two pings; below 10 ms ping keeps a whole processor busy. */
const PING_INTERVAL = 20;

/** Everything that has to be taken down again, in reverse. */
interface Theatre {
  readonly stage: Stage;
  readonly nodes: Scene["nodes"];
}

/**
 * Runs the demonstration; returns the exit code.
 *
 * @throws {Refusal} without root or without `ip` and `ping`
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  requireMeans();
  const stop = new AbortController();
  using _signals = onSignals((code) => stop.abort(new Curtain(code)));
  await using resources = new AsyncDisposableStack();
  try {
    const theatre = await build(resources, options.interval * 1000);
    return await perform(theatre, options, stop);
  } catch (error) {
    if (error instanceof Curtain) return error.exitCode;
    throw error;
  }
}

/** The reason for the end of a play before its time. */
class Curtain extends Error {
  override readonly name = "Curtain";
  constructor(readonly exitCode: number) {
    super("The demonstration was ended");
  }
}

function requireMeans(): void {
  if (Deno.uid() !== 0) {
    throw new Refusal("Cannot run the demo: it makes network namespaces, which needs root", EXIT.permission);
  }
  for (const command of ["ip", "ping"]) {
    const found = (Deno.env.get("PATH") ?? "").split(":").some((directory) =>
      isFile(`${directory}/${command}`)
    );
    const hint = command === "ip" ? "iproute2" : "iputils-ping";
    if (!found) {
      throw new Refusal(
        `Cannot run the demo: it needs the command "${command}" (package ${hint})`,
        EXIT.permission,
      );
    }
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** 130 and 143: what a shell expects of a program that Ctrl-C or SIGTERM ended. */
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

function onSignals(end: (exitCode: number) => void): Disposable {
  const listeners = Object.entries(SIGNAL_CODES).map(([signal, code]) =>
    [signal as keyof typeof SIGNAL_CODES, () => end(code)] as const
  );
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

async function build(resources: AsyncDisposableStack, advertInterval: number): Promise<Theatre> {
  const lan = resources.use(await buildLan());
  const door = new NamespaceDoor();
  const relays = {
    a: resources.use(new Relay(door, lan.namespace("a"), WEB_PORT)),
    b: resources.use(new Relay(door, lan.namespace("b"), WEB_PORT)),
  };
  const view = (name: "a" | "b") => ({
    address: ADDRESS[name],
    url: relays[name].url,
    priority: PRIORITY[name],
  });
  const stage = new Stage({
    sharedAddress: ADDRESS.shared,
    advertInterval,
    pingInterval: PING_INTERVAL,
    now: Date.now(),
    nodes: { a: view("a"), b: view("b") },
  });
  const nodes = { a: new DemoNode("a", lan, stage), b: new DemoNode("b", lan, stage) };
  resources.defer(async () => {
    await Promise.all([nodes.a.end(), nodes.b.end()]);
  });
  nodes.a.prepare();
  nodes.b.prepare();
  const ping = startPing(lan, stage);
  resources.defer(async () => {
    ping.signal("SIGTERM");
    await ping.ended;
  });
  return { stage, nodes };
}

/** Root in a container may still not be allowed to make namespaces. */
async function buildLan(): Promise<DemoLan> {
  try {
    return await DemoLan.build();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new Refusal(`Cannot run the demo: ${reasonOf(error)}`, EXIT.permission);
  }
}

function startPing(lan: DemoLan, stage: Stage): Child {
  const interval = (PING_INTERVAL / 1000).toFixed(3);
  return startChild(lan.within("client", ["ping", "-n", "-D", "-i", interval, ADDRESS.shared]), (line) => {
    const reply = parseReply(line);
    if (reply !== null) stage.answered(reply);
  });
}

async function perform(theatre: Theatre, options: DemoOptions, stop: AbortController): Promise<number> {
  const interactive = isInteractive();
  const byHand = new AbortController();
  const scene: Scene = { ...theatre, signal: stop.signal, pause: options.pause };
  const results: Result[] = [];
  try {
    using _view = interactive ? watchOnScreen(scene, stop, byHand) : watchAsLines(theatre.stage);
    const finished = await playAll(
      { ...scene, signal: AbortSignal.any([stop.signal, byHand.signal]) },
      results,
    );
    if (finished && (options.once || !interactive)) return EXIT.ok;
    if (finished) scene.stage.caption = INVITATION;
    return await untilAborted(stop.signal);
  } finally {
    if (results.length > 0) say(summary(results, theatre.stage));
  }
}

/** The scripted round; false where somebody pressed a key before its end. */
async function playAll(scene: Scene, results: Result[]): Promise<boolean> {
  try {
    await open(scene);
    for (const act of ACTS) results.push(await play(act, scene));
    return true;
  } catch (error) {
    if (error instanceof TakenOver) return false;
    throw error;
  }
}

const INVITATION = {
  title: "The play is over",
  text: "Now it is your turn: a key does its trouble to whoever is the master. r repairs all that is broken.",
};

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** Somebody pressed a key: the script ends, the LAN stays. */
class TakenOver extends Error {
  override readonly name = "TakenOver";
}

function watchAsLines(stage: Stage): Disposable {
  const line = { width: 100, height: 0, paint: PLAIN, keys: "" };
  say(`Status pages: a ${stage.node("a").url}  b ${stage.node("b").url}`);
  let title = "";
  return stage.onEvent((event) => {
    if (stage.caption.title !== title) {
      say(`\n${title = stage.caption.title}\n${stage.caption.text}\n`);
    }
    say(eventLine(event, stage.startedAt, line));
  });
}

function watchOnScreen(scene: Scene, stop: AbortController, byHand: AbortController): Disposable {
  const keys = [...ACTS.map((act) => `${act.key} ${act.verb}`), "r repair", "q quit"].join("   ");
  const terminal = new Terminal(scene.stage, () => keys);
  void readKeys((key) => {
    if (key === "q" || key === "\x03") stop.abort(new Curtain(key === "q" ? EXIT.ok : SIGNAL_CODES.SIGINT));
    const work = workOf(key, scene);
    if (work === null) return;
    byHand.abort(new TakenOver());
    work().catch((error: Error) => scene.stage.tell({ at: Date.now(), who: null, text: error.message }));
  });
  return terminal;
}

/** What a key does; null for one that does nothing. */
function workOf(key: string, scene: Scene): (() => Promise<unknown>) | null {
  const act = ACTS.find((each) => each.key === key);
  if (act !== undefined) return () => strike(act, scene);
  if (key !== "r") return null;
  return () => {
    scene.stage.beginCount(Date.now());
    scene.stage.caption = {
      title: "Everything is repaired",
      text: "Both nodes run, both cables are plugged in.",
    };
    return repairAll(scene);
  };
}

/** The table at the end. */
function summary(results: readonly Result[], stage: Stage): string {
  const took = (value: number) => `${Math.round(value)} ms`;
  const lost = (value: number) => value === 0 ? "none" : took(value);
  const row = (title: string, ...cells: string[]) =>
    title.padEnd(38) + cells.map((cell) => cell.padStart(13)).join("");
  return [
    "",
    row(`advert_int ${stage.advertInterval / 1000} s`, "takeover", "client gap", "at hand-back"),
    ...results.map((each) => row(each.title, took(each.takeover), lost(each.gap), lost(each.gapBack))),
  ].join("\n");
}
