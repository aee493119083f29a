/**
 * Two configurations that are to make one pair: what keeps them from working together.
 *
 * Each finding points at the line of the first configuration; what the other one has stands in the message.
 */
import { type Diagnostic, Report } from "./diagnostic.ts";
import type { LoadedConfig } from "./config.ts";
import type { HmacSettings, TrackReference, VirtualAddress, VrrpInstance } from "./model.ts";
import type { Word } from "./text.ts";
import type { Statement, Tree } from "./tree.ts";
import { secondsText } from "./values.ts";

interface Pair {
  readonly report: Report;
  /** Where the instance stands in the own file. */
  readonly block: Statement;
  readonly own: VrrpInstance;
  readonly other: VrrpInstance;
  /** Whether its sync group leaves no weight in force. */
  readonly grouped: boolean;
}

/**
 * Compares every instance with the one of the other node that has its VRID and family.
 *
 * @param otherName how the other configuration is called in the messages
 */
export function comparePeers(
  own: LoadedConfig,
  other: LoadedConfig,
  otherName: string,
): readonly Diagnostic[] {
  const report = new Report();
  const blocks = instanceBlocks(own.tree);
  const partnerThere = partners(other.model.instances);
  const partnerHere = partners(own.model.instances);
  const lonely = other.model.instances.filter((instance) => partnerHere(instance) === null);
  const namesakes = new Map(lonely.map((instance) => [nameKey(instance), instance]));
  const renumbered = new Set<VrrpInstance>();
  const grouped = new Set(
    own.model.syncGroups.flatMap((group) => group.trackingWeight ? [] : group.members),
  );
  for (const instance of own.model.instances) {
    const block = blocks.get(instance.name)!;
    const partner = partnerThere(instance);
    if (partner !== null) {
      comparePair({ report, block, own: instance, other: partner, grouped: grouped.has(instance.name) });
      continue;
    }
    const namesake = namesakes.get(nameKey(instance));
    if (namesake === undefined) missingPartner(report, block, instance, otherName);
    else {
      renumbered.add(namesake);
      const vrids = `${instance.vrid} here and ${namesake.vrid} in ${otherName}`;
      report.add(wordOf(block, "virtual_router_id"), {
        severity: "error",
        code: "peer-vrid",
        message: `(${instance.name}) virtual_router_id is ${vrids}: both become MASTER`,
        exit: 0,
      });
    }
  }
  for (const instance of lonely) {
    if (!renumbered.has(instance)) extraInstance(report, own, instance, otherName);
  }
  return report.diagnostics;
}

const nameKey = ({ name, family }: VrrpInstance) => `${family} ${name}`;

/** Finds the instance of the other node with the same VRID and family; of several, by name, address or interface. */
function partners(others: readonly VrrpInstance[]): (instance: VrrpInstance) => VrrpInstance | null {
  const first = new Map<string, VrrpInstance>();
  for (const other of others) {
    for (const key of partnerKeys(other)) if (!first.has(key)) first.set(key, other);
  }
  return (instance) => {
    const key = partnerKeys(instance).find((each) => first.has(each));
    return key === undefined ? null : first.get(key)!;
  };
}

/** What partners have in common, the surest sign first. */
function partnerKeys({ family, vrid, name, addresses, interface: device }: VrrpInstance): readonly string[] {
  const signs = [`named ${name}`, ...addresses.map(({ address }) => `with ${address}`), `on ${device}`, ""];
  return signs.map((sign) => `${family} ${vrid} ${sign}`);
}

function missingPartner(report: Report, block: Statement, instance: VrrpInstance, otherName: string): void {
  const at = wordOf(block, "virtual_router_id");
  report.add(at, {
    severity: "warning",
    code: "peer-vrid",
    message:
      `${otherName} has no IPv${instance.family} instance with VRID ${instance.vrid}: ${instance.name} has no partner`,
    exit: 0,
  });
}

function extraInstance(report: Report, own: LoadedConfig, instance: VrrpInstance, otherName: string): void {
  const first = own.tree.statements[0]?.words[0];
  if (first === undefined) return;
  report.add(first, {
    severity: "warning",
    code: "peer-vrid",
    message:
      `Nothing here is the partner of ${instance.name} in ${otherName}, IPv${instance.family} with VRID ${instance.vrid}`,
    exit: 0,
  });
}

function comparePair(pair: Pair): void {
  compareProtocol(pair);
  compareAuthentication(pair);
  compareHmac(pair);
  compareAddresses(pair);
  compareTransport(pair);
  comparePriorities(pair);
  compareWeights(pair);
  if (pair.own.preempt !== pair.other.preempt) {
    say(pair, "nopreempt", "note", "peer-preempt", `nopreempt holds on one of the two nodes alone`);
  }
}

function say(
  pair: Pair,
  word: string,
  severity: "error" | "warning" | "note",
  code: string,
  message: string,
): void {
  pair.report.add(wordOf(pair.block, word), {
    severity,
    code,
    message: `(${pair.own.name}) ${message}`,
    exit: 0,
  });
}

function compareProtocol(pair: Pair): void {
  const { own, other } = pair;
  if (own.version !== other.version) {
    say(
      pair,
      "version",
      "error",
      "peer-version",
      `version is ${own.version} here and ${other.version} there: both become MASTER`,
    );
  }
  if (own.advertInterval === other.advertInterval) return;
  const [here, there] = [secondsText(own.advertInterval), secondsText(other.advertInterval)];
  if (own.version === 2) {
    say(
      pair,
      "advert_int",
      "error",
      "peer-interval",
      `advert_int is ${here} here and ${there} there: adverts are dropped and both become MASTER`,
    );
  } else {
    say(
      pair,
      "advert_int",
      "warning",
      "peer-interval",
      `advert_int is ${here} here and ${there} there: the master's one counts`,
    );
  }
}

function compareAuthentication(pair: Pair): void {
  const [own, other] = [pair.own.authentication, pair.other.authentication];
  if (own.type !== other.type) {
    say(
      pair,
      "authentication",
      "error",
      "peer-authentication",
      `auth_type is ${own.type} here and ${other.type} there: both become MASTER`,
    );
  } else if (own.type !== "none" && other.type !== "none" && own.password !== other.password) {
    say(pair, "authentication", "error", "peer-authentication", `auth_pass differs: both become MASTER`);
  }
}

/** Whether each side accepts what the other one signs, or does not sign. */
function compareHmac(pair: Pair): void {
  for (const [from, to] of [[pair.own, pair.other], [pair.other, pair.own]]) {
    const [sender, receiver] = [from!.hmac, to!.hmac];
    const where = from === pair.own ? "there" : "here";
    const signs = sender !== null && sender.mode !== "receive-only";
    const reason = signs && receiver === null
      ? `what is signed is dropped ${where}, without auth_hmac`
      : signs && !hasKey(receiver, sender)
      ? `key ${sender.activeKey} is not known ${where}, or is another one`
      : !signs && receiver?.mode === "enforce"
      ? `what is not signed is dropped ${where}, with mode enforce`
      : null;
    if (reason !== null) {
      say(pair, "auth_hmac", "error", "peer-authentication", `${reason}: both become MASTER`);
    }
  }
}

function hasKey(receiver: HmacSettings | null, { keys, activeKey }: HmacSettings): boolean {
  const key = keys.find(({ id }) => id === activeKey)!;
  return receiver?.keys.some(({ id, secret }) => id === activeKey && secret === key.secret) ?? false;
}

function compareAddresses(pair: Pair): void {
  const { own, other } = pair;
  const listed = difference(own.addresses, other.addresses);
  if (listed === null) comparePrefixes(pair);
  else say(pair, "virtual_ipaddress", "error", "peer-addresses", `virtual addresses differ: ${listed}`);
  // The other list travels in no advert, but what stands in one alone is gone after a takeover.
  const excluded = difference(own.excludedAddresses, other.excludedAddresses);
  if (excluded === null) return;
  const message = `excluded virtual addresses differ: ${excluded}`;
  say(pair, "virtual_ipaddress_excluded", "warning", "peer-addresses", message);
}

/** What stands in one list alone, in words; null where nothing does. */
function difference(own: readonly VirtualAddress[], other: readonly VirtualAddress[]): string | null {
  const [here, there] = [own, other].map((list) => new Set(list.map(({ address }) => address)));
  const extra = [...here!].filter((address) => !there!.has(address));
  const missing = [...there!].filter((address) => !here!.has(address));
  const parts = [
    extra.length === 0 ? null : `${extra.join(", ")} only here`,
    missing.length === 0 ? null : `${missing.join(", ")} only there`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join("; ");
}

function comparePrefixes(pair: Pair): void {
  const other = new Map(pair.other.addresses.map((address) => [address.address, address.prefixLength]));
  for (const { address, prefixLength } of pair.own.addresses) {
    if (other.get(address) === prefixLength) continue;
    say(
      pair,
      "virtual_ipaddress",
      "warning",
      "peer-prefix",
      `${address} is /${prefixLength} here and /${other.get(address)} there`,
    );
  }
}

function compareTransport(pair: Pair): void {
  const [own, other] = [pair.own.transport, pair.other.transport];
  if (own.mode === "multicast" && other.mode === "multicast") {
    if (own.group !== other.group) {
      say(
        pair,
        "mcast_dst_ip",
        "error",
        "peer-transport",
        `the multicast group is ${own.group} here and ${other.group} there: both become MASTER`,
      );
    }
  } else if (own.mode === "unicast" && other.mode === "unicast") compareUnicast(pair);
  else {
    const word = own.mode === "unicast" ? "unicast_peer" : "interface";
    say(
      pair,
      word,
      "error",
      "peer-transport",
      `adverts go by ${own.mode} here and by ${other.mode} there: both become MASTER`,
    );
  }
}

function compareUnicast(pair: Pair): void {
  const { own, other } = pair;
  const here = other.sourceAddress;
  const there = own.sourceAddress;
  if (here !== null && here === there) {
    const message = `both nodes send from ${here}: each must name its own address`;
    return say(pair, "unicast_src_ip", "error", "peer-unicast", message);
  }
  if (here !== null && !peersOf(own).includes(here)) {
    say(
      pair,
      "unicast_peer",
      "error",
      "peer-unicast",
      `unicast_peer does not name the other node, which sends from ${here}`,
    );
  }
  if (there !== null && !peersOf(other).includes(there)) {
    say(
      pair,
      "unicast_src_ip",
      "error",
      "peer-unicast",
      `the other node's unicast_peer does not name ${there}, from which we send`,
    );
  }
}

function peersOf({ transport }: VrrpInstance): readonly string[] {
  return transport.mode === "unicast" ? transport.peers.map((peer) => peer.address) : [];
}

function comparePriorities(pair: Pair): void {
  const { own, other } = pair;
  if (own.priority !== other.priority) return;
  if (own.priority === 255) {
    say(
      pair,
      "priority",
      "error",
      "peer-priority",
      "both nodes are address owners (priority 255): only one may be",
    );
  } else {
    say(
      pair,
      "priority",
      "warning",
      "peer-priority",
      `both nodes have priority ${own.priority}: the higher IP address decides`,
    );
  }
}

/** Whether the failure of one tracker moves the addresses at all. */
function compareWeights(pair: Pair): void {
  const { own, other } = pair;
  const ownTotal = fullPriority(own);
  const otherTotal = fullPriority(other);
  if (own.priority === 255 || pair.grouped || ownTotal <= otherTotal) return;
  for (const [word, trackers] of trackersOf(own)) {
    for (const tracker of trackers) {
      if (tracker.weight !== 0 && !tracker.reverse) compareWeight(pair, word, tracker, otherTotal);
    }
  }
}

function compareWeight(pair: Pair, word: string, tracker: TrackReference, otherTotal: number): void {
  const { name, weight } = tracker;
  const left = fullPriority(pair.own, tracker);
  const reason = left >= otherTotal
    ? `is too small: priority ${left} is left when it fails, and the other node has ${otherTotal}`
    : !pair.other.preempt
    ? "changes nothing: the other node has nopreempt"
    : null;
  if (reason === null) return;
  pair.report.add(wordWithin(pair.block, word, name), {
    severity: "warning",
    code: "peer-weight",
    message: `(${pair.own.name}) weight ${weight} of ${name} ${reason}`,
    exit: 0,
  });
}

function trackersOf(instance: VrrpInstance): readonly (readonly [string, readonly TrackReference[]])[] {
  return [
    ["track_script", instance.trackScripts],
    ["track_interface", instance.trackInterfaces],
    ["track_process", instance.trackProcesses],
    ["track_bfd", instance.trackBfds],
  ];
}

/** The priority while everything that is tracked is well, but for one object where that is given. */
function fullPriority(instance: VrrpInstance, failed: TrackReference | null = null): number {
  if (instance.priority === 255) return 255;
  let priority = instance.priority;
  for (const tracker of trackersOf(instance).flatMap(([, trackers]) => trackers)) {
    const counts = (tracker !== failed) === (tracker.weight > 0);
    if (counts) priority += tracker.reverse ? -tracker.weight : tracker.weight;
  }
  return Math.max(1, Math.min(254, priority));
}

/** The value of the first statement of that word in an instance, or the instance's name where it has none. */
function wordOf(block: Statement, keyword: string): Word {
  const statement = block.block?.statements.find(({ words }) => words[0]!.text === keyword);
  return statement?.words[1] ?? statement?.words[0] ?? block.words[1]!;
}

/** The word that a line of a list in an instance begins with, or that of the list where none does. */
function wordWithin(block: Statement, keyword: string, name: string): Word {
  const lists = block.block?.statements.filter(({ words }) => words[0]!.text === keyword) ?? [];
  const lines = lists.flatMap((list) => list.block?.statements ?? []);
  return lines.find(({ words }) => words[0]!.text === name)?.words[0] ?? wordOf(block, keyword);
}

/** The first block of each instance, wherever a missing brace has put it. */
function instanceBlocks(tree: Tree): ReadonlyMap<string, Statement> {
  const blocks = new Map<string, Statement>();
  const pending = [...tree.statements].reverse();
  for (let statement = pending.pop(); statement !== undefined; statement = pending.pop()) {
    const [keyword, name] = statement.words;
    if (keyword!.text === "vrrp_instance" && name !== undefined && !blocks.has(name.text)) {
      blocks.set(name.text, statement);
    }
    for (const inner of (statement.block?.statements ?? []).toReversed()) pending.push(inner);
  }
  return blocks;
}
