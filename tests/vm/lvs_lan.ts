/**
 * A LAN with a client, directors and real servers, for traffic through the load balancer. Runs in the guest.
 */
import { GuestHost, sh, until, WebServers } from "./lvs_host.ts";

/** The address that clients call. */
export const VIP = "10.7.0.1";

/** ms for answers to come as they are wanted. */
const PATIENCE = 90_000;

/** Hosts on one bridge: 10.7.0.0/24 is what clients see, 10.6.0.0/24 what lies behind the director. */
export class Lan {
  readonly bridge: string;
  readonly hosts: GuestHost[] = [];

  constructor(readonly prefix: string) {
    this.bridge = `br-${prefix}`;
    sh(`ip link add ${this.bridge} type bridge mcast_snooping 0 && ip link set ${this.bridge} up`);
  }

  /** A host with `eth0` and these addresses. */
  add(name: string, ...addresses: readonly string[]): GuestHost {
    const host = new GuestHost(`${this.prefix}-${name}`);
    const port = `${this.prefix}${name}`;
    sh(
      `ip link add ${port} type veth peer name eth0 netns ${host.name} && ip link set ${port} master ${this.bridge} up`,
    );
    for (const address of addresses) host.sh(`ip addr add ${address} dev eth0`);
    host.sh("ip link set eth0 up");
    this.hosts.push(host);
    return host;
  }

  async remove(): Promise<void> {
    for (const host of this.hosts) await host.remove();
    sh(`ip link del ${this.bridge}`);
  }
}

/** Asks the VIP a number of times, one connection after another; how often each answer came, as `rs1 20`. */
function ask(client: GuestHost, times: number, url = `http://${VIP}/`): string[] {
  const script =
    `for i in $(seq ${times}); do curl -s --max-time 5 ${url} || echo nothing; done | sort | uniq -c`;
  return client.sh(script).trim().split("\n").map((line) => line.trim().split(/\s+/).reverse().join(" "))
    .sort();
}

/** Waits until answers come in these proportions, and gives the last ones. */
export async function asked(
  client: GuestHost,
  times: number,
  wanted: readonly string[],
  url?: string,
): Promise<string[]> {
  let answers: string[] = [];
  await until(() => {
    answers = ask(client, times, url);
    return answers.join() === wanted.join() ? true : null;
  }, PATIENCE);
  return answers;
}

/** nginx on every address of a host, which says the host's name. */
export async function serve(host: GuestHost, port: number, text: string): Promise<WebServers> {
  const web = new WebServers(host);
  await web.start(`0.0.0.0:${port}`, text);
  return web;
}
