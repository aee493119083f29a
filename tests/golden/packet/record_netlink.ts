/**
 * Records what iproute2 and the kernel say to each other, into netlink.json beside this file.
 *
 *   deno run -A tests/golden/packet/record_netlink.ts        as root, with ip and strace
 *
 * A recording differs from the last one in sequence numbers, ports, stamps and a random hardware address.
 */
import { ip } from "../../support/host_pair.ts";

const COMMANDS: Record<string, string> = {
  "add address": "ip addr replace 10.9.0.100/24 broadcast 10.9.0.255 label v0:1 dev v0 valid_lft 5 preferred_lft 5 scope link",
  "add address 6": "ip addr replace fd00::1/64 dev v0 nodad noprefixroute valid_lft 9 preferred_lft 0",
  "add peer": "ip addr replace 10.8.0.1 peer 10.8.0.2/32 dev v0",
  "show links": "ip link show",
  "show addresses": "ip addr show",
  "add again": "ip addr add 10.9.0.100/24 dev v0",
  "delete address": "ip addr del 10.9.0.100/24 dev v0",
  "add macvlan": "ip link add link v0 name vrrp.9 address 00:00:5e:00:01:09 type macvlan mode private",
  "delete macvlan": "ip link del vrrp.9",
};

interface Exchange {
  readonly command: string;
  /** Datagrams in order, as hexadecimal: `>` to the kernel, `<` from it. */
  readonly datagrams: string[];
}

function record(namespace: string, command: string): Exchange {
  const trace = Deno.makeTempFileSync();
  const strace = ["strace", "-s", "0", "-e", "trace=sendmsg,sendto,recvmsg", "-e", "read=all", "-e", "write=all"];
  const args = ["netns", "exec", namespace, ...strace, "-o", trace, ...command.split(" ")];
  new Deno.Command("ip", { args, stdout: "null", stderr: "null" }).outputSync();
  const datagrams = datagramsOf(Deno.readTextFileSync(trace));
  Deno.removeSync(trace);
  return { command, datagrams };
}

/** strace prints a call, and below it the octets in lines such as ` | 00010  07 00 …  .... |`. */
function datagramsOf(trace: string): string[] {
  const datagrams: string[] = [];
  let direction = "";
  for (const line of trace.split("\n")) {
    if (/^(sendmsg|sendto)\(/.test(line)) direction = ">";
    else if (/^recvmsg\(/.test(line)) direction = line.includes("MSG_PEEK") ? "" : "<";
    else if (direction !== "" && / bytes in buffer 0$/.test(line)) datagrams.push(`${direction} `);
    else if (direction !== "" && line.startsWith(" | ")) {
      datagrams[datagrams.length - 1] += line.slice(9, 9 + 50).replaceAll(" ", "");
    }
  }
  return datagrams;
}

const namespace = `ha-record-${Deno.pid}`;
ip("netns", "add", namespace);
try {
  const add = "link add v0 address 02:00:00:00:00:01 index 7 type veth peer name v1";
  for (const setup of [add, "link set v0 up", "link set v1 up", "link set lo up"]) ip("-n", namespace, ...setup.split(" "));
  const exchanges = Object.entries(COMMANDS).map(([name, command]) => [name, record(namespace, command)]);
  const version = (...args: string[]) =>
    new TextDecoder().decode(new Deno.Command(args[0]!, { args: args.slice(1) }).outputSync().stdout).trim();
  const origin = `recorded with record_netlink.ts: ${version("ip", "-V")}, Linux ${version("uname", "-r")}`;
  const path = new URL("netlink.json", import.meta.url);
  Deno.writeTextFileSync(path, JSON.stringify({ origin, exchanges: Object.fromEntries(exchanges) }, null, 1) + "\n");
} finally {
  ip("netns", "del", namespace);
}
