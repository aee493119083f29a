/** A real nginx on a node of the lab. */
import type { LabProcess } from "./process.ts";
import type { Node } from "./node.ts";

/** nginx with its own configuration, pid file and directory, serving one line of text on port 80. */
export class Nginx {
  readonly node: Node;
  /** Where nginx writes its process id. */
  readonly pidFile: string;
  #process: LabProcess | null = null;

  constructor(node: Node) {
    this.node = node;
    this.pidFile = node.path("nginx/nginx.pid");
  }

  /** Starts it; returns when it listens. */
  async start(): Promise<void> {
    const config = await this.node.write("nginx/nginx.conf", nginxConfig(this.node, this.pidFile));
    const argv = ["nginx", "-p", this.node.path("nginx"), "-c", config, "-e", "stderr", "-g", "daemon off;"];
    this.#process = this.node.spawn(argv, { name: `nginx on ${this.node.name}` });
    await this.#process.stderr.line(/start worker process /, { within: 10_000 });
  }

  /** SIGKILL to the master and its workers; the pid file stays, as after a crash. */
  async kill(): Promise<void> {
    this.#process?.kill();
    await this.#process?.ended;
  }
}

function nginxConfig(node: Node, pidFile: string): string {
  const directory = node.path("nginx");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
    `${name}_temp_path ${directory}/${name};`
  );
  return `user root;
worker_processes 1;
pid ${pidFile};
error_log stderr notice;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.join(" ")}
  server { listen 80; location / { return 200 "this is ${node.name}\\n"; } }
}
`;
}

/** What a node gets by HTTP from an address; the reason where it gets nothing. */
export async function httpGet(node: Node, address: string): Promise<string> {
  const request = `GET / HTTP/1.0\\r\\nHost: ${address}\\r\\n\\r\\n`;
  const script = `exec 3<>/dev/tcp/${address}/80 && printf '${request}' >&3 && timeout 3 cat <&3`;
  const result = await node.run(["timeout", "5", "bash", "-c", script]);
  return (result.stdout.split("\r\n\r\n")[1] ?? result.stderr).trim();
}
