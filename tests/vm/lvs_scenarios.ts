/**
 * Configurations of virtual servers with what happens to their servers, and the table that each step must lead to.
 *
 * Both daemons run them; the tables are those that keepalived was seen to make.
 */

/** What happens, and the table after it. */
export interface Step {
  /** Servers that are killed or started, as nginx listens: `10.8.0.11:80`. */
  readonly kill?: readonly string[];
  readonly start?: readonly string[];
  /** Files of the host that are written, by name. */
  readonly write?: Readonly<Record<string, string>>;
  /** The daemon is told to reload this configuration. */
  readonly reload?: string;
  readonly stop?: true;
  /** Lines of shell that somebody else runs. */
  readonly run?: readonly string[];
  /** Lines of `ipvsadm-save -n`. */
  readonly table: readonly string[];
  /** Output of `ipvsadm` with these arguments; looked for in lines without trailing blanks. */
  readonly shows?: { readonly arguments: string; readonly lines: readonly string[] };
  /** Patterns that the log must have by then. */
  readonly log?: readonly RegExp[];
}

/** One configuration in both daemons. */
export interface Scenario {
  readonly name: string;
  readonly config: string;
  /** Servers that run from the start. */
  readonly servers: readonly string[];
  /** Lines of `ipvsadm-restore` before the daemon starts. */
  readonly before?: readonly string[];
  readonly steps: readonly Step[];
  /** keepalived does nothing of the kind. */
  readonly oursAlone?: true;
  /** The tables are those of another namespace, `@TABLE@` in the configuration; the daemon's own stays empty. */
  readonly elsewhere?: true;
}

/** Checks that are quick enough for a test and slow enough for a translated machine. */
const QUICK = "delay_loop 1\n connect_timeout 2\n retry 1\n delay_before_retry 1\n warmup 0";

/** An `HTTP_GET` of a path. */
function http(path: string): string {
  return `HTTP_GET {\n url {\n path ${path}\n }\n }`;
}

const TCP = "TCP_CHECK {\n }";

/** A `real_server` block. */
function real(address: string, inside: string): string {
  return `real_server ${address} {\n ${inside}\n }`;
}

const seed = `
virtual_server 10.8.0.1 80 {
    delay_loop 1
    lb_algo wrr
    lb_kind DR
    persistence_timeout 50
    protocol TCP
    sorry_server 127.0.0.1 80
    real_server 10.8.0.11 80 {
        weight 2
        HTTP_GET {
            url {
              path /index.html
              status_code 200
            }
            connect_timeout 1
            nb_get_retry 3
            delay_before_retry 1
        }
    }
    real_server 10.8.0.12 80 {
        weight 1
        HTTP_GET {
            url {
              path /index.html
              status_code 200
            }
            connect_timeout 1
            nb_get_retry 3
            delay_before_retry 1
        }
    }
}
`;

const options = `
virtual_server_group G {
  10.8.0.50-51 80
  10.8.0.60/31 81
  fwmark 20
}
virtual_server 10.8.0.4 443 {
  lb_algo mh
  mh-port
  mh-fallback
  lb_kind TUN type gue port 6080 csum
  protocol UDP
  ops
  persistence_timeout
  persistence_granularity 255.255.255.0
  real_server 10.8.0.12 443 {
    uthreshold 100
    lthreshold 10
  }
  real_server 10.8.0.13 443 {
    lvs_method DR
    weight 0
  }
  real_server 10.8.0.14 443 {
    lvs_method TUN type gre
  }
  real_server 10.8.0.15 443 {
    lvs_method TUN
  }
}
virtual_server 10.8.0.4 0 {
  lb_algo wlc
  lb_kind DR
  protocol SCTP
  persistence_timeout 360
  real_server 10.8.0.12 {
  }
}
virtual_server fd00::1 53 {
  lb_algo lblcr
  lb_kind NAT
  protocol UDP
  persistence_timeout 77
  persistence_granularity 64
  real_server fd00::2 53 {
  }
}
virtual_server 10.8.0.4 5060 {
  lb_algo rr
  lb_kind NAT
  protocol UDP
  persistence_timeout 100
  persistence_engine sip
  real_server 10.8.0.12 5060 {
  }
}
virtual_server fwmark 9 {
  lb_algo rr
  lb_kind DR
  real_server 10.8.0.12 80 {
  }
}
virtual_server fwmark 10 {
  lb_algo sh
  sh-port
  lb_kind NAT
  real_server fd00::2 80 {
  }
}
virtual_server fwmark 11 {
  lb_algo sed
  lb_kind NAT
  real_server 10.8.0.12 8080 {
  }
  real_server 10.8.0.13 {
  }
}
virtual_server group G {
  lb_algo nq
  lb_kind NAT
  protocol TCP
  real_server 10.8.0.12 8080 {
  }
}
virtual_server group G {
  lb_algo dh
  lb_kind DR
  protocol UDP
  real_server 10.8.0.13 {
  }
}
`;

const optionsTable = [
  "-A -t 10.8.0.50:80 -s nq",
  "-a -t 10.8.0.50:80 -r 10.8.0.12:8080 -m -w 1",
  "-A -t 10.8.0.51:80 -s nq",
  "-a -t 10.8.0.51:80 -r 10.8.0.12:8080 -m -w 1",
  "-A -t 10.8.0.60:81 -s nq",
  "-a -t 10.8.0.60:81 -r 10.8.0.12:8080 -m -w 1",
  "-A -t 10.8.0.61:81 -s nq",
  "-a -t 10.8.0.61:81 -r 10.8.0.12:8080 -m -w 1",
  "-A -u 10.8.0.4:443 -s mh -p 360 -M 255.255.255.0 -o -b mh-fallback,mh-port",
  "-a -u 10.8.0.4:443 -r 10.8.0.12:443 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum",
  "-a -u 10.8.0.4:443 -r 10.8.0.13:443 -g -w 0",
  "-a -u 10.8.0.4:443 -r 10.8.0.14:443 -i -w 1 --tun-type gre --tun-nocsum",
  "-a -u 10.8.0.4:443 -r 10.8.0.15:443 -i -w 1 --tun-type ipip",
  "-A -u 10.8.0.50:80 -s dh",
  "-a -u 10.8.0.50:80 -r 10.8.0.13:80 -g -w 1",
  "-A -u 10.8.0.51:80 -s dh",
  "-a -u 10.8.0.51:80 -r 10.8.0.13:80 -g -w 1",
  "-A -u 10.8.0.60:81 -s dh",
  "-a -u 10.8.0.60:81 -r 10.8.0.13:81 -g -w 1",
  "-A -u 10.8.0.61:81 -s dh",
  "-a -u 10.8.0.61:81 -r 10.8.0.13:81 -g -w 1",
  "-A -u 10.8.0.4:5060 -s rr -p 100 --pe sip",
  "-a -u 10.8.0.4:5060 -r 10.8.0.12:5060 -m -w 1",
  "-A --sctp-service 10.8.0.4:0 -s wlc -p 360",
  "-a --sctp-service 10.8.0.4:0 -r 10.8.0.12:0 -g -w 1",
  "-A -u [fd00::1]:53 -s lblcr -p 77 -M 64",
  "-a -u [fd00::1]:53 -r [fd00::2]:53 -m -w 1",
  "-A -f 9 -s rr",
  "-a -f 9 -r 10.8.0.12:0 -g -w 1",
  "-A -f 10 -6 -s sh -b sh-port",
  "-a -f 10 -6 -r [fd00::2]:80 -m -w 1",
  "-A -f 11 -s sed",
  "-a -f 11 -r 10.8.0.12:8080 -m -w 1",
  "-a -f 11 -r 10.8.0.13:0 -m -w 1",
  "-A -f 20 -s nq",
  "-a -f 20 -r 10.8.0.12:8080 -m -w 1",
  "-a -f 20 -r 10.8.0.13:0 -g -w 1",
];

const quorum = `
virtual_server 10.8.0.1 80 {
  ${QUICK}
  lb_algo wrr
  lb_kind NAT
  protocol TCP
  quorum 3
  hysteresis 1
  sorry_server 10.8.0.14 80
  ${real("10.8.0.11 80", `weight 2\n ${TCP}`)}
  ${real("10.8.0.12 80", `weight 2\n ${TCP}`)}
}
virtual_server 10.8.0.2 80 {
  ${QUICK}
  alpha
  lb_algo rr
  lb_kind NAT
  protocol TCP
  sorry_server 10.8.0.14 80
  sorry_server_inhibit
  ${real("10.8.0.13 80", `inhibit_on_failure\n ${http("/a")}`)}
}
`;

/** The parts of the quorum scenario's tables. */
const first = (...servers: readonly string[]) => [
  "-A -t 10.8.0.1:80 -s wrr",
  ...servers.map((server) => `-a -t 10.8.0.1:80 -r ${server}`),
];
const second = (...servers: readonly string[]) => [
  "-A -t 10.8.0.2:80 -s rr",
  ...servers.map((server) => `-a -t 10.8.0.2:80 -r ${server}`),
];

const dynamic = `
virtual_server 10.8.0.1 80 {
  ${QUICK}
  lb_algo wrr
  lb_kind NAT
  protocol TCP
  ${
  real(
    "10.8.0.11 80",
    'weight 5\n MISC_CHECK {\n misc_path "/bin/sh @DIR@/status.sh"\n misc_dynamic\n misc_timeout 25\n retry 0\n }',
  )
}
}
`;

const service = (scheduler: string) => `-A -t 10.8.0.1:80 -s ${scheduler}`;
const server = (address: string, weight: number) => `-a -t 10.8.0.1:80 -r ${address} -m -w ${weight}`;

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

const elsewhere = `
net_namespace_ipvs @TABLE@
global_defs {
  lvs_timeouts tcp 100 tcpfin 50 udp 60
}
virtual_server 10.8.0.1 80 {
  ${QUICK}
  lb_algo rr
  lb_kind NAT
  protocol TCP
  ${real("10.8.0.11 80", `weight 1\n ${TCP}`)}
  ${real("10.8.0.12 80", `weight 1\n ${TCP}`)}
}
`;

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [
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
    name: "the load balancer of the tutorial: DR, wrr, persistence, sorry server",
    config: seed,
    servers: ["10.8.0.11:80", "10.8.0.12:80"],
    steps: [
      {
        table: [
          "-A -t 10.8.0.1:80 -s wrr -p 50",
          "-a -t 10.8.0.1:80 -r 10.8.0.11:80 -g -w 2",
          "-a -t 10.8.0.1:80 -r 10.8.0.12:80 -g -w 1",
        ],
        log: [/Remote Web server \[10\.8\.0\.12\]:tcp:80 succeed on service\./],
      },
      {
        kill: ["10.8.0.11:80"],
        table: ["-A -t 10.8.0.1:80 -s wrr -p 50", "-a -t 10.8.0.1:80 -r 10.8.0.12:80 -g -w 1"],
        log: [
          /HTTP_CHECK on service \[10\.8\.0\.11\]:tcp:80 failed after 3 retries\./,
          /Removing service \[10\.8\.0\.11\]:tcp:80 from VS \[10\.8\.0\.1\]:tcp:80/,
        ],
      },
      {
        kill: ["10.8.0.12:80"],
        table: ["-A -t 10.8.0.1:80 -s wrr -p 50", "-a -t 10.8.0.1:80 -r 127.0.0.1:80 -g -w 1"],
        log: [
          /Lost quorum 1-0=1 > 0 for VS \[10\.8\.0\.1\]:tcp:80/,
          /Adding sorry server \[127\.0\.0\.1\]:tcp:80 to VS \[10\.8\.0\.1\]:tcp:80/,
        ],
      },
      {
        start: ["10.8.0.12:80"],
        table: ["-A -t 10.8.0.1:80 -s wrr -p 50", "-a -t 10.8.0.1:80 -r 10.8.0.12:80 -g -w 1"],
        log: [
          /Gained quorum 1\+0=1 <= 1 for VS \[10\.8\.0\.1\]:tcp:80/,
          /Removing sorry server \[127\.0\.0\.1\]:tcp:80 from VS \[10\.8\.0\.1\]:tcp:80/,
        ],
      },
      { stop: true, table: [] },
    ],
  },
  {
    name: "schedulers, flags, tunnels, thresholds, marks, groups, families",
    config: options,
    servers: [],
    steps: [
      {
        table: optionsTable,
        shows: {
          arguments: "-Ln --thresholds",
          lines: [`  -> ${"10.8.0.12:443".padEnd(28)} ${"100".padEnd(10)} ${"10".padEnd(10)}`],
        },
      },
      { stop: true, table: [] },
    ],
  },
  {
    name: "quorum with hysteresis, alpha, inhibition",
    config: quorum,
    servers: ["10.8.0.11:80", "10.8.0.12:80"],
    steps: [
      {
        table: [
          ...first("10.8.0.11:80 -m -w 2", "10.8.0.12:80 -m -w 2"),
          ...second("10.8.0.13:80 -m -w 0", "10.8.0.14:80 -m -w 1"),
        ],
      },
      {
        kill: ["10.8.0.11:80"],
        start: ["10.8.0.13:80"],
        table: [
          ...first("10.8.0.12:80 -m -w 2"),
          ...second("10.8.0.13:80 -m -w 1", "10.8.0.14:80 -m -w 0"),
        ],
      },
      {
        kill: ["10.8.0.12:80"],
        table: [
          ...first("10.8.0.14:80 -m -w 1"),
          ...second("10.8.0.13:80 -m -w 1", "10.8.0.14:80 -m -w 0"),
        ],
      },
      {
        start: ["10.8.0.11:80"],
        kill: ["10.8.0.13:80"],
        table: [
          ...first("10.8.0.14:80 -m -w 1"),
          ...second("10.8.0.13:80 -m -w 0", "10.8.0.14:80 -m -w 1"),
        ],
        log: [/Adding service \[10\.8\.0\.11\]:tcp:80 to VS \[10\.8\.0\.1\]:tcp:80/],
      },
      {
        start: ["10.8.0.12:80"],
        table: [
          ...first("10.8.0.11:80 -m -w 2", "10.8.0.12:80 -m -w 2"),
          ...second("10.8.0.13:80 -m -w 0", "10.8.0.14:80 -m -w 1"),
        ],
      },
    ],
  },
  {
    name: "a script that sets the weight",
    config: dynamic,
    servers: [],
    steps: [
      { write: { "status.sh": "exit 0" }, table: [service("wrr"), server("10.8.0.11:80", 5)] },
      {
        write: { "status.sh": "exit 22" },
        table: [service("wrr"), server("10.8.0.11:80", 20)],
        log: [/Changing weight from 5 to 20 for active service \[10\.8\.0\.11\]:tcp:80 of VS/],
      },
      { write: { "status.sh": "exit 2" }, table: [service("wrr"), server("10.8.0.11:80", 0)] },
      {
        write: { "status.sh": "exit 1" },
        table: [service("wrr")],
        log: [
          /Misc check for \[\[10\.8\.0\.11\]:tcp:80 VS \[10\.8\.0\.1\]:tcp:80\] by \[.*\] failed.*exited with status 1/,
        ],
      },
      { write: { "status.sh": "exit 9" }, table: [service("wrr"), server("10.8.0.11:80", 7)] },
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
  {
    name: "the table is that of another namespace, the checks are the daemon's own",
    elsewhere: true,
    config: elsewhere,
    servers: ["10.8.0.11:80"],
    steps: [
      {
        table: [service("rr"), server("10.8.0.11:80", 1)],
        shows: { arguments: "-L --timeout", lines: ["Timeout (tcp tcpfin udp): 100 50 60"] },
        log: [/Removing service \[10\.8\.0\.12\]:tcp:80 from VS/],
      },
      {
        start: ["10.8.0.12:80"],
        table: [service("rr"), server("10.8.0.11:80", 1), server("10.8.0.12:80", 1)],
      },
      { stop: true, table: [] },
    ],
  },
];
