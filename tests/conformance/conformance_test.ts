/**
 * The conformance table as tests: what `ha` does wrong is a failed test, what keepalived does otherwise is told.
 *
 * Environment: `HA_CONFORMANCE_ONLY` (a regular expression on number and title) chooses behaviours,
 * `HA_CONFORMANCE_AT_ONCE` says how many run side by side.
 */
import type { DaemonKind } from "../lab/adapter.ts";
import { BEHAVIOURS } from "./all.ts";
import type { Numbered } from "./behaviour.ts";
import { runEach, whyNot } from "./runner.ts";

const nameOf = ({ number, title }: Numbered) => `${number} ${title}`;

function chosen(): Numbered[] {
  const only = new RegExp(Deno.env.get("HA_CONFORMANCE_ONLY") ?? "");
  return BEHAVIOURS.filter((behaviour) => only.test(nameOf(behaviour)));
}

function conformance(
  name: string,
  kind: DaemonKind,
  run: (context: Deno.TestContext) => Promise<void>,
): void {
  const reason = whyNot(kind);
  if (reason !== null) console.log(`skipped: ${name}: ${reason}`);
  // Steps that run side by side cannot be told apart by the sanitizers.
  Deno.test({ name, ignore: reason !== null, sanitizeOps: false, sanitizeResources: false, fn: run });
}

conformance("conformance of ha", "ha", async (context) => {
  await runEach("ha", chosen(), async (behaviour, judge) => {
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
  });
});

conformance("conformance of keepalived, for comparison", "keepalived", async () => {
  const different: Numbered[] = [];
  await runEach("keepalived", chosen(), async (behaviour, judge) => {
    if ((await judge()).error !== null) different.push(behaviour);
  }, false);
  for (const behaviour of different.toSorted((a, b) => a.number - b.number)) {
    console.log(`keepalived differs: ${nameOf(behaviour)}`);
  }
});
