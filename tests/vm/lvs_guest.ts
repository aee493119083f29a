/**
 * Runs the scenarios of virtual servers inside the machine with both daemons, and the matrix of checkers, and writes what came of them
 * as JSON: `lvs_guest.ts REPOSITORY`.
 */
import { inPool } from "../runner/pool.ts";
import { end, GuestHost, sh, until, WebServers } from "./lvs_host.ts";
import { matrixConfig, portOf, ROWS } from "./lvs_matrix.ts";
import type { Scenario, Step } from "./lvs_scenario.ts";
import { SCENARIOS } from "./lvs_scenarios.ts";

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
const PATIENCE = 90_000;

/** Addresses that the scenarios use. */
const ADDRESSES = [1, 2, 3, 4, 11, 12, 13, 14, 15].map((last) => `10.8.0.${last}/32`);

type DaemonName = "keepalived" | "ha";

class Run {
  readonly #host: GuestHost;
  /** Where the table is, if not there. */
  #elsewhere: GuestHost | null = null;
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
    if (scenario.elsewhere) this.#elsewhere = new GuestHost(`${this.#host.name}-table`);
    const [first] = scenario.steps;
    this.#write(first!);
    this.#configure(scenario.config);
    this.#start();
    const steps: StepResult[] = [];
    for (const step of scenario.steps) steps.push(await this.#step(step));
    const result = { name: scenario.name, steps, log: this.#host.log("daemon.log") };
    await this.#host.remove();
    await this.#elsewhere?.remove();
    return result;
  }

  /** The table that the steps are about, and whatever is in the daemon's own where that is another. */
  #table(): string[] {
    const table = this.#host.table();
    return this.#elsewhere === null ? table : [...this.#elsewhere.table(), ...table];
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
    for (const line of step.run ?? []) this.#host.sh(line);
    await until(() => this.#isDone(step) ? true : null, PATIENCE);
    return { table: this.#table(), shown: this.#shown(step), missing: this.#missing(step) };
  }

  #isDone(step: Step): boolean {
    return sorted(this.#table()) === sorted(step.table) && this.#missing(step).length === 0;
  }

  #missing({ log }: Step): string[] {
    const text = this.#host.log("daemon.log");
    return (log ?? []).filter((pattern) => !pattern.test(text)).map((pattern) => pattern.source);
  }

  #shown({ shows }: Step): string[] {
    if (shows === undefined) return [];
    const output = (this.#elsewhere ?? this.#host).sh(`ipvsadm ${shows.arguments}`);
    return shows.lines.filter((line) => output.includes(line));
  }

  #write({ write }: Step): void {
    for (const [name, text] of Object.entries(write ?? {})) this.#host.write(name, `${text}\n`);
  }

  #configure(text: string): void {
    this.#host.write(
      "daemon.conf",
      text.replaceAll("@DIR@", this.#host.directory).replace("@TABLE@", `${this.#host.name}-table`),
    );
  }

  #start(): void {
    const argv = daemonCommand(this.#daemon, this.#host, this.#repository);
    this.#process = this.#host.spawn(argv, "daemon.log");
  }
}

/** Runs a daemon with the host's `daemon.conf` in the foreground, its log on its outputs. */
export function daemonCommand(daemon: DaemonName, host: GuestHost, repository: string): string[] {
  const config = host.path("daemon.conf");
  if (daemon === "ha") {
    const options = ["-c", config, "--run-dir", host.path("run"), "--no-web", "--log-level", "detail"];
    return [...haCommand(repository), "start", ...options];
  }
  return [
    ...["keepalived", "-n", "-l", "-D", "-f", config, "-p", host.path("pid")],
    ...["-c", host.path("checkers.pid"), "-r", host.path("vrrp.pid"), "-b", host.path("bfd.pid")],
  ];
}

/** Which servers of the matrix each daemon keeps in the table, after both have had time for their verdicts. */
async function runMatrix(repository: string): Promise<Record<DaemonName, boolean[]>> {
  const hosts = (["keepalived", "ha"] as const).map((daemon) => ({
    daemon,
    host: new GuestHost(`m-${daemon}`),
  }));
  for (const { daemon, host } of hosts) {
    for (const address of ADDRESSES) host.sh(`ip addr add ${address} dev lo`);
    host.write("daemon.conf", matrixConfig());
    const argv = [Deno.execPath(), "run", "--allow-all", `${repository}/tests/vm/lvs_matrix.ts`];
    host.spawn([...argv, "serve", "10.8.0.11"], "servers.log");
    await until(() => host.log("servers.log").includes("serving") ? true : null);
    host.spawn(daemonCommand(daemon, host, repository), "daemon.log");
  }
  const verdicts = () => hosts.map(({ host }) => keptOf(host.table()));
  const expected = () =>
    hosts.every(({ daemon }, i) => verdicts()[i]!.every((kept, row) => kept === ROWS[row]![daemon]));
  await until(() => expected() ? true : null, MATRIX_PATIENCE);
  const [keepalived, ha] = verdicts();
  for (const { host } of hosts) await host.remove();
  return { keepalived: keepalived!, ha: ha! };
}

/** ms: the slowest verdict is that on a server that drips. */
const MATRIX_PATIENCE = 180_000;

function keptOf(table: readonly string[]): boolean[] {
  return ROWS.map((_, i) => table.some((line) => line.includes(`-r 10.8.0.11:${portOf(i)} `)));
}

/** The built binary where `HA` names one, else the sources. */
export function haCommand(repository: string): string[] {
  const binary = Deno.env.get("HA");
  return binary ? [binary] : [Deno.execPath(), "run", "--allow-all", `${repository}/mod.ts`];
}

function sorted(lines: readonly string[]): string {
  return lines.toSorted().join("\n");
}

/** What came of everything. */
export interface GuestResults {
  readonly scenarios: Readonly<Record<DaemonName, readonly ScenarioResult[]>>;
  /** Which rows of the matrix each daemon keeps. */
  readonly matrix: Readonly<Record<DaemonName, readonly boolean[]>>;
}

/**
 * Scenarios at a time, every other one of them with keepalived, which costs nothing: where instructions are translated a
 * start of ours takes some 4 s of a processor, and seven at once would be late for whatever they do.
 */
const AT_ONCE = 6;

/** Who runs a scenario. */
export function daemonsOf({ oursAlone }: Scenario): readonly DaemonName[] {
  return oursAlone === true ? ["ha"] : ["ha", "keepalived"];
}

async function runScenarios(repository: string): Promise<GuestResults["scenarios"]> {
  const results: Record<DaemonName, ScenarioResult[]> = { keepalived: [], ha: [] };
  const runs = SCENARIOS.flatMap((scenario, i) =>
    daemonsOf(scenario).map((daemon) => async () => {
      results[daemon][i] = await new Run(`${daemon}${i}`, daemon, repository).run(scenario);
      return [];
    })
  );
  await inPool(runs, AT_ONCE, (run) => run());
  return results;
}

if (import.meta.main) {
  const [repository] = Deno.args as [string];
  sh("modprobe ip_vs");
  const results: GuestResults = {
    scenarios: await runScenarios(repository),
    matrix: await runMatrix(repository),
  };
  Deno.writeTextFileSync("/run/exchange/lvs.json", JSON.stringify(results));
  Deno.exit(0);
}
