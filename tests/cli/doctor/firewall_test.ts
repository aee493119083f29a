import assert from "node:assert/strict";
import { judgeFilter } from "../../../cli/doctor/firewall.ts";

const nft = (policy: string, ...rules: readonly string[]) =>
  `table inet filter {
	chain input {
		type filter hook input priority filter; policy ${policy};
${rules.map((rule) => `\t\t${rule}`).join("\n")}
	}

	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
`;

const CASES: readonly (readonly [name: string, rules: string, dropped: string | null])[] = [
  ["no rules", "", null],
  ["an open chain", nft("accept"), null],
  ["a policy of drop", nft("drop", "ct state established,related accept"), "the policy of chain input"],
  ["a policy of drop, VRRP let in by name", nft("drop", "ip protocol vrrp accept"), null],
  ["let in by number", nft("drop", "meta l4proto 112 counter packets 1 bytes 2 accept"), null],
  ["a rule", nft("accept", "ip protocol vrrp drop"), '"ip protocol vrrp drop"'],
  ["port 112 is not the protocol", nft("drop", "tcp dport 112 accept"), "the policy of chain input"],
  [
    "the last rule drops all",
    nft("accept", "tcp dport 22 accept", "counter packets 112 bytes 5 drop"),
    "drop",
  ],
  ["the first rule decides", nft("accept", "ip protocol vrrp accept", "ip protocol vrrp drop"), null],
  [
    "iptables' policy",
    "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -j ACCEPT\n",
    "the policy of chain INPUT",
  ],
  ["iptables lets it in", "*filter\n:INPUT DROP [0:0]\n-A INPUT -p 112 -j ACCEPT\n", null],
  [
    "iptables' port 112 is not the protocol",
    "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 112 -j ACCEPT\n",
    "the policy of chain INPUT",
  ],
  [
    "one of several ports neither",
    "*filter\n:INPUT DROP [0:0]\n-A INPUT -p udp -m multiport --dports 80,112 -j ACCEPT\n",
    "the policy of chain INPUT",
  ],
  ["nor in a set", nft("drop", "meta l4proto tcp th dport { 80, 112 } accept"), "the policy of chain input"],
  ["iptables by name", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p vrrp -j DROP\n", "-p vrrp -j DROP"],
  [
    "iptables rejects the rest",
    "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j REJECT\n",
    "reject",
  ],
];

for (const [name, rules, dropped] of CASES) {
  Deno.test(`judgeFilter(): ${name}`, () => {
    const verdict = judgeFilter(rules);
    assert.equal(verdict.kind, dropped === null ? "open" : "dropped");
    if (verdict.kind === "dropped") assert.ok(verdict.by.includes(dropped!), verdict.by);
  });
}

Deno.test("judgeFilter() mends the chain that drops, not the one that most hosts have", () => {
  const mendOf = (rules: string) => {
    const verdict = judgeFilter(rules);
    return verdict.kind === "dropped" ? verdict.mend : null;
  };
  const own = nft("accept", "ip protocol vrrp drop").replace("inet filter", "inet mine").replace(
    "input",
    "in",
  );
  assert.equal(mendOf(own), "nft insert rule inet mine in meta l4proto 112 accept");
  assert.equal(mendOf("*filter\n:INPUT DROP [0:0]\n"), "iptables -I INPUT -p 112 -j ACCEPT");
});
