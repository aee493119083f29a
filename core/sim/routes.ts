/**
 * The routes and policy rules of a simulated host: what its kernel has, and the notices that it gives.
 */
import type { Route, Rule } from "../config/route_model.ts";
import type { Effect } from "../engine/effect.ts";
import type { Event } from "../engine/event.ts";
import { routeText, ruleText } from "../engine/object_text.ts";

type RouteEffect = Extract<Effect, { kind: "route.add" | "route.remove" | "rule.add" | "rule.remove" }>;

/** Routes and rules by their text. */
export class SimulatedRoutes {
  /** Routes that the kernel will not take, in words. */
  readonly refused = new Set<string>();
  readonly #routes = new Map<string, Route>();
  readonly #rules = new Map<string, Rule>();
  /** Whether an interface is up; a route through one that is not is refused. */
  readonly #isUp: (interfaceName: string) => boolean;

  constructor(isUp: (interfaceName: string) => boolean) {
    this.#isUp = isUp;
  }

  /** All routes and rules in words, in order of their words. */
  get texts(): readonly string[] {
    return [...this.#routes.keys(), ...this.#rules.keys()].sort();
  }

  /** Performs an effect; returns the kernel's notices and refusals. */
  perform(effect: RouteEffect): readonly Event[] {
    switch (effect.kind) {
      case "route.add":
        return effect.routes.flatMap((route) => this.#addRoute(effect.instance, route));
      case "route.remove":
        return effect.routes.flatMap((route) => this.#removeRoute(route, effect.loosely));
      case "rule.add":
        return effect.rules.flatMap((rule) => this.#addRule(rule));
      case "rule.remove":
        return effect.rules.flatMap((rule) => this.removeByText(ruleText(rule)));
    }
  }

  /** An operator removes a route or a rule. */
  removeByText(text: string): readonly Event[] {
    const [route, rule] = [this.#routes.get(text), this.#rules.get(text)];
    this.#routes.delete(text);
    this.#rules.delete(text);
    if (route !== undefined) return [routeEvent("route.removed", route)];
    return rule === undefined ? [] : [ruleEvent("rule.removed", rule)];
  }

  /** An interface goes down: IPv4 routes through it vanish without a word. */
  dropThrough(interfaceName: string): readonly Event[] {
    const gone = [...this.#routes].filter(([, route]) => route.interface === interfaceName);
    for (const [text] of gone) this.#routes.delete(text);
    return gone.filter(([, route]) => route.family === 6).map(([, route]) =>
      routeEvent("route.removed", route)
    );
  }

  #addRoute(instance: string, route: Route): readonly Event[] {
    const text = routeText(route);
    if (route.interface !== null && !this.#isUp(route.interface)) {
      const reason = "ENETDOWN (Network is down)";
      return [{ kind: "effect.failed", effect: "route.add", instance, subject: text, reason }];
    }
    if (this.refused.has(text)) {
      const reason = "ENETUNREACH (Network is unreachable)";
      return [{ kind: "effect.failed", effect: "route.add", instance, subject: text, reason }];
    }
    if (this.#routes.has(text)) return [];
    this.#routes.set(text, route);
    return [routeEvent("route.added", route)];
  }

  #addRule(rule: Rule): readonly Event[] {
    const text = ruleText(rule);
    if (this.#rules.has(text)) return [];
    this.#rules.set(text, rule);
    return [ruleEvent("rule.added", rule)];
  }

  #removeRoute(route: Route, loosely: boolean): readonly Event[] {
    if (!loosely) return this.removeByText(routeText(route));
    const found = [...this.#routes].find(([, each]) =>
      each.destination === route.destination && each.prefixLength === route.prefixLength &&
      each.table === route.table && each.metric === route.metric
    );
    return found === undefined ? [] : this.removeByText(found[0]);
  }
}

function routeEvent(kind: "route.added" | "route.removed", route: Route): Event {
  const { family, destination, prefixLength, type, table, metric, gateway, interface: dev } = route;
  const reported = metric === 0 && family === 6 ? 1024 : metric;
  return {
    kind,
    route: {
      family,
      destination,
      prefixLength,
      type,
      table: Number(table ?? 254),
      metric: reported,
      gateway,
      interface: dev,
    },
  };
}

function ruleEvent(kind: "rule.added" | "rule.removed", rule: Rule): Event {
  const { family, preference, table, from, to, fwmark, inputInterface } = rule;
  const mark = fwmark?.mark ?? 0;
  return {
    kind,
    rule: { family, preference: preference ?? 0, table: Number(table ?? 0), from, to, mark, inputInterface },
  };
}
