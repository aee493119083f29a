/**
 * The model as the engine runs it: what the configuration leaves open is decided here, once, before anything is
 * compared or installed.
 */
import type { Model } from "../config/model.ts";
import type { Rule } from "../config/route_model.ts";
import type { Family } from "../net/address.ts";
import { type LinkPlan, planLinks } from "./plan_links.ts";

/** keepalived's first preference for rules that name none; each further one stands before the others. */
const FIRST_PREFERENCE = 16384;

/** Gives every rule a preference, and every VIP the interface that will carry it. */
export function resolveModel(model: Model): LinkPlan {
  const number = numberer();
  return planLinks({
    ...model,
    staticRules: model.staticRules.map(number),
    instances: model.instances.map((instance) =>
      instance.rules.length === 0 ? instance : { ...instance, rules: instance.rules.map(number) }
    ),
  });
}

/** Counts down for each family; the kernel would choose by what is there already, and nothing could be compared. */
function numberer(): (rule: Rule) => Rule {
  const next: Record<Family, number> = { 4: FIRST_PREFERENCE, 6: FIRST_PREFERENCE };
  return (rule) => rule.preference === null ? { ...rule, preference: next[rule.family]-- } : rule;
}
