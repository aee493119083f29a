/**
 * Intervals, priorities, announcements and script verdicts.
 */
import assert from "node:assert/strict";
import { afterResult, initialVerdict } from "../../../core/track/script.ts";
import { afterTakeover, dueRounds } from "../../../core/vrrp/neighbours.ts";
import { effectivePriority, weightedTerm } from "../../../core/vrrp/priority.ts";
import { effectiveTrackers } from "../../../core/vrrp/effective_trackers.ts";
import { isStall, leaseSeconds, masterDownInterval, skewTime } from "../../../core/vrrp/timers.ts";
import { group, instance, script } from "../../support/models.ts";

Deno.test("skewTime() is a fraction of a second in version 2 and of the interval in version 3", () => {
  assert.equal(skewTime(2, 100, 3000), 609.375);
  assert.equal(skewTime(3, 100, 3000), 1828.125);
  assert.equal(skewTime(3, 254, 10), 0.078125);
});

Deno.test("masterDownInterval() counts down_timer_adverts and the skew", () => {
  assert.equal(masterDownInterval(2, 100, 1000, 3), 3609.375);
  assert.equal(masterDownInterval(3, 254, 10, 3), 30.078125);
  assert.equal(masterDownInterval(2, 100, 1000, 5), 5609.375);
});

Deno.test("leaseSeconds() is about a second more than the down interval and never under 3 s", () => {
  assert.equal(leaseSeconds(30), 3);
  assert.equal(leaseSeconds(3609), 5);
  assert.equal(leaseSeconds(40_000), 41);
});

Deno.test("isStall() wants more than noise", () => {
  assert.equal(isStall(99, 10), false);
  assert.equal(isStall(101, 10), true);
  assert.equal(isStall(900, 1000), false);
});

Deno.test("effectivePriority() stays within 1..254 and leaves an owner alone", () => {
  assert.equal(effectivePriority(100, [-20, 5]), 85);
  assert.equal(effectivePriority(100, [-253]), 1);
  assert.equal(effectivePriority(200, [100]), 254);
  assert.equal(effectivePriority(255, [-100]), 255);
});

Deno.test("weightedTerm() adds while up, subtracts while down, waits for the first result", () => {
  assert.deepEqual([true, false, null].map((up) => weightedTerm(10, false, up)), [10, 0, 0]);
  assert.deepEqual([true, false, null].map((up) => weightedTerm(-10, false, up)), [0, -10, 0]);
  assert.deepEqual([true, false, null].map((up) => weightedTerm(10, true, up)), [-10, 0, 0]);
  assert.deepEqual([true, false, null].map((up) => weightedTerm(-10, true, up)), [0, 10, 0]);
});

Deno.test("a script needs fall failures and rise successes in a row, the first result decides alone", () => {
  const config = script("s", { rise: 2, fall: 3 });
  const run = (results: string) => {
    let verdict = initialVerdict(config);
    return [...results].map((result) => {
      verdict = afterResult(verdict, config, result === "+");
      return verdict.up ? "U" : "D";
    }).join("");
  };
  assert.equal(run("+--+---+-++"), "UUUUUUDDDDU");
  assert.equal(run("-++"), "DDU");
});

Deno.test("a script with init_fail begins down and needs rise successes", () => {
  const config = script("s", { rise: 2, initFail: true });
  const first = afterResult(initialVerdict(config), config, true);
  assert.equal(first.up, false);
  assert.equal(afterResult(first, config, true).up, true);
});

Deno.test("announcements: a second burst after the delay, and refreshes that do not wait for it", () => {
  const settings = { ...instance().announce, delay: 5000, repeat: 5, refresh: 10_000, refreshRepeat: 2 };
  const schedule = afterTakeover(settings, 0);
  assert.equal(dueRounds(schedule, settings, 4999).rounds, 0);
  const second = dueRounds(schedule, settings, 5000);
  assert.equal(second.rounds, 5);
  const refresh = dueRounds(second.rest, settings, 10_000);
  assert.equal(refresh.rounds, 2);
  assert.equal(refresh.rest.refreshAt, 20_000);
  assert.equal(afterTakeover({ ...settings, delay: 0 }, 0).second, null);
});

Deno.test("weights cannot count in a sync group, nor for an owner", () => {
  const trackers = {
    trackScripts: [{ name: "w", weight: 5, reverse: false }, { name: "f", weight: 0, reverse: false }],
    trackInterfaces: [{ name: "eth1", weight: 5, reverse: false }],
  };
  const names = (list: readonly { readonly name: string; readonly weight: number }[]) =>
    list.map(({ name, weight }) => `${name}:${weight}`);
  const grouped = effectiveTrackers(instance(trackers), group("G", ["VI_1"]));
  assert.deepEqual(names(grouped.scripts), ["f:0"]);
  assert.deepEqual(names(grouped.interfaces), ["eth1:0"]);
  assert.deepEqual(grouped.ignored, [{ kind: "script", name: "w" }]);
  const allowed = effectiveTrackers(instance(trackers), group("G", ["VI_1"], { trackingWeight: true }));
  assert.deepEqual(names(allowed.scripts), ["w:5", "f:0"]);
  assert.deepEqual(effectiveTrackers(instance({ ...trackers, priority: 255 }), null).ignored, [
    { kind: "script", name: "w" },
  ]);
});

Deno.test("files and processes in a sync group: the default weight of a file becomes 0, other weights are left out", () => {
  const reference = (name: string, weight: number) => ({ name, weight, reverse: false });
  const config = instance({
    trackFiles: [reference("default", 1), reference("double", 2), reference("fault", 0)],
    trackProcesses: [reference("weighted", 5), reference("plain", 0)],
  });
  const trackers = effectiveTrackers(config, group("G", ["VI_1"]));
  assert.deepEqual(trackers.files, [reference("default", 0), reference("fault", 0)]);
  assert.deepEqual(trackers.processes, [reference("plain", 0)]);
  assert.deepEqual(trackers.ignored, [{ kind: "file", name: "double" }, {
    kind: "process",
    name: "weighted",
  }]);
  const kept = effectiveTrackers(config, group("G", ["VI_1"], { trackingWeight: true }));
  assert.deepEqual(kept.files, config.trackFiles);
});

Deno.test("of a tracker that both have the group's weight counts, and none where a member is owner", () => {
  const reference = (weight: number) => [{ name: "both", weight, reverse: false }];
  const config = instance({ trackFiles: reference(1), trackScripts: reference(2) });
  const both = group("G", ["VI_1"], {
    trackingWeight: true,
    trackFiles: reference(10),
    trackScripts: reference(20),
  });
  const weights = ({ files, scripts }: ReturnType<typeof effectiveTrackers>) =>
    [...files, ...scripts].map(({ weight }) => weight);
  assert.deepEqual(weights(effectiveTrackers(config, both, false)), [10, 20]);
  assert.deepEqual(weights(effectiveTrackers(config, both, true)), [0, 0]);
});
