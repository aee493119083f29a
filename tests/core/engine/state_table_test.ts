/**
 * The table of states and events is what the documentation shows, and what is written here.
 */
import assert from "node:assert/strict";
import { stateTable } from "./state_table.ts";

const EXPECTED = `\
| event | init | backup | master | fault |
| --- | --- | --- | --- | --- |
| advertisement of higher priority | - | - | → backup: remove VIPs | - |
| equal priority, higher address | - | - | → backup: remove VIPs | - |
| equal priority, lower address | - | - | advertise, GARP | - |
| lower priority | - | - | advertise, GARP | - |
| priority 0 | - | - | advertise | - |
| master-down or advertisement timer | - | → master: advertise, add VIPs, GARP | advertise | - |
| interface down | → fault | → fault | → fault: goodbye, remove VIPs | - |
| interface up | - | - | - | → backup |
| source address removed | → fault | → fault | → fault: goodbye, remove VIPs | - |
| script with weight 0 fails | → fault | → fault | → fault: goodbye, remove VIPs | - |
| script with weight 0 succeeds | → backup | - | - | - |
| VIP removed by somebody else | - | - | add VIPs, GARP | - |
| failover | - | - | → backup: goodbye, remove VIPs | - |
| maintenance on | → fault | → fault | → fault: goodbye, remove VIPs | - |
| maintenance off | - | - | - | - |
| stop | stopped | → init: stopped | → init: goodbye, remove VIPs, stopped | → init: stopped |`;

Deno.test("every state does with every event what the table says", () => {
  assert.equal(stateTable(), EXPECTED);
});
