/** Configurations at the edge of what makes sense, which people have all the same. */
import { QUICK, real, type Scenario, server, service, TCP } from "./lvs_scenario.ts";

const block = (words: string, ...servers: readonly string[]) =>
  `virtual_server 10.8.0.1 80 {\n ${QUICK}\n protocol TCP\n ${words}\n ${servers.join("\n")}\n}\n`;

const twice = block("lb_algo rr\n lb_kind NAT", real("10.8.0.11 80", TCP), real("10.8.0.12 80", TCP)) +
  block("lb_algo wlc\n lb_kind DR", real("10.8.0.12 80", TCP), real("10.8.0.13 80", `weight 4\n ${TCP}`));

const inBoth = [
  service("rr"),
  server("10.8.0.11:80", 1),
  server("10.8.0.12:80", 1),
  "-a -t 10.8.0.1:80 -r 10.8.0.13:80 -g -w 4",
];

const margin = (weight: number) =>
  block(
    "lb_algo rr\n lb_kind NAT\n quorum 8\n hysteresis 3\n sorry_server 10.8.0.14 80",
    real("10.8.0.11 80", `weight ${weight}\n ${TCP}`),
    real("10.8.0.12 80", `weight 4\n ${TCP}`),
  );

const later = "alpha\n lb_algo rr\n lb_kind NAT\n warmup 300\n delay_loop 300";

const masks = block(
  "lb_algo rr\n lb_kind NAT\n persistence_timeout 50\n persistence_granularity 255.0.255.0",
  real("10.8.0.11 80", TCP),
) + `virtual_server 10.8.0.4 5060 {
  lb_algo rr
  lb_kind NAT
  protocol UDP
  persistence_engine sip
  real_server 10.8.0.12 5060 {
  }
}`;

/** What both daemons make of them. */
export const EDGES: readonly Scenario[] = [
  {
    name: "a virtual server that is written twice",
    config: twice,
    servers: ["10.8.0.11:80", "10.8.0.12:80", "10.8.0.13:80"],
    steps: [
      { table: inBoth },
      { kill: ["10.8.0.12:80"], table: inBoth.filter((line) => !line.includes("10.8.0.12")) },
      { start: ["10.8.0.12:80"], table: inBoth },
      { kill: ["10.8.0.13:80"], table: inBoth.filter((line) => !line.includes("10.8.0.13")) },
      { stop: true, table: [] },
    ],
  },
  {
    name: "a quorum within its hysteresis at the start",
    config: margin(5),
    servers: ["10.8.0.11:80", "10.8.0.12:80"],
    steps: [
      {
        table: [service("rr"), server("10.8.0.14:80", 1)],
        log: [/Starting with quorum down 8.3=11 > 9 for VS/],
      },
      {
        reload: margin(7),
        table: [service("rr"), server("10.8.0.11:80", 7), server("10.8.0.12:80", 4)],
        log: [/Gained quorum 8\+3=11 <= 11 for VS/],
      },
    ],
  },
  {
    name: "a reload that gives a server another check, which is alpha",
    config: block("lb_algo rr\n lb_kind NAT", real("10.8.0.11 80", TCP)),
    servers: ["10.8.0.11:80", "10.8.0.12:80"],
    steps: [
      { table: [service("rr"), server("10.8.0.11:80", 1)], log: [/TCP connection to .* success/] },
      {
        reload: block(later, real("10.8.0.11 80", `weight 3\n ${TCP}`), real("10.8.0.12 80", TCP)),
        table: [service("rr"), server("10.8.0.11:80", 3)],
      },
    ],
  },
  {
    name: "a mask with holes, an engine without persistence",
    config: masks,
    servers: ["10.8.0.11:80"],
    steps: [{
      table: [
        "-A -t 10.8.0.1:80 -s rr -p 50 -M 255.0.255.0",
        server("10.8.0.11:80", 1),
        "-A -u 10.8.0.4:5060 -s rr",
        "-a -u 10.8.0.4:5060 -r 10.8.0.12:5060 -m -w 1",
      ],
    }],
  },
];
