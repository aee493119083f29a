import assert from "node:assert/strict";
import { forbiddenImport, roomOf } from "../../lint/layers.ts";
import { accepts, findings, refuses } from "./run_rule.ts";

const ALLOWED: readonly (readonly [string, string])[] = [
  ["core/bfd/session.ts", "../packet/bfd.ts"],
  ["core/engine/bfd_sessions.ts", "../bfd/session.ts"],
  ["core/net/prefix.ts", "./address.ts"],
  ["core/packet/vrrp.ts", "../net/address.ts"],
  ["core/config/model.ts", "../net/address.ts"],
  ["core/config/keywords/vrrp.ts", "../model.ts"],
  ["core/vrrp/instance.ts", "../config/model.ts"],
  ["core/vrrp/instance.ts", "../packet/vrrp.ts"],
  ["core/vrrp/instance.ts", "../engine/effect.ts"],
  ["core/lvs/reconcile.ts", "../packet/ipvs.ts"],
  ["core/engine/vrrp_engine.ts", "../vrrp/fsm.ts"],
  ["core/sim/lan.ts", "../engine/vrrp_engine.ts"],
  ["core/ports.ts", "./packet/vrrp.ts"],
  ["ffi/socket.ts", "../core/packet/arp.ts"],
  ["ffi/socket.ts", "../core/ports.ts"],
  ["web/pages/status.tsx", "../../core/engine/status.ts"],
  ["web/app.tsx", "hono"],
  ["cli/daemon/engine_thread.ts", "../../ffi/socket.ts"],
  ["cli/main.ts", "@commander-js/extra-typings"],
  ["cli/main.ts", "../deno.json"],
  ["tests/netns/pair_test.ts", "../../ffi/socket.ts"],
  ["mod.ts", "./cli/main.ts"],
];

const FORBIDDEN: readonly (readonly [string, string])[] = [
  ["core/bfd/session.ts", "../vrrp/router.ts"],
  ["core/bfd/session.ts", "../engine/world.ts"],
  ["core/vrrp/router.ts", "../bfd/session.ts"],
  ["core/net/address.ts", "../packet/vrrp.ts"],
  ["core/packet/vrrp.ts", "../config/model.ts"],
  ["core/config/model.ts", "../packet/vrrp.ts"],
  ["core/config/validate/vrrp.ts", "../../packet/vrrp.ts"],
  ["core/vrrp/instance.ts", "../engine/vrrp_engine.ts"],
  ["core/track/script.ts", "../packet/vrrp.ts"],
  ["core/engine/vrrp_engine.ts", "../sim/lan.ts"],
  ["core/engine/vrrp_engine.ts", "../../ffi/socket.ts"],
  ["core/sim/lan.ts", "../../tests/lab/clock.ts"],
  ["core/net/address.ts", "node:buffer"],
  ["core/new_room/a.ts", "../../web/app.tsx"],
  ["ffi/socket.ts", "../core/config/model.ts"],
  ["ffi/socket.ts", "../core/engine/event.ts"],
  ["ffi/socket.ts", "../cli/main.ts"],
  ["web/app.tsx", "../core/engine/event.ts"],
  ["web/app.tsx", "../core/net/address.ts"],
  ["web/app.tsx", "../ffi/socket.ts"],
  ["cli/main.ts", "../mod.ts"],
  ["cli/commands/start.ts", "../../tests/lab/process.ts"],
];

for (const [from, specifier] of ALLOWED) {
  Deno.test(`layers lets ${from} import ${specifier}`, () => {
    assert.equal(forbiddenImport(from, specifier), null);
  });
}

for (const [from, specifier] of FORBIDDEN) {
  Deno.test(`layers keeps ${from} from importing ${specifier}`, () => {
    assert.notEqual(forbiddenImport(from, specifier), null);
  });
}

Deno.test("layers sees every form of import", () => {
  refuses(
    "layers",
    "core/packet/vrrp.ts",
    'import { parse } from "../config/parser.ts";',
    'import type { Model } from "../config/model.ts";',
    'export { parse } from "../config/parser.ts";',
    'export * from "../config/parser.ts";',
    'const parser = () => import("../config/parser.ts");',
    'type M = import("../config/model.ts").Model;',
  );
  accepts("layers", "core/packet/vrrp.ts", 'export * from "../net/address.ts";', "export const one = 1;");
});

Deno.test("layers finds the place of an absolute file name", () => {
  const file = new URL("../../core/net/address.ts", import.meta.url).pathname;
  assert.equal(findings("layers", file, 'import "../packet/vrrp.ts";').length, 1);
});

Deno.test("roomOf() takes the longest name", () => {
  assert.equal(roomOf("core/ports.ts")?.name, "core/ports.ts");
  assert.equal(roomOf("core/packet/vrrp.ts")?.name, "core/packet");
  assert.equal(roomOf("core/packets/vrrp.ts")?.name, "core");
  assert.equal(roomOf("tests/core/a_test.ts"), null);
});
