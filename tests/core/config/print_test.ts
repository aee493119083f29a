import assert from "node:assert/strict";
import fc from "fast-check";
import { offlineFacts, parseConfig } from "../../../core/config/config.ts";
import { printModel } from "../../../core/config/print.ts";
import { quoted } from "../../../core/config/print/writer.ts";
import { quotedLine, splitCommand } from "../../../core/config/quoted.ts";
import { wholeLine } from "../../../core/config/text.ts";
import { randomConfig } from "./generate.ts";
import { instanceText } from "./support.ts";

/** The model must not depend on the node that reads the printed form. */
const ELSEWHERE = offlineFacts("elsewhere.example", "other");

function roundTrip(text: string): void {
  const { model } = parseConfig(text);
  const printed = printModel(model);
  const again = parseConfig(printed, ELSEWHERE).model;
  assert.deepEqual(again, model, `printed as\n${printed}`);
  assert.equal(printModel(again), printed);
}

Deno.test("printModel() prints what reads back as the same model", () => {
  fc.assert(fc.property(fc.integer(), (seed) => roundTrip(randomConfig(seed))), { numRuns: 1500 });
});

Deno.test("printModel() tells a value from a word that stands alone", () => {
  roundTrip("vrrp_instance I { virtual_router_id 7\n vrf on\n interface eth0\n }");
});

Deno.test("printModel() of an empty configuration reads back", () => roundTrip(""));

Deno.test("printModel() leaves out what is default and keeps the order", () => {
  const { model } = parseConfig(
    instanceText("priority 50\n notify_master \"/x 'a b'\"\n track_interface { eth1 weight 5 }"),
  );
  assert.equal(
    printModel(model),
    `global_defs {
    router_id localhost
    notification_email_from "root@localhost"
}

vrrp_instance VI {
    state BACKUP
    interface eth0
    virtual_router_id 1
    priority 50
    advert_int 1
    virtual_ipaddress {
        10.0.0.1/32
    }
    track_interface {
        eth1 weight 5
    }
    notify_master "/x 'a b'"
}
`,
  );
});

Deno.test("quoted() keeps any text through preprocessor and lexer", () => {
  // A NUL ends every text of a configuration, so that none holds one.
  const text = fc.string({ unit: "binary" }).filter((value) => value.isWellFormed() && !value.includes("\0"));
  fc.assert(fc.property(text, (value) => {
    const line = `script ${quoted(value)}`;
    const { words } = quotedLine(wholeLine({ file: "f", number: 1, text: line, order: 0 }));
    assert.deepEqual(words.map((word) => word.text), ["script", value]);
    if (value.trim() === "" || !splitCommand(value).closed) return;
    const config = `vrrp_script s {\n ${line}\n}\n${instanceText("track_script { s }")}`;
    assert.equal(parseConfig(config).model.scripts[0]?.command.text, value);
  }));
});
