/**
 * `ha failover` and `ha maintenance` on the side of the daemon.
 */
import type { InstanceStatus, Status } from "../../core/engine/status.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import type {
  ControlRequest,
  FailoverAnswer,
  FailoverOutcome,
  MaintenanceAnswer,
} from "./control_protocol.ts";
import { isEmpty, type MaintenanceBook } from "./maintenance_book.ts";
import { mayHandOver, targetsOf } from "./operator_targets.ts";
import type { EngineCommand } from "./thread_messages.ts";

/** The parts of the daemon that an operator's requests reach. */
export interface Operated {
  readonly hub: { current(): Promise<Status> };
  readonly maintenance: MaintenanceBook;
  send(command: EngineCommand): void;
  /** Logs what an operator did. */
  note(text: string): void;
}

/** ms between two looks at what became of a failover. */
const LOOK = 50;

/** ms beyond the others' takeover time in which an outcome must show. */
const GRACE = 2000;

/** Has masters hand over, and waits for what comes of it. */
export async function failover(
  daemon: Operated,
  { names, hold, force }: Extract<ControlRequest, { command: "failover" }>,
): Promise<FailoverAnswer> {
  const before = await daemon.hub.current();
  const targets = mayHandOver(before, names, force, Date.now());
  const what = names === null ? "anything" : names.join(", ");
  if (!targets.ok) throw new Refusal(`Cannot hand over ${what}: ${targets.reason}`, EXIT.fatal);
  const instances = targets.instances.map(({ name }) => name);
  daemon.note(`Handing over ${instances.join(", ")} as the operator asked`);
  daemon.send({ kind: "event", event: { kind: "failover", instances, hold } });
  return { instances: await outcomes(daemon, targets.instances) };
}

async function outcomes(
  daemon: Operated,
  handing: readonly InstanceStatus[],
): Promise<readonly FailoverOutcome[]> {
  const longest = Math.max(
    ...handing.map((each) => Math.max(each.masterAdvertInterval, each.advertInterval)),
  );
  const deadline = performance.now() + 4 * longest + GRACE;
  for (;;) {
    const { instances } = await daemon.hub.current();
    const found = handing.map((before) =>
      outcomeOf(before, instances.find(({ name }) => name === before.name))
    );
    const open = found.some(({ outcome }) => outcome === "open");
    if (!open || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

function outcomeOf(before: InstanceStatus, after: InstanceStatus | undefined): FailoverOutcome {
  const { name } = before;
  const plain = { name, to: null, priority: null, returns: false };
  if (after === undefined || after.state === "fault" || after.state === "init") {
    return { ...plain, outcome: "left" };
  }
  if (after.state === "master") {
    return { ...plain, outcome: after.since > before.since ? "returned" : "open" };
  }
  const { peer } = after;
  if (peer === null || peer.priority === 0 || peer.lastHeard < after.since) {
    return { ...plain, outcome: "open" };
  }
  const { address, priority } = peer;
  const returns = after.preempt && after.effectivePriority > priority;
  return { name, outcome: "handed_over", to: address, priority, returns };
}

/** Changes or tells what is in maintenance. */
export async function maintenance(
  daemon: Operated,
  request: Extract<ControlRequest, { command: "maintenance" }>,
): Promise<MaintenanceAnswer> {
  const { action, names, persist } = request;
  const status = await daemon.hub.current();
  const targets = targetsOf(status, names);
  if (!targets.ok) {
    throw new Refusal(`Cannot find ${names!.join(", ")}: ${targets.reason}`, EXIT.fatal);
  }
  const chosen = names === null ? null : targets.instances.map(({ name }) => name);
  if (action !== "status") {
    const book = daemon.maintenance;
    if (action === "on") book.on(chosen, persist);
    else book.off(chosen, status.instances.map(({ name }) => name));
    const kept = action === "on" && persist ? ", also after a restart" : "";
    daemon.note(`Maintenance ${action} for ${chosen?.join(", ") ?? "all instances"}${kept}`);
    daemon.send({ kind: "event", event: { kind: "maintenance", order: book.order } });
  }
  return answer(daemon, chosen);
}

async function answer(daemon: Operated, chosen: readonly string[] | null): Promise<MaintenanceAnswer> {
  const { order, kept } = daemon.maintenance;
  const asked = Date.now();
  const { instances, generatedAt } = await daemon.hub.current();
  return {
    any: !isEmpty(order),
    confirmed: generatedAt >= asked,
    instances: instances.filter(({ name }) => chosen === null || chosen.includes(name)).map((
      { name, state },
    ) => ({
      name,
      state,
      maintenance: order.all || order.names.includes(name),
      persists: kept.all || kept.names.includes(name),
    })),
  };
}
