/**
 * The licences of what the binary contains beside our own code.
 */
import { join } from "node:path";

/** A package in the bundle. */
interface BundledPackage {
  readonly name: string;
  readonly version: string;
}

const MODULE = /(?<=["\s]npm\/)((?:@[^"\s/]+\/)?[^"\s/]+)\/(\d[^"\s/]*)\//g;

/** The packages whose modules are in a bundle's text, sorted. */
export function bundledPackages(text: string): BundledPackage[] {
  const found = new Map<string, BundledPackage>();
  for (const [, name, version] of text.matchAll(MODULE)) found.set(`${name}@${version}`, { name, version });
  return [...found.values()].sort((left, right) => left.name < right.name ? -1 : 1);
}

/**
 * One text with the licence of each package in a bundle; `registry` is their folder in Deno's cache.
 *
 * @throws {Deno.errors.NotFound} where a package is not in the cache
 */
export async function thirdPartyNotices(text: string, registry: string): Promise<string> {
  const parts = [
    `Deno ${Deno.version.deno}: MIT, https://github.com/denoland/deno/blob/v${Deno.version.deno}/LICENSE.md`,
  ];
  for (const { name, version } of bundledPackages(text)) {
    const directory = join(registry, name, version);
    const { license } = JSON.parse(await Deno.readTextFile(join(directory, "package.json")));
    parts.push(`${name} ${version}: ${license}\n\n${await licenceText(directory)}`);
  }
  return parts.map((part) => part.trimEnd() + "\n").join(`\n${"-".repeat(72)}\n\n`);
}

async function licenceText(directory: string): Promise<string> {
  for await (const entry of Deno.readDir(directory)) {
    if (/^licen[cs]e(\.\w+)?$/i.test(entry.name)) return await Deno.readTextFile(join(directory, entry.name));
  }
  return "(the package contains no licence text)";
}

/** The folder of the npm registry's packages in Deno's cache. */
export async function registryCache(): Promise<string> {
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stderr: "null" }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout));
  const [registry] = [...Deno.readDirSync(npmCache)].filter((entry) => entry.isDirectory);
  return join(npmCache, registry.name);
}
