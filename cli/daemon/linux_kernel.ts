/**
 * The engine thread's kernel, for real.
 */
import type { Kept } from "../../core/config/model.ts";
import { receiveBuffer } from "../../core/config/receive_buffer.ts";
import { openAddressTable } from "../../ffi/address_table.ts";
import { openAdvertSockets } from "../../ffi/advert_socket.ts";
import { openBfdSockets } from "../../ffi/bfd_sockets.ts";
import { openCommandReader } from "../../ffi/command_pipe.ts";
import { openEpoll } from "../../ffi/epoll.ts";
import { type Libc, openLibc } from "../../ffi/libc.ts";
import { openLinkWatch } from "../../ffi/link_watch.ts";
import { openNeighbourAnnouncer } from "../../ffi/neighbour_announcer.ts";
import { openVipFilter } from "../../ffi/vip_filter.ts";
import { openRouteTable } from "../../ffi/route_table.ts";
import { openRouteWatch } from "../../ffi/route_watch.ts";
import { openClock, openTimer, setTimerSlack } from "../../ffi/timer.ts";
import { openVirtualLinks } from "../../ffi/virtual_links.ts";
import type { EngineKernel, Sleeper } from "./engine_kernel.ts";
import { openInterfaceSettings } from "./interface_settings.ts";

/** ns by which the kernel may delay a wakeup to save power; its default of 50,000 is half our budget. */
const TIMER_SLACK = 1;

/** Descriptors that one epoll_wait returns at most. */
const EPOLL_CAPACITY = 64;

/**
 * Opens everything for the calling thread, in the network namespace that it is in; `kept` has the words for buffers.
 *
 * @throws {OsError} where the kernel refuses; what was opened before is closed
 */
export function openLinuxKernel(commandDescriptor: number, kept: Kept = {}): EngineKernel {
  const asked = receiveBuffer(kept, "vrrp_netlink_cmd");
  const told = receiveBuffer(kept, "vrrp_netlink_monitor");
  using stack = new DisposableStack();
  const libc = stack.use(openLibc());
  setTimerSlack(libc, TIMER_SLACK);
  const commands = stack.use(openCommandReader(libc, commandDescriptor));
  const addresses = stack.use(openAddressTable(libc, asked));
  const links = stack.use(openLinkWatch(libc, addresses.renewalPort, told));
  const routes = stack.use(openRouteTable(libc, asked));
  const virtualLinks = stack.use(openVirtualLinks(libc, asked));
  const filter = stack.use(openVipFilter(libc));
  const routeWatch = stack.use(openRouteWatch(libc, told));
  const announcer = stack.use(openNeighbourAnnouncer(libc));
  const adverts = stack.use(openAdvertSockets(libc));
  const bfd = stack.use(openBfdSockets(libc));
  const sleeper = openSleeper(libc, stack);
  const now = openClock(libc);
  const resources = stack.move();
  return {
    adverts,
    bfd,
    addresses,
    announcer,
    routes,
    virtualLinks,
    settings: openInterfaceSettings(),
    filter,
    links,
    routeWatch,
    sleeper,
    now,
    seed: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
    epochOffset: () => Date.now() - now(),
    forwardsIpv6,
    commandDescriptor: commands.descriptor,
    readCommands: () => commands.read(),
    [Symbol.dispose]: () => resources.dispose(),
  };
}

/**
 * The sleep of the loop: epoll, and one timer for the deadline; `stack` closes both.
 *
 * The timer is set only where it would go off too late: where it goes off too early we sleep on. A thousand backups move
 * their earliest deadline away with each packet that they hear, and none of these moves is worth a system call.
 */
export function openSleeper(libc: Libc, stack: DisposableStack): Sleeper {
  const epoll = stack.use(openEpoll(libc));
  const timer = stack.use(openTimer(libc));
  epoll.add(timer.descriptor);
  /** When the timer goes off; null where it is not set, or has gone off. */
  let armed: number | null = null;
  /** Whether the timer's descriptor stays readable until it is set anew. */
  let goneOff = false;
  const arm = (deadline: number | null): void => {
    if (!goneOff && (deadline === null || (armed !== null && armed <= deadline))) return;
    timer.arm(deadline);
    armed = deadline;
    goneOff = false;
  };
  const wait = (timeout: number): readonly number[] => {
    const ready = epoll.wait(timeout);
    const place = ready.indexOf(timer.descriptor);
    if (place < 0) return ready;
    goneOff = true;
    return ready.filter((_, i) => i !== place);
  };
  return {
    // The timer's own descriptor may be among those of one call.
    capacity: EPOLL_CAPACITY - 1,
    watch: (descriptor) => epoll.add(descriptor),
    forget: (descriptor) => epoll.remove(descriptor),
    sleep(deadline) {
      for (;;) {
        arm(deadline);
        const ready = wait(-1);
        const early = goneOff && armed !== null && (deadline === null || armed < deadline);
        if (ready.length > 0 || !early) return ready;
      }
    },
    look: () => wait(0),
  };
}

/** Whether this host routes IPv6 packets that come in on an interface (net.ipv6.conf.*.forwarding). */
function forwardsIpv6(interfaceName: string): boolean {
  try {
    return Deno.readTextFileSync(`/proc/sys/net/ipv6/conf/${interfaceName}/forwarding`).trim() === "1";
  } catch {
    return false;
  }
}
