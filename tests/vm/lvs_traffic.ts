/**
 * Traffic through the load balancer in every forwarding mode: `lvs_traffic.ts REPOSITORY` writes what came of it.
 */
import type { Finding } from "../../cli/doctor/finding.ts";
import type { Status } from "../../core/engine/status.ts";
import { asked, Lan, serve, VIP } from "./lvs_lan.ts";
import { daemonCommand, haCommand } from "./lvs_guest.ts";
import { inPool } from "../runner/pool.ts";
import { end, type GuestHost, sh, until, type WebServers } from "./lvs_host.ts";

/** A mode, and what the client got. */
export interface TrafficResult {
  readonly mode: string;
  /** Answers to 12 requests while both servers live: `rs1 8`. */
  readonly both: readonly string[];
  /** After the death of the first one. */
  readonly one: readonly string[];
  /** After the death of both: the sorry server. */
  readonly none: readonly string[];
  /** After the return of both. */
  readonly again: readonly string[];
  /** What the real servers saw as the client's address. */
  readonly source: string;
  /** `ha ipvs` in several forms, where it differs from ipvsadm: both texts. */
  readonly differences: readonly string[];
  /** What the status says while both servers live. */
  readonly counted: Counted;
  /** Lines of the table, and tables of the packet filter, after the end. */
  readonly left: readonly string[];
  readonly log: string;
}

/** What came of the load balancer of `examples/`, both sides of it. */
export interface ExampleResult {
  /** Answers to 12 requests: `rs1 8`. */
  readonly both: readonly string[];
  /** What `ha doctor` finds on a real server before and after `ha realserver start`, and on the director. */
  readonly doctor: readonly (readonly string[])[];
  readonly log: string;
}

/** Everything. */
export interface TrafficResults {
  readonly modes: readonly TrafficResult[];
  readonly example: ExampleResult;
}

/** Connections as the kernel counted them: to the virtual server, to each real server; and the rest of the status. */
export interface Counted {
  readonly service: number;
  readonly servers: readonly number[];
  readonly packets: boolean;
  readonly checks: readonly (string | null)[];
  readonly repairs: number;
}

/** How the hosts of a mode are laid out. */
interface Mode {
  readonly name: string;
  readonly kind: string;
  /** Network of the real servers. */
  readonly net: string;
  readonly port: number;
  /** Makes a real server ready. */
  readonly prepare: (server: GuestHost) => void;
}

const REQUESTS = 12;

const MODES: readonly Mode[] = [
  {
    name: "NAT",
    kind: "NAT",
    net: "10.6.0",
    port: 8080,
    prepare: (server) => void server.sh("ip route add default via 10.6.0.10"),
  },
  {
    name: "DR",
    kind: "DR",
    net: "10.7.0",
    port: 80,
    // What `ha realserver` does, which the example below runs; a start of ours costs seconds in here.
    prepare(server) {
      server.sh(`for i in all lo; do
          echo 1 > /proc/sys/net/ipv4/conf/$i/arp_ignore; echo 2 > /proc/sys/net/ipv4/conf/$i/arp_announce
        done
        ip addr add ${VIP}/32 dev lo`);
    },
  },
  {
    name: "TUN",
    kind: "TUN",
    net: "10.7.0",
    port: 80,
    prepare(server) {
      server.sh(`modprobe ipip; ip link set tunl0 up; ip addr add ${VIP}/32 dev tunl0
        for i in all tunl0 eth0; do echo 0 > /proc/sys/net/ipv4/conf/$i/rp_filter; done
        echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore; echo 2 > /proc/sys/net/ipv4/conf/all/arp_announce`);
    },
  },
  // No way back to the client but the director's own address.
  { name: "FULLNAT", kind: "FULLNAT", net: "10.6.0", port: 8080, prepare() {} },
];

function config({ kind, net, port }: Mode): string {
  const server = (last: number, weight: number) =>
    `real_server ${net}.${last} ${port} {
    weight ${weight}
    HTTP_GET {
      url {
        path /
        status_code 200
      }
    }
  }
`;
  return `virtual_server ${VIP} 80 {
  delay_loop 1
  connect_timeout 2
  retry 1
  delay_before_retry 1
  warmup 0
  lb_algo wrr
  lb_kind ${kind}
  protocol TCP
  sorry_server ${net}.20 ${port}
  ${server(11, 2)}${server(12, 1)}}
`;
}

interface Served {
  readonly host: GuestHost;
  readonly name: string;
  readonly web: WebServers;
  readonly listen: string;
}

async function runMode(mode: Mode, i: number, repository: string): Promise<TrafficResult> {
  const lan = new Lan(`t${i}`);
  const client = lan.add("cli", "10.7.0.100/24");
  const director = lan.add("dir", "10.7.0.10/24", "10.6.0.10/24", `${VIP}/32`);
  director.sh("echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects");
  const servers: Served[] = [];
  for (const [last, name] of [[11, "rs1"], [12, "rs2"], [20, "sorry"]] as const) {
    const host = lan.add(name, `${mode.net}.${last}/24`);
    mode.prepare(host);
    servers.push({ host, name, web: await serve(host, mode.port, name), listen: `0.0.0.0:${mode.port}` });
  }
  director.write("daemon.conf", config(mode));
  const daemon = director.spawn(daemonCommand("ha", director, repository), "daemon.log");
  const both = await asked(client, REQUESTS, ["rs1 8", "rs2 4"]);
  const source = client.sh(`curl -s --max-time 5 http://${VIP}/who`).trim();
  const differences = compareListings(director, repository, LISTED[i] ?? []);
  const counted = await settledCounts(director, repository);
  await servers[0]!.web.kill(servers[0]!.listen);
  const one = await asked(client, REQUESTS, ["rs2 12"]);
  await servers[1]!.web.kill(servers[1]!.listen);
  const none = await asked(client, REQUESTS, ["sorry 12"]);
  for (const { web, listen, name } of servers.slice(0, 2)) await web.start(listen, name);
  const again = await asked(client, REQUESTS, ["rs1 8", "rs2 4"]);
  await end(daemon);
  const left = [...director.table(), ...director.sh("nft list tables").trim().split("\n").filter(Boolean)];
  const log = director.log("daemon.log");
  await lan.remove();
  return { mode: mode.name, counted, both, one, none, again, source, differences, left, log };
}

/** Which listings are compared in which mode: ours, and ipvsadm's. Each costs some seconds in here. */
const LISTED: Readonly<Record<number, readonly (readonly [string, string])[]>> = {
  0: [
    ["ipvs", "ipvsadm -Ln"],
    ["ipvs --persistent-conn", "ipvsadm -Ln --persistent-conn"],
    ["ipvs --thresholds", "ipvsadm -Ln --thresholds"],
    ["ipvs --timeout", "ipvsadm -L --timeout"],
    ["ipvs -c", "ipvsadm -Lnc"],
  ],
  2: [["ipvs", "ipvsadm -Ln"], ["ipvs save", "ipvsadm-save -n"]],
};

/** The counters once they have all requests: those of the status may be some seconds old. */
async function settledCounts(director: GuestHost, repository: string): Promise<Counted> {
  let counted = countedIn(director, repository);
  await until(() => {
    if (counted.service < REQUESTS) counted = countedIn(director, repository);
    return counted.service >= REQUESTS ? true : null;
  });
  return counted;
}

/** What `ha status` has of the kernel's counters. */
function countedIn(director: GuestHost, repository: string): Counted {
  const command = `${haCommand(repository).join(" ")} status --format json --run-dir ${director.path("run")}`;
  const status = JSON.parse(director.sh(command)) as Status;
  const { services, realServers, repairs } = status.virtualServers![0]!;
  const all = services![0]!.traffic!;
  return {
    service: all.connections,
    servers: realServers.map(({ traffic }) => traffic!.connections),
    packets: all.inPackets > 2 * all.connections && all.inBytes > 40 * all.inPackets,
    checks: realServers.flatMap(({ checks }) => checks.map(({ lastResult }) => lastResult)),
    repairs: repairs!,
  };
}

/** `ha ipvs` beside ipvsadm. */
function compareListings(
  director: GuestHost,
  repository: string,
  forms: readonly (readonly [string, string])[],
): string[] {
  const ha = haCommand(repository).join(" ");
  return forms.flatMap(([ours, theirs]) => {
    // Counters and times move on between the two.
    const calm = (text: string) =>
      text.replaceAll(/\d\d:\d\d /g, "TIME ").replaceAll(/ \d+ +\d+ *$/gm, " N").trim().split("\n").sort()
        .join("\n");
    const compare = () => [calm(director.sh(`${ha} ${ours}`)), calm(director.sh(theirs))] as const;
    // A connection may expire between the two: what differs always is a difference.
    let [left, right] = compare();
    for (let again = 0; left !== right && again < 2; again++) [left, right] = compare();
    return left === right ? [] : [`${ours}:\n${left}\n${theirs}:\n${right}`];
  });
}

/** The example as it stands: a director with its virtual address by VRRP, and real servers for direct routing. */
async function runExample(repository: string): Promise<ExampleResult> {
  const [vip, config] = ["192.168.126.100", `${repository}/examples/05-load-balancer/node1.conf`];
  const lan = new Lan("x");
  const client = lan.add("cli", "192.168.126.200/24");
  const director = lan.add("dir", "192.168.126.10/24");
  const ha = haCommand(repository).join(" ");
  const examined = (host: GuestHost) => {
    const findings = host.sh(`${ha} doctor ${config} --format json --listen 1 2>/dev/null`);
    return (JSON.parse(findings) as Finding[]).filter(({ severity }) => severity === "problem")
      .map(({ code }) => code);
  };
  const doctor: (readonly string[])[] = [];
  for (const [last, name] of [[138, "rs1"], [139, "rs2"]] as const) {
    const host = lan.add(name, `192.168.126.${last}/24`);
    await serve(host, 80, name);
    if (last === 138) doctor.push(examined(host));
    host.sh(`${ha} realserver start --vip ${vip} --state-file ${host.path("rs.json")}`);
    if (last === 138) doctor.push(examined(host));
  }
  director.write("daemon.conf", Deno.readTextFileSync(config));
  director.spawn(daemonCommand("ha", director, repository), "daemon.log");
  const both = await asked(client, REQUESTS, ["rs1 8", "rs2 4"], `http://${vip}/`);
  doctor.push(examined(director));
  const log = director.log("daemon.log");
  await lan.remove();
  return { both, doctor, log };
}

if (import.meta.main) {
  const [repository] = Deno.args as [string];
  sh(
    "modprobe ip_vs; modprobe ipip; modprobe br_netfilter; echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables",
  );
  const modes = await inPool([...MODES.entries()], 2, ([i, mode]) => runMode(mode, i, repository));
  const results: TrafficResults = { modes, example: await runExample(repository) };
  Deno.writeTextFileSync("/run/exchange/traffic.json", JSON.stringify(results));
  Deno.exit(0);
}
