// deno-lint-ignore-file jsx-key -- rendered to text once: there is nothing to reconcile
/**
 * One instance: as a card with everything that decides its state, and as a row where there are many.
 */
import type { InstanceStatus, KernelObjectStatus } from "../../core/engine/status.ts";
import { hearsAnotherMaster } from "../health.ts";
import { count, duration, stateWord } from "./format.ts";
import {
  Ago,
  Errors,
  errorsOf,
  For,
  Installed,
  instanceId,
  InstanceLink,
  State,
  Terms,
  Traffic,
  Verdict,
} from "./parts.tsx";

interface Props {
  readonly instance: InstanceStatus;
  /** ms since the Unix epoch: when the snapshot was taken. */
  readonly now: number;
  readonly alarmed: boolean;
}

/** A card: state, since when, why, and what it depends on. */
export function InstanceCard({ instance, now, alarmed }: Props) {
  const { name, state, since, reason, followsUntil } = instance;
  return (
    <article class={`card ${state}${alarmed ? " alarmed" : ""}`} id={instanceId(name)}>
      <header>
        <p class="state">{stateWord(state)}</p>
        <h3>
          <InstanceLink name={name} />
        </h3>
        <p class="soft">{whereabouts(instance)}</p>
        <p class="soft since">
          for <For since={since} now={now} />
        </p>
      </header>
      <p class="why">{reason}</p>
      {followsUntil !== undefined && followsUntil > now && (
        <p class="unknown">
          {`Handed over: leaves a living master alone for ${duration(followsUntil - now)} more`}
        </p>
      )}
      <Facts instance={instance} now={now} />
    </article>
  );
}

/** What decides the state of an instance, as a list of terms. */
function Facts({ instance, now }: Pick<Props, "instance" | "now">) {
  const { faults, syncGroup, trackers, counters, effectivePriority, priorityTerms } = instance;
  return (
    <dl class="facts">
      {faults.length > 0 && <Fact name="Faults">{faults.map((fault) => <p class="bad">{fault}</p>)}</Fact>}
      <Fact name="Priority">
        <strong>{effectivePriority}</strong> <Terms terms={priorityTerms} effective={effectivePriority} />
        {instance.basePriority === 255 && " (address owner)"}
      </Fact>
      <Fact name="Addresses">
        <Addresses instance={instance} />
      </Fact>
      {(instance.routes ?? []).length > 0 && (
        <Fact name="Routes">
          <KernelObjects objects={instance.routes!} master={instance.state === "master"} />
        </Fact>
      )}
      {(instance.rules ?? []).length > 0 && (
        <Fact name="Rules">
          <KernelObjects objects={instance.rules!} master={instance.state === "master"} />
        </Fact>
      )}
      <Fact name="Master">{masterText(instance)}</Fact>
      <Fact name="Peer">
        <Peer instance={instance} now={now} />
      </Fact>
      {syncGroup !== null && <Fact name="Sync group">{syncGroup}</Fact>}
      {trackers.length > 0 && (
        <Fact name="Tracks">
          <Trackers instance={instance} />
        </Fact>
      )}
      <Fact name="Counters">
        <Traffic counters={counters} />
      </Fact>
      <Fact name="Errors">
        <Errors counters={counters} />
        <Rejected instance={instance} now={now} />
      </Fact>
    </dl>
  );
}

// deno-lint-ignore no-explicit-any -- what hono/jsx allows as children
function Fact({ name, children }: { name: string; children?: any }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** The virtual addresses and whether each is on its interface now. */
function Addresses({ instance }: Pick<Props, "instance">) {
  const { addresses, state } = instance;
  if (addresses.length === 0) return <span class="soft">none configured</span>;
  return (
    <ul class="list">
      {addresses.map((entry) => (
        <li>
          <span class="address">{`${entry.address}/${entry.prefixLength}`}</span>{" "}
          <Installed entry={entry} master={state === "master"} />
          <Note
            words={[
              entry.label === null ? "" : `label ${entry.label}`,
              entry.excluded ? "not advertised" : "",
            ]}
          />
        </li>
      ))}
    </ul>
  );
}

/** Virtual routes or rules, and whether each is in the kernel. */
function KernelObjects({ objects, master }: { objects: readonly KernelObjectStatus[]; master: boolean }) {
  return (
    <ul class="list">
      {objects.map(({ text, installed }) => (
        <li>
          <span class="address">{text}</span>{" "}
          <span class={installed === master ? (installed ? "on" : "off") : "bad"}>
            {installed ? "in the kernel" : "not in the kernel"}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Lesser things to know, those that apply. */
function Note({ words }: { words: readonly string[] }) {
  const found = words.filter((word) => word !== "");
  return found.length === 0 ? null : <small>{` ${found.join(", ")}`}</small>;
}

/** The router last heard: in red where it should be silent. */
function Peer({ instance, now }: Pick<Props, "instance" | "now">) {
  const { peer } = instance;
  if (peer === null) return <span class="soft">none heard yet</span>;
  return (
    <span class={hearsAnotherMaster(instance, now) ? "bad" : "peer"}>
      <span class="address">{peer.address}</span>
      {`, priority ${peer.priority}, heard `}
      <Ago at={peer.lastHeard} now={now} />
      {peer.version !== instance.version && <strong class="bad">{`, speaks VRRPv${peer.version}`}</strong>}
      {peer.interval !== instance.advertInterval && `, every ${duration(peer.interval)}`}
    </span>
  );
}

/** The last advertisement that was rejected. */
function Rejected({ instance: { rejected = null }, now }: Pick<Props, "instance" | "now">) {
  if (rejected === null) return null;
  return (
    <small>
      {`last: ${rejected.reason} `}
      <Ago at={rejected.at} now={now} />
    </small>
  );
}

function Trackers({ instance }: Pick<Props, "instance">) {
  return (
    <ul class="line">
      {instance.trackers.map(({ kind, name, up, weight, reverse }) => (
        <li>
          {`${kind} ${name} `}
          <Verdict up={up} words={["up", "down"]} />
          <Note words={[weight === 0 ? "" : `weight ${weight}`, reverse ? "reversed" : ""]} />
        </li>
      ))}
    </ul>
  );
}

/** The head of the table of many instances. */
export function InstanceTable({ rows }: { rows: readonly Props[] }) {
  return (
    <div class="scroll">
      <table class="rows instances">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Instance</th>
            <th scope="col">For</th>
            <th scope="col">Why</th>
            <th scope="col">Priority</th>
            <th scope="col">Addresses</th>
            <th scope="col">Master</th>
            <th scope="col">Peer heard</th>
            <th scope="col">Errors</th>
          </tr>
        </thead>
        <tbody>{rows.map((row) => <InstanceRow {...row} />)}</tbody>
      </table>
    </div>
  );
}

/** A row of it. Plain text where it can be: there may be a thousand. */
function InstanceRow({ instance, now, alarmed }: Props) {
  const { name, state, since, reason, effectivePriority, peer, counters } = instance;
  const errors = errorsOf(counters).filter(([, value]) => value !== 0);
  return (
    <tr class={`${state}${alarmed ? " alarmed" : ""}`} id={instanceId(name)}>
      <td>
        <State state={state} />
      </td>
      <th scope="row">
        <InstanceLink name={name} /> <small>{`${instance.interface} vrid ${instance.vrid}`}</small>
      </th>
      <td data-name="for" class="fit">{duration(now - since)}</td>
      <td class="long reason">{reason}</td>
      <td data-name="priority">{effectivePriority}</td>
      <td class={missesAddress(instance) ? "address bad" : "address"}>{addressSummary(instance)}</td>
      <td data-name="master" class="fit">{masterText(instance)}</td>
      <td data-name="peer heard" class={hearsAnotherMaster(instance, now) ? "bad fit" : "fit"}>
        {peer === null ? "never" : `${duration(now - peer.lastHeard)} ago`}
      </td>
      <td class="bad">{errors.map(([words, value]) => `${count(value)} ${words}`).join(", ")}</td>
    </tr>
  );
}

/** Where and how it runs: `eth0 · VRID 51 · VRRPv2 IPv4 · every 1 s`. */
function whereabouts(instance: InstanceStatus): string {
  const { interface: link, vrid, version, family, advertInterval, transport } = instance;
  const how = transport === "unicast" ? " unicast" : "";
  return [link, `VRID ${vrid}`, `VRRPv${version} IPv${family}${how}`, `every ${duration(advertInterval)}`]
    .join(" · ");
}

function masterText({ state, master, source }: InstanceStatus): string {
  if (state === "master") return source === null ? "this node" : `this node (${source})`;
  return master ?? "none known";
}

function missesAddress({ state, addresses }: InstanceStatus): boolean {
  return addresses.some((entry) => entry.installed !== (state === "master"));
}

function addressSummary({ addresses }: InstanceStatus): string {
  const here = addresses.filter((entry) => entry.installed).length;
  if (addresses.length === 0) return "none";
  const more = addresses.length > 1 ? ` and ${addresses.length - 1} more` : "";
  const where = here === addresses.length ? "here" : here === 0 ? "not here" : `${here} here`;
  return `${addresses[0]!.address}${more} (${where})`;
}
