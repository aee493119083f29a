/**
 * Names of routing tables (iproute2's rt_tables), turned into numbers once, when a configuration is loaded.
 */
import type { Model } from "../../core/config/model.ts";

/** Where iproute2 looks, the later the stronger. */
const PLACES = { iproute_usr_dir: "/usr/share/iproute2", iproute_etc_dir: "/etc/iproute2" } as const;

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

/** The names that this machine knows; a configuration may say where they are. */
export function readTableNames(
  { kept }: Pick<Model["daemon"], "kept"> = { kept: {} },
): ReadonlyMap<string, number> {
  const places = (Object.keys(PLACES) as (keyof typeof PLACES)[]).map((word) => {
    const place = kept[word];
    return typeof place === "string" ? place : PLACES[word];
  });
  const files = places.flatMap((place) => [`${place}/rt_tables`, ...filesIn(`${place}/rt_tables.d`)]);
  return new Map([...WELL_KNOWN, ...files.flatMap((file) => [...parseTableNames(contentOf(file))])]);
}

/** The model with numbers for the names of routing tables; a name that nobody knows stays as it is. */
export function numberTables(model: Model, names: ReadonlyMap<string, number>): Model {
  const numbered = <Item extends { readonly table: string | null }>(item: Item): Item => {
    const number = item.table === null ? undefined : names.get(item.table);
    return number === undefined ? item : { ...item, table: String(number) };
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
