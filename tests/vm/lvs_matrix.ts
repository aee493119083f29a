/**
 * Servers of every kind, and whether each daemon keeps them in the table: the matrix of checkers and behaviours.
 *
 * `lvs_matrix.ts serve ADDRESS` runs all the servers, each on the port that is its place in the list.
 */
import { createSocket } from "node:dgram";

/** What a server does with a connection. */
type Behaviour = (connection: Deno.TcpConn) => Promise<void>;

/** One row: a checker, a behaviour, and the verdicts. */
export interface Row {
  readonly name: string;
  /** Checker block, without its timing. */
  readonly checker: string;
  readonly protocol: "TCP" | "UDP";
  /** Whether the server stays in the table. */
  readonly keepalived: boolean;
  readonly ha: boolean;
  /** Why the verdicts differ, where they do. */
  readonly because?: string;
  readonly serve: Behaviour | Datagrams | null;
}

/** Answers a datagram. */
type Datagrams = { readonly reply: (datagram: Uint8Array) => readonly Uint8Array[] };

const encoder = new TextEncoder();

async function write(connection: Deno.TcpConn, text: string): Promise<void> {
  const octets = encoder.encode(text);
  for (let at = 0; at < octets.length;) at += await connection.write(octets.subarray(at));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Long after the test. */
const FOR_EVER = 600_000;

/** Hears a request, answers, hangs up. */
function answers(text: string, then: () => Promise<unknown> = () => Promise.resolve()): Behaviour {
  return async (connection) => {
    await connection.read(new Uint8Array(4096));
    await write(connection, text);
    await then();
  };
}

/** Says a line, hears one, and so on. */
function says(...lines: readonly string[]): Behaviour {
  return async (connection) => {
    for (const line of lines) {
      await write(connection, line);
      await connection.read(new Uint8Array(4096));
    }
  };
}

const silent: Behaviour = () => pause(FOR_EVER).then(() => {});

function drips(text: string, drop: string): Behaviour {
  return async (connection) => {
    await connection.read(new Uint8Array(4096));
    await write(connection, text);
    for (;;) {
      await pause(400);
      await write(connection, drop);
    }
  };
}

const get = (more = "") => `HTTP_GET {\n url {\n path /\n ${more}\n }`;
const OK = "HTTP/1.0 200 OK\r\n\r\n";
/** MD5 of `hello`, and of it in one chunk. */
const HELLO = "5d41402abc4b2a76b9719d911017c592";
const HELLO_CHUNKED = "79e9489e3bd3f0cb0158215341de046d";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

function row(
  name: string,
  checker: string,
  serve: Row["serve"],
  both: boolean | [boolean, boolean],
  because?: string,
): Row {
  const [keepalived, ha] = Array.isArray(both) ? both : [both, both];
  const protocol = /^(DNS|UDP)/.test(checker) ? "UDP" : "TCP";
  const rest = { name, checker, protocol, keepalived, ha, serve } as const;
  return because === undefined ? rest : { ...rest, because };
}

/** Answers a DNS query: flags as hexadecimal, and the id, which `change` may falsify. */
function dns(flags: string, change = 0): Datagrams {
  return {
    reply: (query) => {
      const answer = query.slice();
      answer[0]! ^= change;
      answer[2] = Number(`0x${flags.slice(0, 2)}`);
      answer[3] = Number(`0x${flags.slice(2)}`);
      return [answer];
    },
  };
}

const udp = (...octets: readonly number[]): Datagrams => ({ reply: () => [Uint8Array.from(octets)] });
const mute: Datagrams = { reply: () => [] };

/** The matrix. */
export const ROWS: readonly Row[] = [
  row("TCP: accepts", "TCP_CHECK {", silent, true),
  row("TCP: refuses", "TCP_CHECK {", null, false),
  row("HTTP: 200", get(), answers(OK), true),
  row("HTTP: 302, not followed", get(), answers("HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n"), false),
  row("HTTP: 503", get(), answers("HTTP/1.0 503 no\r\n\r\n"), false),
  row(
    "HTTP: 503 where 500-599 is accepted",
    get("status_code 404 500-599"),
    answers("HTTP/1.0 503 no\r\n\r\n"),
    true,
  ),
  row("HTTP: refuses", get(), null, false),
  row("HTTP: says nothing", get(), silent, false),
  row("HTTP: hangs up at once", get(), answers(""), false),
  row("HTTP: head without end", get(), answers("HTTP/1.0 200 OK\r\nServer: x\r\n"), false),
  row("HTTP: no HTTP", get(), answers("garbage\r\n\r\n"), false),
  row(
    "HTTP: body shorter than announced",
    get(),
    answers("HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
    true,
  ),
  row(
    "HTTP: body longer than announced",
    get(),
    answers("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nlonger"),
    true,
  ),
  row("HTTP: chunked", get(), answers(CHUNKED), true),
  row("HTTP: right digest", get(`digest ${HELLO}`), answers(`${OK}hello`), true),
  row("HTTP: wrong digest", get(`digest ${HELLO}`), answers(`${OK}hullo`), false),
  row("HTTP: digest of the chunks, as received", get(`digest ${HELLO_CHUNKED}`), answers(CHUNKED), true),
  row("HTTP: digest of what the chunks hold", get(`digest ${HELLO}`), answers(CHUNKED), false),
  row("HTTP: regex matches", get('regex "hel+o"'), answers(`${OK}hello`), true),
  row("HTTP: regex does not match", get('regex "hel+o"'), answers(`${OK}hullo`), false),
  row(
    "HTTP: regex_no_match and it matches",
    get('regex "hel+o"\n regex_no_match'),
    answers(`${OK}hello`),
    false,
  ),
  row(
    "HTTP: complete by its length, connection left open",
    get(),
    answers("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", () => pause(FOR_EVER)),
    [false, true],
    "an answer that is complete is one",
  ),
  row(
    "HTTP: without length, connection left open",
    get(),
    answers(`${OK}hello`, () => pause(FOR_EVER)),
    false,
  ),
  row(
    "HTTP: 100 before 200",
    get(),
    answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
    [false, true],
    "RFC 9110 section 15.2: an interim answer precedes the final one",
  ),
  row(
    "HTTP: bare line feeds",
    get(),
    answers("HTTP/1.0 200 OK\nServer: x\n\nhello"),
    [false, true],
    "RFC 9112 section 2.2: a recipient may take a single LF for the end of a line",
  ),
  row(
    "HTTP: endless head, an octet at a time",
    get(),
    drips("HTTP/1.0 200 OK\r\nX: ", "x"),
    [true, false],
    "a probe has a limit as a whole",
  ),
  row(
    "HTTP: endless body, an octet at a time",
    get(),
    drips(OK, "x"),
    [true, false],
    "a probe has a limit as a whole",
  ),
  row("SMTP: 220, 250, 221", "SMTP_CHECK {", says("220 hi\r\n", "250 ok\r\n", "221 bye\r\n"), true),
  row("SMTP: QUIT refused", "SMTP_CHECK {", says("220 hi\r\n", "250 ok\r\n", "500 what\r\n"), true),
  row("SMTP: hangs up at QUIT", "SMTP_CHECK {", says("220 hi\r\n", "250 ok\r\n"), false),
  row("SMTP: 554", "SMTP_CHECK {", says("554 no\r\n"), false),
  row("SMTP: HELO refused", "SMTP_CHECK {", says("220 hi\r\n", "500 no\r\n"), false),
  row("SMTP: says nothing", "SMTP_CHECK {", silent, false),
  row("SMTP: refuses", "SMTP_CHECK {", null, false),
  row(
    "SMTP: replies of several lines",
    "SMTP_CHECK {",
    says("220-hi\r\n220 there\r\n", "250-a\r\n250 b\r\n", "221 bye\r\n"),
    [false, true],
    "RFC 5321 section 4.2.1: a reply may have several lines",
  ),
  row("DNS: NOERROR", "DNS_CHECK {", dns("8180"), true),
  row("DNS: NXDOMAIN", "DNS_CHECK {\n name nowhere.example", dns("8183"), false),
  row("DNS: SERVFAIL", "DNS_CHECK {", dns("8182"), false),
  row("DNS: truncated", "DNS_CHECK {", dns("8380"), true),
  row("DNS: wrong id", "DNS_CHECK {", dns("8180", 0xff), false),
  row("DNS: says nothing", "DNS_CHECK {", mute, false),
  row("DNS: nobody there", "DNS_CHECK {", null, false),
  row("UDP: says nothing", "UDP_CHECK {", mute, true),
  row("UDP: nobody there", "UDP_CHECK {", null, false),
  row("UDP: the reply that is required", "UDP_CHECK {\n require_reply 01x2", udp(1, 0x12), true),
  row("UDP: another reply than required", "UDP_CHECK {\n require_reply 01x2", udp(1, 0x13), false),
  row("UDP: a reply is required, none comes", "UDP_CHECK {\n require_reply", mute, false),
  row(
    "UDP: a reply too long",
    "UDP_CHECK {\n require_reply\n max_reply_length 3",
    udp(1, 2, 3, 4),
    [true, false],
    "keepalived.conf(5): the length of the reply is checked",
  ),
  row("PING: answers", "PING_CHECK {", null, true),
  row("MISC: exits with 0", 'MISC_CHECK {\n misc_path "/bin/true"', null, true),
  row("MISC: exits with 1", 'MISC_CHECK {\n misc_path "/bin/false"', null, false),
  row("MISC: hangs", 'MISC_CHECK {\n misc_path "/bin/sleep 600"\n misc_timeout 2', null, false),
  row("MISC: is not there", 'MISC_CHECK {\n misc_path "/bin/sh /no/such/file"', null, false),
];

/** The first port; the rows follow one another. */
const FIRST_PORT = 2001;

/** Where the server of a row listens. */
export function portOf(index: number): number {
  return FIRST_PORT + index;
}

/** The configuration: one virtual server a row. */
export function matrixConfig(): string {
  return ROWS.map(({ checker, protocol }, i) =>
    `virtual_server 10.8.0.1 ${portOf(i)} {
  delay_loop 3
  connect_timeout 2
  retry 1
  delay_before_retry 1
  warmup 0
  lb_algo rr
  lb_kind NAT
  protocol ${protocol}
  real_server 10.8.0.11 ${portOf(i)} {
    ${checker}
    }
  }
}
`
  ).join("");
}

async function serveStream(hostname: string, port: number, behaviour: Behaviour): Promise<void> {
  for await (const connection of Deno.listen({ hostname, port })) {
    behaviour(connection).catch(() => {}).finally(() => {
      try {
        connection.close();
      } catch {
        // Gone already.
      }
    });
  }
}

function serveDatagrams(address: string, port: number, { reply }: Datagrams): void {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  // Whoever asked before has gone, says ICMP.
  socket.on("error", () => {});
  socket.on("message", (datagram, from) => {
    for (const answer of reply(datagram)) socket.send(answer, from.port, from.address);
  });
  socket.bind(port, address);
}

if (import.meta.main) {
  const [, address] = Deno.args;
  for (const [i, { serve }] of ROWS.entries()) {
    if (serve === null) continue;
    if (typeof serve === "function") serveStream(address!, portOf(i), serve);
    else serveDatagrams(address!, portOf(i), serve);
  }
  console.log("serving");
}
