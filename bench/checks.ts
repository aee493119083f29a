/**
 * What health checks cost, as root:
 *
 *     deno task bench checks [-- load|tls|reload|vm]
 *
 * - `load`: 5,000 real servers with TCP_CHECK every second, 2,000 with HTTP_GET, 500 with SSL_GET (`tls`: these alone),
 *   against nginx on the same host, the daemon on two processors. Checks a second, CPU of the daemon for 1,000 checks, how evenly they start,
 *   memory, and how late the advertisements of an instance of the same daemon are meanwhile (100 ms, seen by a neighbour).
 *   Where this kernel has no ip_vs the table is not kept: the checks are what is measured.
 * - `reload`: 37,000 real servers in 2,300 virtual servers; the time of a reload in which one weight changes.
 * - `vm`: beside keepalived, in a machine with ip_vs whose instructions may be translated: compare the two columns, not
 *   the figures with those of other machines.
 */
import { fileURLToPath } from "node:url";
import type { Status } from "../core/engine/status.ts";
import { decodeIpv4Header } from "../core/packet/ip.ts";
import { enterNetworkNamespace } from "../ffi/netns.ts";
import { openLibc } from "../ffi/libc.ts";
import { openPacketSocket } from "../ffi/packet_socket.ts";
import { createHostPair, type HostPair } from "../tests/support/host_pair.ts";
import { skipReason } from "../tests/support/skip.ts";
import { runInVm, vmUnavailable } from "../tests/vm/machine.ts";
import { checkedServers, manyServers } from "./checks/configs.ts";
import { quantile } from "./shared/figures.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROCESSORS = "0,1";

/** s from the start until the figures count: the warm-up of the checks and of the runtime. */
const WARM_UP = 8;
/** s that they are taken over. */
const SPAN = 12;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A daemon of ours in the left host. */
class Node implements AsyncDisposable {
  readonly #pair: HostPair;
  readonly folder = Deno.makeTempDirSync({ prefix: "ha-bench-" });
  readonly #children: Deno.ChildProcess[] = [];
  #daemon: Deno.ChildProcess | null = null;

  constructor(pair: HostPair) {
    this.#pair = pair;
  }

  /** Runs a program in the host; `processors` are those it may use. */
  spawn(argv: readonly string[], log: string, processors = PROCESSORS): Deno.ChildProcess {
    const script = `log=$1; shift; exec "$@" >"$log" 2>&1`;
    const child = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", this.#pair.left.namespace, "taskset", "-c", processors],
        ...["sh", "-c", script, "sh", `${this.folder}/${log}`, ...argv],
      ],
      stdin: "null",
    }).spawn();
    this.#children.push(child);
    return child;
  }

  configure(text: string): void {
    Deno.writeTextFileSync(`${this.folder}/ha.conf`, text);
  }

  /** Starts the daemon; ms until it says so. */
  async start(): Promise<number> {
    const began = performance.now();
    this.#daemon = this.spawn(
      [...ha(), "start", "-c", `${this.folder}/ha.conf`, "--run-dir", `${this.folder}/run`, "--no-web"],
      "ha.log",
    );
    while (!this.log().includes("Startup complete")) {
      if (performance.now() - began > 120_000) throw new TypeError(`Cannot start:\n${this.log()}`);
      await pause(20);
    }
    return performance.now() - began;
  }

  log(): string {
    try {
      return Deno.readTextFileSync(`${this.folder}/ha.log`);
    } catch {
      return "";
    }
  }

  reload(): void {
    this.#daemon!.kill("SIGHUP");
  }

  async status(): Promise<Status> {
    const { stdout } = await new Deno.Command(ha()[0]!, {
      args: [...ha().slice(1), "status", "--format", "json", "--run-dir", `${this.folder}/run`],
    }).output();
    return JSON.parse(new TextDecoder().decode(stdout));
  }

  /** s of CPU so far, and MiB resident. */
  usage(): { readonly cpu: number; readonly memory: number } {
    const { pid } = this.#daemon!;
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const resident = Number(/VmRSS:\s+(\d+)/.exec(status)![1]);
    return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, memory: resident / 1024 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.reverse()) {
      try {
        child.kill("SIGTERM");
      } catch {
        // Gone already.
      }
      await child.status;
    }
    Deno.removeSync(this.folder, { recursive: true });
  }
}

function ha(): string[] {
  const binary = Deno.env.get("HA");
  return binary ? [binary] : [Deno.execPath(), "run", "--allow-all", `${ROOT}mod.ts`];
}

/** All of 10.8.0.0/16 is this host, and nginx answers there. */
async function serve(node: Node, pair: HostPair): Promise<void> {
  new Deno.Command("ip", {
    args: ["-n", pair.left.namespace, "route", "add", "local", "10.8.0.0/16", "dev", "lo"],
  }).outputSync();
  const config = `${node.folder}/nginx.conf`;
  const [key, certificate] = [`${node.folder}/key.pem`, `${node.folder}/certificate.pem`];
  new Deno.Command("openssl", {
    args: [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", "/CN=bench", "-keyout", key, "-out", certificate],
    ],
  }).outputSync();
  Deno.writeTextFileSync(
    config,
    `user root; daemon off; worker_processes 2; pid ${node.folder}/nginx.pid; worker_rlimit_nofile 65536;
events { worker_connections 16384; multi_accept on; }
http { access_log off; keepalive_timeout 0; server { listen 0.0.0.0:80 backlog=4096 reuseport; location / { return 200 "ok\\n"; } }
server { listen 0.0.0.0:443 ssl backlog=4096 reuseport; ssl_certificate ${certificate}; ssl_certificate_key ${key};
location / { return 200 "ok\\n"; } } }
`,
  );
  node.spawn(
    ["nginx", "-p", node.folder, "-c", config, "-e", `${node.folder}/nginx.log`],
    "nginx.out",
    "2,3",
  );
  await pause(500);
}

/** Gaps between advertisements on the other side of the cable, ms, until told to stop. */
function watchAdverts(pair: HostPair): { stop: () => number[] } {
  const libc = openLibc();
  using _inside = enterNetworkNamespace(libc, pair.right.namespace);
  const socket = openPacketSocket(libc, pair.right.index);
  const times: number[] = [];
  const look = () => {
    for (const { at, octets } of socket.receive()) {
      if (decodeIpv4Header(octets.subarray(14))?.protocol === 112) times.push(at);
    }
  };
  const timer = setInterval(look, 100);
  return {
    stop() {
      clearInterval(timer);
      look();
      socket[Symbol.dispose]();
      libc[Symbol.dispose]();
      return times.slice(1).map((at, i) => at - times[i]!);
    },
  };
}

/** Tenths of a second in which checks began: the emptiest and the fullest, in percent of all. */
function spreadOf(status: Status): [number, number] {
  const bins = new Array<number>(10).fill(0);
  const checks = status.virtualServers!.flatMap(({ realServers }) =>
    realServers.flatMap(({ checks }) => checks)
  );
  for (const { lastRun, duration } of checks) {
    if (lastRun !== null) bins[Math.floor((lastRun - (duration ?? 0)) % 1000 / 100)]!++;
  }
  const share = (count: number) => 100 * count / checks.length;
  return [share(Math.min(...bins)), share(Math.max(...bins))];
}

const INTERVAL = 100;

function vrrp(link: string): string {
  return `global_defs {
  vrrp_version 3
}
vrrp_instance VI_1 {
  state MASTER
  interface ${link}
  virtual_router_id 51
  priority 255
  advert_int ${INTERVAL / 1000}
  virtual_ipaddress {
    10.77.0.200/24
  }
}
`;
}

async function load(name: string, count: number, checker: string, port = 80): Promise<void> {
  using pair = createHostPair();
  await using node = new Node(pair);
  await serve(node, pair);
  node.configure(vrrp(pair.left.interface) + checkedServers(count, checker, port));
  const started = await node.start();
  await pause(WARM_UP * 1000);
  const before = { ...node.usage(), done: (await node.status()).ipvs!.checksDone, at: performance.now() };
  const adverts = watchAdverts(pair);
  await pause(SPAN * 1000);
  const gaps = adverts.stop();
  const usage = node.usage();
  const status = await node.status();
  const seconds = (performance.now() - before.at) / 1000;
  const done = status.ipvs!.checksDone - before.done;
  const cpu = 1e6 * (usage.cpu - before.cpu) / done;
  const up = status.virtualServers!.flatMap(({ realServers }) => realServers).filter(({ up }) => up).length;
  const [least, most] = spreadOf(status);
  console.log(`${name}
  started in                       ${(started / 1000).toFixed(2)} s, ip_vs ${
    status.ipvs!.available ? "" : "not "
  }in this kernel
  checks a second                  ${(done / seconds).toFixed(0)} of ${count} wanted; ${up} servers up
  CPU for 1,000 checks             ${cpu.toFixed(0)} ms
  checks begun in a tenth of a second ${least.toFixed(1)} to ${most.toFixed(1)} %, even is 10
  memory                           ${usage.memory.toFixed(0)} MiB
  advertisements of ${INTERVAL} ms: gap     median ${quantile(gaps, 0.5).toFixed(2)}, 99 % ${
    quantile(gaps, 0.99).toFixed(2)
  }, longest ${Math.max(...gaps).toFixed(2)} ms, n=${gaps.length}`);
}

async function reload(): Promise<void> {
  using pair = createHostPair();
  await using node = new Node(pair);
  const [services, servers] = [2300, 37_000];
  node.configure(manyServers(services, servers, 1));
  const started = await node.start();
  const spent: number[] = [];
  for (let i = 0; i < 3; i++) {
    node.configure(manyServers(services, servers, i + 2));
    const [before, at] = [node.log().length, performance.now()];
    node.reload();
    while (!/Changing weight.*[\s\S]*Configuration reloaded|Reload complete/.test(node.log().slice(before))) {
      if (performance.now() - at > 60_000) break;
      await pause(20);
    }
    spent.push(performance.now() - at);
  }
  console.log(`${servers} real servers in ${services} virtual servers, one weight changes
  start                            ${(started / 1000).toFixed(2)} s
  reload                           ${spent.map((ms) => (ms / 1000).toFixed(2)).join(", ")} s
  memory                           ${node.usage().memory.toFixed(0)} MiB`);
}

/** s; the whole of both daemons. */
const VM_TIMEOUT = 900;

async function vm(): Promise<void> {
  const reason = await vmUnavailable();
  if (reason !== null) return console.log(`beside keepalived: skipped, ${reason}`);
  const argv = [Deno.execPath(), "run", "--allow-all", `${ROOT}bench/checks/guest.ts`, ROOT];
  const { output, console: screen } = await runInVm(argv, {
    timeout: VM_TIMEOUT,
    memory: 2048,
    env: { NO_COLOR: "1", HA: Deno.env.get("HA") ?? "" },
  });
  console.log(output === "" ? screen : output.trimEnd());
}

if (import.meta.main) {
  const wanted = (name: string) => Deno.args.length === 0 || Deno.args.includes(name);
  const reason = skipReason({ netns: true, commands: ["nginx", "taskset", "openssl"] });
  if (reason !== null) console.log(`skipped: bench/checks.ts: ${reason}`);
  else {
    if (wanted("load")) {
      await load("5,000 real servers, TCP_CHECK every second", 5000, "TCP_CHECK {\n }");
      await load(
        "2,000 real servers, HTTP_GET every second",
        2000,
        "HTTP_GET {\n url {\n path /\n status_code 200\n }\n }",
      );
    }
    if (wanted("load") || wanted("tls")) {
      await load(
        "500 real servers, SSL_GET every second",
        500,
        "SSL_GET {\n url {\n path /\n status_code 200\n }\n }",
        443,
      );
    }
    if (wanted("reload")) await reload();
  }
  if (wanted("vm")) await vm();
}
