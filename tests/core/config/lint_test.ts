import assert from "node:assert/strict";
import { brief, instanceFindings, instanceText, load } from "./support.ts";

Deno.test("a peer list that contains ourselves is found", () => {
  const peers = "unicast_src_ip 10.1.1.1\n unicast_peer {\n 10.1.1.1\n 10.1.1.2\n 10.1.1.3\n }";
  assert.deepEqual(instanceFindings(peers).map(({ code, line }) => [code, line]), [["peer-is-self", 7]]);
  const here = { localAddresses: () => ["10.1.1.3"] };
  assert.equal(instanceFindings(peers, here).filter(({ code }) => code === "peer-is-self").length, 2);
});

Deno.test("strict mode that drops pings is noted", () => {
  const noted = (lines: string) => instanceFindings(lines).some(({ code }) => code === "strict-no-accept");
  assert.equal(noted("strict_mode"), true);
  assert.equal(noted("strict_mode\n priority 255"), false);
  assert.equal(noted("strict_mode\n version 3\n accept"), false);
});

Deno.test("an address of two instances, and one written twice, are found", () => {
  const second = instanceText("").replace("vrrp_instance VI", "vrrp_instance B").replace(
    "router_id 1",
    "router_id 2",
  );
  assert.deepEqual(load(instanceText("") + second).diagnostics.map(brief), ["10:23 warning shared-address"]);
  assert.deepEqual(instanceFindings("virtual_ipaddress_excluded {\n 10.0.0.1\n }").map(({ code }) => code), [
    "repeated-address",
  ]);
});

Deno.test("a script that may outlast its interval is noted", () => {
  const script = "vrrp_script s {\n script /x\n interval 2\n timeout 5\n}\n";
  const found = load(script + instanceText("track_script {\n s\n }")).diagnostics;
  assert.ok(found.some(({ code, line, column }) => code === "slow-check" && line === 4 && column === 10));
});

Deno.test("a first IPv6 address that is not link-local is noted, and a finding of keepalived's in strict mode", () => {
  const loaded = (addresses: string, more = "") =>
    load(instanceText(more).replace("{ 10.0.0.1 }", `{\n ${addresses}\n }`));
  const found = ({ diagnostics }: ReturnType<typeof load>) =>
    diagnostics.filter(({ code }) => code === "first-not-link-local").map(({ severity }) => severity);
  assert.deepEqual(found(loaded("2001:db8::1/64\n fe80::1/64")), ["note"]);
  assert.deepEqual(found(loaded("fe80::1/64\n 2001:db8::1/64")), []);
  const strict = loaded("2001:db8::1/64", "strict_mode on");
  assert.deepEqual([found(strict), strict.exitCode], [["warning"], 5]);
});
