/**
 * A node of the demonstration: a real `ha` in its namespace, a service that it tracks, and what is seen of both.
 */
import { join } from "node:path";
import { type Child, ownCommand, startChild } from "./child.ts";
import type { DemoLan } from "./lan.ts";
import { nodeConfiguration, SERVICE_CHECK } from "./configuration.ts";
import type { NodeName, NodeState, Stage } from "./stage.ts";

/** Where `ha` serves its page inside the namespace. */
export const WEB_PORT = 9650;

const STATE_LINE = /\(SHARED\) Entering (MASTER|BACKUP|FAULT) STATE/;
const PRIORITY_LINE = /\(SHARED\) Changing effective priority from \d+ to (\d+)/;
/** What is worth a line on the screen beside the changes of state. */
const TELLING_LINE =
  /Received|received lower|advertisement timeout|priority 0|effective priority|VRRP_Script|Netlink reports|left over|Stopping|Stopped/;

/** One node. */
export class DemoNode {
  readonly name: NodeName;
  readonly #lan: DemoLan;
  readonly #stage: Stage;
  readonly #directory: string;
  #daemon: Child | null = null;
  #service: Child | null = null;
  #watch: Child | null = null;
  #plugged = true;
  #ending = false;
  #lastText = "";

  constructor(name: NodeName, lan: DemoLan, stage: Stage) {
    this.name = name;
    this.#lan = lan;
    this.#stage = stage;
    this.#directory = join(lan.directory, name);
  }

  /** Whether its cable is plugged in. */
  get plugged(): boolean {
    return this.#plugged;
  }

  /** Writes its files and begins to watch its addresses. */
  prepare(): void {
    Deno.mkdirSync(this.#directory, { mode: 0o700 });
    Deno.writeTextFileSync(join(this.#directory, "check-service"), SERVICE_CHECK, { mode: 0o755 });
    const { priority } = this.#stage.node(this.name);
    const text = nodeConfiguration({
      name: this.name,
      priority,
      intervalSeconds: this.#stage.advertInterval / 1000,
      sharedAddress: this.#stage.sharedAddress,
      checkScript: join(this.#directory, "check-service"),
    });
    Deno.writeTextFileSync(this.#configFile, text);
    const monitor = ["ip", "-n", this.#lan.namespace(this.name), "-o", "monitor", "address"];
    this.#watch = startChild(monitor, (line) => this.#addressLine(line));
  }

  /** Starts the daemon; one that is about to end is waited for. */
  async start(): Promise<void> {
    if (this.#ending) await this.#daemon?.ended;
    if (this.#daemon !== null) return;
    this.#ending = false;
    this.#update({ state: "starting" });
    const argv = [
      ...ownCommand(),
      "start",
      "--config",
      this.#configFile,
      "--run-dir",
      join(this.#directory, "run"),
    ];
    const flags = ["--web", `127.0.0.1:${WEB_PORT}`, "--log-level", "detail"];
    const child = startChild(this.#lan.within(this.name, [...argv, ...flags]), (line) => this.#logLine(line));
    this.#daemon = child;
    child.ended.then(() => {
      this.#daemon = null;
      this.#update({ state: "down" });
    });
  }

  /** SIGTERM: it says goodbye and lets go of the address. */
  stop(): void {
    this.#ending = true;
    this.#daemon?.signal("SIGTERM");
  }

  /** SIGKILL: it can do nothing any more. */
  kill(): void {
    this.#ending = true;
    this.#daemon?.signal("SIGKILL");
  }

  /** Pulls the cable, or plugs it in again. */
  async cable(plugged: boolean): Promise<void> {
    this.#plugged = plugged;
    await this.#lan.cable(this.name, plugged);
  }

  /** Starts the service that the daemon tracks. */
  startService(): void {
    if (this.#service !== null) return;
    const child = startChild(this.#lan.within(this.name, ["sleep", "86400"]));
    this.#service = child;
    Deno.writeTextFileSync(join(this.#directory, "service.pid"), `${child.pid}\n`);
    child.ended.then(() => this.#service = null);
  }

  /** SIGKILL to the service. */
  killService(): void {
    this.#service?.signal("SIGKILL");
  }

  /** Ends all that runs here; the daemon may say goodbye first. */
  async end(): Promise<void> {
    this.stop();
    this.killService();
    this.#watch?.signal("SIGTERM");
    const patience = setTimeout(() => this.kill(), 3_000);
    await Promise.all([this.#daemon, this.#service, this.#watch].map((child) => child?.ended));
    clearTimeout(patience);
  }

  get #configFile(): string {
    return join(this.#directory, "keepalived.conf");
  }

  #logLine(line: string): void {
    const at = Date.now();
    const state = STATE_LINE.exec(line)?.[1];
    const priority = PRIORITY_LINE.exec(line)?.[1];
    if (state !== undefined) this.#update({ state: state.toLowerCase() as NodeState });
    if (priority !== undefined) this.#update({ priority: Number(priority) });
    const text = withoutPrefix(line);
    // A weaker master's advertisement is discarded again and again: once is enough.
    if (text === this.#lastText || (state === undefined && !TELLING_LINE.test(line))) return;
    this.#lastText = text;
    this.#stage.tell({ at, who: this.name, text });
  }

  #addressLine(line: string): void {
    if (!line.includes(` ${this.#stage.sharedAddress}/`)) return;
    const removed = line.startsWith("Deleted");
    const holds = this.#stage.node(this.name).holdsAddress;
    if (holds !== removed) return;
    this.#update({ holdsAddress: !removed });
    const expired = removed && this.#daemon === null ? ": its lease is over, the kernel removed it" : "";
    const verb = removed ? "no longer has" : "now has";
    const text = `${verb} ${this.#stage.sharedAddress}${expired}`;
    this.#stage.tell({ at: Date.now(), who: this.name, text });
  }

  #update(change: Parameters<Stage["update"]>[1]): void {
    this.#stage.update(this.name, change, Date.now());
  }
}

/** The sentence of a log line, without time, level and the name of the only instance. */
function withoutPrefix(line: string): string {
  return line.replace(/^\S+ \S+ \w+ +/, "").replace(/^\(SHARED\):? /, "");
}
