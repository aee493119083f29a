/** From the tree to the model: every block is read, then what hangs on the whole is settled. */
import { indexOf } from "../keywords/keyword.ts";
import { ROOT } from "../keywords/root.ts";
import type { Report } from "../diagnostic.ts";
import type { Model } from "../model.ts";
import type { HostFacts } from "../source.ts";
import type { Statement, Tree } from "../tree.ts";
import { readBlock, type Readers } from "./block.ts";
import { checkDuplicateVrids, completeInstance } from "./complete.ts";
import { type Context, warning } from "./context.ts";
import { globalDraft, keeps, type RootDraft } from "./drafts.ts";
import { finishGlobal, readGlobal } from "./global.ts";
import { readInstance } from "./instance.ts";
import { finishScript, readScript } from "./script.ts";
import { checkScripts } from "./security.ts";
import { finishGroups, readGroup } from "./sync_group.ts";
import { reportUselessWeights } from "./weights.ts";

/** The model of a tree; what is wrong with it goes to the report. */
export function validate(tree: Tree, facts: HostFacts, report: Report): { model: Model; strict: boolean } {
  const context: Context = {
    report,
    facts,
    global: globalDraft(),
    instances: new Map(),
    groups: new Map(),
    scripts: new Map(),
    laterScripts: scriptNames(tree),
    strays: [],
  };
  readRoot(context, tree.statements);
  checkScripts(context);
  return { model: finish(context), strict: context.global.configStrict };
}

function scriptNames(tree: Tree): Set<string> {
  const scripts = tree.statements.filter((statement) => statement.words[0]!.text === "vrrp_script");
  return new Set(scripts.flatMap((statement) => statement.words[1]?.text ?? []));
}

/** `global_defs` comes first wherever it stands: its settings hold for the whole file. */
function readRoot(context: Context, statements: readonly Statement[]): void {
  const draft: RootDraft = keeps();
  for (const statement of statements) {
    if (statement.words[0]!.text === "global_defs") readGlobal(context, statement);
  }
  let round: readonly Statement[] = statements;
  while (round.length > 0) {
    readBlock(context, round, ROOT, READERS, draft);
    round = context.strays.splice(0);
  }
}

const READERS: Readers<RootDraft> = {
  vrrp_script: ({ context, statement }) => readScript(context, statement),
  vrrp_instance: ({ context, statement }) => readInstance(context, statement),
  vrrp_sync_group: ({ context, statement }) => readGroup(context, statement),
};

function finish(context: Context): Model {
  const instances = [...context.instances.values()].flatMap((draft) =>
    completeInstance(context, draft) ?? []
  );
  checkDuplicateVrids(context, instances);
  const names = new Set(instances.map((instance) => instance.name));
  const syncGroups = finishGroups(context, names);
  reportUselessWeights(context, instances, syncGroups);
  return {
    global: finishGlobal(context),
    instances,
    syncGroups,
    scripts: usedScripts(context),
  };
}

/** Only scripts that an instance or group tracks are run. */
function usedScripts(context: Context): Model["scripts"] {
  const owners = [...context.groups.values(), ...context.instances.values()];
  const used = new Set(owners.flatMap((owner) => owner.trackScripts.map((track) => track.reference.name)));
  return [...context.scripts.values()].flatMap((draft) => {
    if (used.has(draft.name)) return [finishScript(draft)];
    warning(
      context,
      draft.nameWord,
      "unused-script",
      `vrrp_script ${draft.name} is not tracked by anything`,
      {
        exit: 0,
        inForce: "it is not run",
      },
    );
    return [];
  });
}

/** Whether a word starts a block at the root level. */
export function isRootWord(word: string): boolean {
  return indexOf(ROOT).has(word);
}
