// deno-lint-ignore-file jsx-key -- rendered to text once: there is nothing to reconcile
/**
 * The verdict on the node and its alarms: what one sees from the other end of the room.
 */
import type { Status, VrrpState } from "../../core/engine/status.ts";
import type { Alarm } from "../health.ts";
import { count, stateWord } from "./format.ts";
import { InstanceLink, ServiceLink } from "./parts.tsx";

/** How many alarms of one kind are spelt out before the rest is only counted. */
const SPELT_OUT = 4;

/** The verdict in one line: how many alarms, or how many instances in which state. */
export function Headline({ status, alarms }: { status: Status; alarms: readonly Alarm[] }) {
  return <p class={`verdict ${severityOf(alarms)}`}>{headline(status, alarms)}</p>;
}

/** The worst of some alarms. */
export function severityOf(alarms: readonly Alarm[]): "good" | "warning" | "critical" {
  if (alarms.length === 0) return "good";
  return alarms.some((alarm) => alarm.severity === "critical") ? "critical" : "warning";
}

/** Every alarm, critical ones first; many of a kind are cut short. */
export function Alarms({ alarms }: { alarms: readonly Alarm[] }) {
  if (alarms.length === 0) return null;
  return (
    <section aria-label="Alarms">
      <ul class="alarms">{byKind(alarms).map((group) => <AlarmGroup alarms={group} />)}</ul>
    </section>
  );
}

function AlarmGroup({ alarms }: { alarms: readonly Alarm[] }) {
  const shown = alarms.length > SPELT_OUT ? alarms.slice(0, SPELT_OUT - 1) : alarms;
  const rest = alarms.length - shown.length;
  return (
    <>
      {shown.map(({ severity, instance, virtualServer, text }) => (
        <li class={severity}>
          {virtualServer !== undefined && (
            <strong>
              <ServiceLink name={virtualServer} />:{" "}
            </strong>
          )}
          {instance !== null && (
            <strong>
              <InstanceLink name={instance} />:{" "}
            </strong>
          )}
          {text}
        </li>
      ))}
      {rest > 0 && <li class={alarms[0]!.severity}>{`… and ${count(rest)} more like these`}</li>}
    </>
  );
}

function byKind(alarms: readonly Alarm[]): readonly (readonly Alarm[])[] {
  return [...Map.groupBy(alarms, (alarm) => alarm.kind).values()];
}

function headline(status: Status, alarms: readonly Alarm[]): string {
  const critical = alarms.filter((alarm) => alarm.severity === "critical").length;
  const warnings = alarms.length - critical;
  if (alarms.length === 0) return `All is well: ${tally(status)}`;
  const parts = [
    ...(critical > 0 ? [`${count(critical)} critical`] : []),
    ...(warnings > 0 ? [`${count(warnings)} ${warnings === 1 ? "warning" : "warnings"}`] : []),
  ];
  return `Needs attention: ${parts.join(", ")}`;
}

/** `2 MASTER, 1 BACKUP`. */
function tally(status: Status): string {
  const states: readonly VrrpState[] = ["master", "backup", "fault", "init"];
  const parts = states.flatMap((state) => {
    const number = status.instances.filter((instance) => instance.state === state).length;
    return number === 0 ? [] : [`${count(number)} ${stateWord(state)}`];
  });
  return [...parts, ...servers(status)].join(", ") || "no instance is configured";
}

/** `12 virtual servers with 48 real servers`. */
function servers({ virtualServers = [] }: Status): readonly string[] {
  if (virtualServers.length === 0) return [];
  const real = virtualServers.reduce((sum, { realServers }) => sum + realServers.length, 0);
  return [`${plural(virtualServers.length, "virtual server")} with ${plural(real, "real server")}`];
}

function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}
