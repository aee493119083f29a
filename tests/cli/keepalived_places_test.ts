/** Where the files of a daemon in keepalived's place are. */
import assert from "node:assert/strict";
import { placesOf } from "../../cli/keepalived/places.ts";
import { parseCommandLine } from "../../cli/keepalived/command_line.ts";

function places(words: string, settings: Partial<Parameters<typeof placesOf>[1]> = {}): string[] {
  const { options } = parseCommandLine(words.split(" ").filter((word) => word !== ""));
  const { runDir, pidFiles } = placesOf(options, {
    instanceName: null,
    usePidDirectory: false,
    networkNamespace: null,
    ...settings,
  });
  return [runDir, ...pidFiles];
}

Deno.test("placesOf() has pid files where keepalived 2.2.7 has them", () => {
  assert.deepEqual(places(""), ["/run/ha", "/run/keepalived.pid"]);
  assert.deepEqual(places("", { usePidDirectory: true }), ["/run/ha", "/run/keepalived/keepalived.pid"]);
  assert.deepEqual(places("", { instanceName: "blue" }), [
    "/run/ha-blue",
    "/run/keepalived/keepalived_blue.pid",
  ]);
  assert.deepEqual(places("", { instanceName: "blue", networkNamespace: "ns1" }), [
    "/run/ha-ns1-blue",
    "/run/keepalived/ns1/keepalived_blue.pid",
  ]);
  assert.deepEqual(places("-s ns2", { networkNamespace: "ns1" }), [
    "/run/ha-ns2",
    "/run/keepalived/ns2/keepalived.pid",
  ]);
});

Deno.test("placesOf() leaves a pid file where the command line has it, and the run directory beside it", () => {
  const settings = { instanceName: "blue", usePidDirectory: true };
  assert.deepEqual(places("-p /tmp/a.pid -r /tmp/v.pid", settings), [
    "/tmp/a.pid.d",
    "/tmp/a.pid",
    "/tmp/v.pid",
  ]);
});
