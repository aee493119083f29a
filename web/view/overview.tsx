// deno-lint-ignore-file jsx-key -- rendered to text once: there is nothing to reconcile
/**
 * The page of the node: verdict, alarms, every instance, and what they depend on.
 */
import type { Status, VrrpState } from "../../core/engine/status.ts";
import type { Alarm } from "../health.ts";
import { Alarms, Headline } from "./alarms.tsx";
import { BfdSessions } from "./bfd.tsx";
import { count, stateWord } from "./format.ts";
import { InstanceCard, InstanceTable } from "./instance.tsx";
import {
  Events,
  ForeignRouters,
  Interfaces,
  Node,
  Scripts,
  Statics,
  SyncGroups,
  TrackedThings,
} from "./sections.tsx";
import { pageAddress, select, type Selection } from "./select.ts";
import { Services } from "./services.tsx";

/** Up to this many instances are shown as cards with everything; more of them as rows. */
const CARDS_AT_MOST = 24;

interface Props {
  readonly status: Status;
  readonly alarms: readonly Alarm[];
  readonly selection: Selection;
}

/** All of it. */
export function Overview({ status, alarms, selection }: Props) {
  return (
    <>
      <Headline status={status} alarms={alarms} />
      <Alarms alarms={alarms} />
      <Tools status={status} selection={selection} />
      <Instances status={status} alarms={alarms} selection={selection} />
      <Services status={status} selection={selection} />
      <div class="panels">
        <Events events={status.events} />
        <SyncGroups status={status} />
        <Statics status={status} />
        <Scripts status={status} />
        <TrackedThings status={status} />
        <BfdSessions status={status} />
        <ForeignRouters status={status} />
        <Interfaces status={status} />
        <Node status={status} />
      </div>
    </>
  );
}

function Instances({ status, alarms, selection }: Props) {
  const chosen = select(status.instances, alarms, selection);
  const alarmed = new Set(alarms.map((alarm) => alarm.instance));
  const rows = chosen.map((instance) => ({
    instance,
    now: status.generatedAt,
    alarmed: alarmed.has(instance.name),
  }));
  if (status.instances.length === 0 && status.virtualServers !== undefined) return null;
  if (chosen.length === 0) return <p class="soft">No instance to show.</p>;
  if (chosen.length > CARDS_AT_MOST) return <InstanceTable rows={rows} />;
  return <div class="cards">{rows.map((row) => <InstanceCard {...row} />)}</div>;
}

/** The instances by state as links, and the filter. Both work by address, with and without a script. */
function Tools({ status, selection }: Omit<Props, "alarms">) {
  const states: readonly VrrpState[] = ["fault", "init", "master", "backup"];
  const chips = states.flatMap((state) => {
    const number = status.instances.filter((instance) => instance.state === state).length;
    return number === 0 ? [] : [{ state, number }];
  });
  const all = `${count(status.instances.length)} ${status.instances.length === 1 ? "instance" : "instances"}`;
  return (
    <div class="tools">
      <h2 class="heard">Instances</h2>
      {status.instances.length > 0 && (
        <nav aria-label="Instances by state">
          <ul class="chips">
            <li>
              <Chip state={null} label={all} selection={selection} />
            </li>
            {chips.map(({ state, number }) => (
              <li>
                <Chip state={state} label={`${count(number)} ${stateWord(state)}`} selection={selection} />
              </li>
            ))}
          </ul>
        </nav>
      )}
      <form method="get" action="/" role="search">
        <label class="heard" for="q">{`Filter ${filtered(status)}`}</label>
        <input
          type="search"
          id="q"
          name="q"
          value={selection.text}
          placeholder={status.instances.length > 0
            ? "Name, interface, VRID, address …"
            : "Name, address, port …"}
          autocomplete="off"
        />
        {selection.state !== null && <input type="hidden" name="state" value={selection.state} />}
        <button type="submit">Filter</button>
      </form>
    </div>
  );
}

/** What the filter is for. */
function filtered({ instances, virtualServers = [] }: Status): string {
  return virtualServers.length === 0
    ? "instances"
    : instances.length === 0
    ? "virtual servers"
    : "instances and virtual servers";
}

function Chip(
  { state, label, selection }: { state: VrrpState | null; label: string; selection: Selection },
) {
  const href = pageAddress("/", { ...selection, state });
  const current = selection.state === state ? "true" : undefined;
  return <a class={state === null ? "all" : `${state} state`} href={href} aria-current={current}>{label}</a>;
}
