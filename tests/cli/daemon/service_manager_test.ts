import assert from "node:assert/strict";
import { openServiceManager } from "../../../cli/daemon/service_manager.ts";

function opened(variables: Readonly<Record<string, string>>) {
  const sent: [path: string, text: string][] = [];
  const manager = openServiceManager(
    (path, octets) => sent.push([path, new TextDecoder().decode(octets)]),
    (name) => variables[name],
    42,
  );
  return { manager, sent };
}

Deno.test("openServiceManager() sends to the socket that is named", () => {
  const { manager, sent } = opened({ NOTIFY_SOCKET: "@abstract" });
  manager.tell("READY=1");
  assert.deepEqual(sent, [["@abstract", "READY=1"]]);
});

Deno.test("openServiceManager() sends nothing where no socket is named, or none that we know how to use", () => {
  for (const variables of [{}, { NOTIFY_SOCKET: "" }, { NOTIFY_SOCKET: "vsock:2:1" }]) {
    const { manager, sent } = opened({ ...variables, WATCHDOG_USEC: "1000000" });
    manager.tell("READY=1");
    assert.deepEqual([sent, manager.watchdogInterval], [[], 0]);
  }
});

Deno.test("openServiceManager() reads the watchdog's interval in ms, where it is meant for us", () => {
  const interval = (variables: Readonly<Record<string, string>>) =>
    opened({ NOTIFY_SOCKET: "/x", ...variables }).manager.watchdogInterval;
  assert.equal(interval({ WATCHDOG_USEC: "2500000" }), 2500);
  assert.equal(interval({ WATCHDOG_USEC: "2500000", WATCHDOG_PID: "42" }), 2500);
  assert.equal(interval({ WATCHDOG_USEC: "2500000", WATCHDOG_PID: "43" }), 0);
  for (const text of ["", "0", "-1", "x", "1e6"]) assert.equal(interval({ WATCHDOG_USEC: text }), 0, text);
});
