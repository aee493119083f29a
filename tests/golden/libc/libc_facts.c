/*
 * Prints as JSON what ffi/layout.ts, ffi/constants.ts and ffi/errno.ts state about the C library and the kernel's
 * headers: sizes and offsets of structures, values of constants, names and texts of errors.
 *
 *   cc -o libc_facts libc_facts.c && ./libc_facts > libc_facts.$(uname -m).json
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>

#define START(type, name) printf("%s\n    \"%s\": { \"size\": %zu", comma, name, sizeof(type)); comma = ","
#define FIELD(type, field, name) printf(", \"%s\": %zu", name, offsetof(type, field))
#define END() printf(" }")
#define VALUE(name) printf("%s\n    \"%s\": %lld", comma, #name, (long long)(name)); comma = ","
#define IS(name, number) printf("%s\n    \"%s\": %lld", comma, name, (long long)(number)); comma = ","

static void layouts(void) {
  const char *comma = "";
  START(struct sockaddr_in, "sockaddr_in");
  FIELD(struct sockaddr_in, sin_family, "family");
  FIELD(struct sockaddr_in, sin_port, "port");
  FIELD(struct sockaddr_in, sin_addr, "address");
  END();
  START(struct sockaddr_in6, "sockaddr_in6");
  FIELD(struct sockaddr_in6, sin6_family, "family");
  FIELD(struct sockaddr_in6, sin6_port, "port");
  FIELD(struct sockaddr_in6, sin6_flowinfo, "flowinfo");
  FIELD(struct sockaddr_in6, sin6_addr, "address");
  FIELD(struct sockaddr_in6, sin6_scope_id, "scopeId");
  END();
  START(struct sockaddr_ll, "sockaddr_ll");
  FIELD(struct sockaddr_ll, sll_family, "family");
  FIELD(struct sockaddr_ll, sll_protocol, "protocol");
  FIELD(struct sockaddr_ll, sll_ifindex, "index");
  FIELD(struct sockaddr_ll, sll_hatype, "hardwareType");
  FIELD(struct sockaddr_ll, sll_pkttype, "packetType");
  FIELD(struct sockaddr_ll, sll_halen, "addressLength");
  FIELD(struct sockaddr_ll, sll_addr, "address");
  END();
  START(struct sockaddr_nl, "sockaddr_nl");
  FIELD(struct sockaddr_nl, nl_family, "family");
  FIELD(struct sockaddr_nl, nl_pid, "port");
  FIELD(struct sockaddr_nl, nl_groups, "groups");
  END();
  START(struct msghdr, "msghdr");
  FIELD(struct msghdr, msg_name, "name");
  FIELD(struct msghdr, msg_namelen, "nameLength");
  FIELD(struct msghdr, msg_iov, "iov");
  FIELD(struct msghdr, msg_iovlen, "iovLength");
  FIELD(struct msghdr, msg_control, "control");
  FIELD(struct msghdr, msg_controllen, "controlLength");
  FIELD(struct msghdr, msg_flags, "flags");
  END();
  START(struct mmsghdr, "mmsghdr");
  FIELD(struct mmsghdr, msg_hdr, "header");
  FIELD(struct mmsghdr, msg_len, "length");
  END();
  START(struct iovec, "iovec");
  FIELD(struct iovec, iov_base, "base");
  FIELD(struct iovec, iov_len, "length");
  END();
  START(struct cmsghdr, "cmsghdr");
  FIELD(struct cmsghdr, cmsg_len, "length");
  FIELD(struct cmsghdr, cmsg_level, "level");
  FIELD(struct cmsghdr, cmsg_type, "type");
  printf(", \"data\": %zu", CMSG_LEN(0));
  END();
  START(struct ip_mreqn, "ip_mreqn");
  FIELD(struct ip_mreqn, imr_multiaddr, "group");
  FIELD(struct ip_mreqn, imr_address, "address");
  FIELD(struct ip_mreqn, imr_ifindex, "index");
  END();
  START(struct ipv6_mreq, "ipv6_mreq");
  FIELD(struct ipv6_mreq, ipv6mr_multiaddr, "group");
  FIELD(struct ipv6_mreq, ipv6mr_interface, "index");
  END();
  START(struct in6_pktinfo, "in6_pktinfo");
  FIELD(struct in6_pktinfo, ipi6_addr, "address");
  FIELD(struct in6_pktinfo, ipi6_ifindex, "index");
  END();
  START(struct sock_filter, "sock_filter");
  FIELD(struct sock_filter, code, "code");
  FIELD(struct sock_filter, jt, "jumpTrue");
  FIELD(struct sock_filter, jf, "jumpFalse");
  FIELD(struct sock_filter, k, "k");
  END();
  START(struct sock_fprog, "sock_fprog");
  FIELD(struct sock_fprog, len, "length");
  FIELD(struct sock_fprog, filter, "filter");
  END();
  START(struct epoll_event, "epoll_event");
  FIELD(struct epoll_event, events, "events");
  FIELD(struct epoll_event, data, "data");
  END();
  START(struct inotify_event, "inotify_event");
  FIELD(struct inotify_event, wd, "watch");
  FIELD(struct inotify_event, mask, "mask");
  FIELD(struct inotify_event, cookie, "cookie");
  FIELD(struct inotify_event, len, "length");
  END();
  START(struct cn_msg, "cn_msg");
  FIELD(struct cn_msg, id.idx, "index");
  FIELD(struct cn_msg, id.val, "value");
  FIELD(struct cn_msg, seq, "sequence");
  FIELD(struct cn_msg, ack, "acknowledgement");
  FIELD(struct cn_msg, len, "length");
  FIELD(struct cn_msg, flags, "flags");
  END();
  START(struct proc_event, "proc_event");
  FIELD(struct proc_event, what, "what");
  FIELD(struct proc_event, cpu, "cpu");
  FIELD(struct proc_event, timestamp_ns, "timestamp");
  FIELD(struct proc_event, event_data, "data");
  END();
  START(struct timespec, "timespec");
  FIELD(struct timespec, tv_sec, "seconds");
  FIELD(struct timespec, tv_nsec, "nanoseconds");
  END();
  START(struct timeval, "timeval");
  FIELD(struct timeval, tv_sec, "seconds");
  FIELD(struct timeval, tv_usec, "microseconds");
  END();
  START(struct itimerspec, "itimerspec");
  FIELD(struct itimerspec, it_interval, "interval");
  FIELD(struct itimerspec, it_value, "value");
  END();
  START(struct sched_param, "sched_param");
  FIELD(struct sched_param, sched_priority, "priority");
  END();
}

static void constants(void) {
  const char *comma = "";
  VALUE(AF_UNIX); VALUE(AF_INET); VALUE(AF_INET6); VALUE(AF_NETLINK); VALUE(AF_PACKET);
  VALUE(SOCK_STREAM); VALUE(SOCK_DGRAM); VALUE(SOCK_RAW); VALUE(SOCK_CLOEXEC); VALUE(SOCK_NONBLOCK);
  VALUE(SOL_SOCKET); VALUE(SOL_IP); VALUE(SOL_IPV6); VALUE(SOL_NETLINK);
  VALUE(SO_RCVBUF); VALUE(SO_RCVBUFFORCE); VALUE(SO_SNDBUF); VALUE(SO_SNDBUFFORCE); VALUE(SO_PRIORITY);
  IS("SO_RCVTIMEO", SO_RCVTIMEO);
  VALUE(SO_BINDTODEVICE); VALUE(SO_ATTACH_FILTER);
  IS("IP_TOS", IP_TOS); IS("IP_HDRINCL", IP_HDRINCL); IS("IP_FREEBIND", IP_FREEBIND);
  IS("IP_MULTICAST_IF", IP_MULTICAST_IF); IS("IP_MULTICAST_LOOP", IP_MULTICAST_LOOP);
  IS("IP_MULTICAST_ALL", IP_MULTICAST_ALL); IS("IP_ADD_MEMBERSHIP", IP_ADD_MEMBERSHIP);
  IS("IPV6_MULTICAST_IF", IPV6_MULTICAST_IF); IS("IPV6_MULTICAST_HOPS", IPV6_MULTICAST_HOPS);
  IS("IPV6_MULTICAST_LOOP", IPV6_MULTICAST_LOOP); IS("IPV6_MULTICAST_ALL", IPV6_MULTICAST_ALL);
  IS("IPV6_ADD_MEMBERSHIP", IPV6_ADD_MEMBERSHIP); IS("IPV6_RECVPKTINFO", IPV6_RECVPKTINFO);
  IS("IPV6_PKTINFO", IPV6_PKTINFO); IS("IPV6_RECVHOPLIMIT", IPV6_RECVHOPLIMIT);
  IS("IPV6_HOPLIMIT", IPV6_HOPLIMIT); IS("IPV6_TCLASS", IPV6_TCLASS); IS("IPV6_FREEBIND", IPV6_FREEBIND);
  IS("NETLINK_ROUTE", NETLINK_ROUTE); IS("NETLINK_GENERIC", NETLINK_GENERIC);
  IS("NETLINK_ADD_MEMBERSHIP", NETLINK_ADD_MEMBERSHIP); IS("NETLINK_CAP_ACK", NETLINK_CAP_ACK);
  IS("NETLINK_EXT_ACK", NETLINK_EXT_ACK);
  IS("MSG_DONTROUTE", MSG_DONTROUTE); IS("MSG_DONTWAIT", MSG_DONTWAIT); IS("MSG_TRUNC", MSG_TRUNC);
  VALUE(SO_REUSEADDR); VALUE(SO_ERROR); VALUE(SO_MARK);
  IS("IP_RECVERR", IP_RECVERR); IS("IPV6_RECVERR", IPV6_RECVERR);
  IS("IP_BIND_ADDRESS_NO_PORT", IP_BIND_ADDRESS_NO_PORT);
  IS("IPPROTO_ICMP", IPPROTO_ICMP); IS("IPPROTO_ICMPV6", IPPROTO_ICMPV6); IS("MSG_NOSIGNAL", MSG_NOSIGNAL);
  IS("EPOLLOUT", EPOLLOUT); VALUE(EPOLL_CTL_MOD); IS("EFD_CLOEXEC", EFD_CLOEXEC); IS("EFD_NONBLOCK", EFD_NONBLOCK);
  VALUE(NETLINK_NETFILTER);
  IS("EPOLLIN", EPOLLIN); IS("EPOLLERR", EPOLLERR); IS("EPOLLHUP", EPOLLHUP);
  VALUE(EPOLL_CTL_ADD); VALUE(EPOLL_CTL_DEL); IS("EPOLL_CLOEXEC", EPOLL_CLOEXEC);
  VALUE(CLOCK_MONOTONIC); IS("TFD_CLOEXEC", TFD_CLOEXEC); IS("TFD_NONBLOCK", TFD_NONBLOCK);
  IS("TFD_TIMER_ABSTIME", TFD_TIMER_ABSTIME);
  VALUE(PR_SET_TIMERSLACK); VALUE(PR_SET_PDEATHSIG);
  VALUE(O_CLOEXEC); VALUE(O_NONBLOCK); VALUE(O_RDONLY); VALUE(F_SETPIPE_SZ);
  VALUE(CLONE_NEWNET); VALUE(SCHED_RR); VALUE(SCHED_RESET_ON_FORK); VALUE(MCL_CURRENT); VALUE(MCL_FUTURE);
  VALUE(BPF_LD); VALUE(BPF_LDX); VALUE(BPF_ALU); VALUE(BPF_JMP); VALUE(BPF_RET); VALUE(BPF_MISC);
  VALUE(BPF_W); VALUE(BPF_H); VALUE(BPF_B); VALUE(BPF_IMM); VALUE(BPF_ABS); VALUE(BPF_IND); VALUE(BPF_MSH);
  VALUE(BPF_MEM); VALUE(BPF_ST); VALUE(BPF_AND); VALUE(BPF_RSH); VALUE(BPF_JA); VALUE(BPF_JEQ); VALUE(BPF_JSET); VALUE(BPF_K); VALUE(BPF_X);
  VALUE(BPF_TAX); VALUE(SKF_AD_OFF); VALUE(SKF_AD_PKTTYPE); VALUE(PACKET_LOOPBACK);
  IS("IN_CLOEXEC", IN_CLOEXEC); IS("IN_NONBLOCK", IN_NONBLOCK); VALUE(IN_CLOSE_WRITE);
  VALUE(IN_MOVED_FROM); VALUE(IN_MOVED_TO); VALUE(IN_CREATE); VALUE(IN_DELETE);
  VALUE(IN_DELETE_SELF); VALUE(IN_MOVE_SELF); VALUE(IN_ONLYDIR); VALUE(IN_Q_OVERFLOW); VALUE(IN_IGNORED);
  VALUE(NETLINK_CONNECTOR); IS("CN_IDX_PROC", CN_IDX_PROC); IS("CN_VAL_PROC", CN_VAL_PROC);
  VALUE(PROC_CN_MCAST_LISTEN);
  IS("PROC_EVENT_NONE", PROC_EVENT_NONE); IS("PROC_EVENT_FORK", PROC_EVENT_FORK);
  IS("PROC_EVENT_EXEC", PROC_EVENT_EXEC); IS("PROC_EVENT_COMM", PROC_EVENT_COMM);
  IS("PROC_EVENT_EXIT", (unsigned)PROC_EVENT_EXIT); IS("SYS_pidfd_open", SYS_pidfd_open);
  VALUE(IP_TTL); VALUE(IP_PKTINFO); VALUE(IP_RECVTTL); VALUE(IPV6_UNICAST_HOPS); VALUE(IPV6_V6ONLY);
  IS("IPPROTO_UDP", IPPROTO_UDP); VALUE(SKF_NET_OFF);
}

static void errors(void) {
  const char *comma = "";
  for (int number = 1; number < 134; number++) {
    const char *name = strerrorname_np(number);
    if (name == NULL) continue;
    printf("%s\n    \"%d\": [\"%s\", \"%s\"]", comma, number, name, strerrordesc_np(number));
    comma = ",";
  }
}

int main(void) {
  printf("{\n  \"layout\": {");
  layouts();
  printf("\n  },\n  \"constants\": {");
  constants();
  printf("\n  },\n  \"errors\": {");
  errors();
  printf("\n  }\n}\n");
  return 0;
}
