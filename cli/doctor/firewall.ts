/**
 * Whether the packet filter lets a protocol in, as far as its rules tell when they are read as text.
 */

/** What the rules say about incoming VRRP. */
export type FilterVerdict =
  | { readonly kind: "open" }
  /** A rule, or the policy of a chain without a rule that accepts it. */
  | {
    readonly kind: "dropped";
    readonly by: string;
    /** The command that lets it in, at the head of that chain: to be accepted elsewhere changes nothing there. */
    readonly mend: string;
  };

/** How VRRP is written in rules: by name or by number. */
const VRRP = /\b(vrrp|112)\b/;
/** Numbers that are none of a protocol. */
const COUNTED = /packets \d+ bytes \d+/g;
const PORTS = /\b[ds]?ports? (\{[^}]*\}|\S+)/g;
const REFUSES = /\b(drop|reject|DROP|REJECT)\b/;
const ACCEPTS = /\b(accept|ACCEPT)\b/;

/** Judges the output of `nft list ruleset` followed by that of `iptables-save`. */
export function judgeFilter(rules: string): FilterVerdict {
  const chains = [...nftChains(rules), ...iptablesChains(rules)];
  for (const chain of chains) {
    const about = chain.rules.filter(mentionsVrrp);
    const first = about.find((rule) => ACCEPTS.test(rule) || REFUSES.test(rule));
    if (first !== undefined && REFUSES.test(first)) return dropped(`"${first}" in ${chain.name}`, chain);
    if (first !== undefined) continue;
    const all = chain.rules.find((rule) => /^(counter( packets \d+ bytes \d+)? )?(drop|reject)\b/.test(rule));
    if (all !== undefined) return dropped(`"${all}" at the end of ${chain.name}`, chain);
    if (chain.refuses && !chain.rules.some(acceptsAll)) {
      return dropped(`the policy of ${chain.name}`, chain);
    }
  }
  return { kind: "open" };
}

function dropped(by: string, { mend }: Chain): FilterVerdict {
  return { kind: "dropped", by, mend };
}

interface Chain {
  readonly name: string;
  /** The command that lets VRRP in. */
  readonly mend: string;
  /** Its policy is to drop. */
  readonly refuses: boolean;
  readonly rules: readonly string[];
}

/** Chains that hang on the way in. */
function nftChains(text: string): Chain[] {
  const chains: Chain[] = [];
  let table = "";
  for (const block of text.split(/\n(?=\t?table |\tchain )/)) {
    table = /^table (\S+ \S+)/.exec(block)?.[1] ?? table;
    const name = /^\tchain (\S+)/.exec(block)?.[1];
    const hook = /type filter hook (input|prerouting|ingress)[^;]*;(?: policy (\w+);)?/.exec(block);
    // What iptables-nft makes is read from iptables-save.
    if (name === undefined || hook === null) continue;
    const rules = block.split("\n").slice(1).map((line) => line.trim())
      .filter((line) => line !== "" && line !== "}" && !line.startsWith("type filter"));
    chains.push({
      name: `chain ${name} of table ${table}`,
      mend: `nft insert rule ${table} ${name} meta l4proto 112 accept`,
      refuses: hook[2] === "drop",
      rules,
    });
  }
  return chains;
}

function iptablesChains(text: string): Chain[] {
  const policies = [...text.matchAll(/^:INPUT (\w+)/gm)];
  if (policies.length === 0) return [];
  const rules = [...text.matchAll(/^-A INPUT (.*)$/gm)].map(([, rule]) => rule!)
    .map((rule) => /^-j (DROP|REJECT)\b/.test(rule) ? rule.slice(3).toLowerCase() : rule);
  const refuses = policies.some(([, policy]) => policy === "DROP");
  return [{ name: "chain INPUT", mend: "iptables -I INPUT -p 112 -j ACCEPT", refuses, rules }];
}

/** A number 112 that is a port or a counter is not the protocol. */
function mentionsVrrp(rule: string): boolean {
  const words = rule.replaceAll(COUNTED, "").replaceAll(PORTS, "");
  return VRRP.test(words) && /protocol|\bip6? nexthdr|l4proto|-p /.test(words);
}

function acceptsAll(rule: string): boolean {
  return /^(counter( packets \d+ bytes \d+)? )?accept\b/.test(rule) || /^-j ACCEPT\b/.test(rule);
}
