/** Servers that fail, recover and change their weight, and the sorry server. */
import { http, QUICK, real, type Scenario, second, server, service, TCP } from "./lvs_scenario.ts";

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

/** The first service of the quorum scenario's tables. */
const first = (...servers: readonly string[]) => [
  "-A -t 10.8.0.1:80 -s wrr",
  ...servers.map((server) => `-a -t 10.8.0.1:80 -r ${server}`),
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

/** Health checks and what they lead to. */
export const HEALTH: readonly Scenario[] = [
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
];
