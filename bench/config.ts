/**
 * What a configuration costs: the time to read and judge it, cold and warm, its growth with size, and a whole
 * `ha check` beside `keepalived -t`.
 *
 *   deno task bench config       the comparison needs root, ip and keepalived
 */
import { loadConfig, memorySource, offlineFacts } from "../core/config/config.ts";
import { skipReason } from "../tests/support/skip.ts";
import { median } from "./shared/figures.ts";

const WARM_RUNS = 15;
const PROCESS_RUNS = 11;

/** So many instances, 250 on an interface, 14 lines each. */
function instances(count: number): string {
  const blocks = Array.from({ length: count }, (_, i) =>
    `vrrp_instance VI_${i} {
    state BACKUP
    interface eth${Math.floor(i / 250)}
    virtual_router_id ${i % 250 + 1}
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/24
    }
}
`);
  return `global_defs {\n    router_id bench\n}\n${blocks.join("")}`;
}

/** So many real servers in virtual servers of ten, 7 lines each and 5 for each virtual server. */
function realServers(count: number): string {
  return Array.from({ length: count / 10 }, (_, v) =>
    `virtual_server 10.1.${v >> 8}.${v & 255} 80 {
    delay_loop 6
    lb_algo rr
    lb_kind NAT
    protocol TCP
${
      Array.from({ length: 10 }, (_, r) =>
        `    real_server 10.2.${(v * 10 + r) >> 8}.${(v * 10 + r) & 255} 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
            retry 3
        }
    }
`).join("")
    }}
`).join("");
}

function linesOf(text: string): number {
  return text.split("\n").length - 1;
}

/** ms for one load. */
function load(text: string): number {
  const start = performance.now();
  loadConfig("ha.conf", memorySource({ "ha.conf": text }), offlineFacts());
  return performance.now() - start;
}

function row(...cells: readonly (string | number)[]): void {
  console.log(cells.map((cell, i) => i === 0 ? String(cell).padEnd(34) : String(cell).padStart(14)).join(""));
}

function growth(): void {
  console.log("\nread and judged in one process: does the cost of a line grow with the file?");
  row("", "lines", "first ms", "median ms", "us a line");
  for (const count of [225, 450, 900, 1800, 3600, 7200]) {
    const text = instances(count);
    const first = load(text);
    const warm = median(Array.from({ length: WARM_RUNS }, () => load(text)));
    const lines = linesOf(text);
    row(`${count} instances`, lines, first.toFixed(0), warm.toFixed(0), (warm * 1000 / lines).toFixed(2));
  }
  for (const count of [1000, 5000, 20_000]) {
    const text = realServers(count);
    const first = load(text);
    const warm = median(Array.from({ length: WARM_RUNS }, () => load(text)));
    const lines = linesOf(text);
    row(`${count} real servers`, lines, first.toFixed(0), warm.toFixed(0), (warm * 1000 / lines).toFixed(2));
  }
}

const namespace = `ha-bench-config-${Deno.pid}`;

function ip(...args: string[]): void {
  const { success } = new Deno.Command("ip", { args, stdout: "null", stderr: "inherit" }).outputSync();
  if (!success) throw new TypeError(`Cannot run ip ${args.join(" ")}`);
}

/** A namespace with eth0 to eth3, gone when the block ends. */
function inhabited(): Disposable {
  ip("netns", "add", namespace);
  for (let i = 0; i < 4; i++) {
    ip("-n", namespace, "link", "add", `eth${i}`, "type", "veth", "peer", "name", `peer${i}`);
    ip("-n", namespace, "link", "set", `eth${i}`, "up");
  }
  return { [Symbol.dispose]: () => ip("netns", "del", namespace) };
}

/** Median of the wall time of a whole process inside the namespace, ms; the way in is measured and taken off. */
function timed(args: readonly string[]): { ms: number; exit: number } {
  let exit = 0;
  const times = Array.from({ length: PROCESS_RUNS }, () => {
    const start = performance.now();
    exit = new Deno.Command("ip", {
      args: ["netns", "exec", namespace, ...args],
      stdout: "null",
      stderr: "null",
    }).outputSync().code;
    return performance.now() - start;
  });
  return { ms: median(times), exit };
}

/** The ways to start us that are here: from the sources, and the built binary. */
function programs(): [name: string, argv: string[]][] {
  const root = new URL("..", import.meta.url).pathname;
  const ways: [string, string[]][] = [["ha check, from the sources", [
    Deno.execPath(),
    "run",
    "-A",
    `${root}mod.ts`,
  ]]];
  try {
    Deno.statSync(`${root}dist/ha`);
    ways.push(["ha check, dist/ha", [`${root}dist/ha`]]);
  } catch {
    console.log("dist/ha is not built: deno task compile");
  }
  return ways;
}

function comparison(): void {
  const reason = skipReason({ netns: true, commands: ["keepalived"] });
  if (reason !== null) return console.log(`\nbeside keepalived: skipped, ${reason}`);
  using _place = inhabited();
  const folder = Deno.makeTempDirSync({ prefix: "ha-bench-" });
  try {
    console.log("\nwhole processes, median wall time in ms; `ip netns exec` alone is taken off");
    row("", "1 instance", "1000 instances", "5000 servers");
    const files = { one: instances(1), many: instances(1000), servers: realServers(5000) };
    const paths = Object.entries(files).map(([name, text]) => {
      Deno.writeTextFileSync(`${folder}/${name}.conf`, text);
      return `${folder}/${name}.conf`;
    });
    const overhead = timed(["true"]).ms;
    const line = (name: string, argv: (path: string) => string[]) =>
      row(
        name,
        ...paths.map((path) => {
          const { ms, exit } = timed(argv(path));
          return `${(ms - overhead).toFixed(0)} (exit ${exit})`;
        }),
      );
    line("keepalived -t", (path) => ["keepalived", "-t", "-f", path]);
    for (const [name, argv] of programs()) line(name, (path) => [...argv, "check", path]);
    row(
      "deno run of an empty file",
      ...paths.map(() => (timed([Deno.execPath(), "eval", ""]).ms - overhead).toFixed(0)),
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  growth();
  comparison();
}
