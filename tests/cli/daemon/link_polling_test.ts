/** Which way a link is polled, and what is told of it. */
import assert from "node:assert/strict";
import { LinkPolling } from "../../../cli/daemon/link_polling.ts";
import { ERRNO, OsError } from "../../../ffi/errno.ts";
import type { LinkMethod } from "../../../ffi/link_probe.ts";

/** Interfaces with the ways that their drivers know; what is told and said. */
function polling(drivers: Record<string, { knows: readonly LinkMethod[]; up: boolean }>) {
  const told: string[] = [];
  const said: string[] = [];
  const probe = {
    ask(name: string, method: LinkMethod) {
      const driver = drivers[name];
      if (driver === undefined) throw new OsError("Cannot ask", name, ERRNO.ENODEV);
      if (!driver.knows.includes(method)) throw new OsError("Cannot ask", name, ERRNO.EOPNOTSUPP);
      return driver.up;
    },
    [Symbol.dispose]() {},
  };
  const subject = new LinkPolling({
    tell: (name, up) => told.push(`${name} ${up}`),
    say: (level, text) => said.push(`${level}: ${text}`),
  }, () => probe);
  return { subject, told, said, drivers };
}

Deno.test("LinkPolling tells the state at once and then each change", () => {
  const { subject, told, drivers } = polling({ eth0: { knows: ["ETHTOOL"], up: true } });
  using _ = subject;
  subject.watch([{ interface: "eth0", method: null }]);
  subject.look();
  drivers["eth0"]!.up = false;
  subject.look();
  subject.look();
  assert.deepEqual(told, ["eth0 true", "eth0 false"]);
});

Deno.test("LinkPolling takes the way that is written, or the first one that the driver knows", () => {
  const all = ["MII", "ETHTOOL", "IOCTL"] as const;
  const { subject, said } = polling({
    a: { knows: all, up: true },
    b: { knows: all, up: true },
    c: { knows: ["IOCTL"], up: true },
    d: { knows: ["ETHTOOL", "IOCTL"], up: true },
  });
  using _ = subject;
  subject.watch([
    { interface: "a", method: null },
    { interface: "b", method: "ETHTOOL" },
    { interface: "c", method: null },
    { interface: "d", method: "MII" },
  ]);
  assert.deepEqual(said, [
    "info: Polling the link of a by MII",
    "info: Polling the link of b by ETHTOOL",
    "info: Polling the link of c by IOCTL",
    "warning: Cannot poll d by MII, its driver does not know it",
    "info: Polling the link of d by ETHTOOL",
  ]);
});

Deno.test("LinkPolling asks anew of an interface that was gone", () => {
  const { subject, told, drivers } = polling({});
  using _ = subject;
  subject.watch([{ interface: "eth0", method: null }]);
  assert.deepEqual(told, []);
  drivers["eth0"] = { knows: ["MII"], up: false };
  subject.look();
  delete drivers["eth0"];
  subject.look();
  drivers["eth0"] = { knows: ["IOCTL"], up: false };
  subject.look();
  assert.deepEqual(told, ["eth0 false", "eth0 false"]);
});
