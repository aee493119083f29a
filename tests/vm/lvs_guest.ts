/**
 * Runs the scenarios of virtual servers inside the machine, with one daemon or the other, and writes what came of them
 * as JSON: `lvs_guest.ts keepalived|ha REPOSITORY`.
 */
import { end, GuestHost, sh, until, WebServers } from "./lvs_host.ts";
import { type Scenario, SCENARIOS, type Step } from "./lvs_scenarios.ts";

/** What came of a step. */
export interface StepResult {
  readonly table: readonly string[];
  /** What `shows` asked for. */
  readonly shown: readonly string[];
  /** Patterns that the log did not have, as text. */
  readonly missing: readonly string[];
}

/** What came of a scenario. */
export interface ScenarioResult {
  readonly name: string;
  readonly steps: readonly StepResult[];
  readonly log: string;
}

/** ms for a table to come about. */
const PATIENCE = 30_000;

/** Addresses that the scenarios use. */
const ADDRESSES = [1, 2, 3, 4, 11, 12, 13, 14, 15].map((last) => `10.8.0.${last}/32`);

type DaemonName = "keepalived" | "ha";

class Run {
  readonly #host: GuestHost;
  readonly #web: WebServers;
  readonly #daemon: DaemonName;
  readonly #repository: string;
  #process: Deno.ChildProcess | null = null;

  constructor(name: string, daemon: DaemonName, repository: string) {
    this.#host = new GuestHost(name);
    this.#web = new WebServers(this.#host);
    this.#daemon = daemon;
    this.#repository = repository;
  }

  async run(scenario: Scenario): Promise<ScenarioResult> {
    for (const address of ADDRESSES) this.#host.sh(`ip addr add ${address} dev lo`);
    this.#host.sh("ip link set lo multicast on; ip addr add fd00::2/128 dev lo");
    for (const listen of scenario.servers) await this.#web.start(listen);
    for (const line of scenario.before ?? []) this.#host.sh(`ipvsadm ${line}`);
    const [first] = scenario.steps;
    this.#write(first!);
    this.#configure(scenario.config);
    this.#start();
    const steps: StepResult[] = [];
    for (const step of scenario.steps) steps.push(await this.#step(step));
    const result = { name: scenario.name, steps, log: this.#host.log("daemon.log") };
    await this.#host.remove();
    return result;
  }

  async #step(step: Step): Promise<StepResult> {
    this.#write(step);
    for (const listen of step.kill ?? []) await this.#web.kill(listen);
    for (const listen of step.start ?? []) await this.#web.start(listen);
    if (step.reload !== undefined) {
      this.#configure(step.reload);
      this.#process?.kill("SIGHUP");
    }
    if (step.stop) await end(this.#process!);
    await until(() => this.#isDone(step) ? true : null, PATIENCE);
    return { table: this.#host.table(), shown: this.#shown(step), missing: this.#missing(step) };
  }

  #isDone(step: Step): boolean {
    return sorted(this.#host.table()) === sorted(step.table) && this.#missing(step).length === 0;
  }

  #missing({ log }: Step): string[] {
    const text = this.#host.log("daemon.log");
    return (log ?? []).filter((pattern) => !pattern.test(text)).map((pattern) => pattern.source);
  }

  #shown({ shows }: Step): string[] {
    if (shows === undefined) return [];
    const output = this.#host.sh(`ipvsadm ${shows.arguments}`);
    return shows.lines.filter((line) => output.includes(line));
  }

  #write({ write }: Step): void {
    for (const [name, text] of Object.entries(write ?? {})) this.#host.write(name, `${text}\n`);
  }

  #configure(text: string): void {
    this.#host.write("daemon.conf", text.replaceAll("@DIR@", this.#host.directory));
  }

  #start(): void {
    const config = this.#host.path("daemon.conf");
    const argv = this.#daemon === "ha"
      ? [
        ...haCommand(this.#repository),
        ...["start", "-c", config, "--run-dir", this.#host.path("run"), "--no-web", "--log-level", "detail"],
      ]
      : [
        ...["keepalived", "-n", "-l", "-D", "-f", config, "-p", this.#host.path("pid")],
        ...["-c", this.#host.path("checkers.pid"), "-r", this.#host.path("vrrp.pid")],
        ...["-b", this.#host.path("bfd.pid")],
      ];
    this.#process = this.#host.spawn(argv, "daemon.log");
  }
}

/** The built binary where `HA` names one, else the sources. */
export function haCommand(repository: string): string[] {
  const binary = Deno.env.get("HA");
  return binary ? [binary] : [Deno.execPath(), "run", "--allow-all", `${repository}/mod.ts`];
}

function sorted(lines: readonly string[]): string {
  return lines.toSorted().join("\n");
}

if (import.meta.main) {
  const [daemon, repository] = Deno.args as [DaemonName, string];
  sh("modprobe ip_vs");
  const results = await Promise.all(
    SCENARIOS.map((scenario, i) => new Run(`${daemon}${i}`, daemon, repository).run(scenario)),
  );
  Deno.writeTextFileSync(`/run/exchange/${daemon}.json`, JSON.stringify(results));
}
