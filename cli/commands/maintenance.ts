/**
 * `ha maintenance`: keeps instances of this node out of service until further notice.
 */
import { Argument, Command } from "commander";
import { ask } from "../daemon/control_client.ts";
import type { MaintenanceAnswer } from "../daemon/control_protocol.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import { runDirOption } from "./options.ts";

interface MaintenanceFlags {
  readonly runDir: string;
  readonly all: boolean;
  readonly persist: boolean;
}

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("maintenance")
    .description("Keep this node out of service: goodbye, addresses off, FAULT until it is over")
    .addArgument(new Argument("<action>", "what to do").choices(["on", "off", "status"]))
    .addArgument(new Argument("[names...]", "instances or sync groups; all of this node by default"))
    .option("--all", "all instances, also those of later configurations", false)
    .option("--persist", "with on: also after a restart of the daemon (not of the machine)", false)
    .addOption(runDirOption())
    .action(
      async (
        action: "on" | "off" | "status",
        names: string[],
        { runDir, all, persist }: MaintenanceFlags,
      ) => {
        if (all && names.length > 0) throw new Refusal("Cannot take both names and --all", EXIT.usage);
        if (persist && action !== "on") throw new Refusal("Cannot use --persist without on", EXIT.usage);
        const chosen = names.length === 0 ? null : names;
        const request = { command: "maintenance", action, names: chosen, persist } as const;
        const { instances, confirmed } = await ask(runDir, request) as MaintenanceAnswer;
        for (const { name, state, maintenance, persists } of instances) {
          const how = maintenance
            ? `in maintenance${persists ? ", also after a restart" : ""}`
            : "in service";
          const where = confirmed ? state.toUpperCase() : `${state.toUpperCase()} when last heard`;
          console.log(`${name}: ${how}, ${where}`);
        }
        if (!confirmed) throw new Refusal("Cannot confirm it: the engine does not answer", EXIT.fatal);
        done(EXIT.ok);
      },
    );
}
