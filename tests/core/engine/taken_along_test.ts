/** What the log says of a VIP that the kernel took away together with another one of ours. */
import assert from "node:assert/strict";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";
import { instance, LINK, model, vip } from "../../support/models.ts";

const [FIRST, SECOND] = ["10.0.7.1", "10.0.7.2"] as const;

function local(address: string) {
  return { interface: "eth0", address, prefixLength: 24, secondary: address === SECOND, tentative: false };
}

/** Two masters with an address each on one interface; `second` is that of the other one. */
function masters(second: string = SECOND, prefixLength = 24) {
  const engine = createVrrpEngine();
  const own = { ...local("192.168.0.1"), secondary: false };
  const [A, B] = [
    instance({
      name: "A",
      vrid: 1,
      priority: 255,
      addresses: [vip(FIRST, { prefixLength: 24 }), vip("10.0.9.9")],
    }),
    instance({ name: "B", vrid: 2, priority: 255, addresses: [vip(second, { prefixLength })] }),
  ];
  engine.step({ kind: "start", model: model([A, B]), links: [LINK], addresses: [own] }, 0);
  let now = 0;
  for (let i = 0; i < 10; i++) engine.step({ kind: "timer" }, now = engine.nextWakeup() ?? now);
  for (
    const address of [local(FIRST), { ...local("10.0.9.9"), prefixLength: 32 }, {
      ...local(second),
      prefixLength,
    }]
  ) {
    engine.step({ kind: "address.added", address }, now);
  }
  assert.deepEqual(engine.snapshot(now, now).instances.map(({ state }) => state), ["master", "master"]);
  const told = (address: string) =>
    engine.step({ kind: "address.removed", address: { ...local(address), prefixLength } }, now)
      .flatMap((effect) => effect.kind === "log" ? [effect.message.text] : []);
  const giveUp = () => engine.step({ kind: "maintenance", order: { all: false, names: ["A"] } }, now);
  const drop = (address: string) => {
    const addresses = A.addresses.filter((each) => each.address !== address);
    engine.step({ kind: "reload", model: model([{ ...A, addresses }, B]) }, now);
  };
  return { told, giveUp, drop };
}

Deno.test("a VIP that went because ours was the first of its network is not laid to somebody else", () => {
  const { told, giveUp } = masters();
  giveUp();
  assert.equal(
    told(SECOND)[0],
    "(B) VIP 10.0.7.2 went from eth0 together with 10.0.7.1 of its network - putting it back; promote_secondaries prevents that",
  );
});

Deno.test("a VIP of another network, or without a removal of ours, went by somebody else's hand", () => {
  const elsewhere = masters("10.0.8.2");
  elsewhere.giveUp();
  assert.match(elsewhere.told("10.0.8.2").join(), /removed from eth0 by somebody else - putting it back/);
  const single = masters(SECOND, 32);
  single.giveUp();
  assert.match(single.told(SECOND).join(), /by somebody else/);
  assert.match(masters().told(SECOND).join(), /by somebody else/);
  const other = masters();
  other.drop("10.0.9.9");
  assert.match(other.told(SECOND).join(), /by somebody else/);
});
