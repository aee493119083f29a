/**
 * Numbers of linux/ip_vs.h that only the codec of IPVS messages needs.
 */

/** Address families (sys/socket.h). */
export const AF = { INET: 2, INET6: 10 } as const;

/** Attributes at the top (IPVS_CMD_ATTR_*). */
export const CMD_ATTR = {
  SERVICE: 1,
  DEST: 2,
  DAEMON: 3,
  TIMEOUT_TCP: 4,
  TIMEOUT_TCP_FIN: 5,
  TIMEOUT_UDP: 6,
} as const;

/** Attributes of a service (IPVS_SVC_ATTR_*). */
export const SVC_ATTR = {
  AF: 1,
  PROTOCOL: 2,
  ADDR: 3,
  PORT: 4,
  FWMARK: 5,
  SCHED_NAME: 6,
  FLAGS: 7,
  TIMEOUT: 8,
  NETMASK: 9,
  PE_NAME: 11,
  STATS64: 12,
} as const;

/** Attributes of a destination (IPVS_DEST_ATTR_*). */
export const DEST_ATTR = {
  ADDR: 1,
  PORT: 2,
  FWD_METHOD: 3,
  WEIGHT: 4,
  U_THRESH: 5,
  L_THRESH: 6,
  ACTIVE_CONNS: 7,
  INACT_CONNS: 8,
  PERSIST_CONNS: 9,
  ADDR_FAMILY: 11,
  STATS64: 12,
  TUN_TYPE: 13,
  TUN_PORT: 14,
  TUN_FLAGS: 15,
} as const;

/** Attributes of the sync daemon (IPVS_DAEMON_ATTR_*). */
export const DAEMON_ATTR = {
  STATE: 1,
  MCAST_IFN: 2,
  SYNC_ID: 3,
  SYNC_MAXLEN: 4,
  MCAST_GROUP: 5,
  MCAST_GROUP6: 6,
  MCAST_PORT: 7,
  MCAST_TTL: 8,
} as const;

/** Attributes of the answer to GET_INFO (IPVS_INFO_ATTR_*). */
export const INFO_ATTR = { VERSION: 1, CONN_TAB_SIZE: 2 } as const;

/** Attributes 1 to 10 of statistics, in their order (IPVS_STATS_ATTR_*). */
export const STATS = [
  "connections",
  "inPackets",
  "outPackets",
  "inBytes",
  "outBytes",
  "connectionRate",
  "inPacketRate",
  "outPacketRate",
  "inByteRate",
  "outByteRate",
] as const;

/** IP protocol numbers. */
export const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

/** Forwarding methods (IP_VS_CONN_F_*). */
export const FORWARDING_NUMBERS = { nat: 0, local: 1, tunnel: 2, direct: 3, bypass: 4 } as const;

/** The bits of the forwarding method. */
export const FORWARDING_MASK = 7;

/** Tunnel types (IP_VS_CONN_F_TUNNEL_TYPE_*). */
export const TUNNEL_NUMBERS = { ipip: 0, gue: 1, gre: 2 } as const;

/** Tunnel flags (IP_VS_TUNNEL_ENCAP_FLAG_*). */
export const TUNNEL_CHECKSUM_FLAGS = { none: 0, checksum: 1, remote: 2 } as const;

/** States of the sync daemon (IP_VS_STATE_*). */
export const DAEMON_STATES = { master: 1, backup: 2 } as const;
