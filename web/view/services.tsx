// deno-lint-ignore-file jsx-key -- rendered to text once: there is nothing to reconcile
/**
 * The virtual servers on the page of the node: with their real servers where there are few, as rows where there are
 * many.
 */
import type { RealServerStatus, Status, VirtualServerStatus } from "../../core/engine/status.ts";
import {
  connectionsOf,
  isDown,
  SERVICE_STATES,
  type ServiceState,
  serviceState,
  trafficOf,
  upCount,
} from "../services.ts";
import { amount, count, duration } from "./format.ts";
import { pageOf, Pages } from "./pages.tsx";
import { For, ServiceLink, servicePath } from "./parts.tsx";
import { pageAddress, type Selection, selectServices } from "./select.ts";
import {
  Checks,
  Connections,
  Rates,
  ServerWord,
  serviceClass,
  ServiceStateWord,
  serviceWord,
  Weight,
} from "./service_parts.tsx";

/** Up to so many virtual servers with so many real servers are shown in full. */
const CARDS_AT_MOST = 12;
const SERVERS_AT_MOST = 48;

/** Rows a page. */
const ROWS = 100;

/** Names of real servers that are down in a row, before the rest is only counted. */
const NAMED = 2;

interface Props {
  readonly status: Status;
  readonly selection: Selection;
}

/** All of it; nothing where no virtual server is configured. */
export function Services({ status, selection }: Props) {
  const { virtualServers: all = [], generatedAt: now } = status;
  if (all.length === 0) return null;
  const chosen = selectServices(all, selection);
  const servers = chosen.reduce((sum, { realServers }) => sum + realServers.length, 0);
  const inFull = chosen.length <= CARDS_AT_MOST && servers <= SERVERS_AT_MOST;
  return (
    <section aria-labelledby="virtual-servers">
      <h2 id="virtual-servers">Virtual servers</h2>
      <Balancer status={status} />
      <States services={all} selection={selection} />
      {chosen.length === 0
        ? <p class="soft">No virtual server to show.</p>
        : inFull
        ? <div class="cards wide">{chosen.map((service) => <ServiceCard service={service} now={now} />)}</div>
        : <ServiceTable services={chosen} selection={selection} now={now} />}
    </section>
  );
}

/** What the checkers are doing, and whether there is a load balancer at all. */
function Balancer({ status: { ipvs } }: Pick<Props, "status">) {
  if (ipvs === undefined) return null;
  const { checksRunning, checksWaiting, checksDone, repairs = 0 } = ipvs;
  return (
    <p class="soft">
      {ipvs.available ? "" : <strong class="bad">The kernel balances nothing.</strong>}
      {`${count(checksDone)} checks done, ${count(checksRunning)} under way`}
      {checksWaiting > 0 ? `, ${count(checksWaiting)} waiting for their turn` : ""}
      {repairs > 0 && (
        <span class="unknown">
          {`; ${count(repairs)} entries of the kernel's table put right that somebody else had changed`}
        </span>
      )}
    </p>
  );
}

function States({ services, selection }: { services: readonly VirtualServerStatus[]; selection: Selection }) {
  const numbers = Map.groupBy(services, serviceState);
  const states = SERVICE_STATES.filter((state) => numbers.has(state));
  const all = `${count(services.length)} virtual server${services.length === 1 ? "" : "s"}`;
  return (
    <nav aria-label="Virtual servers by state" class="tools">
      <ul class="chips">
        <li>
          <Chip state={null} label={all} selection={selection} />
        </li>
        {states.map((state) => (
          <li>
            <Chip
              state={state}
              label={`${count(numbers.get(state)!.length)} ${serviceWord(state)}`}
              selection={selection}
            />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Chip(
  { state, label, selection }: { state: ServiceState | null; label: string; selection: Selection },
) {
  const href = pageAddress("/", { ...selection, service: state, page: 1 });
  const current = selection.service === state ? "true" : undefined;
  const look = state === null ? "all" : `${serviceClass(state)} state`;
  return <a class={look} href={`${href}#virtual-servers`} aria-current={current}>{label}</a>;
}

/** A card: how it stands, how it balances, and its real servers. */
function ServiceCard({ service, now }: { service: VirtualServerStatus; now: number }) {
  const state = serviceState(service);
  const { name, since, realServers } = service;
  return (
    <article class={`card ${serviceClass(state)}`} id={`v-${encodeURIComponent(name)}`}>
      <header>
        <p class="state">{serviceWord(state)}</p>
        <h3>
          <ServiceLink name={name} />
        </h3>
        <p class="soft">{manner(service)}</p>
        <p class="soft since">
          for <For since={since} now={now} />
        </p>
      </header>
      <p class="why">{summary(service)}</p>
      <ServerTable servers={ordered(realServers)} now={now} />
    </article>
  );
}

/** Real servers as rows: those that are down first. */
export function ServerTable({ servers, now }: { servers: readonly RealServerStatus[]; now: number }) {
  return (
    <div class="scroll">
      <table class="rows servers">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Real server</th>
            <th scope="col">For</th>
            <th scope="col">Weight</th>
            <th scope="col">Connections</th>
            <th scope="col">Checks</th>
          </tr>
        </thead>
        <tbody>
          {servers.map((server) => (
            <tr>
              <td>
                <ServerWord server={server} />
              </td>
              <th scope="row" class="address">{endpoint(server)}</th>
              <td class="fit" data-name="for">{duration(now - server.since)}</td>
              <td class="fit" data-name="weight">
                <Weight server={server} />
              </td>
              <td data-name="connections">
                {server.weight === null
                  ? <span class="soft">not in the kernel</span>
                  : <Connections connections={server.connections} />}
                {server.traffic !== null && server.traffic !== undefined && (
                  <small class="rates">
                    <Rates traffic={server.traffic} />
                  </small>
                )}
              </td>
              <td class="long">
                <Checks server={server} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ServiceTable(
  { services, selection, now }: {
    services: readonly VirtualServerStatus[];
    selection: Selection;
    now: number;
  },
) {
  const { shown, page, pages } = pageOf(services, selection.page, ROWS);
  const address = (number: number) => `${pageAddress("/", { ...selection, page: number })}#virtual-servers`;
  return (
    <>
      <div class="scroll">
        <table class="rows services">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Virtual server</th>
              <th scope="col">For</th>
              <th scope="col">Real servers up</th>
              <th scope="col">Weight</th>
              <th scope="col">Connections</th>
              <th scope="col">Down</th>
            </tr>
          </thead>
          <tbody>{shown.map((service) => <ServiceRow service={service} now={now} />)}</tbody>
        </table>
      </div>
      <Pages of="virtual servers" page={page} pages={pages} address={address} />
    </>
  );
}

function ServiceRow({ service, now }: { service: VirtualServerStatus; now: number }) {
  const state = serviceState(service);
  const { name, since, realServers, liveWeight, quorum } = service;
  const connections = connectionsOf(service);
  const traffic = trafficOf(service);
  return (
    <tr class={serviceClass(state)}>
      <td>
        <ServiceStateWord state={state} />
      </td>
      <th scope="row">
        <ServiceLink name={name} /> <small>{manner(service)}</small>
      </th>
      <td class="fit" data-name="for">{duration(now - since)}</td>
      <td class="fit" data-name="real servers up">{`${upCount(service)} of ${realServers.length}`}</td>
      <td class="fit" data-name="weight">{`${liveWeight}, needs ${quorum}`}</td>
      <td class="fit" data-name="connections">
        {connections === null ? "not known" : count(connections.active)}
        {traffic !== null && <small>{` ${amount(traffic.connectionRate)}/s`}</small>}
      </td>
      <td class="long bad">{downNames(service)}</td>
    </tr>
  );
}

function downNames({ name, realServers }: VirtualServerStatus) {
  const down = realServers.filter(isDown);
  if (down.length === 0) return null;
  const first = down.slice(0, NAMED).map((server) => endpoint(server)).join(", ");
  const rest = down.length - NAMED;
  if (rest <= 0) return first;
  return (
    <>
      {first} <a href={`${servicePath(name)}?state=down`}>{`and ${count(rest)} more`}</a>
    </>
  );
}

/** `tcp · wrr · NAT · persistent 50 s`. */
export function manner({ protocol, scheduler, forwarding, persistence }: VirtualServerStatus): string {
  const stays = persistence === null ? [] : [`persistent ${duration(persistence * 1000)}`];
  return [protocol, scheduler, forwarding, ...stays].join(" · ");
}

/** What its state comes from, in one sentence. */
export function summary(service: VirtualServerStatus): string {
  const { realServers, liveWeight, quorum, sorryServer } = service;
  const parts = [
    `${count(upCount(service))} of ${count(realServers.length)} real servers up`,
    `live weight ${count(liveWeight)}, the quorum needs ${count(quorum)}`,
  ];
  if (sorryServer !== null) {
    parts.push(`sorry server ${sorryServer.name} ${sorryServer.active ? "SERVES" : "is not needed"}`);
  }
  return parts.join(", ");
}

/** Those that are down first, otherwise as configured. */
export function ordered(servers: readonly RealServerStatus[]): readonly RealServerStatus[] {
  return [...servers.filter(isDown), ...servers.filter((server) => !isDown(server))];
}

function endpoint({ address, port }: RealServerStatus): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
