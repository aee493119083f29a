import assert from "node:assert/strict";
import { join } from "node:path";
import { runInVm } from "./machine.ts";

/** s; a boot takes 3 to 10 where instructions are translated. */
const TIMEOUT = 90;

Deno.test("runInVm() runs a command on Debian's kernel, with ip_vs, the host's tools and its Deno", async () => {
  const script = `
    modprobe ip_vs && ipvsadm -A -t 192.0.2.1:80 -s wrr && ipvsadm -Ln || exit 1
    for module in dummy macvlan 8021q bonding sch_netem; do modprobe $module || exit 2; done
    ip netns add a && ip -n a link add dummy0 type dummy || exit 3
    "$DENO" eval 'console.log("from Deno", 6 * 7)' || exit 4
    uname -r
    exit 5
  `;
  const options = { timeout: TIMEOUT, env: { DENO: Deno.execPath(), NO_COLOR: "1" } };
  const { code, output, console } = await runInVm(["sh", "-c", script], options);
  assert.equal(code, 5, output + console);
  assert.match(output, /TCP {2}192\.0\.2\.1:80 wrr/);
  assert.match(output, /from Deno 42/);
  assert.match(output, /-amd64\n$/);
});

Deno.test("runInVm() leaves the host as it was, but for the exchange", async () => {
  const exchange = await Deno.makeTempDir({ prefix: "ha-vm-test-" });
  try {
    const mark = `/etc/ha-vm-mark-${Deno.pid}`;
    const seen: string[] = [];
    const script = `echo x > ${mark} && cat ${mark} > /run/exchange/result && echo done`;
    const options = { timeout: TIMEOUT, exchange, onOutput: (text: string) => void seen.push(text) };
    const { code, output } = await runInVm(["sh", "-c", script], options);
    assert.equal(code, 0, output);
    assert.equal(await Deno.readTextFile(join(exchange, "result")), "x\n");
    assert.equal(seen.join(""), "done\n");
    assert.throws(() => Deno.statSync(mark), Deno.errors.NotFound);
  } finally {
    await Deno.remove(exchange, { recursive: true });
  }
});

Deno.test("runInVm() ends a machine that hangs", async () => {
  const result = await runInVm(["sh", "-c", "echo begun; sleep 1000"], { timeout: 40 });
  assert.deepEqual([result.code, result.timedOut, result.output], [null, true, "begun\n"]);
});
