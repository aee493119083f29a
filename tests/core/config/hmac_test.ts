/** `auth_hmac` in the configuration language. */
import assert from "node:assert/strict";
import { offlineFacts, parseConfig } from "../../../core/config/config.ts";
import { printModel } from "../../../core/config/print.ts";
import type { SecretFile } from "../../../core/config/source.ts";
import { instance, instanceFindings, instanceText } from "./support.ts";

const HEX = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const TEXT = "a passphrase of 32 octets, no less";

function block(...lines: string[]): string {
  return `auth_hmac {\n${lines.join("\n")}\n}`;
}

const GOOD = block(`key 1 hex:${HEX}`, "active_key 1");

Deno.test("auth_hmac has keepalived's defaults", () => {
  assert.deepEqual(instance(GOOD).hmac, {
    keys: [{ id: 1, value: `hex:${HEX}`, secret: HEX }],
    activeKey: 1,
    timeWindow: 5,
    antiReplay: "time",
    mode: "enforce",
  });
  assert.deepEqual(instanceFindings(GOOD), []);
  assert.equal(instance("").hmac, null);
});

Deno.test("the time window follows advert_int where none is written", () => {
  const window = (lines: string) => instance(`${lines}\n${GOOD}`).hmac!.timeWindow;
  assert.deepEqual(["advert_int 1", "advert_int 2", "advert_int 200"].map(window), [5, 6, 300]);
  assert.equal(instance(block(`key 1 hex:${HEX}`, "active_key 1", "time_window 30")).hmac!.timeWindow, 30);
});

Deno.test("a key is text, hexadecimal digits or a file, and 32 to 64 octets", () => {
  const words = (value: string) => block(`key 9 ${value}`, "active_key 9");
  assert.equal(instance(words(`"${TEXT}"`)).hmac!.keys[0]!.secret.length, TEXT.length * 2);
  assert.equal(instance(words("ä".repeat(16))).hmac!.keys[0]!.secret, "c3a4".repeat(16));
  for (const bad of ["short", `hex:${HEX.slice(2)}`, `hex:${HEX}0`, `hex:${HEX}zz`, "x".repeat(65)]) {
    assert.deepEqual(instanceFindings(words(bad)).map(({ code }) => code), ["hmac-off", "bad-key"], bad);
    assert.equal(instance(words(bad)).hmac, null);
  }
});

Deno.test("a file is read without its line end, and should be its owner's alone", () => {
  const read = (file: SecretFile | null) => {
    const facts = { ...offlineFacts(), secretFile: (path: string) => path === "/keys/51" ? file : null };
    const text = instanceText(block("key 1 file:/keys/51", "active_key 1"));
    const loaded = parseConfig(text, facts);
    const { hmac } = loaded.model.instances[0]!;
    return [hmac?.keys[0]?.secret ?? null, ...loaded.diagnostics.map(({ code }) => code)];
  };
  assert.deepEqual(read({ ok: true, text: `hex:${HEX}\r\n`, exposed: false }), [HEX]);
  assert.deepEqual(read({ ok: true, text: `hex:${HEX}`, exposed: true }), [HEX, "exposed-key"]);
  assert.deepEqual(read({ ok: false, reason: "No such file or directory" }), [null, "hmac-off", "bad-key"]);
  assert.deepEqual(read(null), [""], "another machine's file");
});

Deno.test("keys are numbered 1 to 255, each once, and the active one must be there", () => {
  const codes = (...lines: string[]) => instanceFindings(block(...lines)).map(({ code }) => code);
  const key = (id: string) => `key ${id} hex:${HEX}`;
  assert.deepEqual(codes(key("1"), key("255"), "active_key 255"), []);
  assert.deepEqual(codes(key("0"), "active_key 1"), ["hmac-off", "bad-value"]);
  assert.deepEqual(codes(key("1"), key("1"), "active_key 1"), ["repeated-key"]);
  assert.deepEqual(codes(key("1"), "active_key 2"), ["hmac-off"]);
  assert.deepEqual(codes(key("1")), ["hmac-off"]);
  assert.deepEqual(codes(key("1"), "active_key 1", "time_window 301"), ["bad-value"]);
  assert.deepEqual(codes(key("1"), "active_key 1", "mode loose"), ["bad-value"]);
});

Deno.test("auth_hmac puts authentication aside, and strict mode wants enforce", () => {
  const both = instance(`authentication {\n auth_type PASS\n auth_pass secret\n}\n${GOOD}`);
  assert.deepEqual([both.authentication, both.hmac?.activeKey], [{ type: "none" }, 1]);
  const loose = block(`key 1 hex:${HEX}`, "active_key 1", "mode permissive");
  assert.equal(instance(loose).hmac!.mode, "permissive");
  assert.equal(instance(`strict_mode\n${loose}`).hmac!.mode, "enforce");
});

Deno.test("printModel() writes auth_hmac so that it reads back", () => {
  const lines = [
    `key 1 hex:${HEX}`,
    `key 2 "${TEXT}"`,
    "active_key 2",
    "anti_replay monotonic",
    "time_window 9",
  ];
  const text = instanceText(block(...lines, "mode receive-only"));
  const { model } = parseConfig(text);
  assert.deepEqual(parseConfig(printModel(model)).model.instances, model.instances);
});
