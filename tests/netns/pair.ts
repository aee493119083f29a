/** Two nodes, a client and a capture: what most cases start from. */
import type { Daemon } from "../lab/daemon.ts";
import { configuration, instance, type InstanceText } from "../lab/config_text.ts";
import type { Lab, LabSpec } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import type { PingClient } from "../lab/ping_client.ts";
import type { Pair } from "../lab/scenario.ts";
import type { Sniffer } from "../lab/sniffer.ts";

/** The virtual address of the cases with one. */
export const VIP = "10.80.0.100";

/** Two nodes and a client on one LAN. */
export const LAN: LabSpec = { a: ["lan"], b: ["lan"], client: ["lan"] };

/** Priorities of the two nodes. */
export const PRIORITY = { a: 150, b: 100 } as const;

/** An advertisement interval and version that the cases are run with. */
export interface Speed {
  readonly label: string;
  /** s */
  readonly interval: number;
  readonly version: 2 | 3;
}

/** Version 2 at one second, as every tutorial has it. */
export const SLOW: Speed = { label: "v2 advert_int 1", interval: 1, version: 2 };

/** Version 3 at 10 ms, the fastest that there is. */
export const FAST: Speed = { label: "v3 advert_int 0.01", interval: 0.01, version: 3 };

/** Version 3 at 100 ms: for cases in which the interval is not what is tested. */
export const BRISK: Speed = { label: "v3 advert_int 0.1", interval: 0.1, version: 3 };

/** The skew of a backup, ms. */
export function skew(speed: Speed, priority: number = PRIORITY.b): number {
  return (256 - priority) / 256 * (speed.version === 2 ? 1000 : speed.interval * 1000);
}

/** How long a backup waits for a silent master, ms. */
export function masterDown(speed: Speed, priority: number = PRIORITY.b): number {
  return speed.interval * 3000 + skew(speed, priority);
}

/** How long `ha` leaves a VIP with the kernel, ms: the lease that it renews while it is alive. */
export function lease(speed: Speed, priority: number = PRIORITY.b): number {
  return Math.max(3000, Math.ceil(masterDown(speed, priority) / 1000) * 1000 + 1000);
}

/** What a case changes in the usual configuration. */
export interface PairOptions {
  readonly speed: Speed;
  readonly a?: Partial<InstanceText>;
  readonly b?: Partial<InstanceText>;
  readonly globals?: readonly string[];
}

/** Everything that a case looks at. */
export interface Running {
  readonly a: Node;
  readonly b: Node;
  readonly first: Daemon;
  readonly second: Daemon;
  readonly client: PingClient;
  readonly wire: Sniffer;
}

/** The configuration of one of the two nodes. */
export function configOf(which: "a" | "b", options: PairOptions): string {
  const { interval, version } = options.speed;
  const usual: InstanceText = { priority: PRIORITY[which], interval, version, addresses: [`${VIP}/24`] };
  return configuration([instance({ ...usual, ...options[which] })], options.globals ?? []);
}

/** Both nodes up, `a` the master, the client pinging, the backup known to have heard the master. */
export async function running(lab: Lab, pair: Pair, options: PairOptions): Promise<Running> {
  const [a, b] = [lab.node("a"), lab.node("b")];
  const wire = await lab.sniff("lan");
  const [first, second] = await Promise.all([
    a.start(pair.first, configOf("a", options)),
    b.start(pair.second, configOf("b", options)),
  ]);
  const taken = await a.addresses.added(VIP, { within: 20_000 });
  await Promise.all([
    first.enters("VI_1", "BACKUP"),
    second.enters("VI_1", "BACKUP"),
  ]);
  const client = await lab.ping("client", VIP, options.speed.interval < 0.1 ? 5 : 10);
  await advertsFrom(wire, a, taken.at, 2);
  return { a, b, first, second, client, wire };
}

/** Waits until a node has sent that many advertisements after a time. */
export async function advertsFrom(wire: Sniffer, node: Node, since: number, count: number): Promise<void> {
  let from = since;
  for (let i = 0; i < count; i++) {
    const advert = await wire.advert((packet) => packet.source === node.address && packet.priority > 0, {
      since: from,
      within: 10_000,
      what: `an advertisement of ${node.name}`,
    });
    from = advert.at + 0.001;
  }
}

/** Waits until a node holds the VIP and another one does not. */
export async function handedOver(from: Node, to: Node, since: number, within = 15_000): Promise<void> {
  await to.addresses.added(VIP, { since, within });
  if (from.addresses.has(VIP)) await from.addresses.removed(VIP, { since, within });
}
