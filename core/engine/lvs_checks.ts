/**
 * Checks: when they are due, how many run at a time, and what their results mean for the real servers.
 */
import { firstDelay, judge, type Judgement } from "../check/checker.ts";
import { spread } from "../check/spread.ts";
import type { ProbeResult, Verdict } from "../check/verdict.ts";
import * as message from "./lvs_message.ts";
import { vote, weigh } from "./lvs_servers.ts";
import { type Check, log, type LvsWorld, type Member, type PoolState } from "./lvs_world.ts";

/** ms before a probe that said nothing is repeated, at most. */
const REPEAT_DELAY = 1000;

/** Sets the time of the first attempt: a random part of the warm-up. */
export function schedule(world: LvsWorld, check: Check, now: number): void {
  world.timers.set(check, now + firstDelay(check.checker, spread(world.seed, check.key)));
  for (const { server: { name, pool } } of check.members) {
    log(world, pool.suspended ? message.notActivating(name, pool.name) : message.activating(name, pool.name));
  }
}

/** A check is due. */
export function due(world: LvsWorld, check: Check, now: number): void {
  if (!isWanted(check)) {
    world.timers.set(check, now + check.rules.delayLoop);
  } else if (world.running.size < world.settings.maxChecks) {
    start(world, check);
  } else if (!check.waiting) {
    check.waiting = true;
    world.waiting.push(check);
  }
}

function start(world: LvsWorld, check: Check): void {
  const probe = world.nextProbe++;
  check.probe = probe;
  world.running.set(probe, check);
  world.out.add({ kind: "probe.start", probe, checker: check.checker, step: check.state.step });
}

/** Nobody asks for a check any more. */
export function drop(world: LvsWorld, check: Check): void {
  world.checks.delete(check.key);
  world.timers.set(check, Infinity);
  if (check.probe === null) return;
  world.running.delete(check.probe);
  world.out.add({ kind: "probe.cancel", probe: check.probe });
}

/** A probe ended. */
export function probeEnded(
  world: LvsWorld,
  probe: number,
  result: ProbeResult,
  ended: { readonly at: number; readonly duration: number },
): void {
  const check = world.running.get(probe);
  if (check === undefined) return;
  world.running.delete(probe);
  world.checksDone++;
  check.probe = null;
  const previous = check.last?.result;
  check.last = { result, ...ended };
  startWaiting(world, ended.at);
  if (result.ok === null) {
    const told = previous?.ok === null && previous.reason === result.reason;
    if (!told) log(world, message.probeVoid(check.checker, result.reason));
    world.timers.set(check, ended.at + Math.min(REPEAT_DELAY, check.rules.delayLoop));
    return;
  }
  const before = check.state;
  const judgement = judge(check.rules, before, result.ok);
  check.state = judgement.state;
  if (result.ok) check.weight = result.weight;
  world.timers.set(check, ended.at + judgement.delay);
  logResult(world, check, result, { ...judgement, state: before });
  for (const member of check.members) {
    if (!member.server.pool.suspended) applyCheck(world, member, judgement.news !== null, ended.at);
  }
}

function startWaiting(world: LvsWorld, now: number): void {
  while (world.waiting.length > 0 && world.running.size < world.settings.maxChecks) {
    const check = world.waiting.shift()!;
    check.waiting = false;
    if (world.checks.get(check.key) === check) due(world, check, now);
  }
}

/** Gives a checker of a server the vote that its check has come to. */
export function applyCheck(world: LvsWorld, member: Member, news: boolean, now: number): void {
  const check = member.check;
  if (check === null) return;
  const { up } = check.state;
  const addition = check.weight === null ? 0 : check.weight - member.server.config.weight;
  if (up && member.addition !== addition) {
    member.addition = addition;
    weigh(world, member.server, now);
  }
  if (!news && member.up === up) return;
  const result = check.last?.result;
  const reason = up || result === undefined || result.ok === true ? "" : result.reason;
  vote(world, member, { up, reason, news, mail: mailText(check, up) }, now);
}

/** A line for an attempt that is news, and for each that a server in service failed where those are to be logged. */
function logResult(
  world: LvsWorld,
  check: Check,
  result: Verdict,
  { news, state: before }: Judgement,
): void {
  const { checker, rules } = check;
  const failure = result.ok ? null : result;
  if (news === null && (failure === null || !checker.logAllFailures || !before.up)) return;
  for (const [name, virtualServer] of namesOf(check)) {
    if (failure === null) log(world, message.checkPassed(checker, name, virtualServer));
    else if (news === null) log(world, message.attemptFailed(checker, name, failure.reason));
    else {
      // As keepalived words it: the first attempt of all has had no retries, but for these two.
      const counts = before.decided || checker.kind === "http" || checker.kind === "misc";
      const retries = rules.retry > 0 && counts ? rules.retry : null;
      log(world, message.checkFailed(checker, name, virtualServer, retries, failure));
    }
  }
}

/** Each real server once, with one of its virtual servers. */
function namesOf(check: Check): Map<string, string> {
  const names = new Map<string, string>();
  for (const { server } of check.members) names.set(server.name, server.pool.name);
  return names;
}

function mailText({ checker }: Check, up: boolean): string {
  switch (checker.kind) {
    case "tcp":
    case "udp":
      return `=> ${checker.kind.toUpperCase()} CHECK ${up ? "succeed" : "failed"} on service <=`;
    case "ping":
      return `=> ICMP CHECK ${up ? "succeed" : "failed"} on service <=`;
    case "dns":
      return `=> DNS_CHECK: ${up ? "succeed" : "failed"} on service <=`;
    case "misc":
      return `=> MISC CHECK ${up ? "succeeded" : "failed"} on service <=`;
    case "http":
      if (up) return "=> CHECK succeed on service <=";
      return "=> CHECK failed on service : HTTP request failed <=";
    case "smtp":
      return up ? "=> CHECK succeed on service <=" : "=> CHECK failed on service : SMTP dialogue failed <=";
  }
}

/** Whether any virtual server of its members is in use on this host. */
function isWanted(check: Check): boolean {
  for (const { server } of check.members) if (!server.pool.suspended) return true;
  return false;
}

/**
 * `ha_suspend`: the addresses of this host decide whether a virtual server is checked.
 *
 * @param configuring its checks have yet to be scheduled, which says whether they are held
 */
export function judgeSuspension(world: LvsWorld, pool: PoolState, now: number, configuring = false): void {
  const suspended = pool.config.haSuspend && !isHere(world, pool);
  if (suspended === pool.suspended) return;
  pool.suspended = suspended;
  world.out.statusChanged();
  for (const { name, members } of pool.servers) {
    for (const member of members) {
      const { check } = member;
      if (check === null) continue;
      if (suspended) {
        if (!configuring) log(world, message.suspending(name, pool.name));
        continue;
      }
      log(world, message.activating(name, pool.name));
      applyCheck(world, member, false, now);
      if (check.probe === null && !check.waiting) {
        world.timers.set(check, now + firstDelay(check.checker, spread(world.seed, check.key)));
      }
    }
  }
}

function isHere(world: LvsWorld, pool: PoolState): boolean {
  return pool.services.some(({ id }) => id.kind === "address" && world.addresses.has(id.address));
}
