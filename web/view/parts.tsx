// deno-lint-ignore-file jsx-key -- rendered to text once: there is nothing to reconcile
/**
 * Small pieces that several pages are made of.
 */
import type { InstanceCounters, InstanceStatus, PriorityTerm, VrrpState } from "../../core/engine/status.ts";
import { count, duration, isoMoment, moment, stateWord } from "./format.ts";

/** How long ago a moment was, with the moment itself to point at. */
export function Ago({ at, now }: { at: number; now: number }) {
  return <time datetime={isoMoment(at)} title={moment(at)}>{`${duration(now - at)} ago`}</time>;
}

/** For how long something has been so. */
export function For({ since, now }: { since: number; now: number }) {
  return <time datetime={isoMoment(since)} title={`since ${moment(since)}`}>{duration(now - since)}</time>;
}

/** A state in its colour; the word is always there. */
export function State({ state }: { state: VrrpState }) {
  return <span class={`state ${state}`}>{stateWord(state)}</span>;
}

/** A link to the page of an instance. */
export function InstanceLink({ name }: { name: string }) {
  return <a href={instancePath(name)}>{name}</a>;
}

/** A link to the page of a virtual server. */
export function ServiceLink({ name }: { name: string }) {
  return <a href={servicePath(name)}>{name}</a>;
}

/** The path of a virtual server's page. */
export function servicePath(name: string): string {
  return `/virtual-servers/${encodeURIComponent(name)}`;
}

/** The path of an instance's page. */
function instancePath(name: string): string {
  return `/instances/${encodeURIComponent(name)}`;
}

/** The id of an instance's element; any name is fit. */
export function instanceId(name: string): string {
  return `i-${encodeURIComponent(name)}`;
}

/** A verdict that may not be there yet. */
export function Verdict({ up, words }: { up: boolean | null; words: readonly [string, string] }) {
  if (up === null) return <span class="unknown">no result yet</span>;
  return up ? <span class="on">{words[0]}</span> : <span class="bad">{words[1]}</span>;
}

/** `= 100 base + 50 script chk_nginx`; terms that do not count now are shown as 0. */
export function Terms({ terms, effective }: { terms: readonly PriorityTerm[]; effective: number }) {
  const sum = terms.reduce((total, term) => total + term.value, 0);
  return (
    <span class="terms">
      {terms.map((term, index) => {
        const sign = term.value < 0 ? " − " : index === 0 ? "= " : " + ";
        const text = `${sign}${Math.abs(term.value)} ${term.what}`;
        return <span class={term.value === 0 ? "zero" : "term"}>{text}</span>;
      })}
      {sum === effective ? null : ` = ${sum}, limited to ${effective}`}
    </span>
  );
}

/** Whether an address is on its interface now. */
export function Installed(
  { entry, master }: { entry: InstanceStatus["addresses"][number]; master: boolean },
) {
  if (entry.installed) return <span class={master ? "on" : "bad"}>{`on ${entry.interface}`}</span>;
  return <span class={master ? "bad" : "off"}>{`not on ${entry.interface}`}</span>;
}

/** Counters that are not zero on a node where all is well. */
const TRAFFIC: readonly (readonly [keyof InstanceCounters, string])[] = [
  ["advert_rcvd", "adverts received"],
  ["advert_sent", "adverts sent"],
  ["become_master", "became master"],
  ["release_master", "released master"],
  ["pri_zero_rcvd", "priority 0 received"],
  ["pri_zero_sent", "priority 0 sent"],
];

/** Counters of what should not happen, worded after a number. */
const ERRORS: readonly (readonly [keyof InstanceCounters, string])[] = [
  ["auth_failure", "authentication failures"],
  ["authtype_mismatch", "authentication type mismatches"],
  ["invalid_authtype", "unknown authentication types"],
  ["auth_ext_invalid_hmac", "forged trailers"],
  ["auth_ext_missing", "missing trailers"],
  ["auth_ext_malformed", "misshapen trailers"],
  ["auth_ext_unknown_key", "trailers of unknown keys"],
  ["auth_ext_stale", "stale trailers"],
  ["auth_ext_replay", "replayed trailers"],
  ["advert_interval_err", "differing advertisement intervals"],
  ["addr_list_err", "differing address lists"],
  ["checksum_err", "wrong checksums"],
  ["version_err", "other VRRP versions"],
  ["ip_ttl_err", "wrong TTLs"],
  ["packet_len_err", "wrong lengths"],
  ["invalid_type_rcvd", "unknown packet types"],
  ["foreign_source_err", "from hosts that are no peers"],
  ["address_restored", "addresses put back"],
];

/** The counters of normal traffic that are not zero. */
export function Traffic({ counters }: { counters: InstanceCounters }) {
  const found = trafficOf(counters).filter(([, value]) => value !== 0);
  if (found.length === 0) return <span class="soft">nothing yet</span>;
  return <ul class="line">{found.map(([words, value]) => <li>{`${words} ${count(value)}`}</li>)}</ul>;
}

/** Names and values of the counters of normal traffic. */
export function trafficOf(counters: InstanceCounters): readonly (readonly [string, number])[] {
  return TRAFFIC.map(([field, words]) => [words, counters[field]]);
}

/** Names and values of the error counters. */
export function errorsOf(counters: InstanceCounters): readonly (readonly [string, number])[] {
  return ERRORS.map(([field, words]) => [words, counters[field]]);
}

/** The error counters that are not zero, standing out. */
export function Errors({ counters }: { counters: InstanceCounters }) {
  const found = errorsOf(counters).filter(([, value]) => value !== 0);
  if (found.length === 0) return <span class="soft">none</span>;
  return (
    <ul class="line">
      {found.map(([words, value]) => <li class="bad">{`${count(value)} ${words}`}</li>)}
    </ul>
  );
}
