/**
 * The page of one instance: its card, every counter, and what happened to it.
 */
import type { InstanceCounters, InstanceStatus, Status } from "../../core/engine/status.ts";
import type { Alarm } from "../health.ts";
import { Alarms, severityOf } from "./alarms.tsx";
import { count, duration, stateWord } from "./format.ts";
import { InstanceCard } from "./instance.tsx";
import { errorsOf, trafficOf } from "./parts.tsx";
import { Events } from "./sections.tsx";

interface Props {
  readonly status: Status;
  readonly instance: InstanceStatus;
  /** Those about this instance. */
  readonly alarms: readonly Alarm[];
}

/** All of it. */
export function Detail({ status, instance, alarms }: Props) {
  const events = status.events.filter((event) => event.instance === instance.name);
  const { name, state } = instance;
  return (
    <>
      <nav class="trail" aria-label="Elsewhere">
        <a href="/">All instances</a> <a href={`${jsonPath(name)}?pretty`}>This instance as JSON</a>
      </nav>
      <p class={`verdict ${severityOf(alarms)}`}>{`${name} is ${stateWord(state)}`}</p>
      <Alarms alarms={alarms} />
      <div class="panels">
        <section aria-labelledby="state">
          <h2 id="state">State</h2>
          <InstanceCard instance={instance} now={status.generatedAt} alarmed={alarms.length > 0} />
        </section>
        <Settings instance={instance} />
        <Events events={events} />
        <Counters counters={instance.counters} />
      </div>
    </>
  );
}

function jsonPath(name: string): string {
  return `/status/instances/${encodeURIComponent(name)}`;
}

function Settings({ instance }: Pick<Props, "instance">) {
  const { advertInterval, masterAdvertInterval, preempt, preemptDelay, transport, source, destinations } =
    instance;
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <div class="card">
        <dl class="facts">
          <dt>Configured state</dt>
          <dd>{stateWord(instance.wantedState)}</dd>
          <dt>Intervals</dt>
          <dd>{`ours ${duration(advertInterval)}, the master's ${duration(masterAdvertInterval)}`}</dd>
          <dt>Preempt</dt>
          <dd>{preempt ? (preemptDelay > 0 ? `yes, after ${duration(preemptDelay)}` : "yes") : "no"}</dd>
          <dt>Sends</dt>
          <dd>
            {`${transport} from `}
            <span class="address">{source ?? "no address"}</span>
            {" to "}
            <span class="address">{destinations.join(", ")}</span>
          </dd>
          <dt>Authentication</dt>
          <dd>{instance.authentication}</dd>
        </dl>
      </div>
    </section>
  );
}

function Counters({ counters }: { counters: InstanceCounters }) {
  return (
    <section aria-labelledby="counters">
      <h2 id="counters">Counters since the start</h2>
      <div class="scroll counters">
        <table>
          <tbody>
            {trafficOf(counters).map(([words, value]) => (
              <tr>
                <th scope="row">{words}</th>
                <td class="number">{count(value)}</td>
              </tr>
            ))}
            {errorsOf(counters).map(([words, value]) => (
              <tr>
                <th scope="row">{words}</th>
                <td class={value === 0 ? "number zero" : "number bad"}>{count(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
