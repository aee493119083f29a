import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfig } from "../../../core/config/config.ts";
import { diffModels } from "../../../core/config/diff.ts";
import { randomConfig } from "./generate.ts";
import { instanceText } from "./support.ts";

function changes(before: string, after: string): string[] {
  return diffModels(parseConfig(before).model, parseConfig(after).model)
    .map(({ kind, name, change, fields }) =>
      [change, kind, name, ...fields.map(({ path }) => path)].join(" ")
    );
}

const VS =
  "virtual_server 10.0.0.1 80 {\n protocol TCP\n lb_kind NAT\n lb_algo rr\n real_server 10.0.0.2 80 {\n weight 1\n }\n}\n";

Deno.test("diffModels() of a model and itself is empty", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const text = randomConfig(seed);
      assert.deepEqual(changes(text, text), []);
    }),
    { numRuns: 200 },
  );
});

Deno.test("diffModels() knows an instance by what it does, not by its name", () => {
  const text = instanceText("");
  assert.deepEqual(changes(text, text.replace("vrrp_instance VI", "vrrp_instance XX")), [
    "changed instance XX name",
  ]);
  assert.deepEqual(changes(text, text.replace("virtual_router_id 1", "virtual_router_id 2")), [
    "removed instance VI",
    "added instance VI",
  ]);
  assert.deepEqual(changes(text, text.replace("10.0.0.1", "10.0.0.2")), ["changed instance VI addresses"]);
  assert.deepEqual(changes("", text), ["added instance VI"]);
});

Deno.test("diffModels() says what becomes of addresses, scripts and settings", () => {
  const effect = (before: string, after: string) =>
    diffModels(parseConfig(before).model, parseConfig(after).model).map((change) => change.effect);
  const text = instanceText("");
  assert.deepEqual(effect(text, text.replace("10.0.0.1", "10.0.0.2")), [
    "keeps its state and counters; takes 10.0.0.2/32 while MASTER; gives 10.0.0.1/32 up",
  ]);
  assert.deepEqual(effect("", "net_namespace x"), ["networkNamespace only change with a restart"]);
  const script = (command: string) =>
    `vrrp_script s {\n script ${command}\n}\n${instanceText("track_script {\n s\n }")}`;
  assert.deepEqual(effect(script("/a"), script("/b")), ["runs at once as another command"]);
});

Deno.test("diffModels() looks into virtual servers", () => {
  assert.deepEqual(changes(VS, VS.replace("weight 1", "weight 2")), [
    "changed real server 10.0.0.2:80 of tcp 10.0.0.1:80 weight",
  ]);
  assert.deepEqual(changes(VS, VS.replace("lb_algo rr", "lb_algo wrr")), [
    "changed virtual server tcp 10.0.0.1:80 scheduler",
  ]);
  assert.deepEqual(changes(VS, VS.replace("10.0.0.2 80", "10.0.0.3 80")), [
    "removed real server 10.0.0.2:80 of tcp 10.0.0.1:80",
    "added real server 10.0.0.3:80 of tcp 10.0.0.1:80",
  ]);
});

Deno.test("diffModels() names the detail of an object in a list", () => {
  const text = instanceText("virtual_routes { 10.1.0.0/16 via 10.0.0.7\n }");
  assert.deepEqual(changes(text, text.replace("10.0.0.7", "10.0.0.8")), [
    "changed instance VI routes[0].gateway",
  ]);
  assert.deepEqual(changes(text, text.replace("10.1.0.0", "10.2.0.0")), ["changed instance VI routes"]);
  assert.deepEqual(changes(text, text.replace("10.0.0.1 }", "10.0.0.1 label eth0:1 }")), [
    "changed instance VI addresses[0].label",
  ]);
  const checked = (timeout: number) => VS.replace("weight 1", `TCP_CHECK {\n connect_timeout ${timeout}\n }`);
  assert.deepEqual(changes(checked(3), checked(4)), [
    "changed real server 10.0.0.2:80 of tcp 10.0.0.1:80 checkers[0].target.timeout",
  ]);
});

Deno.test("diffModels() has an instance start anew where its VMAC changes, as the engine does", () => {
  const text = instanceText("use_vmac vrrp.1");
  assert.deepEqual(changes(text, text.replace("vrrp.1", "vrrp.2")), [
    "removed instance VI",
    "added instance VI",
  ]);
});

Deno.test("diffModels() says that connections to what a group lists no more end", () => {
  const text = `virtual_server_group g {\n 10.0.0.1-5 80\n}\n${VS.replace("10.0.0.1 80", "group g")}`;
  const [change] = diffModels(parseConfig(text).model, parseConfig(text.replace("1-5", "1-4")).model);
  assert.equal(change!.effect, "keeps its real servers, and the connections to what is still listed");
});
