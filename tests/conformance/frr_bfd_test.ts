/** Interoperation with FRRouting's bfdd: sessions over IPv4 and IPv6, in both roles, to their end by every way. */
import assert from "node:assert/strict";
import type { BfdStatus, Status } from "../../core/engine/status.ts";
import { elapse, now } from "../lab/clock.ts";
import { block, configuration, instance } from "../lab/config_text.ts";
import type { Daemon } from "../lab/daemon.ts";
import type { Lab, LabSpec } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { measured } from "../lab/report.ts";
import { type Case, scenarios } from "../lab/scenario.ts";
import { Bfdd, bfddIsInstalled, type FrrPeerStatus } from "./frr_bfd.ts";

const WITHIN = { within: 20_000 };

interface Family {
  readonly name: string;
  readonly lab: LabSpec;
  readonly ours: string;
  readonly theirs: string;
}

const FAMILIES: readonly Family[] = [
  { name: "IPv4", lab: { ours: ["lan"], theirs: ["lan"] }, ours: "10.80.0.1", theirs: "10.80.0.2" },
  {
    name: "IPv6",
    lab: {
      ours: [{ segment: "lan", address: "2001:db8::1/64" }],
      theirs: [{ segment: "lan", address: "2001:db8::2/64" }],
    },
    ours: "2001:db8::1",
    theirs: "2001:db8::2",
  },
];

function text({ ours, theirs }: Family, more: readonly string[] = []): string {
  const pace = ["min_rx 150", "min_tx 120", "multiplier 4", ...more];
  const session = block("bfd_instance frr", [`neighbor_ip ${theirs}`, `source_ip ${ours}`, ...pace]);
  const track = ["track_bfd {", "    frr", "}"];
  const vip = ours.includes(":") ? "fe80::5100/64" : "10.80.0.100/24";
  return configuration([
    session,
    instance({ priority: 100, version: 3, interval: 0.1, addresses: [vip], more: track }),
  ]);
}

interface Meeting {
  readonly daemon: Daemon;
  readonly frr: Bfdd;
  readonly node: Node;
}

/** Both run, and both say that the session is up. */
async function meet(lab: Lab, family: Family, more: readonly string[] = []): Promise<Meeting> {
  const node = lab.node("ours");
  const peer = { address: family.ours, local: family.theirs, multiplier: 3, receive: 200, transmit: 100 };
  // Without zebra bfdd never hears that its address is through with duplicate detection.
  await lab.node("theirs").throughDetection();
  const frr = await Bfdd.start(lab.node("theirs"), peer);
  const daemon = await node.start("ha", text(family, more));
  await daemon.says(/\(frr\) Entering Up state/, WITHIN);
  await frrSays(frr, ({ status }) => status === "up", "up");
  return { daemon, frr, node };
}

async function frrSays(
  frr: Bfdd,
  is: (status: FrrPeerStatus) => boolean,
  what: string,
): Promise<FrrPeerStatus> {
  for (const end = now() + WITHIN.within; now() < end; await elapse(50)) {
    const status = await frr.status();
    if (status !== null && is(status)) return status;
  }
  throw new Error(`Cannot see FRR's session ${what}: ${JSON.stringify(await frr.status())}`);
}

async function session(daemon: Daemon): Promise<BfdStatus> {
  const status = await daemon.ask({ command: "status" }) as Status;
  return status.bfdSessions![0]!;
}

const negotiated = (family: Family): Case => ({
  name: `up, with the timers that both sides agree on, ${family.name}`,
  lab: family.lab,
  async run(lab) {
    const { daemon, frr } = await meet(lab, family);
    await using _frr = frr;
    const theirs = await frrSays(
      frr,
      (each) => each["remote-transmit-interval"] === 120,
      "with our interval",
    );
    assert.deepEqual(
      [theirs["remote-receive-interval"], theirs["remote-detect-multiplier"], theirs.diagnostic],
      [150, 4, "ok"],
    );
    await daemon.enters("VI_1", "MASTER", WITHIN);
    const ours = await session(daemon);
    assert.deepEqual(
      [
        ours.state,
        ours.remoteState,
        ours.transmitInterval,
        ours.detectionTime,
        ours.polling,
        ours.counters.down,
      ],
      ["up", "up", 200, 3 * 150, false, 0],
    );
  },
});

const killed = (family: Family): Case => ({
  name: `kill -9 of bfdd: FAULT after the detection time, and back when it is, ${family.name}`,
  lab: family.lab,
  async run(lab) {
    const { daemon, frr } = await meet(lab, family);
    await using _frr = frr;
    await daemon.enters("VI_1", "MASTER", WITHIN);
    const at = now();
    await frr.kill();
    const fault = await daemon.enters("VI_1", "FAULT", { since: at, ...WITHIN });
    measured(`FAULT after kill -9 of bfdd, ${family.name}`, fault.at - at);
    const again = now();
    frr.restart();
    await daemon.says(/\(frr\) Entering Up state/, { since: again, ...WITHIN });
    await frrSays(frr, ({ status }) => status === "up", "up again");
  },
});

const ours = (family: Family): Case => ({
  name: `kill -9 of ha: FRR notices; SIGTERM: FRR is told that it is no failure, ${family.name}`,
  lab: family.lab,
  async run(lab) {
    const { daemon, frr, node } = await meet(lab, family);
    await using _frr = frr;
    daemon.kill();
    const down = await frrSays(frr, ({ status }) => status === "down", "down");
    assert.equal(down.diagnostic, "control detection time expired");
    const again = await node.start("ha", text(family));
    await frrSays(frr, ({ status }) => status === "up", "up again");
    again.terminate();
    const told = await frrSays(frr, ({ status }) => status === "down", "down once more");
    assert.deepEqual(
      [told.diagnostic, told["remote-diagnostic"]],
      ["neighbor signaled session down", "administratively down"],
    );
  },
});

const shutDown = (family: Family): Case => ({
  name: `shutdown at FRR: down here, but no FAULT, and up again with "no shutdown", ${family.name}`,
  lab: family.lab,
  async run(lab) {
    const { daemon, frr } = await meet(lab, family);
    await using _frr = frr;
    const at = now();
    await frr.shutDown(true);
    await daemon.says(/\(frr\) Entering Down state \(Local diagnostic - Neighbor Signaled Session Down/, {
      since: at,
      ...WITHIN,
    });
    const { state, remoteState, up } = await session(daemon);
    assert.deepEqual([state, remoteState, up], ["down", "admin_down", true]);
    assert.notEqual((await daemon.status()).state, "fault");
    const again = now();
    await frr.shutDown(false);
    await daemon.says(/\(frr\) Entering Up state/, { since: again, ...WITHIN });
  },
});

const cut = (family: Family): Case => ({
  name: `a link that swallows everything: both sides notice, ${family.name}`,
  lab: family.lab,
  async run(lab) {
    const { daemon, frr, node } = await meet(lab, family, ["passive"]);
    await using _frr = frr;
    const at = await node.cut("silent");
    await daemon.says(/\(frr\) Expired after/, { since: at, ...WITHIN });
    await frrSays(frr, ({ status }) => status === "down", "down");
    await node.restore();
    await frrSays(frr, ({ status }) => status === "up", "up again");
  },
});

scenarios(
  "BFD with FRRouting's bfdd",
  FAMILIES.flatMap((family) => [
    negotiated(family),
    killed(family),
    ours(family),
    shutDown(family),
    cut(family),
  ]),
  { without: bfddIsInstalled() ? null : "Debian's package frr is not installed" },
);
