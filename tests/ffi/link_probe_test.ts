/** The state of links as the kernel tells it when asked. */
import assert from "node:assert/strict";
import { ERRNO, OsError } from "../../ffi/errno.ts";
import { openLibc } from "../../ffi/libc.ts";
import { LINK_METHODS, openLinkProbe } from "../../ffi/link_probe.ts";
import { createHostPair, inHost, ip } from "../support/host_pair.ts";
import { runsWhere } from "../support/skip.ts";

/** What each way says: whether there is a link, or the name of the error. */
function answers(ask: (method: typeof LINK_METHODS[number]) => boolean): (boolean | string)[] {
  return LINK_METHODS.map((method) => {
    try {
      return ask(method);
    } catch (error) {
      if (error instanceof OsError) return error.code;
      throw error;
    }
  });
}

Deno.test({
  ...runsWhere("openLinkProbe() sees a link come and go, by the ways that its driver knows", { netns: true }),
  async fn() {
    using hosts = createHostPair();
    using libc = openLibc();
    const seen = () =>
      inHost(libc, hosts.left, () => {
        using probe = openLinkProbe(libc);
        return answers((method) => probe.ask("left0", method));
      });
    // The flags follow the carrier a moment later.
    const becomes = async (wanted: (boolean | string)[]) => {
      const limit = performance.now() + 20_000;
      while (JSON.stringify(seen()) !== JSON.stringify(wanted) && performance.now() < limit) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.deepEqual(seen(), wanted);
    };
    await becomes(["EOPNOTSUPP", true, true]);
    ip("-n", hosts.right.namespace, "link", "set", "right0", "down");
    await becomes(["EOPNOTSUPP", false, false]);
    ip("-n", hosts.right.namespace, "link", "set", "right0", "up");
    await becomes(["EOPNOTSUPP", true, true]);
  },
});

Deno.test("openLinkProbe() names an interface that is not there", () => {
  using libc = openLibc();
  using probe = openLinkProbe(libc);
  for (const name of ["ha-none0", "a-name-that-is-too-long"]) {
    assert.deepEqual(answers((method) => probe.ask(name, method)), ["ENODEV", "ENODEV", "ENODEV"]);
  }
  assert.equal(ERRNO.ENODEV, 19);
});
