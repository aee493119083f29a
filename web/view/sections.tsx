// deno-lint-ignore-file jsx-key -- rendered to text once: there is nothing to reconcile
/**
 * The sections below the instances: each is left out where there is nothing to show.
 */
import type { DeliveryStatus, Status, StatusEvent } from "../../core/engine/status.ts";
import { Ago, For, InstanceLink, State, Verdict } from "./parts.tsx";
import { count, duration, isoMoment, moment, timeZone } from "./format.ts";

interface Props {
  readonly status: Status;
}

/** Sync groups with their members. */
export function SyncGroups({ status: { syncGroups, generatedAt } }: Props) {
  if (syncGroups.length === 0) return null;
  return (
    <Table title="Sync groups" columns={["State", "Group", "For", "Members"]}>
      {syncGroups.map((group) => (
        <tr class={group.state}>
          <td>
            <State state={group.state} />
          </td>
          <th scope="row">{group.name}</th>
          <td class="fit" data-name="for">
            <For since={group.since} now={generatedAt} />
          </td>
          <td>
            <ul class="line">
              {group.members.map((name) => (
                <li>
                  <InstanceLink name={name} />
                </li>
              ))}
            </ul>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Track scripts with their last result. */
export function Scripts({ status: { scripts, generatedAt } }: Props) {
  if (scripts.length === 0) return null;
  return (
    <Table title="Track scripts" columns={["Verdict", "Script", "Last result", "Command"]}>
      {scripts.map((script) => (
        <tr>
          <td>
            <Verdict up={script.up} words={["succeeds", "fails"]} />
          </td>
          <th scope="row">{script.name}</th>
          <td>
            {script.lastResult ?? "none yet"}
            {script.lastRun !== null && (
              <small>
                {" "}
                <Ago at={script.lastRun} now={generatedAt} />
              </small>
            )}
            {script.running && <small>, runs now</small>}
            {script.progress > 0 && (
              <small class="unknown">
                {`, ${script.progress} of ${script.needed} results needed to ${
                  script.up ? "fail" : "succeed"
                }`}
              </small>
            )}
          </td>
          <td class="long">
            <code>{script.command}</code>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Tracked files and processes with what was last found. */
export function TrackedThings({ status: { trackFiles = [], trackProcesses = [] } }: Props) {
  if (trackFiles.length + trackProcesses.length === 0) return null;
  return (
    <Table title="Tracked files and processes" columns={["Found", "Name", "What is looked at"]}>
      {trackProcesses.map(({ name, process, count: running, quorum, quorumMax, up, changing }) => (
        <tr>
          <td>
            <Verdict up={up} words={[`${count(running)} run`, `${count(running)} run`]} />{" "}
            <small>
              {quorumMax === null ? `needs ${quorum}` : `needs ${quorum} to ${quorumMax}`}
              {changing && ", about to change"}
            </small>
          </td>
          <th scope="row">{name}</th>
          <td class="long">
            {"process "}
            <code>{process}</code>
          </td>
        </tr>
      ))}
      {trackFiles.map(({ name, file, value }) => (
        <tr>
          <td>{`says ${value}`}</td>
          <th scope="row">{name}</th>
          <td class="long">
            {"file "}
            <code>{file}</code>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Static addresses, routes and rules, those that are missing first. */
export function Statics({ status: { statics } }: Props) {
  if (statics === undefined) return null;
  const kinds = { address: statics.addresses, route: statics.routes, rule: statics.rules };
  const rows = Object.entries(kinds).flatMap(([kind, objects]) =>
    objects.map((object) => ({ kind, ...object }))
  );
  rows.sort((a, b) => Number(a.installed) - Number(b.installed));
  return (
    <Table title="Static addresses, routes and rules" columns={["In the kernel", "Kind", "As configured"]}>
      {rows.map(({ kind, text, installed }) => (
        <tr>
          <td>
            <Verdict up={installed} words={["there", "missing"]} />
          </td>
          <td>{kind}</td>
          <th scope="row" class="address">{text}</th>
        </tr>
      ))}
    </Table>
  );
}

/** The interfaces of this host. */
export function Interfaces({ status: { interfaces } }: Props) {
  if (interfaces.length === 0) return null;
  return (
    <Table title="Interfaces" columns={["Link", "Interface", "Addresses"]}>
      {interfaces.map(({ name, up, addresses }) => (
        <tr>
          <td>
            <Verdict up={up} words={["up", "down"]} />
          </td>
          <th scope="row">{name}</th>
          <td class="address">
            <ul class="line">{addresses.map((address) => <li>{address}</li>)}</ul>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** VRRP routers on our networks that are none of our business, until somebody mistypes a VRID. */
export function ForeignRouters({ status: { foreign, generatedAt } }: Props) {
  if (foreign.length === 0) return null;
  return (
    <Table
      title="VRRP routers with other VRIDs"
      columns={["Address", "VRID", "Interface", "Priority", "Heard", "Advertisements"]}
    >
      {foreign.map((router) => (
        <tr>
          <th scope="row" class="address">{router.address}</th>
          <td data-name="VRID">{router.vrid}</td>
          <td data-name="on">{router.interface}</td>
          <td data-name="priority">{router.priority}</td>
          <td class="fit" data-name="heard">
            <Ago at={router.lastHeard} now={generatedAt} />
          </td>
          <td class="number" data-name="advertisements">{count(router.count)}</td>
        </tr>
      ))}
    </Table>
  );
}

/** How many events a page shows; `/status` has all that are kept. */
const EVENTS_SHOWN = 50;

/** Events, newest first. */
export function Events({ events }: { events: readonly StatusEvent[] }) {
  const newest = events.slice(-EVENTS_SHOWN).reverse();
  const zone = newest.length === 0 ? "" : ` (${timeZone(newest[0]!.at)})`;
  return (
    <section aria-labelledby="events">
      <h2 id="events">{`Events${zone}`}</h2>
      {newest.length === 0 ? <p class="soft">None yet.</p> : (
        <div class="scroll">
          <table class="rows events">
            <tbody>
              {newest.map((event) => (
                <tr class={event.level}>
                  <td class="fit soft">
                    <time datetime={isoMoment(event.at)}>{moment(event.at)}</time>
                  </td>
                  <td class="text long">
                    {event.level === "info" ? "" : `${event.level}: `}
                    {event.instance !== null && <InstanceLink name={event.instance} />}
                    {event.instance === null ? event.text : ` ${event.text}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** The daemon itself. */
export function Node({ status }: Props) {
  const { configuration, loopLag, generatedAt } = status;
  const { problems } = configuration;
  return (
    <section aria-labelledby="node">
      <h2 id="node">This node</h2>
      <div class="card">
        <dl class="facts">
          <dt>Version</dt>
          <dd>{`ha ${status.version}, process ${status.pid}`}</dd>
          <dt>Running for</dt>
          <dd>
            <For since={status.startedAt} now={generatedAt} />
          </dd>
          <dt>Timers late by</dt>
          <dd>{`${duration(loopLag.last)} now, ${duration(loopLag.max)} at most`}</dd>
          <dt>Discarded</dt>
          <dd>{`${count(status.discarded)} packets`}</dd>
          {status.mail !== undefined && <Delivery what="Mail" delivery={status.mail} />}
          {status.webhook !== undefined && <Delivery what="Webhook" delivery={status.webhook} />}
          <dt>Configuration</dt>
          <dd>
            <code>{configuration.file}</code>, loaded <Ago at={configuration.loadedAt} now={generatedAt} />
          </dd>
          <dt>Problems</dt>
          <dd>
            {problems.length === 0 ? "none found" : (
              <ul class="list">
                {problems.map((problem) => <li class="problem">{problem}</li>)}
              </ul>
            )}
          </dd>
        </dl>
      </div>
    </section>
  );
}

function Delivery({ what, delivery }: { what: string; delivery: DeliveryStatus }) {
  const { to, sent, waiting, lost } = delivery;
  const more = [
    ...(waiting > 0 ? [`${count(waiting)} waiting`] : []),
    ...(lost > 0 ? [`${count(lost)} lost`] : []),
  ];
  return (
    <>
      <dt>{what}</dt>
      <dd>{`${to}, ${[`${count(sent)} sent`, ...more].join(", ")}`}</dd>
    </>
  );
}

/** A section with a table. */
export interface TableProps {
  readonly title: string;
  readonly columns: readonly string[];
  // deno-lint-ignore no-explicit-any -- what hono/jsx allows as children
  readonly children?: any;
}

/** A section with a table of its own name. */
export function Table({ title, columns, children }: TableProps) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div class="scroll">
        <table class="rows">
          <thead>
            <tr>{columns.map((column) => <th scope="col">{column}</th>)}</tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </div>
    </section>
  );
}
