// deno-lint-ignore-file jsx-key -- rendered to text once: there is nothing to reconcile
/**
 * BFD sessions: whether each neighbour is there, how fast it would be missed, and what it says itself.
 */
import type { BfdStatus, Status } from "../../core/engine/status.ts";
import { count, duration } from "./format.ts";
import { Ago, For, Verdict } from "./parts.tsx";
import { Table } from "./sections.tsx";

/** All of them, those that are down first; nothing where none is configured. */
export function BfdSessions({ status: { bfdSessions = [], generatedAt: now } }: { status: Status }) {
  if (bfdSessions.length === 0) return null;
  const ordered = [...bfdSessions.filter(({ up }) => !up), ...bfdSessions.filter(({ up }) => up)];
  return (
    <Table title="BFD sessions" columns={["State", "Session", "For", "Neighbour", "Detects in", "Packets"]}>
      {ordered.map((session) => <Row session={session} now={now} />)}
    </Table>
  );
}

function Row({ session, now }: { session: BfdStatus; now: number }) {
  const { name, up, state, since, lastHeard, detectionTime, transmitInterval, multiplier } = session;
  const { counters, trouble } = session;
  return (
    <tr>
      <td>
        <Verdict up={up} words={[bfdWord(state), bfdWord(state)]} />
      </td>
      <th scope="row">{name}</th>
      <td class="fit" data-name="for">
        <For since={since} now={now} />
      </td>
      <td class="long">
        <span class="address">{session.neighbour}</span>
        <small>
          {", "}
          {lastHeard === null ? "never heard" : (
            <>
              heard <Ago at={lastHeard} now={now} />
            </>
          )}
          {session.remoteState !== state && `, says ${bfdWord(session.remoteState)}`}
          {!["", "No Diagnostic"].includes(session.remoteDiagnostic) && `, ${session.remoteDiagnostic}`}
        </small>
        {trouble !== null && <p class="bad">{trouble}</p>}
      </td>
      <td class="fit" data-name="detects in">
        {duration(detectionTime)}{" "}
        <small>{`sends every ${duration(transmitInterval)}, multiplier ${multiplier}`}</small>
      </td>
      <td class="fit" data-name="packets">
        {`${count(counters.received)} in, ${count(counters.sent)} out`}
        {counters.discarded > 0 && <span class="bad">{`, ${count(counters.discarded)} discarded`}</span>}
      </td>
    </tr>
  );
}

/** A state as RFC 5880 spells it. */
function bfdWord(state: BfdStatus["state"]): string {
  return { admin_down: "AdminDown", down: "Down", init: "Init", up: "Up" }[state];
}
