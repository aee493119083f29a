/**
 * Every checker of a running daemon against real servers, good and bad: who is up, for what reason a server is down, one
 * log line for each, and nothing left of scripts that do not want to end.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Status } from "../../core/engine/status.ts";
import { RealServers } from "../checkers/real_servers.ts";
import { checkersConfig, ROWS } from "../checkers/rows.ts";
import { createHostPair } from "../support/host_pair.ts";
import { runsWhere } from "../support/skip.ts";

const MAIN = fileURLToPath(new URL("../../mod.ts", import.meta.url));

/** ms for all verdicts to come about. */
const PATIENCE = 120_000;

interface Verdict {
  /** null: not decided yet. */
  readonly up: boolean | null;
  readonly reason: string;
}

function verdicts(servers: RealServers): readonly Verdict[] | null {
  const ha = [Deno.execPath(), "run", "-A", MAIN];
  try {
    const text = servers.run([...ha, "status", "--format", "json", "--run-dir", `${servers.directory}/run`]);
    const status: Status = JSON.parse(text);
    return status.virtualServers!.map(({ realServers: [server] }) => ({
      up: server!.checks[0]!.up,
      reason: server!.checks[0]!.lastResult ?? "",
    }));
  } catch {
    return null;
  }
}

function isAsExpected(i: number, { up, reason }: Verdict): boolean {
  const { down } = ROWS[i]!;
  return down === null ? up === true : up === false && down.test(reason);
}

/** The last verdicts, which are the expected ones unless time is over. */
async function settled(servers: RealServers): Promise<readonly Verdict[]> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const found = verdicts(servers);
    const done = found !== null && found.every((verdict, i) => isAsExpected(i, verdict));
    if (done || performance.now() > end) return found ?? [];
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

Deno.test({
  ...runsWhere("checkers against real servers", {
    netns: true,
    commands: ["nginx", "openssl", "aiosmtpd", "dnsmasq", "python3"],
  }),
  async fn(test) {
    using pair = createHostPair();
    await using servers = new RealServers(pair.left);
    await servers.start();
    const config = `${servers.directory}/ha.conf`;
    Deno.writeTextFileSync(config, checkersConfig(servers.directory));
    const daemon = servers.spawn([
      ...[Deno.execPath(), "run", "-A", MAIN, "start", "-c", config],
      ...["--run-dir", `${servers.directory}/run`, "--no-web"],
    ], "ha");
    const found = await settled(servers);
    daemon.kill("SIGTERM");
    await daemon.status;
    const log = servers.output("ha");
    for (const [i, row] of ROWS.entries()) {
      await test.step(row.name, () => {
        const verdict = found[i];
        assert.ok(verdict !== undefined, log);
        assert.ok(isAsExpected(i, verdict), `${JSON.stringify(verdict)}\n${log}`);
      });
    }
    await test.step("one line for each that is down", () => {
      const failure =
        / failed(\.| after| with)|_CHECK .* after \d+ retries|SMTP_CHECK .* server |timed out (after|with)/;
      const failures = log.split("\n").filter((line) => failure.test(line));
      assert.equal(failures.length, ROWS.filter(({ down }) => down !== null).length, log);
    });
    await test.step("a kernel without ip_vs costs one line", () => {
      const lines = log.split("\n").filter((line) => /Can't initialize ipvs/.test(line));
      assert.ok(lines.length <= 1, log);
    });
    await test.step("a certificate that ends soon is logged once", () => {
      assert.equal(log.match(/The certificate of 127\.0\.0\.1:8443 ends in (29|30) days/g)?.length, 1, log);
    });
    await test.step("nothing is left of scripts", () => {
      const left = servers.run([
        "sh",
        "-c",
        `ip netns pids ${pair.left.namespace} | xargs -r -n1 ps -o args= -p || true`,
      ]);
      assert.doesNotMatch(left, /sleep 99[78]|stubborn/);
    });
  },
});
