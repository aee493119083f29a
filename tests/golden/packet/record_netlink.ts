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
  "add address again": "ip addr replace 10.9.0.1/24 dev v0",
  "add route": "ip route prepend 10.10.0.0/16 via 10.9.0.2 dev v0 src 10.9.0.1 table 300 metric 5 proto 18 mtu lock 1400 advmss 1300 onlink",
  "add multipath route": "ip route prepend 10.11.0.0/16 proto 18 nexthop via 10.9.0.2 dev v0 weight 3 nexthop via 10.9.0.3 dev v0",
  "add blackhole route": "ip route prepend blackhole 10.12.0.0/16 proto 18",
  "add connected route": "ip route append 10.13.0.0/16 dev v0 proto 18",
  "add default route 6": "ip -6 route prepend default via fe80::2 dev v0 proto 18 metric 10 pref high",
  "add route via 6": "ip route prepend 10.14.0.0/16 via inet6 fe80::2 dev v0 proto 18",
  "show routes": "ip route show table all proto 18",
  "delete route": "ip route del 10.10.0.0/16 via 10.9.0.2 dev v0 table 300 metric 5 proto 18",
  "add rule": "ip rule add from 10.9.0.0/24 to 10.1.0.0/16 fwmark 0x3/0xff iif v0 table 300 pref 77 proto 18",
  "add rule 6": "ip -6 rule add not from 2001:db8::/32 oif v0 ipproto tcp sport 1-20 dport 80 uidrange 0-10 prohibit pref 78 proto 18",
  "add rule goto": "ip rule add from all tos 0x10 goto 32766 pref 79 proto 18",
  "add rule suppress": "ip rule add to 10.2.0.0/16 table main suppress_prefixlength 0 pref 80 proto 18",
  "show rules": "ip rule show",
  "delete rule": "ip rule del from 10.9.0.0/24 to 10.1.0.0/16 fwmark 0x3/0xff iif v0 table 300 pref 77 proto 18",
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
