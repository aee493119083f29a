/**
 * Performs effects on routes and rules.
 */
import type { Route, Rule } from "../../core/config/route_model.ts";
import type { Effect } from "../../core/engine/effect.ts";
import { routeText, ruleText } from "../../core/engine/object_text.ts";
import type { OsResult, RouteTable } from "../../core/ports.ts";
import type { Failure } from "./dispatch.ts";
import { routeSpec, ruleSpec, SpecError } from "./route_spec.ts";

type RouteEffect = Extract<Effect, { kind: "route.add" | "route.remove" }>;
type RuleEffect = Extract<Effect, { kind: "rule.add" | "rule.remove" }>;

/** Adds or removes routes and returns what the kernel refused of them. */
export function changeRoutes(table: RouteTable, effect: RouteEffect): readonly Failure[] {
  return change(
    effect,
    effect.routes,
    routeText,
    routeSpec,
    (specs) =>
      effect.kind === "route.add" ? table.addRoutes(specs) : table.removeRoutes(specs, effect.loosely),
  );
}

/** Adds or removes rules and returns what the kernel refused of them. */
export function changeRules(table: RouteTable, effect: RuleEffect): readonly Failure[] {
  return change(
    effect,
    effect.rules,
    ruleText,
    ruleSpec,
    (specs) => effect.kind === "rule.add" ? table.addRules(specs) : table.removeRules(specs),
  );
}

function change<Item extends Route | Rule, Spec>(
  { kind, instance }: RouteEffect | RuleEffect,
  items: readonly Item[],
  textOf: (item: Item) => string,
  specOf: (item: Item) => Spec,
  perform: (specs: readonly Spec[]) => readonly OsResult[],
): readonly Failure[] {
  const failures: Failure[] = [];
  const fail = (item: Item, reason: string) =>
    failures.push({ kind: "effect.failed", effect: kind, instance, subject: textOf(item), reason });
  const possible: Item[] = [];
  const specs: Spec[] = [];
  for (const item of items) {
    try {
      specs.push(specOf(item));
      possible.push(item);
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      fail(item, error.message);
    }
  }
  for (const [i, result] of perform(specs).entries()) if (!result.ok) fail(possible[i]!, result.reason);
  return failures;
}
