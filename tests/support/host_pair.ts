/**
 * Two hosts with a cable between them: network namespaces of this process's own, joined by a veth pair.
 */
import { enterNetworkNamespace } from "../../ffi/netns.ts";
import type { Libc } from "../../ffi/libc.ts";

/** One host. */
export interface TestHost {
  readonly namespace: string;
  readonly interface: string;
  readonly index: number;
  readonly mac: string;
  readonly address: string;
  readonly address6: string;
}

/** Two hosts; disposing removes them. */
export interface HostPair extends Disposable {
  readonly left: TestHost;
  readonly right: TestHost;
}

/** Makes two hosts, 10.77.0.1 and 10.77.0.2 with fe80::1 and fe80::2, on interfaces `left0` and `right0`. */
export function createHostPair(): HostPair {
  const prefix = `ha-t${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  const [left, right] = [`${prefix}-l`, `${prefix}-r`];
  const remove = () => [left, right].forEach((name) => run("ip", "netns", "del", name));
  try {
    for (const name of [left, right]) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
      for (const scope of ["all", "default"]) {
        ip("netns", "exec", name, "sh", "-c", `echo 0 > /proc/sys/net/ipv6/conf/${scope}/accept_dad`);
        ip("netns", "exec", name, "sh", "-c", `echo 1 > /proc/sys/net/ipv6/conf/${scope}/addr_gen_mode`);
      }
    }
    ip("-n", left, "link", "add", "left0", "type", "veth", "peer", "name", "right0", "netns", right);
    const hosts = {
      left: setUpHost(left, "left0", "10.77.0.1", "fe80::1"),
      right: setUpHost(right, "right0", "10.77.0.2", "fe80::2"),
    };
    for (const host of [hosts.left, hosts.right]) waitUntilUp(host);
    return { ...hosts, [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function setUpHost(namespace: string, name: string, address: string, address6: string): TestHost {
  ip("-n", namespace, "addr", "add", `${address}/24`, "dev", name);
  ip("-n", namespace, "addr", "add", `${address6}/64`, "dev", name, "nodad");
  ip("-n", namespace, "link", "set", name, "up");
  const [link] = JSON.parse(ip("-n", namespace, "-j", "link", "show", "dev", name));
  return { namespace, interface: name, index: link.ifindex, mac: link.address, address, address6 };
}

/** ms that the kernel may take to bring a cable up. */
const PATIENCE = 10_000;

/** The kernel brings a cable up in a thread of its own; what is sent before that is lost without a word. */
function waitUntilUp({ namespace, interface: name }: TestHost): void {
  const end = performance.now() + PATIENCE;
  while (JSON.parse(ip("-n", namespace, "-j", "link", "show", "dev", name))[0].operstate !== "UP") {
    if (performance.now() > end) throw new Error(`Cannot bring ${name} up in ${namespace}`);
  }
}

/** Runs `work` with the calling thread in the host's namespace. */
export function inHost<Result>(libc: Libc, host: TestHost, work: () => Result): Result {
  using _inside = enterNetworkNamespace(libc, host.namespace);
  return work();
}

/** Runs `ip` and gives its output. */
export function ip(...args: string[]): string {
  return run("ip", ...args) ?? fail(args);
}

function fail(args: string[]): never {
  throw new Error(`Cannot run "ip ${args.join(" ")}": it failed`);
}

function run(command: string, ...args: string[]): string | null {
  const result = new Deno.Command(command, { args, stdout: "piped", stderr: "inherit" }).outputSync();
  return result.success ? new TextDecoder().decode(result.stdout) : null;
}
