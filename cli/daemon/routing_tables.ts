/**
 * Names of routing tables and realms (iproute2's rt_tables and rt_realms), turned into numbers once, when a
 * configuration is loaded.
 */
import type { KeptValue, Model } from "../../core/config/model.ts";

/** Where iproute2 looks, the later the stronger. */
const PLACES = ["/usr/share/iproute2", "/etc/iproute2"] as const;

/** The tables that always have a name. */
const WELL_KNOWN = new Map([["default", 253], ["main", 254], ["local", 255]]);

/** Reads `NUMBER NAME` lines; `#` begins a comment. */
export function parseTableNames(text: string): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^\s*(\d+|0x[0-9a-fA-F]+)\s+([^\s#]+)/.exec(line);
    if (match !== null) names.set(match[2]!, Number(match[1]));
  }
  return names;
}

/** The names that this machine knows. */
export interface RoutingNames {
  readonly tables: ReadonlyMap<string, number>;
  readonly realms: ReadonlyMap<string, number>;
}

/** Reads the names that this machine knows. */
export function readRoutingNames(): RoutingNames {
  return { tables: namesOf("rt_tables", WELL_KNOWN), realms: namesOf("rt_realms", new Map([["cosmos", 0]])) };
}

function namesOf(what: string, known: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const files = PLACES.flatMap((place) => [`${place}/${what}`, ...filesIn(`${place}/${what}.d`)]);
  return new Map([...known, ...files.flatMap((file) => [...parseTableNames(contentOf(file))])]);
}

/** The model with numbers for the names of tables and realms; a name that nobody knows stays as it is. */
export function numberNames(model: Model, names: RoutingNames): Model {
  const numbered = <Item extends Named>(item: Item): Item => {
    const number = item.table === null ? undefined : names.tables.get(item.table);
    const { realms } = item.kept;
    const table = number === undefined ? item.table : String(number);
    const kept = Array.isArray(realms)
      ? { ...item.kept, realms: realms.map((text) => numberRealms(text, names.realms)) }
      : item.kept;
    return { ...item, table, kept };
  };
  const changes = ({ routes, rules }: Model["instances"][number]) => routes.length > 0 || rules.length > 0;
  return {
    ...model,
    staticRoutes: model.staticRoutes.map(numbered),
    staticRules: model.staticRules.map(numbered),
    instances: model.instances.map((instance) =>
      changes(instance)
        ? { ...instance, routes: instance.routes.map(numbered), rules: instance.rules.map(numbered) }
        : instance
    ),
  };
}

interface Named {
  readonly table: string | null;
  readonly kept: Readonly<Record<string, KeptValue>>;
}

/** `SOURCE/DESTINATION` or one of them. */
function numberRealms(text: string, names: ReadonlyMap<string, number>): string {
  return text.split("/").map((part) => names.get(part) ?? part).join("/");
}

function filesIn(directory: string): string[] {
  try {
    const names = Array.from(Deno.readDirSync(directory), (entry) => entry.name);
    return names.filter((name) => name.endsWith(".conf")).sort().map((name) => `${directory}/${name}`);
  } catch {
    return [];
  }
}

function contentOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
