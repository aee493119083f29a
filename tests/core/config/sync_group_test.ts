import assert from "node:assert/strict";
import { load } from "./support.ts";

const instances = ["A", "B"].map((name, i) =>
  `vrrp_instance ${name} {\n interface eth${i}\n virtual_router_id 1\n virtual_ipaddress { 10.0.0.${
    i + 1
  } }\n}\n`
).join("");

Deno.test("a sync group may come before its members, on one line or several", () => {
  for (const group of ["group { A B }", "group {\n A\n B\n }"]) {
    const loaded = load(`vrrp_sync_group G {\n ${group}\n}\n${instances}`);
    assert.deepEqual(loaded.diagnostics, []);
    assert.deepEqual(loaded.model.syncGroups[0]!.members, ["A", "B"]);
  }
});

Deno.test("unknown, repeated and lonely members are reported", () => {
  const codes = (groups: string) => load(groups + instances).diagnostics.map((finding) => finding.code);
  assert.deepEqual(codes("vrrp_sync_group G { group { A B X } }\n"), ["unknown-member"]);
  assert.deepEqual(codes("vrrp_sync_group G { group { A B } }\nvrrp_sync_group H { group { A } }\n"), [
    "empty-group",
    "repeated-member",
  ]);
  assert.deepEqual(codes("vrrp_sync_group G { group { A } }\n"), ["lonely-group"]);
  assert.deepEqual(codes("vrrp_sync_group G { }\n"), ["empty-group"]);
});
