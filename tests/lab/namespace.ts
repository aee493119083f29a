/** The names of the lab's namespaces and temporary directories. */
import { sweepOrphans } from "../../cli/demo/namespaces.ts";

/** The start of every name that this process gives. */
export const PREFIX = `ha-${Deno.pid}-`;

/** Removes what killed test runs have left behind; returns the names. */
export function sweep(): Promise<string[]> {
  return sweepOrphans(/^ha-(\d+)-/);
}
