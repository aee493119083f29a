/**
 * Checkers against real servers: nginx, an SMTP server, a DNS server, and a network with nobody in it.
 */

/** One checker, as a user writes it, and what comes of it. */
export interface Row {
  readonly name: string;
  /** Address and port of the real server. */
  readonly server: string;
  readonly protocol: "TCP" | "UDP";
  /** The checker block without its last brace; `@DIR@` is the folder of certificates. */
  readonly checker: string;
  /** null: up. Otherwise down, and the reason matches. */
  readonly down: RegExp | null;
}

function row(name: string, port: number, checker: string, down: RegExp | null = null): Row {
  const protocol = /^(DNS|UDP)/.test(checker) ? "UDP" : "TCP";
  return { name, server: `127.0.0.1 ${port}`, protocol, checker, down };
}

function absent(name: string, checker: string, down: RegExp): Row {
  return { ...row(name, 9, checker, down), server: "10.77.0.77 9" };
}

/** Where the servers listen. */
export const PORTS = { http: 8080, https: 8443, clients: 8444, expired: 8445, h2: 8446, h2c: 8082 } as const;
/** Where the SMTP server, the DNS server and the UDP echo listen. */
export const OTHER_PORTS = { smtp: 2525, dns: 5353, echo: 7007 } as const;

const { http, https, clients, expired, h2, h2c } = PORTS;
const { smtp, dns, echo } = OTHER_PORTS;

function get(url: string, more = ""): string {
  return `HTTP_GET {\n ${more}\n url {\n ${url}\n }`;
}

function ssl(url: string, more = ""): string {
  return `SSL_GET {\n ${more}\n url {\n ${url}\n }`;
}

const VERIFY = "tls_verify\n tls_ca @DIR@/ca.pem";

/** What nginx answers: `md5("site a\n")`. */
const DIGEST = "bb56729cf1ceb17f21998211c496d5d6";

/** All of them. */
export const ROWS: readonly Row[] = [
  row("nginx: TCP_CHECK", http, "TCP_CHECK {"),
  row("nginx: a closed port", 8099, "TCP_CHECK {", /ECONNREFUSED/),
  row("nginx: HTTP_GET", http, get("path /")),
  row("nginx: HTTP/1.1", http, get("path /", "http_protocol 1.1")),
  row("nginx: 404", http, get("path /none"), /^status code 404$/),
  row("nginx: 404 is accepted", http, get("path /none\n status_code 404")),
  row("nginx: a redirect is not followed", http, get("path /moved"), /^status code 302$/),
  row("nginx: the virtual host", http, get('path /\n virtualhost b.test\n regex "site b"')),
  row("nginx: the other virtual host", http, get('path /\n virtualhost a.test\n regex "site b"'), /regex/),
  row("nginx: digest", http, get(`path /\n virtualhost a.test\n digest ${DIGEST}`)),
  row("nginx: another digest", http, get(`path /\n virtualhost b.test\n digest ${DIGEST}`), /^MD5 digest/),
  row("nginx: two urls, the second fails", http, `${get("path /")}\n url {\n path /none\n }`, /404/),
  row(
    "nginx: a method and a header",
    http,
    get('path /post\n method POST\n header "X-Token: abc"\n body "x"'),
  ),
  row("nginx: the header is missing", http, get("path /post\n method POST"), /^status code 403$/),
  row("nginx: a JSON value", http, get("path /json\n json /db/ready true")),
  row("nginx: another JSON value", http, get('path /json\n json /db/role "primary"'), /db\/role/),
  row("nginx: a page of 10 GB", http, get("path /huge"), null),
  row("nginx: SSL_GET", https, ssl("path /")),
  row("nginx: SSL_GET to a port without TLS", http, ssl("path /"), /\S/),
  row("nginx: HTTP_GET to a port with TLS", https, get("path /"), /^status code 400$/),
  row("nginx: SNI", https, ssl('path /\n virtualhost b.test\n regex "tls b.test"', "enable_sni")),
  row("nginx: SNI by name", https, ssl('path /\n regex "tls b.test"', "sni_name b.test")),
  row("nginx: verified", https, ssl("path /\n virtualhost a.test", VERIFY)),
  row("nginx: verified, an unknown authority", https, ssl("path /\n virtualhost a.test", "tls_verify"), /\S/),
  row("nginx: verified, another name", https, ssl("path /\n virtualhost c.test", VERIFY), /\S/),
  row("nginx: verified, expired", expired, ssl("path /\n virtualhost a.test", VERIFY), /\S/),
  row("nginx: expired, not verified", expired, ssl("path /\n virtualhost a.test")),
  row(
    "nginx: a client certificate",
    clients,
    ssl("path /", "tls_certificate @DIR@/a.pem\n tls_key @DIR@/a.key"),
  ),
  row("nginx: no client certificate", clients, ssl("path /"), /^status code 400$/),
  row("nginx: the certificate ends soon", https, ssl("path /\n virtualhost a.test", "tls_expiry_warning 60")),
  row("nginx: HTTP/2 over TLS", h2, ssl('path /\n regex "HTTP/2"', "http_protocol 2")),
  row(
    "nginx: HTTP/2 where there is none",
    https,
    ssl("path /", "http_protocol 2"),
    /NoApplicationProtocol|does not offer/,
  ),
  row("nginx: HTTP/2 without TLS", h2c, get('path /\n regex "HTTP/2"', "http_protocol 2")),
  row("nginx: HTTP/2, 404", h2, ssl("path /none", "http_protocol 2"), /^status code 404$/),
  row("aiosmtpd: SMTP_CHECK", smtp, "SMTP_CHECK {"),
  row("nginx: SMTP_CHECK", http, "SMTP_CHECK {", /\S/),
  row("dnsmasq: DNS_CHECK of a name that it has", dns, "DNS_CHECK {\n type A\n name www.ha.test"),
  row("dnsmasq: of a name that nobody has", dns, "DNS_CHECK {\n type A\n name no.ha.test", /NXDOMAIN/),
  row(
    "dnsmasq: of a zone that is not its own",
    dns,
    "DNS_CHECK {\n type SOA\n name example.org",
    /REFUSED|SERVFAIL/,
  ),
  row("dnsmasq: UDP_CHECK", dns, "UDP_CHECK {"),
  row(
    "echo: UDP_CHECK that wants its own octets back",
    echo,
    "UDP_CHECK {\n payload 6861\n require_reply 6861",
  ),
  row("echo: UDP_CHECK that wants others", echo, "UDP_CHECK {\n payload 6861\n require_reply 6862", /reply/),
  row("PING_CHECK", 9, "PING_CHECK {"),
  absent("nobody: PING_CHECK", "PING_CHECK {", /no reply|EHOSTUNREACH/),
  absent("nobody: TCP_CHECK", "TCP_CHECK {", /EHOSTUNREACH|timeout connecting/),
  absent("nobody: UDP_CHECK", "UDP_CHECK {", /EHOSTUNREACH/),
  row("a script that says yes", 9, 'MISC_CHECK {\n misc_path "/bin/true"'),
  row("a script that says no", 9, 'MISC_CHECK {\n misc_path "/bin/false"', /exited with status 1/),
  row("a script that hangs", 9, 'MISC_CHECK {\n misc_path "/bin/sleep 997"\n misc_timeout 1', /timed out/),
  row(
    "a script that forks and ignores SIGTERM",
    9,
    'MISC_CHECK {\n misc_path "/bin/sh @DIR@/stubborn.sh"\n misc_timeout 1',
    /timed out/,
  ),
];

/** Where the row's virtual server listens. */
function portOf(index: number): number {
  return 1001 + index;
}

/** The configuration of the daemon. */
export function checkersConfig(directory: string): string {
  const servers = ROWS.map(({ checker, server, protocol }, i) =>
    `virtual_server 10.9.0.1 ${portOf(i)} {
  delay_loop 2
  connect_timeout 5
  retry 1
  delay_before_retry 1
  warmup 0
  alpha
  lb_algo rr
  lb_kind NAT
  protocol ${protocol}
  real_server ${server} {
    ${checker}
    }
  }
}
`
  );
  return `global_defs {\n  script_user root\n}\n${servers.join("")}`.replaceAll("@DIR@", directory);
}
