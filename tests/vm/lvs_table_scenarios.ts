/** The kernel's table over the life of a daemon: start, reload, the hands of others, stop. */
import { QUICK, real, type Scenario, second, server, service, TCP } from "./lvs_scenario.ts";

const beforeReload = `
virtual_server 10.8.0.1 80 {
  ${QUICK}
  lb_algo rr
  lb_kind NAT
  protocol TCP
  ${real("10.8.0.11 80", `weight 1\n ${TCP}`)}
  ${real("10.8.0.12 80", `weight 1\n ${TCP}`)}
  ${real("10.8.0.13 80", `weight 1\n ${TCP}`)}
}
virtual_server 10.8.0.2 80 {
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 10.8.0.12 80 {
  }
}
`;

const afterReload = `
virtual_server 10.8.0.1 80 {
  ${QUICK.replace("delay_loop 1", "delay_loop 2")}
  lb_algo wlc
  persistence_timeout 60
  lb_kind NAT
  protocol TCP
  ${real("10.8.0.11 80", `weight 7\n ${TCP}`)}
  ${real("10.8.0.13 80", `weight 1\n ${TCP}`)}
  ${real("10.8.0.14 80", `weight 1`)}
}
virtual_server 10.8.0.3 80 {
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 10.8.0.12 80 {
  }
}
`;

const settings = `
global_defs {
  lvs_timeouts tcp 100 tcpfin 50 udp 60
  lvs_flush
  lvs_sync_daemon lo id 7
}
virtual_server 10.8.0.1 80 {
  lb_algo rr
  lb_kind NAT
  protocol TCP
  ${real("10.8.0.11 80", "weight 1")}
}
`;

/** Start, reload, repair and stop. */
export const TABLES: readonly Scenario[] = [
  {
    name: "what somebody else changes is put right",
    oursAlone: true,
    config: beforeReload.slice(0, beforeReload.indexOf("virtual_server 10.8.0.2")),
    servers: ["10.8.0.11:80", "10.8.0.12:80", "10.8.0.13:80"],
    steps: [
      {
        table: [
          service("rr"),
          server("10.8.0.11:80", 1),
          server("10.8.0.12:80", 1),
          server("10.8.0.13:80", 1),
        ],
      },
      {
        run: [
          "ipvsadm -D -t 10.8.0.1:80",
          "ipvsadm -A -t 10.8.0.1:80 -s lc",
          "ipvsadm -a -t 10.8.0.1:80 -r 10.8.0.12:80 -m -w 9",
          "ipvsadm -A -u 10.9.9.9:53 -s rr",
        ],
        table: [
          service("rr"),
          server("10.8.0.11:80", 1),
          server("10.8.0.12:80", 1),
          server("10.8.0.13:80", 1),
          "-A -u 10.9.9.9:53 -s rr",
        ],
        log: [/Repairing VS \[10\.8\.0\.1\]:tcp:80: \d+ differences? in the kernel's table/],
      },
    ],
  },
  {
    name: "reload: new, changed and removed servers, one that is down stays down",
    config: beforeReload,
    servers: ["10.8.0.11:80", "10.8.0.12:80"],
    steps: [
      {
        table: [
          service("rr"),
          server("10.8.0.11:80", 1),
          server("10.8.0.12:80", 1),
          ...second("10.8.0.12:80 -m -w 1"),
        ],
        log: [/Removing service \[10\.8\.0\.13\]:tcp:80 from VS/],
      },
      {
        reload: afterReload,
        table: [
          "-A -t 10.8.0.1:80 -s wlc -p 60",
          server("10.8.0.11:80", 7),
          server("10.8.0.14:80", 1),
          "-A -t 10.8.0.3:80 -s rr",
          "-a -t 10.8.0.3:80 -r 10.8.0.12:80 -m -w 1",
        ],
        log: [
          /Removing Virtual Server \[10\.8\.0\.2\]:tcp:80/,
          /service \[10\.8\.0\.12\]:tcp:80 no longer exist/,
          /Reinitializing ipvs/,
        ],
      },
    ],
  },
  {
    name: "timeouts, flush at start, sync daemon",
    config: settings,
    servers: [],
    before: ["-A -u 10.9.9.9:53 -s rr"],
    steps: [
      {
        table: [service("rr"), server("10.8.0.11:80", 1)],
        shows: { arguments: "-L --timeout", lines: ["Timeout (tcp tcpfin udp): 100 50 60"] },
      },
      {
        table: [service("rr"), server("10.8.0.11:80", 1)],
        shows: {
          arguments: "-L --daemon",
          lines: ["master sync daemon (mcast=lo, syncid=7", "backup sync daemon (mcast=lo, syncid=7"],
        },
      },
      {
        stop: true,
        table: [],
        shows: { arguments: "-L --timeout", lines: ["Timeout (tcp tcpfin udp): 900 120 300"] },
      },
    ],
  },
  {
    name: "a service that was left over is kept",
    config: beforeReload.slice(0, beforeReload.indexOf("virtual_server 10.8.0.2")),
    servers: ["10.8.0.11:80", "10.8.0.12:80", "10.8.0.13:80"],
    before: ["-A -t 10.8.0.1:80 -s rr", "-A -u 10.9.9.9:53 -s rr"],
    steps: [
      {
        table: [
          service("rr"),
          server("10.8.0.11:80", 1),
          server("10.8.0.12:80", 1),
          server("10.8.0.13:80", 1),
          "-A -u 10.9.9.9:53 -s rr",
        ],
      },
      { stop: true, table: ["-A -u 10.9.9.9:53 -s rr"] },
    ],
  },
];
