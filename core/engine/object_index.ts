/**
 * The routes and rules that the configuration wants: whose they are, and whether the kernel has them.
 */
import type { Model } from "../config/model.ts";
import type { Route, Rule } from "../config/route_model.ts";
import type { Router } from "../vrrp/router.ts";
import type { LocalRoute, LocalRule } from "./event.ts";
import { routeText, ruleText } from "./object_text.ts";

interface WantedState {
  /** Its text, which names it in effects. */
  readonly key: string;
  /** null: static, there from start to stop. */
  readonly owner: Router | null;
  /** As far as we know: asked for and not refused, or reported by the kernel. */
  installed: boolean;
  /** We asked for its removal and the kernel has not confirmed it. */
  leaving: boolean;
  /** The kernel dropped it with its interface. */
  lostWithLink: boolean;
}

/** A route that somebody wants. */
export interface WantedRoute extends WantedState {
  readonly kind: "route";
  readonly wanted: Route;
}

/** A rule that somebody wants. */
export interface WantedRule extends WantedState {
  readonly kind: "rule";
  readonly wanted: Rule;
}

/** A route or a rule that somebody wants. */
export type WantedObject = WantedRoute | WantedRule;

const NONE: readonly WantedObject[] = [];

/** All routes and rules of a configuration, routes before rules. */
export class ObjectIndex {
  #byOwner = new Map<Router | null, readonly WantedObject[]>();
  #byPlace = new Map<string, WantedObject[]>();

  /** An index of a model; what `old` knows of an owner's objects holds on for those that it keeps. */
  static build(model: Model | null, routers: Iterable<Router>, old: ObjectIndex | null): ObjectIndex {
    const index = new ObjectIndex();
    if (model === null) return index;
    index.#add(null, model.staticRoutes, model.staticRules, old);
    for (const router of routers) index.#add(router, router.config.routes, router.config.rules, old);
    return index;
  }

  /** The objects of a router, or the static ones. */
  of(owner: Router | null): readonly WantedObject[] {
    return this.#byOwner.get(owner) ?? NONE;
  }

  /** Everybody who has objects. */
  owners(): Iterable<Router | null> {
    return this.#byOwner.keys();
  }

  /** The object of an owner by its text. */
  find(owner: Router | null, key: string): WantedObject | undefined {
    return this.of(owner).find((object) => object.key === key);
  }

  /** What a route of the kernel may be. */
  matchingRoute(route: LocalRoute): readonly WantedObject[] {
    const { family, destination, prefixLength } = route;
    const here = this.#byPlace.get(`route ${family} ${destination}/${prefixLength}`) ?? NONE;
    return here.filter((object) => object.kind === "route" && isRoute(object.wanted, route));
  }

  /** What a rule of the kernel may be. */
  matchingRule(rule: LocalRule): readonly WantedObject[] {
    const here = this.#byPlace.get(`rule ${rule.family} ${rule.preference}`) ?? NONE;
    return here.filter((object) => object.kind === "rule" && isRule(object.wanted, rule));
  }

  #add(
    owner: Router | null,
    routes: readonly Route[],
    rules: readonly Rule[],
    old: ObjectIndex | null,
  ): void {
    if (routes.length === 0 && rules.length === 0) return;
    const known = new Map(old?.of(owner).map((object) => [`${object.kind} ${object.key}`, object]));
    const state = (kind: string, key: string) => {
      const { installed = false, leaving = false, lostWithLink = false } = known.get(`${kind} ${key}`) ?? {};
      return { key, owner, installed, leaving, lostWithLink };
    };
    const objects: WantedObject[] = [
      ...routes.map((wanted) => ({ kind: "route", wanted, ...state("route", routeText(wanted)) }) as const),
      ...rules.map((wanted) => ({ kind: "rule", wanted, ...state("rule", ruleText(wanted)) }) as const),
    ];
    this.#byOwner.set(owner, objects);
    for (const object of objects) {
      const place = placeOf(object);
      const here = this.#byPlace.get(place);
      if (here === undefined) this.#byPlace.set(place, [object]);
      else here.push(object);
    }
  }
}

function placeOf(object: WantedObject): string {
  if (object.kind === "rule") return `rule ${object.wanted.family} ${object.wanted.preference}`;
  const { family, destination, prefixLength } = object.wanted;
  return `route ${family} ${destination}/${prefixLength}`;
}

/** Metric that the kernel gives an IPv6 route without one (IP6_RT_PRIO_USER). */
const IPV6_METRIC = 1024;

/** The main table. */
const MAIN = 254;

/** What the configuration leaves open, the kernel may have chosen. */
function isRoute(wanted: Route, { table, metric, type, gateway, interface: dev }: LocalRoute): boolean {
  const wantedMetric = wanted.metric === 0 && wanted.family === 6 ? IPV6_METRIC : wanted.metric;
  return Number(wanted.table ?? MAIN) === table && wantedMetric === metric &&
    (type === null || wanted.type === type) &&
    (wanted.nexthops.length > 0 || wanted.gateway === gateway) &&
    (wanted.interface === null || dev === null || wanted.interface === dev);
}

function isRule(wanted: Rule, { table, from, to, mark, inputInterface }: LocalRule): boolean {
  const samePrefix = (a: Rule["from"], b: LocalRule["from"]) =>
    a?.address === b?.address && a?.prefixLength === b?.prefixLength;
  return (wanted.table === null || Number(wanted.table) === table) && samePrefix(wanted.from, from) &&
    samePrefix(wanted.to, to) && (wanted.fwmark?.mark ?? 0) === mark &&
    wanted.inputInterface === inputInterface;
}
