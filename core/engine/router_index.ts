/**
 * Which of our routers a packet is for.
 */
import { isMulticast } from "../net/address.ts";
import { type Router, wireInterface } from "../vrrp/router.ts";
import type { Event } from "./event.ts";

type PacketEvent = Extract<Event, { kind: "advert.received" }>;

/** All routers, found by interface, family and VRID without making a key of them: this is asked for each packet. */
export class RouterIndex {
  /** By interface, and there at `placeOf` the family and the VRID. */
  readonly #interfaces = new Map<string, (Router[] | undefined)[]>();

  clear(): void {
    this.#interfaces.clear();
  }

  add(router: Router): void {
    const { family, vrid } = router.config;
    const name = wireInterface(router.config);
    let there = this.#interfaces.get(name);
    if (there === undefined) this.#interfaces.set(name, there = []);
    const place = placeOf(family === 6, vrid);
    const others = there[place];
    if (others === undefined) there[place] = [router];
    else others.push(router);
  }

  /** The router that is to hear a packet; undefined where none has its VRID. */
  find(event: PacketEvent): Router | undefined {
    const { vrid } = event.packet;
    if (vrid === null) return undefined;
    const routers = this.#interfaces.get(event.interface)?.[placeOf(event.source.includes(":"), vrid)];
    if (routers === undefined || routers.length === 1) return routers?.[0];
    return addressee(routers, event);
  }
}

/** Where routers stand among those of their interface; VRIDs are 0 to 255. */
function placeOf(ipv6: boolean, vrid: number): number {
  return ipv6 ? 256 + vrid : vrid;
}

/**
 * Which of the routers that share an interface and a VRID a packet is for: they differ in the group that they send to,
 * or in their unicast peers.
 */
function addressee(routers: readonly Router[], { source, destination }: PacketEvent): Router {
  if (isMulticast(destination)) {
    const inGroup = ({ config: { transport } }: Router) =>
      transport.mode === "multicast" && transport.group === destination;
    return routers.find(inGroup) ?? routers[0]!;
  }
  const unicast = routers.filter(({ config }) => config.transport.mode === "unicast");
  const knows = ({ config: { transport } }: Router) =>
    transport.mode === "unicast" && transport.peers.some(({ address }) => address === source);
  const own = unicast.filter((router) => router.source === destination);
  return own.find(knows) ?? unicast.find(knows) ?? own[0] ?? unicast[0] ?? routers[0]!;
}
