import assert from "node:assert/strict";
import { printModel } from "../../../core/config/print.ts";
import { parseConfig } from "../../../core/config/config.ts";
import { brief, findings, instanceText, load, model } from "./support.ts";

const HEAD = "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n";

Deno.test("parser takes braces anywhere on a line", () => {
  const { instances } = model(
    "vrrp_instance A{interface eth0\nvirtual_router_id 1\nvirtual_ipaddress{ 10.0.0.1/24 }}",
  );
  assert.equal(instances[0]!.addresses[0]!.prefixLength, 24);
  const next = model(
    "vrrp_instance A\n{\n interface eth0\n virtual_router_id 1\n virtual_ipaddress\n {\n 10.0.0.1 }\n}",
  );
  assert.equal(next.instances[0]!.addresses.length, 1);
});

Deno.test("parser takes # and ! as comments anywhere outside quotes", () => {
  const text = `! head\n${HEAD} virtual_ipaddress { # 10.0.0.9\n 10.0.0.1 ! 密码\n }\n} # end\n`;
  assert.deepEqual(load(text).diagnostics, []);
});

Deno.test("parser keeps an escaped or quoted # within a word", () => {
  const auth = (pass: string) =>
    model(
      `${HEAD} virtual_ipaddress { 10.0.0.1 }\n authentication {\n auth_type PASS\n auth_pass ${pass}\n }\n}`,
    )
      .instances[0]!.authentication;
  assert.deepEqual(auth("a\\#b"), { type: "pass", password: "a#b" });
  assert.deepEqual(auth('"a !b"'), { type: "pass", password: "a !b" });
  assert.deepEqual(auth("a!b"), { type: "pass", password: "a" });
});

Deno.test("parser notes a comment that starts within a word", () => {
  assert.deepEqual(findings("global_defs {\n router_id a!b\n}"), ["2:13 note glued-comment"]);
});

Deno.test("parser reports an invisible blank and takes it as one", () => {
  const loaded = load("global_defs {\n router_id\u00a0a\n}");
  assert.equal(loaded.model.global.routerId, "a");
  assert.deepEqual(loaded.diagnostics.map(brief), ["2:11 warning invisible-blank"]);
});

Deno.test("parser reports an unknown block and takes its own braces away with it, nothing else", () => {
  const loaded = load(
    `${HEAD} baz {\n a {\n b }\n }\n virtual_ipaddress { 10.0.0.1 }\n}\nglobal_defs { router_id x }`,
  );
  assert.deepEqual(loaded.diagnostics.map(brief), ["4:2 error unknown-keyword"]);
  assert.equal(loaded.model.instances[0]!.addresses.length, 1);
  assert.equal(loaded.model.global.routerId, "x");
});

Deno.test("parser reports an extra } and goes on", () => {
  const loaded = load(`${HEAD} virtual_ipaddress { 10.0.0.1 }\n}\n}\nglobal_defs { router_id x }`);
  assert.deepEqual(loaded.diagnostics.map(brief), ["6:1 error extra-brace"]);
  assert.equal(loaded.model.global.routerId, "x");
});

Deno.test("parser reads a root block as if it stood outside where a } is missing before it", () => {
  const loaded = load(
    `${HEAD} virtual_ipaddress { 10.0.0.1 }\n vrrp_instance B {\n interface eth1\n virtual_router_id 2\n virtual_ipaddress { 10.0.0.2 }\n}`,
  );
  assert.deepEqual(loaded.model.instances.map((instance) => instance.name), ["A", "B"]);
  assert.deepEqual(loaded.diagnostics.map(brief), ["1:17 error missing-brace", "5:2 error nested-block"]);
});

Deno.test("parser hands a block back to the instance where the } of a list is missing", () => {
  const loaded = load(
    `${HEAD} virtual_ipaddress {\n 10.0.0.1\n authentication {\n auth_type PASS\n auth_pass x\n }\n}`,
  );
  assert.deepEqual(loaded.model.instances[0]!.authentication, { type: "pass", password: "x" });
  assert.ok(loaded.diagnostics.some((finding) => finding.code === "nested-block"));
});

Deno.test("parser passes over a { that no keyword announces", () => {
  const loaded = load(
    `vrrp_instance A {{\n interface eth0\n virtual_router_id 1\n virtual_ipaddress { 10.0.0.1 }\n}}`,
  );
  assert.deepEqual(loaded.diagnostics.map(brief), ["1:18 error unexpected-brace"]);
  assert.equal(loaded.model.instances[0]!.vrid, 1);
});

Deno.test("parser reports a quote that is not closed", () => {
  assert.deepEqual(findings('global_defs {\n router_id "x\n}'), ["2:12 error unterminated-quote"]);
});

Deno.test("parser takes CRLF lines and a byte order mark", () => {
  const loaded = load("\ufeffglobal_defs {\r\n router_id x\r\n}\r\n");
  assert.deepEqual(loaded.diagnostics, []);
  assert.equal(loaded.model.global.routerId, "x");
});

Deno.test("words between the keyword of a list and its brace are told", () => {
  for (const block of ["static_routes x {\n}", "vrrp_sync_group g x {\n group {\n VI\n }\n}"]) {
    const { diagnostics, exitCode } = load(instanceText("") + block);
    assert.ok(exitCode === 5 && diagnostics.some(({ code }) => code === "excess-words"), block);
  }
  assert.equal(load(instanceText("track_interface x {\n eth0\n }")).exitCode, 5);
});

Deno.test("unknown keywords come with what was probably meant", () => {
  const suggestion = (line: string) =>
    load(`vrrp_instance A {\n ${line}\n}`).diagnostics.find((finding) => finding.line === 2)?.suggestion;
  assert.equal(suggestion("unicast src_ip 10.0.0.1"), "unicast_src_ip");
  assert.equal(suggestion("advert_in 1"), "advert_int");
  assert.equal(suggestion("virtual_router_ip 5"), "virtual_router_id");
  assert.equal(load("virtaul_server 10.0.0.1 80 {\n}").diagnostics[0]!.suggestion, "virtual_server");
  assert.equal(suggestion("prio 5"), "priority");
  assert.equal(suggestion("virtual_ip 10.0.0.1"), "virtual_ipaddress");
  assert.equal(suggestion("virtual_router 5"), "virtual_router_id");
});

Deno.test("unknown keywords say where they belong", () => {
  const message = load("virtual_ipaddress {\n 10.0.0.1\n}").diagnostics[0]!.message;
  assert.match(message, /belongs in vrrp_instance/);
});

Deno.test("a keyword in the line of another one is said to need its own line", () => {
  const text = "vrrp_instance A { interface eth0 virtual_router_id 1 }";
  const found = load(text).diagnostics.find(({ code }) => code === "excess-words")!;
  assert.equal(found.column, 34);
  assert.equal(
    found.message,
    "Cannot use virtual_router_id in the line of interface: it needs a line of its own",
  );
});

Deno.test("what is in force is told as a line only where it may be written so", () => {
  const inForce = (line: string) =>
    load(`vrrp_instance A {\n ${line}\n}`).diagnostics.find((finding) => finding.line === 2)?.inForce;
  assert.equal(inForce("priority x"), "priority 100");
  assert.equal(inForce("garp_master_delay x"), "garp_master_delay: that of global_defs, or 5");
  const nameless = load('instance ""').diagnostics[0]!;
  assert.equal(nameless.message, 'Cannot use instance "" as it must be a name');
  assert.equal(nameless.inForce, "instance: none");
});

Deno.test("a word of another block is said to be in the wrong place, not misspelt", () => {
  const [first] = load("vrrp_strict").diagnostics;
  assert.match(first!.message, /at the root level: it belongs in global_defs$/);
  assert.equal(first!.suggestion, null);
  const said = (line: string) => load(`global_defs {\n ${line}\n}`).diagnostics[0]!.message;
  assert.match(said("notify_master /x"), /it belongs in vrrp_instance or vrrp_sync_group$/);
  assert.match(said("interface eth0"), /it belongs in vrrp_instance or garp_group$/);
  assert.match(said("10.0.0.1/24"), /an address stands in a block such as virtual_ipaddress/);
});

Deno.test("words that nothing acts on are named once a kind", () => {
  const found = load("global_defs {\n enable_dbus\n enable_dbus\n}\n").diagnostics;
  assert.equal(found.filter((finding) => finding.code === "not-acted-upon").length, 1);
});

Deno.test("what follows a named block whose { is missing is its content", () => {
  const { model, diagnostics } = load(
    "virtual_server 10.0.0.1 80\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 10.0.0.2 80 {\n }\n}\n",
  );
  assert.deepEqual(model.loadBalancer.virtualServers.map(({ realServers }) => realServers.length), [1]);
  assert.deepEqual(
    diagnostics.filter(({ code }) => code !== "no-checker").map(({ code, line }) => [code, line]),
    [
      ["missing-block", 1],
    ],
  );
  const two = load("virtual_server 10.0.0.1 80\nvirtual_server_group G {\n}\n").diagnostics;
  assert.ok(two.some(({ code, severity }) => code === "missing-block" && severity === "error"));
});

Deno.test("no list of a configuration is too long", () => {
  const many = (text: string) => `${text} `.repeat(150_000);
  const server = (checkers: string) =>
    `virtual_server 10.0.0.1 80 { lb_kind NAT\n real_server 10.0.0.2 80 { ${checkers} } }`;
  const instance = (lines: string) => `vrrp_instance I { interface eth0\n virtual_router_id 1\n ${lines}\n}`;
  const texts = [
    `global_defs { notification_email { ${many("a@b")} } }`,
    `track_group g { group { ${many("i")} } }`,
    server(`TCP_CHECK { }\n SMTP_CHECK { ${many("host { connect_port 1 }")} }`),
    server(`HTTP_GET { url { path /\n status_code ${many("200")} } }`),
    instance(`virtual_routes { 10.0.0.0/8 ${many("nexthop via 10.0.0.1")} }`),
    // Read as if they stood behind the list.
    instance(`virtual_ipaddress { ${many("use_vmac { }")} }`),
  ];
  for (const text of texts) assert.ok(printModel(parseConfig(text).model) !== "", text.slice(0, 80));
});
