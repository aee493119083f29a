/**
 * What a takeover does to the kernel, done so that the kernel always refuses it.
 *
 * The rehearsal plays on a kernel that does not exist; the first real packet, address and announcement of a process then
 * still took 1.5 ms more than the second. Here the very sockets of a takeover are used: every argument is one that no
 * kernel takes, so that nothing is sent and nothing changes, and everything on the way there has been gone once.
 */
import type { VrrpInstance } from "../../core/config/model.ts";
import type { OsResult } from "../../core/ports.ts";
import { wireInterface } from "../../core/vrrp/router.ts";
import type { EngineKernel } from "./engine_kernel.ts";

/** To all hosts of the link: refused (EACCES) to a socket that did not ask for it (SO_BROADCAST), as ours never do. */
const NOT_FOR_US = "255.255.255.255";

/** Beyond what the field holds: refused (EINVAL) before the packet goes anywhere. */
const TOO_FAR = 256;

/**
 * No address that an interface could have: the kernel looks for one to change before it looks at the length, and on
 * the loopback it would find its own there.
 */
const NOBODY = { 4: "0.0.0.0", 6: "::" } as const;

/** Longer than any address: refused (EINVAL). */
const TOO_LONG = 255;

/** The index of no interface: refused (ENXIO). */
const NOWHERE = 0x7fffffff;

/** Reaches for the kernel as one instance would that takes over; what came of each step, all of it refused. */
export function reachForKernel(
  { adverts, addresses, announcer }: Pick<EngineKernel, "adverts" | "addresses" | "announcer">,
  instance: VrrpInstance,
): readonly OsResult[] {
  const { family, version, vrid, priority, advertInterval, checksumWithoutPseudoHeader } = instance;
  const [vip] = [...instance.addresses, ...instance.excludedAddresses];
  const source = family === 4 ? "127.0.0.1" : "::1";
  const sent = adverts.send("", {
    interface: wireInterface(instance),
    source,
    destinations: [family === 4 ? NOT_FOR_US : source],
    ttl: family === 4 ? instance.ttl : TOO_FAR,
    checksumWithoutPseudoHeader,
    advertisement: {
      version,
      vrid,
      priority,
      interval: advertInterval,
      addresses: instance.addresses.map(({ address }) => address),
      authentication: "none",
      password: "",
    },
  });
  const address = {
    interface: vip?.interface ?? instance.interface,
    address: NOBODY[family],
    prefixLength: TOO_LONG,
    label: null,
    scope: 0,
    broadcast: null,
    peer: null,
    flags: [],
    lease: 1,
    preferredLifetime: null,
  };
  const announced = announcer.announce(NOWHERE, "02:00:00:00:00:01", source, { router: false });
  return [sent, ...addresses.add([address]), announced];
}
