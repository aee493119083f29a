import assert from "node:assert/strict";
import { parseConfig } from "../../../core/config/config.ts";
import { comparePeers } from "../../../core/config/peer.ts";
import { instanceText } from "./support.ts";

const SCRIPT = 'vrrp_script s {\n script "/bin/true"\n weight -20\n}\n';

/** What keeps two instances from making a pair. */
function findings(own: string, other: string): string[] {
  const load = (lines: string) => parseConfig(SCRIPT + instanceText(lines));
  return comparePeers(load(own), load(other), "other.conf").map(({ code }) => code);
}

Deno.test("comparePeers() has nothing to say about a good pair", () => {
  assert.deepEqual(findings("priority 100", "priority 90"), []);
});

Deno.test("comparePeers() names each difference that makes two masters", () => {
  const low = "priority 90\n";
  assert.deepEqual(findings("", `${low} advert_int 2`), ["peer-interval"]);
  assert.deepEqual(findings("", `${low} version 3`), ["peer-version"]);
  const auth = (pass: string) => `authentication {\n auth_type PASS\n auth_pass ${pass}\n }`;
  assert.deepEqual(findings(auth("a"), low + auth("b")), ["peer-authentication"]);
  assert.deepEqual(findings(auth("a"), low), ["peer-authentication"]);
  assert.deepEqual(findings("virtual_ipaddress {\n 10.0.0.9\n }", low), ["peer-addresses"]);
  assert.deepEqual(findings("mcast_dst_ip 239.0.0.1", low), ["peer-transport"]);
  assert.deepEqual(findings("unicast_peer {\n 10.0.0.2\n }", low), ["peer-transport"]);
});

Deno.test("comparePeers() looks whether each side believes what the other signs", () => {
  const low = "priority 90\n";
  const hmac = (octet: string, mode: string) =>
    `auth_hmac {\n key 1 hex:${octet.repeat(32)}\n active_key 1\n mode ${mode}\n }`;
  const same = hmac("ab", "enforce");
  assert.deepEqual(findings(same, low + same), []);
  assert.deepEqual(findings(same, low), ["peer-authentication", "peer-authentication"]);
  assert.deepEqual(findings(same, low + hmac("cd", "enforce")), [
    "peer-authentication",
    "peer-authentication",
  ]);
  assert.deepEqual(findings(hmac("ab", "permissive"), low + hmac("ab", "receive-only")), []);
  assert.deepEqual(findings(same, low + hmac("ab", "receive-only")), ["peer-authentication"]);
});

Deno.test("comparePeers() looks whether unicast peers point at each other", () => {
  const node = (source: string, peer: string, priority: number) =>
    `unicast_src_ip ${source}\n unicast_peer {\n ${peer}\n }\n priority ${priority}`;
  assert.deepEqual(findings(node("10.1.1.1", "10.1.1.2", 100), node("10.1.1.2", "10.1.1.1", 90)), []);
  assert.deepEqual(findings(node("10.1.1.1", "10.1.1.3", 100), node("10.1.1.2", "10.1.1.1", 90)), [
    "peer-unicast",
  ]);
  assert.deepEqual(findings(node("10.1.1.1", "10.1.1.2", 100), node("10.1.1.2", "10.1.1.4", 90)), [
    "peer-unicast",
  ]);
});

Deno.test("comparePeers() compares priorities and preemption", () => {
  assert.deepEqual(findings("priority 100", "priority 100"), ["peer-priority"]);
  assert.deepEqual(findings("state MASTER", "state MASTER"), ["peer-priority"]);
  assert.deepEqual(findings("priority 100", "priority 90\n nopreempt"), ["peer-preempt"]);
});

Deno.test("comparePeers() finds weights that move nothing", () => {
  const tracking = "track_script {\n s\n }";
  assert.deepEqual(findings(`priority 100\n ${tracking}`, "priority 90"), []);
  assert.deepEqual(findings(`priority 100\n ${tracking}`, "priority 80"), ["peer-weight"]);
  assert.deepEqual(findings(`priority 100\n ${tracking}`, "priority 50"), ["peer-weight"]);
  assert.deepEqual(findings(`priority 80\n ${tracking}`, "priority 100"), []);
  assert.deepEqual(findings(`priority 100\n ${tracking}`, "priority 90\n nopreempt"), [
    "peer-preempt",
    "peer-weight",
  ]);
  assert.deepEqual(
    findings(
      "priority 100\n track_script {\n s weight 5\n }",
      `priority 95\n track_script {\n s weight 5\n }`,
    ),
    [
      "peer-weight",
    ],
  );
});

Deno.test("comparePeers() reckons weights within 1 to 254, and points at the line of the tracker", () => {
  const tracking = (line: string) => `track_script {\n s ${line}\n }`;
  assert.deepEqual(findings(`priority 250\n ${tracking("weight 20")}`, "priority 240"), ["peer-weight"]);
  assert.deepEqual(findings(`priority 100\n ${tracking("weight -5 reverse")}`, "priority 90"), []);
  const load = (lines: string) => parseConfig(SCRIPT + instanceText(lines));
  const own = load(`priority 100\n ${tracking("weight -9")}`);
  const [found] = comparePeers(own, load("priority 90"), "other.conf");
  assert.equal(found!.source.slice(found!.column - 1), "s weight -9");
  assert.match(found!.message, /weight -9 of s is too small: priority 91 is left when it fails.* has 90/);
});

Deno.test("comparePeers() finds the partner by its addresses where names and interfaces differ", () => {
  const instance = (name: string, device: string, address: string, priority: number) =>
    instanceText(`priority ${priority}`).replace("VI", name).replace("eth0", device).replace(
      "10.0.0.1",
      address,
    );
  const own = instance("A", "eth0", "10.0.0.1", 100) + instance("B", "eth1", "10.1.0.1", 100);
  const other = instance("Y", "ens2", "10.1.0.1", 90) + instance("X", "ens1", "10.0.0.1", 90);
  assert.deepEqual(comparePeers(parseConfig(own), parseConfig(other), "other.conf"), []);
});

Deno.test("comparePeers() compares the excluded addresses, and tells a file that was copied as it is", () => {
  const excluded = (address: string) => `virtual_ipaddress_excluded {\n ${address}\n }`;
  assert.deepEqual(findings(excluded("10.0.0.5"), `priority 90\n ${excluded("10.0.0.5")}`), []);
  assert.deepEqual(findings(excluded("10.0.0.5"), "priority 90"), ["peer-addresses"]);
  const unicast = "unicast_src_ip 10.1.1.1\n unicast_peer {\n 10.1.1.2\n }";
  assert.deepEqual(findings(unicast, `priority 90\n ${unicast}`), ["peer-unicast"]);
});

Deno.test("comparePeers() names instances without a partner, and points at a line of the own file", () => {
  const own = parseConfig(instanceText(""));
  const other = parseConfig(instanceText("").replace("virtual_router_id 1", "virtual_router_id 2"));
  const found = comparePeers(own, other, "other.conf");
  assert.deepEqual(found.map(({ code, line }) => [code, line]), [["peer-vrid", 3]]);
  assert.match(found[0]!.message, /virtual_router_id is 1 here and 2 in other\.conf: both become MASTER/);
  const renamed = parseConfig(
    instanceText("").replace("virtual_router_id 1", "virtual_router_id 2").replace("VI", "W"),
  );
  const strangers = comparePeers(own, renamed, "other.conf");
  assert.deepEqual(strangers.map(({ code, line }) => [code, line]), [["peer-vrid", 1], ["peer-vrid", 3]]);
  assert.match(strangers[1]!.message, /other\.conf has no IPv4 instance with VRID 1/);
});
