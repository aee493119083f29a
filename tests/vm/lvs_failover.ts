/**
 * A pair of directors: persistence is kept over a failover, as the sync daemon follows the VRRP instance, and a
 * restart of the only director cuts no connection. `lvs_failover.ts REPOSITORY` writes what came of it.
 */
import { Lan, serve, VIP } from "./lvs_lan.ts";
import { daemonCommand } from "./lvs_guest.ts";
import { end, type GuestHost, sh, until } from "./lvs_host.ts";

/** What came of it. */
export interface FailoverResult {
  /** Which server each client got: before, and after the master was killed. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Roles of the sync daemon: of the first director, of the second before and after. */
  readonly roles: readonly string[];
  /** Persistent clients in the second director's table before it is stopped with `-I`, and after its next start. */
  readonly templates: readonly [string, string];
  readonly logs: readonly string[];
}

/** Source addresses of the client, each a client of its own for persistence. */
const CLIENTS = [101, 102, 103, 104, 105, 106, 107, 108];

function config(priority: number): string {
  return `global_defs {
  lvs_sync_daemon eth0 VI_1 id 11
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    ${VIP}/24
  }
}
virtual_server ${VIP} 80 {
  delay_loop 1
  warmup 0
  lb_algo rr
  lb_kind DR
  persistence_timeout 600
  protocol TCP
  real_server 10.7.0.11 80 {
    TCP_CHECK {
    }
  }
  real_server 10.7.0.12 80 {
    TCP_CHECK {
    }
  }
}
`;
}

function director(lan: Lan, name: string, last: number, priority: number, repository: string) {
  const host = lan.add(name, `10.7.0.${last}/24`);
  host.write("daemon.conf", config(priority));
  const process = host.spawn(directorCommand(host, repository), "daemon.log");
  return { host, process };
}

/** Which server each client gets now. */
function served(client: GuestHost): string[] {
  return CLIENTS.map((last) =>
    client.sh(`curl -s --max-time 5 --interface 10.7.0.${last} http://${VIP}/`).trim()
  );
}

const roles = (host: GuestHost) => host.sh("ipvsadm -L --daemon").replaceAll(/ \(.*\)/g, "").trim();

/** What the table remembers of persistent clients. */
function templates(host: GuestHost): string {
  const lines = host.sh("ipvsadm -Lnc").split("\n").filter((line) =>
    /^TCP/.test(line) && / 10\.7\.0\.1\d\d:0 /.test(line)
  );
  return lines.map((line) => line.trim().split(/\s+/).slice(3).join(" ")).sort().join("\n");
}

const directorCommand = (host: GuestHost, repository: string) => [
  ...daemonCommand("ha", host, repository),
  "--dont-release-ipvs",
];

async function run(repository: string): Promise<FailoverResult> {
  const lan = new Lan("f");
  const client = lan.add("cli", ...CLIENTS.map((last) => `10.7.0.${last}/24`));
  for (const [last, name] of [[11, "rs1"], [12, "rs2"]] as const) {
    const host = lan.add(name, `10.7.0.${last}/24`);
    host.sh(
      `for i in all lo; do echo 1 > /proc/sys/net/ipv4/conf/$i/arp_ignore; echo 2 > /proc/sys/net/ipv4/conf/$i/arp_announce; done
      ip addr add ${VIP}/32 dev lo`,
    );
    await serve(host, 80, name);
  }
  const first = director(lan, "d1", 21, 150, repository);
  await until(() => first.host.log("daemon.log").includes("Entering MASTER STATE") ? true : null);
  const second = director(lan, "d2", 22, 100, repository);
  await until(() => second.host.log("daemon.log").includes("Startup complete") ? true : null);
  await until(() => roles(second.host) === "backup sync daemon" ? true : null);
  const before = served(client);
  const seen = [roles(first.host), roles(second.host)];
  // The templates cross once a second or so.
  await until(() =>
    second.host.sh("ipvsadm -Lnc").split("10.7.0.1:80").length > CLIENTS.length ? true : null
  );
  await end(first.process, "SIGKILL");
  await until(() => second.host.log("daemon.log").includes("Entering MASTER STATE") ? true : null);
  await until(() => roles(second.host) === "master sync daemon" ? true : null);
  const after = served(client);
  seen.push(roles(second.host));
  const kept = await restart(second, repository);
  const logs = [first, second].map(({ host }) => host.log("daemon.log"));
  await lan.remove();
  return { before, after, roles: seen, templates: kept, logs };
}

/** Stops a director that leaves its table, and starts it again. */
async function restart(
  { host, process }: { readonly host: GuestHost; readonly process: Deno.ChildProcess },
  repository: string,
): Promise<readonly [string, string]> {
  const before = templates(host);
  await end(process);
  const again = host.spawn(directorCommand(host, repository), "again.log");
  await until(() =>
    host.log("again.log").includes("TCP connection to [10.7.0.12]:tcp:80 success") ? true : null
  );
  const after = templates(host);
  await end(again);
  return [before, after];
}

if (import.meta.main) {
  const [repository] = Deno.args as [string];
  sh("modprobe ip_vs");
  Deno.writeTextFileSync("/run/exchange/failover.json", JSON.stringify(await run(repository)));
  Deno.exit(0);
}
