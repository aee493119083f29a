/**
 * The part of `checks.ts` that needs ip_vs: `ha` and keepalived one after the other in the same machine.
 */
import { daemonCommand } from "../../tests/vm/lvs_guest.ts";
import { end, GuestHost, sh } from "../../tests/vm/lvs_host.ts";
import { checkedServers, manyServers } from "./configs.ts";
import { quantile } from "../shared/figures.ts";

type Daemon = "ha" | "keepalived";

const SERVERS = 300;
/** Servers of port 81 die by refusing, those of port 82 by silence. */
const VICTIMS = 20;
/** s */
const WARM_UP = 15;
const SPAN = 15;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function portOf(n: number): number {
  return n < VICTIMS ? 81 : n < 2 * VICTIMS ? 82 : 80;
}

function config(): string {
  const server = (n: number) =>
    `  real_server 10.8.${1 + Math.floor(n / 200)}.${1 + n % 200} ${
      portOf(n)
    } {\n    TCP_CHECK {\n    }\n  }\n`;
  return Array.from({ length: SERVERS / 10 }, (_, v) =>
    `virtual_server 10.9.0.${1 + v} 80 {
  delay_loop 1
  connect_timeout 2
  retry 1
  delay_before_retry 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
${Array.from({ length: 10 }, (_, r) => server(v * 10 + r)).join("")}}
`).join("");
}

/** Checkers whose cost is measured alone: port, servers (each asked once a second), block. */
const OTHERS = {
  HTTP_GET: [80, 200, "HTTP_GET {\n url {\n path /\n status_code 200\n }\n }"],
  SSL_GET: [443, 50, "SSL_GET {\n url {\n path /\n status_code 200\n }\n }"],
} as const;

type Other = keyof typeof OTHERS;

function nginx(host: GuestHost, port: number): Deno.ChildProcess {
  const folder = host.path(`nginx${port}`);
  Deno.mkdirSync(folder);
  const tls = port === 443
    ? `ssl; ssl_certificate ${host.path("pem")}; ssl_certificate_key ${host.path("key")}`
    : "";
  const file = host.write(
    `nginx${port}.conf`,
    `user root; daemon off; master_process off; pid ${folder}/pid; events { worker_connections 4096; multi_accept on; }
http { access_log off; server { listen 0.0.0.0:${port} backlog=1024 ${tls}; location / { return 200 "ok"; } } }
`,
  );
  return host.spawn(["nginx", "-p", folder, "-c", file, "-e", `${folder}/log`], `nginx${port}.log`);
}

/** Connections that hosts of this namespace began: the checks. */
function begun(host: GuestHost): number {
  const [names, values] = host.sh("grep ^Tcp: /proc/net/snmp").trim().split("\n").map((line) =>
    line.split(" ")
  );
  return Number(values![names!.indexOf("ActiveOpens")]);
}

/** s of CPU of the daemon's processes, and MiB resident of all of them. */
function usage(host: GuestHost): { cpu: number; memory: number } {
  let [cpu, memory] = [0, 0];
  for (const pid of sh(`ip netns pids ${host.name}`).trim().split("\n")) {
    try {
      const [name, rest] = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ") as [string, string];
      if (name.includes("nginx")) continue;
      const fields = rest.split(" ");
      cpu += (Number(fields[11]) + Number(fields[12])) / 100;
      memory += Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
    } catch {
      // Gone meanwhile.
    }
  }
  return { cpu, memory };
}

/** Checks a second of one checker and their CPU. */
async function rate(daemon: Daemon, repository: string, checker: Other): Promise<Rate> {
  const [port, servers, block] = OTHERS[checker];
  const host = new GuestHost(`o-${daemon}`);
  host.sh("ip route add local 10.8.0.0/16 dev lo");
  host.sh(
    `openssl req -x509 -newkey rsa:2048 -nodes -keyout ${host.path("key")} -out ${
      host.path("pem")
    } -days 2 -subj /CN=bench`,
  );
  nginx(host, port);
  host.write("daemon.conf", checkedServers(servers, block, port));
  await pause(1000);
  host.spawn(daemonCommand(daemon, host, repository), "daemon.log");
  await pause(WARM_UP * 1000);
  const measured = await measure(host);
  const down = (host.log("daemon.log").match(/Removing service/g) ?? []).length;
  if (down > 0) console.log(`  ${daemon}, ${checker}: ${down} times a server was taken out`);
  await host.remove();
  return measured;
}

interface Rate {
  readonly perSecond: number;
  /** ms for 1,000 checks */
  readonly cpu: number;
  /** MiB */
  readonly memory: number;
}

async function measure(host: GuestHost): Promise<Rate> {
  const before = { ...usage(host), begun: begun(host), at: performance.now() };
  await pause(SPAN * 1000);
  const after = usage(host);
  const count = begun(host) - before.begun;
  const perSecond = count / (performance.now() - before.at) * 1000;
  return { perSecond, cpu: 1e6 * (after.cpu - before.cpu) / count, memory: after.memory };
}

/** ms from now until each of the servers of a port was taken out. */
async function removals(host: GuestHost, port: number): Promise<number[]> {
  const from = performance.now();
  const times: number[] = [];
  const pattern = new RegExp(`Removing service \\[[0-9.]+\\]:tcp:${port} `, "g");
  while (times.length < VICTIMS && performance.now() - from < 60_000) {
    const seen = host.log("daemon.log").match(pattern)?.length ?? 0;
    while (times.length < seen) times.push(performance.now() - from);
    await pause(20);
  }
  return times;
}

interface Figures extends Rate {
  readonly refused: readonly number[];
  readonly silent: readonly number[];
  readonly reload: number;
  readonly others: Readonly<Record<Other, Rate>>;
}

async function checks(daemon: Daemon, repository: string): Promise<Omit<Figures, "reload" | "others">> {
  const host = new GuestHost(`b-${daemon}`);
  host.sh("ip route add local 10.8.0.0/16 dev lo");
  const [, victim] = [80, 81, 82].map((port) => nginx(host, port));
  host.write("daemon.conf", config());
  await pause(1000);
  host.spawn(daemonCommand(daemon, host, repository), "daemon.log");
  await pause(WARM_UP * 1000);
  const measured = await measure(host);
  await end(victim!, "SIGKILL");
  const refused = await removals(host, 81);
  host.sh(
    "nft add table ip b; nft 'add chain ip b in { type filter hook input priority 0; }'; nft add rule ip b in tcp dport 82 drop",
  );
  const silent = await removals(host, 82);
  await host.remove();
  return { ...measured, refused, silent };
}

/** ms for a reload in which one weight of many changes. */
async function reload(daemon: Daemon, repository: string): Promise<number> {
  const host = new GuestHost(`r-${daemon}`);
  const text = (weight: number) => manyServers(...MANY, weight);
  host.write("daemon.conf", text(1));
  const child = host.spawn(daemonCommand(daemon, host, repository), "daemon.log");
  const rows = () => Number(host.sh("wc -l < /proc/net/ip_vs"));
  for (const from = performance.now(); rows() < MANY[1] && performance.now() - from < 120_000;) {
    await pause(500);
  }
  await pause(3000);
  host.write("daemon.conf", text(7));
  const from = performance.now();
  child.kill("SIGHUP");
  while (!/Masq\s+7 /.test(Deno.readTextFileSync(`/proc/${child.pid}/net/ip_vs`))) {
    if (performance.now() - from > 120_000) break;
    await pause(50);
  }
  const spent = performance.now() - from;
  await host.remove();
  return spent;
}

/** Virtual and real servers. */
const MANY = [460, 7400] as const;

function report(figures: Readonly<Record<Daemon, Figures>>): void {
  const line = (name: string, read: (each: Figures) => number, digits = 0) => {
    const [ours, theirs] = [read(figures.ha), read(figures.keepalived)];
    const cells = [ours, theirs].map((value) => value.toFixed(digits).padStart(12));
    console.log(`  ${name.padEnd(48)}${cells.join("")}${(ours / theirs).toFixed(2).padStart(8)}`);
  };
  console.log(
    `${SERVERS} real servers, TCP_CHECK every second${"".padEnd(10)}          ha  keepalived   ratio`,
  );
  line("checks a second", (each) => each.perSecond);
  line("CPU for 1,000 checks, ms", (each) => each.cpu);
  line("memory, MiB", (each) => each.memory);
  line("refused: death to removal, median, s", (each) => quantile(each.refused, 0.5) / 1000, 2);
  line("refused: the last of 20, s", (each) => quantile(each.refused, 1) / 1000, 2);
  line("silent: death to removal, median, s", (each) => quantile(each.silent, 0.5) / 1000, 2);
  line("silent: the last of 20, s", (each) => quantile(each.silent, 1) / 1000, 2);
  for (const [checker, [, servers]] of Object.entries(OTHERS)) {
    const name = checker as Other;
    line(`${name}, ${servers} servers: checks a second`, (each) => each.others[name].perSecond);
    line(`${name}: CPU for 1,000 checks, ms`, (each) => each.others[name].cpu);
    line(`${name}: memory, MiB`, (each) => each.others[name].memory);
  }
  line(`reload of ${MANY[1]} real servers in ${MANY[0]}, s`, (each) => each.reload / 1000, 2);
}

if (import.meta.main) {
  const [repository] = Deno.args as [string];
  sh("modprobe ip_vs");
  const figures: Partial<Record<Daemon, Figures>> = {};
  for (const daemon of ["ha", "keepalived"] as const) {
    const measured = await checks(daemon, repository);
    const others = {
      HTTP_GET: await rate(daemon, repository, "HTTP_GET"),
      SSL_GET: await rate(daemon, repository, "SSL_GET"),
    };
    figures[daemon] = { ...measured, others, reload: await reload(daemon, repository) };
  }
  report(figures as Record<Daemon, Figures>);
  Deno.exit(0);
}
