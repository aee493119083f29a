/**
 * The conformance table as tests: what `ha` does wrong is a failed test. keepalived's verdicts stand in the written
 * table, for which `tests/conformance/run.ts` runs both.
 *
 * Environment: `HA_CONFORMANCE_ONLY` (a regular expression on number and title) chooses behaviours,
 * `HA_CONFORMANCE_AT_ONCE` says how many run side by side.
 */
import { BEHAVIOURS } from "./all.ts";
import type { Numbered } from "./behaviour.ts";
import { runEach, whyNot } from "./runner.ts";

const nameOf = ({ number, title }: Numbered) => `${number} ${title}`;

function chosen(): Numbered[] {
  const only = new RegExp(Deno.env.get("HA_CONFORMANCE_ONLY") ?? "");
  return BEHAVIOURS.filter((behaviour) => only.test(nameOf(behaviour)));
}

const reason = whyNot("ha");
if (reason !== null) console.log(`skipped: conformance of ha: ${reason}`);

Deno.test({
  name: "conformance of ha",
  ignore: reason !== null,
  // Steps that run side by side cannot be told apart by the sanitizers.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (context) =>
    runEach("ha", chosen(), async (behaviour, judge) => {
      const { notYet } = behaviour;
      if (notYet !== undefined) {
        console.log(`skipped: ${nameOf(behaviour)}: ${notYet}`);
        if ((await judge()).error === null) {
          console.log(`now it does, take its "notYet" out: ${nameOf(behaviour)}`);
        }
      }
      await context.step({
        name: nameOf(behaviour),
        ignore: notYet !== undefined,
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
        fn: async () => {
          const { error } = await judge();
          if (error !== null) throw error;
        },
      });
    }),
});
