/**
 * The real servers of `rows.ts` in a network namespace: nginx, aiosmtpd, dnsmasq, a UDP echo.
 */
import type { TestHost } from "../support/host_pair.ts";
import { OTHER_PORTS, PORTS } from "./rows.ts";

/** Programs that run in a host until disposed. */
export class RealServers implements AsyncDisposable {
  readonly #host: TestHost;
  readonly directory = Deno.makeTempDirSync({ prefix: "ha-servers-" });
  readonly #children: Deno.ChildProcess[] = [];

  constructor(host: TestHost) {
    this.#host = host;
  }

  /** Starts all of them; they listen once it resolves. */
  async start(): Promise<void> {
    Deno.chmodSync(this.directory, 0o755);
    this.run(["sh", "-e", "-c", CERTIFICATES]);
    Deno.writeTextFileSync(`${this.directory}/nginx.conf`, nginxConfig(this.directory));
    Deno.writeTextFileSync(`${this.directory}/echo.py`, ECHO);
    Deno.writeTextFileSync(`${this.directory}/stubborn.sh`, STUBBORN);
    const { smtp, dns, echo } = OTHER_PORTS;
    const folder = this.directory;
    this.spawn(["nginx", "-p", folder, "-c", `${folder}/nginx.conf`, "-e", `${folder}/nginx.log`], "nginx");
    this.spawn(["aiosmtpd", "-n", "-l", `127.0.0.1:${smtp}`], "smtp");
    this.spawn([
      ...[
        "dnsmasq",
        "--keep-in-foreground",
        `--port=${dns}`,
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
      ],
      ...[
        "--no-resolv",
        "--no-hosts",
        "--local=/ha.test/",
        "--address=/www.ha.test/192.0.2.1",
        "--user=root",
      ],
      ...["--conf-file=/dev/null", `--pid-file=${folder}/dns.pid`],
    ], "dns");
    this.spawn(["python3", `${folder}/echo.py`, `${echo}`], "echo");
    await this.#listening("-Hltn", [...Object.values(PORTS), smtp]);
    await this.#listening("-Hlun", [dns, echo]);
  }

  /** Runs a program to its end in the host and the folder; its output. */
  run(argv: readonly string[]): string {
    const { stdout, stderr, success } = new Deno.Command("ip", {
      args: ["netns", "exec", this.#host.namespace, ...argv],
      cwd: this.directory,
    }).outputSync();
    const text = new TextDecoder().decode(stdout);
    if (!success) throw new TypeError(`Cannot run ${argv[0]}: ${text}${new TextDecoder().decode(stderr)}`);
    return text;
  }

  /** Starts a program in the host; its output goes to NAME.out. */
  spawn(argv: readonly string[], name: string): Deno.ChildProcess {
    const script = 'log=$1; shift; exec "$@" >"$log" 2>&1';
    const child = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", this.#host.namespace, "sh", "-c", script, "sh"],
        ...[`${this.directory}/${name}.out`, ...argv],
      ],
      cwd: this.directory,
      stdin: "null",
    }).spawn();
    this.#children.push(child);
    return child;
  }

  /** What a program has said so far. */
  output(name: string): string {
    try {
      return Deno.readTextFileSync(`${this.directory}/${name}.out`);
    } catch {
      return "";
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.reverse()) {
      try {
        child.kill("SIGTERM");
      } catch {
        // Gone already.
      }
      await child.status;
    }
    Deno.removeSync(this.directory, { recursive: true });
  }

  async #listening(kind: string, ports: readonly number[]): Promise<void> {
    const end = performance.now() + 60_000;
    for (;;) {
      const sockets = this.run(["ss", kind]);
      const missing = ports.filter((port) => !sockets.includes(`:${port} `));
      if (missing.length === 0) return;
      if (performance.now() > end) {
        const said = ["nginx", "smtp", "dns", "echo"].map((name) => this.output(name)).join("");
        throw new TypeError(`Cannot start what listens on ${missing}: ${said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** An authority, and certificates for a.test and b.test; that of a.test ends in 30 days, another one has ended. */
const CERTIFICATES = `
exec 2>&1
key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
sign() { # NAME HOST START END
  key $1
  openssl req -new -key $1.key -subj "/CN=$2" -out $1.csr
  printf 'subjectAltName=DNS:%s\\n' $2 > $1.ext
  openssl ca -batch -config ca.conf -extfile $1.ext -in $1.csr -startdate $3 -enddate $4 -out $1.pem -notext
}
mkdir -p issued; : > index.txt; echo 1000 > serial
cat > ca.conf <<'END'
[ca]
default_ca = d
[d]
dir = .
new_certs_dir = issued
database = index.txt
serial = serial
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = p
unique_subject = no
[p]
commonName = supplied
END
key ca
openssl req -x509 -new -key ca.key -subj "/CN=tests" -days 3650 -out ca.pem
now=$(date -u +%y%m%d000000Z); soon=$(date -u -d '+30 days' +%y%m%d000000Z)
sign a a.test $now $soon
sign b b.test $now $soon
sign old a.test 200101000000Z 200201000000Z
truncate -s 10G huge
`;

function nginxConfig(directory: string): string {
  const { http, https, clients, expired, h2, h2c } = PORTS;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/${name};`);
  const tls = (name: string) =>
    `ssl_certificate ${directory}/${name}.pem; ssl_certificate_key ${directory}/${name}.key;`;
  const text = (what: string) => `location / { return 200 "${what} $server_protocol\\n"; }`;
  return `user root; daemon off; master_process off; pid ${directory}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off; keepalive_timeout 0; ${temporary.join(" ")}
  server {
    listen ${http} default_server; server_name a.test;
    location = / { return 200 "site a\\n"; }
    location / { return 404; }
    location = /moved { return 302 http://127.0.0.1/; }
    location = /json { return 200 '{"db":{"ready":true,"role":"replica"}}'; }
    location = /huge { root ${directory}; }
    location = /post {
      if ($request_method != POST) { return 405; }
      if ($http_x_token != abc) { return 403; }
      return 200 "posted\\n";
    }
  }
  server { listen ${http}; server_name b.test; location / { return 200 "site b\\n"; } }
  server { listen ${https} ssl default_server; server_name a.test; ${tls("a")} ${
    text("tls $ssl_server_name")
  } }
  server { listen ${https} ssl; server_name b.test; ${tls("b")} ${text("tls $ssl_server_name")} }
  server { listen ${clients} ssl; ${
    tls("a")
  } ssl_client_certificate ${directory}/ca.pem; ssl_verify_client on; ${text("known")} }
  server { listen ${expired} ssl; ${tls("old")} ${text("old")} }
  server { listen ${h2} ssl http2; ${tls("a")} ${text("h2")} location = /none { return 404; } }
  server { listen ${h2c} http2; ${text("h2c")} }
}
`;
}

/** Every datagram goes back to whoever sent it. */
const ECHO = `import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1])))
while True:
    data, peer = s.recvfrom(65535)
    s.sendto(data, peer)
`;

/** Forks, and does not want to end. */
const STUBBORN = `trap '' TERM
sleep 998 &
while :; do wait; done
`;
