/**
 * Sizes and offsets of C structures on 64-bit Linux, in octets.
 *
 * A test compares them with what a C program prints (tests/golden/libc/libc_facts.c).
 */

/** `struct sockaddr_in` */
export const SOCKADDR_IN = { size: 16, family: 0, port: 2, address: 4 } as const;

/** `struct sockaddr_in6` */
export const SOCKADDR_IN6 = { size: 28, family: 0, port: 2, flowinfo: 4, address: 8, scopeId: 24 } as const;

/** `struct sockaddr_ll` */
export const SOCKADDR_LL = {
  size: 20,
  family: 0,
  protocol: 2,
  index: 4,
  hardwareType: 8,
  packetType: 10,
  addressLength: 11,
  address: 12,
} as const;

/** `struct sockaddr_nl` */
export const SOCKADDR_NL = { size: 12, family: 0, port: 4, groups: 8 } as const;

/** `struct msghdr` */
export const MSGHDR = {
  size: 56,
  name: 0,
  nameLength: 8,
  iov: 16,
  iovLength: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
} as const;

/** `struct mmsghdr` */
export const MMSGHDR = { size: 64, header: 0, length: 56 } as const;

/** `struct iovec` */
export const IOVEC = { size: 16, base: 0, length: 8 } as const;

/** `struct cmsghdr` */
export const CMSGHDR = { size: 16, length: 0, level: 8, type: 12, data: 16 } as const;

/** `struct ip_mreqn` */
export const IP_MREQN = { size: 12, group: 0, address: 4, index: 8 } as const;

/** `struct ipv6_mreq` */
export const IPV6_MREQ = { size: 20, group: 0, index: 16 } as const;

/** `struct in6_pktinfo` */
export const IN6_PKTINFO = { size: 20, address: 0, index: 16 } as const;

/** `struct sock_filter` */
export const SOCK_FILTER = { size: 8, code: 0, jumpTrue: 2, jumpFalse: 3, k: 4 } as const;

/** `struct sock_fprog` */
export const SOCK_FPROG = { size: 16, length: 0, filter: 8 } as const;

/** `struct timespec` */
export const TIMESPEC = { size: 16, seconds: 0, nanoseconds: 8 } as const;

/** `struct timeval` */
export const TIMEVAL = { size: 16, seconds: 0, microseconds: 8 } as const;

/** `struct itimerspec` */
export const ITIMERSPEC = { size: 32, interval: 0, value: 16 } as const;

/** `struct sched_param` */
export const SCHED_PARAM = { size: 4, priority: 0 } as const;

/** `struct epoll_event`: packed on x86-64, and only there. */
export const EPOLL_EVENT = Deno.build.arch === "x86_64"
  ? { size: 12, events: 0, data: 4 } as const
  : { size: 16, events: 0, data: 8 } as const;

/** `struct inotify_event`, without the name that follows it. */
export const INOTIFY_EVENT = { size: 16, watch: 0, mask: 4, cookie: 8, length: 12 } as const;

/** `struct cn_msg`, without the data that follows it. */
export const CN_MSG = {
  size: 20,
  index: 0,
  value: 4,
  sequence: 8,
  acknowledgement: 12,
  length: 16,
  flags: 18,
} as const;

/** `struct proc_event`: the identifiers of a process stand where `data` begins, thread first. */
export const PROC_EVENT = { size: 40, what: 0, cpu: 4, timestamp: 8, data: 16 } as const;

/** Octets of a control message with `length` octets of data, as the kernel aligns them (CMSG_SPACE). */
export function controlSpace(length: number): number {
  return (CMSGHDR.data + length + 7) & ~7;
}
