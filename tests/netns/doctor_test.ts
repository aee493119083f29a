/**
 * `ha doctor` between two real hosts: it finds what was broken on purpose, finds nothing once that is mended, and changes
 * nothing meanwhile.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Finding } from "../../cli/doctor/finding.ts";
import { createHostPair, type HostPair, type TestHost } from "../support/host_pair.ts";
import { runsWhere } from "../support/skip.ts";

const MAIN = fileURLToPath(new URL("../../mod.ts", import.meta.url));

function vrrp(link: string, name: string, vrid: number, vip: string, more = ""): string {
  return `vrrp_instance ${name} {
  interface ${link}
  virtual_router_id ${vrid}
  priority 100
  advert_int 1
  ${more}
  virtual_ipaddress {
    ${vip}/24
  }
}
`;
}

const CONFIG = `${vrrp("left0", "VI_1", 51, "10.77.0.200")}
${vrrp("left0", "VI_2", 52, "10.77.0.210", "unicast_peer {\n 10.77.0.99\n }")}
virtual_server 10.77.0.200 80 {
  lb_algo rr
  lb_kind DR
  protocol TCP
  real_server 10.77.0.2 80 {
    TCP_CHECK {
    }
  }
}
`;

/** Runs a script in a host. */
function sh(host: TestHost, script: string): string {
  const { stdout, stderr, success } = new Deno.Command("ip", {
    args: ["netns", "exec", host.namespace, "sh", "-c", script],
  }).outputSync();
  const text = new TextDecoder().decode(stdout);
  assert.ok(success, text + new TextDecoder().decode(stderr));
  return text;
}

interface Visit {
  readonly code: number;
  readonly codes: readonly string[];
}

async function visit(host: TestHost, file: string, ...more: readonly string[]): Promise<Visit> {
  const args = ["netns", "exec", host.namespace, Deno.execPath(), "run", "-A", MAIN, "doctor", file];
  const command = new Deno.Command("ip", { args: [...args, "--format", "json", ...more] });
  const { code, stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(stdout);
  assert.notEqual(text, "", new TextDecoder().decode(stderr));
  const findings: Finding[] = JSON.parse(text);
  const wanted = findings.filter((each) =>
    each.severity !== "note" && !/^(ip-vs|scheduler|clock)/.test(each.code)
  );
  return { code, codes: [...new Set(wanted.map((each) => each.code))].sort() };
}

/** Everything that the doctor could have changed. */
function stateOf(host: TestHost): string {
  return sh(
    host,
    `ip -d link show; ip addr show | sed 's/ valid_lft.*//'; ip route show table all; nft list ruleset
    cat /proc/sys/net/ipv4/conf/*/arp_* /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_forward`,
  );
}

/** keepalived with an instance of its own, until disposed. */
async function keepalived(host: TestHost, folder: string, config: string): Promise<AsyncDisposable> {
  const name = `${folder}/${host.interface}`;
  Deno.writeTextFileSync(`${name}.conf`, config);
  const child = new Deno.Command("ip", {
    args: [
      ...["netns", "exec", host.namespace, "keepalived", "-n", "-f", `${name}.conf`],
      ...["-p", `${name}.pid`, "-r", `${name}.vrrp`, "-c", `${name}.checkers`, "-b", `${name}.bfd`],
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const end = performance.now() + 30_000;
  while (!sh(host, "ip -4 addr").includes("10.77.0.20") && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

async function withPair(work: (pair: HostPair, folder: string) => Promise<void>): Promise<void> {
  using pair = createHostPair();
  const folder = Deno.makeTempDirSync({ prefix: "ha-doctor-" });
  try {
    Deno.writeTextFileSync(`${folder}/ha.conf`, CONFIG);
    sh(pair.left, "ip link set lo up");
    await work(pair, folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const NEEDS = { netns: true, commands: ["keepalived", "nft"] };

Deno.test({
  ...runsWhere("ha doctor finds what is broken on a real wire, and changes nothing", NEEDS),
  fn: () =>
    withPair(async ({ left, right }, folder) => {
      sh(
        left,
        `nft add table inet f && nft 'add chain inet f in { type filter hook input priority 0; }' && nft add rule inet f in meta l4proto 112 drop
        echo 0 > /proc/sys/net/ipv4/conf/all/promote_secondaries; echo 0 > /proc/sys/net/ipv4/conf/left0/promote_secondaries`,
      );
      // The real server has the address where everybody sees it, and another router uses the VRID.
      sh(right, "ip addr add 10.77.0.200/32 dev right0");
      await using _other = await keepalived(
        right,
        folder,
        vrrp("right0", "O", 51, "10.77.0.201", "state MASTER"),
      );
      await using _second = await keepalived(
        left,
        folder,
        vrrp("left0", "S", 60, "10.77.0.202", "state MASTER"),
      );
      const before = stateOf(left);
      const { code, codes } = await visit(left, `${folder}/ha.conf`);
      assert.deepEqual(codes, [
        "arp-answered",
        "keepalived-running",
        "peer-unreachable",
        "promote-secondaries",
        "vrid-taken",
        "vrrp-filtered",
      ]);
      assert.equal(code, 1);
      assert.equal(stateOf(left), before);
    }),
});

Deno.test({
  ...runsWhere("ha doctor has nothing to say of a host where all is right", NEEDS),
  fn: () =>
    withPair(async ({ left, right }, folder) => {
      sh(left, "echo 1 > /proc/sys/net/ipv4/conf/all/promote_secondaries");
      sh(right, "ip addr add 10.77.0.99/24 dev right0");
      assert.deepEqual((await visit(left, `${folder}/ha.conf`)).codes, []);
      assert.deepEqual((await visit(left, `${folder}/ha.conf`, "--listen", "0")).codes, []);
    }),
});

Deno.test({
  ...runsWhere("ha doctor refuses a configuration that cannot start with exit code 2", NEEDS),
  fn: () =>
    withPair(async ({ left }, folder) => {
      const { namespace } = left;
      const args = ["netns", "exec", namespace, Deno.execPath(), "run", "-A", MAIN, "doctor"];
      const { code, stderr } = await new Deno.Command("ip", { args: [...args, `${folder}/none.conf`] })
        .output();
      assert.equal(code, 2);
      assert.match(new TextDecoder().decode(stderr), /^ha: Cannot examine .*none\.conf: /);
    }),
});
