/**
 * Where the files of a daemon are that stands in for keepalived: as with keepalived, two of them on one host differ by
 * their network namespace or by `instance`.
 */
import { dirname } from "node:path";
import type { DaemonSettings } from "../../core/config/daemon_model.ts";
import type { DaemonPlaces } from "../daemon/run_daemon.ts";
import type { OptionName } from "./command_line.ts";

const RUN = "/run";

/** The places for a command line and a configuration. A pid file that is named is where it is named. */
export function placesOf(
  options: ReadonlyMap<OptionName, string>,
  settings: Pick<DaemonSettings, "instanceName" | "usePidDirectory" | "networkNamespace">,
): DaemonPlaces {
  const namespace = options.get("namespace") ?? settings.networkNamespace;
  const { instanceName: instance, usePidDirectory } = settings;
  const named = options.get("pid");
  const others = (["vrrp_pid", "checkers_pid", "bfd_pid"] as const).flatMap((name) =>
    options.get(name) ?? []
  );
  const ownDirectory = usePidDirectory || instance !== null || namespace !== null;
  const directory = ownDirectory
    ? [RUN, "keepalived", namespace].filter((part) => part !== null).join("/")
    : RUN;
  const suffix = instance === null ? "" : `_${instance}`;
  const pidFile = named ?? `${directory}/keepalived${suffix}.pid`;
  return {
    runDir: named === undefined
      ? [`${RUN}/ha`, namespace, instance].filter((part) => part !== null).join("-")
      : `${named}.d`,
    pidFiles: [...new Set([pidFile, ...others])],
    pidDirectory: dirname(pidFile),
  };
}
