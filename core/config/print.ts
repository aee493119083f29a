/**
 * The canonical form of a configuration: the model as `keepalived.conf`.
 *
 * Reading it gives the same model: includes are resolved, parameters replaced, defaults that the whole file sets are
 * written where they hold, and words with their default value are left out.
 */
import type { Model } from "./model.ts";
import { printGlobal, printRoot } from "./print/global.ts";
import { printInstance, printSyncGroup, type Tracked } from "./print/instance.ts";
import {
  printBfd,
  printFile,
  printInterfaces,
  printProcess,
  printScript,
  printStatics,
} from "./print/tracking.ts";
import { printVirtualServers } from "./print/virtual_server.ts";
import { Writer } from "./print/writer.ts";

/** The model as text. */
export function printModel(model: Model): string {
  const out = new Writer();
  const each = <T>(items: readonly T[], print: (out: Writer, item: T) => void) => {
    for (const item of items) {
      out.gap();
      print(out, item);
    }
  };
  printRoot(out, model);
  out.gap();
  printGlobal(out, model);
  printStatics(out, model);
  printInterfaces(out, model);
  each(model.scripts, printScript);
  each(model.trackFiles, printFile);
  each(model.trackProcesses, printProcess);
  each(model.bfdInstances, printBfd);
  const tracked = trackedObjects(model);
  each(model.syncGroups, (writer, group) => printSyncGroup(writer, group, tracked));
  each(model.instances, (writer, instance) => printInstance(writer, instance, tracked));
  printVirtualServers(out, model.loadBalancer, tracked.files);
  return out.text;
}

function trackedObjects(model: Model): Tracked {
  const byName = <T extends { readonly name: string }>(items: readonly T[]) =>
    new Map(items.map((item) => [item.name, item]));
  return {
    scripts: byName(model.scripts),
    files: byName(model.trackFiles),
    processes: byName(model.trackProcesses),
    bfds: byName(model.bfdInstances),
  };
}
