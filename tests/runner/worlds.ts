/**
 * The test worlds: which files belong to each, what those may do, and why a world cannot run here.
 */
import { missingPackages, type WorldName } from "./packages.ts";
import { runBounded } from "./bounded.ts";
import { cacheDirectory } from "./cache_dir.ts";
import { vmUnavailable } from "../vm/machine.ts";

/** One world of tests. */
export interface World {
  readonly name: WorldName;
  /** Folders below `tests/`; the world with an empty list takes what no other one names. */
  readonly folders: readonly string[];
  /** Whether files run side by side; those that share the machine's timing must not. */
  readonly parallel: boolean;
  /** Longest run of one file, s. */
  readonly timeout: number;
  /** What its results are listed under, where not its name. */
  readonly title?: string;
  /** Environment of its tests on top of ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Why none of its tests can run on this machine, or null. */
  whyNot(): Promise<string | null>;
}

const anywhere = () => Promise.resolve(null);

/** All worlds in the order in which they run. */
export const WORLDS: readonly World[] = [
  {
    name: "pure",
    folders: ["core", "lint", "golden", "scenario", "sim", "fuzz", "corpus"],
    parallel: true,
    timeout: 240,
    whyNot: anywhere,
  },
  { name: "edge", folders: [], parallel: true, timeout: 120, whyNot: anywhere },
  { name: "kernel", folders: ["ffi", "contract"], parallel: false, timeout: 120, whyNot: anywhere },
  { name: "binary", folders: ["binary"], parallel: false, timeout: 240, whyNot: anywhere },
  {
    name: "netns",
    folders: ["netns", "lab", "conformance"],
    parallel: false,
    timeout: 900,
    whyNot: whyNoNamespaces,
  },
  { name: "vm", folders: ["vm"], parallel: false, timeout: 600, whyNot: whyNoMachine },
  {
    name: "browser",
    folders: ["browser"],
    parallel: false,
    timeout: 180,
    whyNot: () => whyNoPackages("browser"),
  },
];

/** End-to-end tests that run once more with the built binary for a node, beside keepalived. */
export const WITH_BINARY = {
  files: ["tests/netns/takeover_test.ts"],
  world(root: string): World {
    const env = {
      HA: `${root}dist/ha`,
      HA_LAB_PEERS: "ha+keepalived",
      HA_CACHE_DIR: cacheDirectory("binary"),
    };
    return { ...WORLDS.find((world) => world.name === "netns")!, title: "dist/ha", env };
  },
};

/** Folders whose tests run without any permission, and those that may read files beside. */
const WITHOUT_PERMISSION = ["core", "lint"];

/** The permission flags for a test file. */
export function permissionsOf(path: string): string[] {
  if (WITHOUT_PERMISSION.includes(folderOf(path))) return [];
  return worldOf(path).name === "pure" ? ["--allow-read", "--allow-env"] : ["--allow-all"];
}

/** The world that a test file belongs to, by its folder. */
export function worldOf(path: string): World {
  const named = WORLDS.find((world) => world.folders.includes(folderOf(path)));
  return named ?? WORLDS.find((world) => world.folders.length === 0)!;
}

function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** Every test file below `tests/`, sorted. */
export function findTestFiles(root: string): string[] {
  return [...walk(root, "tests")].sort();
}

function* walk(root: string, folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(`${root}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(root, path);
    else if (/[_.]test\.tsx?$/.test(entry.name)) yield path;
  }
}

async function whyNoNamespaces(): Promise<string | null> {
  if (Deno.uid() !== 0) return "network namespaces need root";
  const packages = await whyNoPackages("netns");
  if (packages) return packages;
  const { code, output } = await runBounded(["unshare", "--net", "true"], { timeout: 20 });
  return code === 0 ? null : `this machine does not allow network namespaces (${output.trim()})`;
}

async function whyNoMachine(): Promise<string | null> {
  return await whyNoPackages("vm") ?? await vmUnavailable();
}

function whyNoPackages(world: WorldName): Promise<string | null> {
  const missing = missingPackages([world]).map((each) => each.name);
  return Promise.resolve(missing.length === 0 ? null : `not installed: ${missing.join(", ")}`);
}
