/**
 * Names of routing tables, protocols, realms, types of service and interface groups, as iproute2 has them in files,
 * turned into numbers once, when a configuration is loaded.
 */
import type { KeptValue, Model } from "../core/config/model.ts";
import type { RoutingDirectories, RoutingFile } from "../core/config/source.ts";

/** What has a name without any file. */
const WELL_KNOWN: Readonly<Partial<Record<RoutingFile, Readonly<Record<string, number>>>>> = {
  rt_tables: { default: 253, main: 254, local: 255 },
  rt_protos: {
    redirect: 1,
    kernel: 2,
    boot: 3,
    static: 4,
    ra: 9,
    zebra: 11,
    bird: 12,
    dhcp: 16,
    keepalived: 18,
  },
  rt_realms: { cosmos: 0 },
  group: { default: 0 },
};

/** The number that a name has in one of iproute2's files, or null. */
export type NumberOf = (file: RoutingFile, name: string) => number | null;

/** Reads `NUMBER NAME` lines; `#` begins a comment. */
function parseNames(text: string): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^\s*(\d+|0x[0-9a-fA-F]+)\s+([^\s#]+)/.exec(line);
    if (match !== null) names.set(match[2]!, Number(match[1]));
  }
  return names;
}

/** The names that this machine knows; a file is read when it is asked for, the later directory is the stronger. */
export function namesOfMachine({ usr, etc }: RoutingDirectories): NumberOf {
  const known = new Map<RoutingFile, ReadonlyMap<string, number>>();
  return (file, name) => {
    let names = known.get(file);
    if (names === undefined) {
      const paths = [usr, etc].flatMap((place) => [`${place}/${file}`, ...filesIn(`${place}/${file}.d`)]);
      const read = paths.flatMap((path) => [...parseNames(contentOf(path))]);
      known.set(file, names = new Map([...Object.entries(WELL_KNOWN[file] ?? {}), ...read]));
    }
    return names.get(name) ?? null;
  };
}

/** Which words of routes and rules hold a name of which file. */
const NAMED_WORDS: Readonly<Record<string, RoutingFile>> = {
  protocol: "rt_protos",
  tos: "rt_dsfield",
  realms: "rt_realms",
  suppress_ifgroup: "group",
};

/** The model with numbers for the names in routes and rules; a name that nobody knows stays as it is. */
export function numberNames(model: Model, numberOf: NumberOf): Model {
  const numbered = <Item extends Named>(item: Item): Item => ({
    ...item,
    table: item.table === null ? null : numberText(numberOf, "rt_tables", item.table),
    kept: Object.fromEntries(
      Object.entries(item.kept).map(([word, value]) => [word, keptNumber(numberOf, word, value)]),
    ),
  });
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

function keptNumber(numberOf: NumberOf, word: string, value: KeptValue): KeptValue {
  const file = NAMED_WORDS[word];
  if (file === undefined) return value;
  const text = String(Array.isArray(value) ? value[0] : value);
  return text.split("/").map((part) => numberText(numberOf, file, part)).join("/");
}

function numberText(numberOf: NumberOf, file: RoutingFile, text: string): string {
  const number = numberOf(file, text);
  return number === null ? text : String(number);
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
