// deno-lint-ignore-file jsx-key -- rendered to text once: there is nothing to reconcile
/**
 * Pieces of which virtual and real servers are shown.
 */
import type { CheckStatus, RealServerStatus, TrafficStatus } from "../../core/engine/status.ts";
import { isDown, isUndecided, type ServiceState } from "../services.ts";
import { amount, count, duration } from "./format.ts";
import { Ago } from "./parts.tsx";

/** Words for the state of a virtual server. */
const WORDS: Readonly<Record<ServiceState, string>> = {
  down: "DOWN",
  sorry: "SORRY SERVER",
  degraded: "DEGRADED",
  checking: "CHECKING",
  suspended: "SUSPENDED",
  up: "UP",
};

/** How a state looks: the classes of the states of instances have the colours. */
const COLOURS: Readonly<Record<ServiceState, string>> = {
  down: "fault",
  sorry: "fault",
  degraded: "weak",
  checking: "init",
  suspended: "init",
  up: "master",
};

/** The state of a virtual server as people read it. */
export function serviceWord(state: ServiceState): string {
  return WORDS[state];
}

/** The class that gives a state its colour. */
export function serviceClass(state: ServiceState): string {
  return COLOURS[state];
}

/** A state in its colour; the word is always there. */
export function ServiceStateWord({ state }: { state: ServiceState }) {
  return <span class={`state ${COLOURS[state]}`}>{WORDS[state]}</span>;
}

/** `UP`, `DOWN` or `CHECKING`. */
export function ServerWord({ server }: { server: RealServerStatus }) {
  const state = isDown(server) ? "down" : isUndecided(server) ? "checking" : "up";
  return <ServiceStateWord state={state} />;
}

/** The weight in the kernel's table, and what it would be in full service. */
export function Weight({ server: { weight, fullWeight } }: { server: RealServerStatus }) {
  if (weight === fullWeight) return <>{weight}</>;
  return (
    <>
      {weight ?? "—"} <small>{`of ${fullWeight}`}</small>
    </>
  );
}

/** `12 active, 340 inactive`. */
export function Connections({ connections }: Pick<RealServerStatus, "connections">) {
  if (connections === null) return <span class="soft">not known</span>;
  return <>{`${count(connections.active)} active, ${count(connections.inactive)} inactive`}</>;
}

/** Rates as the kernel estimates them over the last seconds. */
export function Rates({ traffic }: { traffic: TrafficStatus | null }) {
  if (traffic === null) return <span class="soft">not known</span>;
  const { connectionRate, inByteRate, outByteRate } = traffic;
  return <>{`${amount(connectionRate)} conn/s, ${octets(inByteRate)}/s in, ${octets(outByteRate)}/s out`}</>;
}

/** Everything since the entry was made. */
export function Totals({ traffic }: { traffic: TrafficStatus | null }) {
  if (traffic === null) return <span class="soft">not known</span>;
  const { connections, inPackets, inBytes, outPackets, outBytes } = traffic;
  return (
    <ul class="line">
      <li>{`${count(connections)} connections`}</li>
      <li>{`in ${count(inPackets)} packets, ${octets(inBytes)}`}</li>
      <li>{`out ${count(outPackets)} packets, ${octets(outBytes)}`}</li>
    </ul>
  );
}

/** What each checker of a real server says. */
export function Checks({ server: { checks }, now }: { server: RealServerStatus; now: number }) {
  if (checks.length === 0) return <span class="soft">none: taken for up</span>;
  return <ul class="list checks">{checks.map((check) => <Check check={check} now={now} />)}</ul>;
}

function Check({ check, now }: { check: CheckStatus; now: number }) {
  const { kind, target, lastRun, duration: took, failures, needed } = check;
  return (
    <li>
      <span class={lookOf(check)}>{resultOf(check)}</span>{" "}
      <small>
        {`${kind} ${target}`}
        {took === null ? "" : ` in ${duration(took)}`}
        {lastRun !== null && (
          <>
            , <Ago at={lastRun} now={now} />
          </>
        )}
        {failures > 0 && failures < needed && `, failed ${failures} of ${needed} times`}
      </small>
    </li>
  );
}

function lookOf({ up, lastResult }: CheckStatus): string {
  if (up === false) return "bad";
  return up === null || lastResult !== "ok" ? "unknown" : "on";
}

function resultOf({ up, lastResult }: CheckStatus): string {
  if (lastResult === null) return "no result yet";
  // Its last attempt failed, and it takes more of them.
  return up === true && lastResult !== "ok" ? `up, but ${lastResult}` : lastResult;
}

function octets(value: number): string {
  const text = amount(value);
  return text.includes(" ") ? `${text}B` : `${text} B`;
}
