/**
 * Hosts inside the machine: network namespaces with programs in them. Runs in the guest.
 */

/** How often a condition is looked at, ms. */
const LOOK = 100;

/** Ends within the test's patience, or is a failure. */
const PATIENCE = 120_000;

/** A network namespace and what runs in it. */
export class GuestHost {
  readonly name: string;
  readonly directory: string;
  readonly #children: Deno.ChildProcess[] = [];

  constructor(name: string) {
    this.name = name;
    this.directory = Deno.makeTempDirSync({ prefix: `${name}-` });
    sh(`ip netns add ${name} && ip -n ${name} link set lo up`);
  }

  path(file: string): string {
    return `${this.directory}/${file}`;
  }

  write(file: string, text: string, mode = 0o644): string {
    // Whole or not at all: a daemon may run it at this very moment.
    Deno.writeTextFileSync(this.path(`.${file}`), text);
    Deno.chmodSync(this.path(`.${file}`), mode);
    Deno.renameSync(this.path(`.${file}`), this.path(file));
    return this.path(file);
  }

  /** Runs a shell script to its end; its output. */
  sh(script: string): string {
    return sh(script, this.name);
  }

  /** Starts a program; `log` names the file of its output. */
  spawn(argv: readonly string[], log: string): Deno.ChildProcess {
    const child = new Deno.Command("ip", {
      args: [
        "netns",
        "exec",
        this.name,
        "sh",
        "-c",
        'log=$1; shift; exec "$@" >"$log" 2>&1',
        "sh",
        this.path(log),
        ...argv,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#children.push(child);
    return child;
  }

  log(file: string): string {
    try {
      return Deno.readTextFileSync(this.path(file));
    } catch {
      return "";
    }
  }

  /** The IPVS table as `ipvsadm-save -n` prints it. */
  table(): string[] {
    return this.sh("ipvsadm-save -n").trim().split("\n").filter((line) => line !== "").map((line) =>
      line.trim()
    );
  }

  /** Ends every program and removes the host. */
  async remove(): Promise<void> {
    for (const child of this.#children) await end(child, "SIGKILL");
    sh(`ip netns del ${this.name}`);
  }
}

/** Runs a shell script, in a namespace or outside. */
export function sh(script: string, namespace?: string): string {
  const argv = namespace === undefined
    ? ["sh", "-c", script]
    : ["ip", "netns", "exec", namespace, "sh", "-c", script];
  const { stdout, stderr } = new Deno.Command(argv[0]!, { args: argv.slice(1) }).outputSync();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** Ends a program and waits for its end. */
export async function end(
  child: Deno.ChildProcess,
  signal: Deno.Signal = "SIGTERM",
): Promise<Deno.CommandStatus> {
  try {
    child.kill(signal);
  } catch {
    // Gone already.
  }
  return await child.status;
}

/** Waits until `look` gives something else than null; null where it never does. */
export async function until<Value>(
  look: () => Value | null,
  patience: number = PATIENCE,
): Promise<Value | null> {
  const last = performance.now() + patience;
  for (;;) {
    const value = look();
    if (value !== null || performance.now() > last) return value;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

/** nginx on some addresses of a host, one process for each so that each can be killed alone. */
export class WebServers {
  readonly #host: GuestHost;
  readonly #running = new Map<string, Deno.ChildProcess>();

  constructor(host: GuestHost) {
    this.#host = host;
  }

  /** Serves `text` at an address; `listen` is what nginx is told, such as `10.8.0.11:80`. */
  async start(listen: string, text: string = listen): Promise<void> {
    const name = listen.replaceAll(/[^0-9a-f]+/g, "-");
    const directory = this.#host.path(`nginx-${name}`);
    Deno.mkdirSync(directory, { recursive: true });
    const config = this.#host.write(`nginx-${name}.conf`, nginxConfig(directory, listen, text));
    const argv = ["nginx", "-p", directory, "-c", config, "-e", `${directory}/error.log`];
    this.#running.set(listen, this.#host.spawn(argv, `nginx-${name}.log`));
    const [address, port] = [listen.replace(/:\d+$/, ""), /\d+$/.exec(listen)![0]];
    const family = address.startsWith("[") ? "-6" : "-4";
    const listening = () => this.#host.sh(`ss ${family} -Hltn`).includes(`${address}:${port} `) ? true : null;
    if (await until(listening) === null) throw new TypeError(`Cannot start nginx at ${listen}`);
  }

  async kill(listen: string): Promise<void> {
    const child = this.#running.get(listen);
    if (child !== undefined) await end(child, "SIGKILL");
  }
}

function nginxConfig(directory: string, listen: string, text: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/${name};`);
  return `user root; daemon off; master_process off; pid ${directory}/pid;
events { worker_connections 256; }
http { access_log off; keepalive_timeout 0; ${temporary.join(" ")}
  server { listen ${listen}; location / { return 200 "${text}\\n"; } location /who { return 200 "$remote_addr\n"; } } }
`;
}
