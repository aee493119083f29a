/** Advice about things that keepalived accepts in silence and people regret. */
import { isLinkLocal } from "../../net/address.ts";
import type { VrrpInstance } from "../model.ts";
import type { Checker } from "../virtual_server_model.ts";
import { secondsText } from "../values.ts";
import type { CheckerDraft } from "./checker_drafts.ts";
import { type Context, note, warning } from "./context.ts";
import type { ScriptDraft } from "./drafts.ts";
import type { InstanceDraft } from "./instance_draft.ts";

/** Looks at the instances once all are settled. */
export function lintInstances(context: Context, instances: readonly VrrpInstance[]): void {
  const owners = new Map<string, string>();
  const own = new Set(context.facts.localAddresses() ?? []);
  for (const instance of instances) {
    const draft = context.instances.get(instance.name)!;
    lintStrict(context, instance, draft);
    lintLinkLocal(context, instance, draft);
    lintPeers(context, instance, draft, own);
    lintSharedAddresses(context, instance, draft, owners);
  }
}

/** The classic: the address answers no ping, and nobody knows why. */
function lintStrict(context: Context, instance: VrrpInstance, draft: InstanceDraft): void {
  if (!instance.strict || instance.accept) return;
  const at = draft.seen.get("strict_mode") ?? draft.nameWord;
  const message =
    `Strict mode drops packets to the virtual addresses of ${instance.name}, ping too, but from its owner`;
  note(context, at, "strict-no-accept", message, { allowed: "no vrrp_strict, or version 3 with accept" });
}

/** RFC 9568 section 5.2.9. keepalived tells the daemon's log alone, and with `vrrp_strict` whoever tests a file, too. */
function lintLinkLocal(
  context: Context,
  { name, family, addresses, strict }: VrrpInstance,
  draft: InstanceDraft,
): void {
  const first = draft.addresses[0];
  if (family === 4 || addresses.length === 0 || first === undefined) return;
  if (isLinkLocal(first.address.address)) return;
  const message = `The first IPv6 address of ${name} should be link-local`;
  const more = { allowed: "an address within fe80::/10 before the others" };
  if (strict) warning(context, first.at, "first-not-link-local", message, more);
  else note(context, first.at, "first-not-link-local", message, more);
}

function lintPeers(
  context: Context,
  { transport, sourceAddress, name }: VrrpInstance,
  draft: InstanceDraft,
  own: ReadonlySet<string>,
): void {
  if (transport.mode !== "unicast") return;
  for (const { address } of transport.peers) {
    if (address !== sourceAddress && !own.has(address)) continue;
    const at = draft.peerWords?.get(address) ?? draft.nameWord;
    warning(context, at, "peer-is-self", `Unicast peer ${address} of ${name} is this host itself`, {
      exit: 0,
    });
  }
}

function lintSharedAddresses(
  context: Context,
  instance: VrrpInstance,
  draft: InstanceDraft,
  owners: Map<string, string>,
): void {
  for (const { at, address } of draft.addresses.concat(draft.excludedAddresses)) {
    const key = `${address.address} ${address.interface ?? instance.interface}`;
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, instance.name);
    else if (owner === instance.name) {
      note(
        context,
        at,
        "repeated-address",
        `Virtual address ${address.address} stands in ${instance.name} twice`,
      );
    } else {
      const message =
        `Virtual address ${address.address} belongs to ${owner} too: they would take it from each other`;
      warning(context, at, "shared-address", message, { exit: 0 });
    }
  }
}

/** A run that lasts longer than the pause between two runs. */
export function lintScript(context: Context, draft: ScriptDraft): void {
  if (draft.timeout === null || draft.timeout <= draft.interval) return;
  const at = draft.seen.get("timeout") ?? draft.nameWord;
  const message = `vrrp_script ${draft.name} may run longer (${secondsText(draft.timeout)} s) ` +
    `than its interval (${secondsText(draft.interval)} s): runs are skipped meanwhile`;
  note(context, at, "slow-check", message);
}

/** A check that may still be waiting when the next one is due. */
export function lintChecker(context: Context, draft: CheckerDraft, checker: Checker): void {
  if (checker.kind === "file" || checker.kind === "bfd") return;
  const misc = checker.kind === "misc";
  const timeout = misc ? checker.timeout : checker.target.timeout;
  if (timeout <= checker.delayLoop) return;
  const at = draft.seen.get(misc ? "misc_timeout" : "connect_timeout");
  if (at === undefined) return;
  const message = `The check may wait longer (${secondsText(timeout)} s) than its delay_loop (${
    secondsText(checker.delayLoop)
  } s)`;
  note(context, at, "slow-check", message);
}
