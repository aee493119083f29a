/** The lease of a virtual address, renewed unheard, while somebody else takes the address off at every point of it. */
import assert from "node:assert/strict";
import { elapse, now } from "../lab/clock.ts";
import type { Status } from "../../core/engine/status.ts";
import { NamespaceDoor, Relay } from "../../cli/demo/relay.ts";
import { must } from "../../cli/demo/command.ts";
import { type Case, pairs, scenarios } from "../lab/scenario.ts";
import { BRISK, configOf, LAN, lease, VIP } from "./pair.ts";

/** Removals, spread over several renewals: one is due every second. */
const REMOVALS = 16;
const BETWEEN = 230;

const STUBBORN: Case = {
  name: "an address that somebody removes comes back each time, whenever its lease was renewed last",
  lab: LAN,
  async run(lab) {
    const a = lab.node("a");
    await a.start("ha", configOf("a", { speed: BRISK }), { web: "127.0.0.1:9650" });
    const { addresses } = a;
    let { at } = await addresses.added(VIP, { within: 15_000 });
    for (let round = 0; round < REMOVALS; round++) {
      await elapse(BETWEEN);
      await must(["ip", "-n", a.namespace, "address", "del", `${VIP}/24`, "dev", "eth0"]);
      const gone = await addresses.removed(VIP, { within: 15_000, since: at + 1 });
      ({ at } = await addresses.added(VIP, { within: 15_000, since: gone.at }));
    }
    // It was heard each time: a renewal alone would bring it back as well, a second later and unannounced.
    using page = new Relay(new NamespaceDoor(), a.namespace, 9650);
    const status = await (await fetch(`${page.url}status`)).json() as Status;
    assert.equal(status.instances[0]?.counters.address_restored, REMOVALS);
    // And stays for longer than its lease, which only renewals make possible.
    const since = now();
    await assert.rejects(addresses.removed(VIP, { within: lease(BRISK) + 1500, since }));
    const shown = await must(["ip", "-n", a.namespace, "address", "show", "to", VIP]);
    assert.match(shown, new RegExp(`inet ${VIP}/24`));
  },
};

const withHa = pairs().some((pair) => pair.first === "ha" || pair.second === "ha");

scenarios("the lease of a virtual address", [STUBBORN], {
  without: withHa ? null : "HA_LAB_PEERS names no ha",
});
