/**
 * The page of one virtual server: how it stands, what the kernel counted, and all of its real servers.
 */
import type { RealServerStatus, Status, VirtualServerStatus } from "../../core/engine/status.ts";
import type { Alarm } from "../health.ts";
import { connectionsOf, isDown, serviceState, trafficOf } from "../services.ts";
import { Alarms, severityOf } from "./alarms.tsx";
import { count } from "./format.ts";
import { pageOf, Pages } from "./pages.tsx";
import { For, servicePath } from "./parts.tsx";
import { pageAddress, type Selection, wordsOf } from "./select.ts";
import { Connections, Rates, serviceWord, Totals } from "./service_parts.tsx";
import { manner, ordered, ServerTable, summary } from "./services.tsx";

/** Real servers a page. */
const ROWS = 100;

interface Props {
  readonly status: Status;
  readonly service: VirtualServerStatus;
  /** Those about this virtual server. */
  readonly alarms: readonly Alarm[];
  readonly selection: Selection;
}

/** All of it. */
export function ServiceDetail({ status, service, alarms, selection }: Props) {
  const { name } = service;
  return (
    <>
      <nav class="trail" aria-label="Elsewhere">
        <a href="/#virtual-servers">All virtual servers</a>{" "}
        <a href={`/status${servicePath(name)}?pretty`}>This virtual server as JSON</a>
      </nav>
      <p class={`verdict ${severityOf(alarms)}`}>{`${name} is ${serviceWord(serviceState(service))}`}</p>
      <Alarms alarms={alarms} />
      <Settings service={service} now={status.generatedAt} />
      <Servers service={service} selection={selection} now={status.generatedAt} />
    </>
  );
}

function Settings({ service, now }: { service: VirtualServerStatus; now: number }) {
  const { since, quorum, hysteresis, services = [], repairs, sorryServer } = service;
  return (
    <section aria-labelledby="state">
      <h2 id="state">State</h2>
      <div class="card">
        <p class="why">
          {`${summary(service)}. So for `}
          <For since={since} now={now} />.
        </p>
        <dl class="facts">
          <dt>Balances</dt>
          <dd>{manner(service)}</dd>
          <dt>Quorum</dt>
          <dd>{`${count(quorum)}, hysteresis ${count(hysteresis)}`}</dd>
          <dt>Sorry server</dt>
          <dd>{sorryServer === null ? "none" : sorryServer.name}</dd>
          <dt>Connections</dt>
          <dd>
            <Connections connections={connectionsOf(service)} />
          </dd>
          <dt>Rates</dt>
          <dd>
            <Rates traffic={trafficOf(service)} />
          </dd>
          <dt>Totals</dt>
          <dd>
            <Totals traffic={trafficOf(service)} />
          </dd>
          <dt>Kernel entries</dt>
          <dd class="address">{services.map(({ endpoint }) => endpoint).join(", ") || "not known"}</dd>
          <dt>Put right</dt>
          <dd>
            {repairs === undefined || repairs === 0
              ? "never: nobody else changed it"
              : <span class="unknown">{`${count(repairs)} entries that somebody else changed`}</span>}
          </dd>
        </dl>
      </div>
    </section>
  );
}

function Servers(
  { service, selection, now }: { service: VirtualServerStatus; selection: Selection; now: number },
) {
  const { name, realServers } = service;
  const chosen = ordered(chosenServers(realServers, selection));
  const { shown, page, pages } = pageOf(chosen, selection.page, ROWS);
  const path = servicePath(name);
  const address = (number: number) => `${pageAddress(path, { ...selection, page: number })}#servers`;
  const down = realServers.filter(isDown).length;
  return (
    <section aria-labelledby="servers">
      <h2 id="servers">Real servers</h2>
      <div class="tools">
        <nav aria-label="Real servers by state">
          <ul class="chips">
            <li>
              <a class="all" href={path} aria-current={selection.service === null ? "true" : undefined}>
                {`${count(realServers.length)} real servers`}
              </a>
            </li>
            {down > 0 && (
              <li>
                <a
                  class="fault state"
                  href={pageAddress(path, { ...selection, service: "down", page: 1 })}
                  aria-current={selection.service === "down" ? "true" : undefined}
                >
                  {`${count(down)} DOWN`}
                </a>
              </li>
            )}
          </ul>
        </nav>
        <form method="get" action={path} role="search">
          <label class="heard" for="q">Filter real servers</label>
          <input
            type="search"
            id="q"
            name="q"
            value={selection.text}
            placeholder="Address, port, check, result …"
            autocomplete="off"
          />
          <button type="submit">Filter</button>
        </form>
      </div>
      {shown.length === 0
        ? <p class="soft">No real server to show.</p>
        : <ServerTable servers={shown} now={now} />}
      <Pages of="real servers" page={page} pages={pages} address={address} />
    </section>
  );
}

function chosenServers(
  servers: readonly RealServerStatus[],
  selection: Selection,
): readonly RealServerStatus[] {
  const words = wordsOf(selection);
  return servers.filter((server) => {
    if (selection.service === "down" && !isDown(server)) return false;
    if (words.length === 0) return true;
    const checks = server.checks.flatMap(({ kind, target, lastResult }) => [kind, target, lastResult ?? ""]);
    const text = [server.name, `${server.address}:${server.port}`, server.reason, ...checks].join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
