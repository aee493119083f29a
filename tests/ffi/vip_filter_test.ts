/**
 * The packet filter in the kernel, held against what `nft` shows.
 */
import assert from "node:assert/strict";
import type { VipFilter } from "../../core/ports.ts";
import type { Libc } from "../../ffi/libc.ts";
import { openLibc } from "../../ffi/libc.ts";
import { openVipFilter } from "../../ffi/vip_filter.ts";
import { createHostPair, inHost, type TestHost } from "../support/host_pair.ts";
import { runsWhere } from "../support/skip.ts";

const DONE = { ok: true } as const;

interface Bench {
  readonly libc: Libc;
  readonly host: TestHost;
  readonly filter: VipFilter;
}

function filterTest(name: string, body: (bench: Bench) => void): void {
  Deno.test({
    ...runsWhere(name, { netns: true, commands: ["nft"] }),
    fn() {
      using libc = openLibc();
      using pair = createHostPair();
      inHost(libc, pair.left, () => {
        using filter = openVipFilter(libc);
        body({ libc, host: pair.left, filter });
      });
    },
  });
}

function nft(host: TestHost, ...words: string[]): string {
  const args = ["netns", "exec", host.namespace, "nft", ...words];
  const { stdout, stderr, success } = new Deno.Command("ip", { args }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).replaceAll(/\s+/g, " ").trim();
}

filterTest("block() drops packets of an IPv4 address in both directions", ({ host, filter }) => {
  const vip = { address: "10.77.0.100", interface: host.interface };
  const other = { address: "10.77.0.101", interface: host.interface };
  assert.deepEqual(filter.block([vip]), DONE);
  assert.deepEqual(filter.block([other, vip]), DONE);
  const shown = nft(host, "list", "ruleset");
  assert.match(shown, /^table ip keepalived \{ comment "made by ha"/);
  assert.match(shown, /set vips \{ type ipv4_addr elements = \{ 10\.77\.0\.100, 10\.77\.0\.101 \} \}/);
  assert.match(
    shown,
    /chain in \{ type filter hook input priority filter - 1; policy accept; ip daddr @vips drop \}/,
  );
  assert.match(
    shown,
    /policy accept; ip protocol igmp dup to ip daddr device oif map @vmac_map drop ip saddr @vips drop \}/,
    "reports of a virtual interface have a blocked address as their source, and must leave all the same",
  );
  assert.deepEqual(filter.unblock([vip]), DONE);
  assert.match(nft(host, "list", "ruleset"), /elements = \{ 10\.77\.0\.101 \}/);
  assert.deepEqual(filter.unblock([other]), DONE);
  assert.equal(nft(host, "list", "ruleset"), "");
  assert.deepEqual(filter.unblock([other]), DONE, "gone already");
});

filterTest(
  "block() takes link-local addresses with their interface, and lets discovery pass",
  ({ host, filter }) => {
    const addresses = ["fe80::100", "2001:db8::1"].map((address) => ({ address, interface: host.interface }));
    assert.deepEqual(filter.block(addresses), DONE);
    const shown = nft(host, "list", "table", "ip6", "keepalived");
    assert.match(shown, /set vips \{ type ipv6_addr elements = \{ 2001:db8::1 \} \}/);
    assert.ok(
      shown.includes(`type ipv6_addr . iface_index elements = { fe80::100 . "${host.interface}" }`),
      shown,
    );
    assert.match(shown, /icmpv6 type nd-neighbor-solicit accept icmpv6 type nd-neighbor-advert accept/);
    assert.match(shown, /ip6 daddr \. iif @vips_link_local drop ip6 daddr @vips drop \}/);
    assert.match(
      shown,
      /mld2-listener-report dup to .* ip6 saddr \. oif @vips_link_local drop ip6 saddr @vips drop \}/,
    );
  },
);

filterTest("divert() sends the reports of a virtual interface out of its parent", ({ host, filter }) => {
  assert.deepEqual(filter.divert("lo", host.interface), DONE);
  const shown = nft(host, "list", "ruleset");
  assert.ok(
    shown.includes(
      `map vmac_map { type iface_index : iface_index elements = { "lo" : "${host.interface}" } }`,
    ),
  );
  assert.match(shown, /ip protocol igmp dup to ip daddr device oif map @vmac_map drop/);
  assert.match(shown, /icmpv6 type mld2-listener-report dup to ip6 daddr device oif map @vmac_map drop/);
  assert.match(shown, /icmpv6 type nd-router-solicit oif @vmac_set drop/);
  assert.deepEqual(filter.undivert("lo"), DONE);
  assert.equal(nft(host, "list", "ruleset"), "");
  const refused = filter.divert("eth9", host.interface);
  assert.match(refused.ok ? "" : refused.reason, /ENODEV/);
});

filterTest("block() makes everything anew where somebody flushed the ruleset", ({ host, filter }) => {
  const address = (last: number) => ({ address: `10.77.0.${last}`, interface: host.interface });
  filter.block([address(1)]);
  nft(host, "flush", "ruleset");
  assert.deepEqual(filter.block([address(2)]), DONE);
  assert.match(nft(host, "list", "ruleset"), /elements = \{ 10\.77\.0\.1, 10\.77\.0\.2 \}/);
  nft(host, "flush", "ruleset");
  assert.deepEqual(filter.unblock([address(1)]), DONE);
  assert.match(nft(host, "list", "ruleset"), /elements = \{ 10\.77\.0\.2 \}/);
});

filterTest(
  "begin() removes what an earlier run left, and leaves the tables of others",
  ({ libc, host, filter }) => {
    using earlier = openVipFilter(libc);
    earlier.block([{ address: "10.77.0.1", interface: host.interface }]);
    nft(host, "add", "table", "ip6", "keepalived");
    assert.deepEqual(filter.begin("keepalived", -1, false), DONE);
    assert.equal(nft(host, "list", "tables"), "table ip6 keepalived");
    assert.deepEqual(filter.begin("keepalived", -1, true), DONE);
    assert.equal(nft(host, "list", "tables"), "");
    assert.deepEqual(filter.begin("keepalived", -1, true), DONE, "gone already");
  },
);
