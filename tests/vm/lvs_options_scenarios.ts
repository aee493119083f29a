/** What a virtual server and a real server can be told, all in one configuration. */
import { QUICK, real, type Scenario, server, service, TCP } from "./lvs_scenario.ts";

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

/** Schedulers, flags and ways of forwarding. */
export const OPTIONS: readonly Scenario[] = [
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
