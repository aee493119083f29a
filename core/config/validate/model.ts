/** From the tree to the model: every block is read, then what hangs on the whole is settled. */
import { ROOT } from "../keywords/root.ts";
import type { Report } from "../diagnostic.ts";
import type { Model, SyncGroup } from "../model.ts";
import type { HostFacts } from "../source.ts";
import type { Statement, Tree } from "../tree.ts";
import { readBlock, type Readers, type Reading } from "./block.ts";
import { checkDuplicateVrids, completeInstance } from "./complete.ts";
import { type Context, warning } from "./context.ts";
import { globalDraft, type RootDraft, rootDraft } from "./drafts.ts";
import { finishVirtualServers } from "./finish_server.ts";
import { finishDaemon, finishGlobal, readGlobal } from "./global.ts";
import {
  finishInterfaceDelays,
  finishTrackGroups,
  readGarpGroup,
  readInterfaceDelays,
  readLinkPolling,
  readSsl,
  readTrackGroup,
} from "./group.ts";
import { readInstance } from "./instance.ts";
import { lintInstances } from "./lint.ts";
import { finishLoadBalancer } from "./load_balancer.ts";
import { finishScript, readScript } from "./script.ts";
import { checkScripts, reportSecurity } from "./security.ts";
import { readServerGroup } from "./server_group.ts";
import { readStaticAddresses, readStaticRoutes, readStaticRules } from "./static.ts";
import { finishGroups, readGroup } from "./sync_group.ts";
import {
  finishBfds,
  finishFile,
  finishProcess,
  readBfd,
  readTrackFile,
  readTrackProcess,
} from "./tracking.ts";
import { tlsDraft } from "./tracking_drafts.ts";
import { readVirtualServer } from "./virtual_server.ts";
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
    trackFiles: new Map(),
    trackProcesses: new Map(),
    bfdInstances: new Map(),
    trackGroups: new Map(),
    garpGroups: [],
    pacedInterfaces: new Set(),
    vmacNames: new Map(),
    linkPolling: [],
    interfaceDelays: [],
    staticAddresses: [],
    staticRoutes: [],
    staticRules: [],
    tls: tlsDraft(),
    serverGroups: new Map(),
    virtualServers: [],
    definition: definitionsOf(tree),
    actsUpon: true,
    strays: [],
  };
  const root = readRoot(context, tree.statements);
  const scripts = checkScripts(context);
  const model = finish(context, root);
  reportSecurity(context, scripts);
  return { model, strict: context.global.configStrict };
}

/** Where the named root blocks of a file stand. */
function definitionsOf(tree: Tree): Context["definition"] {
  let lines: Map<string, number> | null = null;
  return (block, word) => {
    lines ??= new Map(
      tree.statements.map(({ words }) => [`${words[0]!.text} ${words[1]?.text}`, words[0]!.line.order]),
    );
    const line = lines.get(`${block} ${word.text}`) ??
      (block === "track_file" ? lines.get(`vrrp_track_file ${word.text}`) : undefined);
    if (line === undefined) return `no such ${block}`;
    return line > word.line.order
      ? "it is defined further down and must come before its use"
      : `its ${block} cannot be used`;
  };
}

/** Blocks that are read before all others: their settings and names hold for the whole file. */
const FIRST: ReadonlyMap<string, (context: Context, statement: Statement) => void> = new Map([
  ["global_defs", readGlobal],
  ["SSL", readSsl],
  ["bfd_instance", readBfd],
]);

function readRoot(context: Context, statements: readonly Statement[]): RootDraft {
  const draft = rootDraft();
  for (const statement of statements) {
    if (statement.block !== null) FIRST.get(statement.words[0]!.text)?.(context, statement);
  }
  let round: readonly Statement[] = statements;
  while (round.length > 0) {
    readBlock(context, round, ROOT, READERS, draft);
    round = context.strays.splice(0);
  }
  return draft;
}

/** Readers for blocks that nothing acts on yet: the block is named once, its words are not. */
function unacted(
  read: (context: Context, statement: Statement) => void,
): (reading: Reading<RootDraft>) => void {
  return ({ context, statement, keyword }) =>
    read(keyword.acted ? context : { ...context, actsUpon: false }, statement);
}

const READERS: Readers<RootDraft> = {
  vrrp_script: unacted(readScript),
  vrrp_instance: unacted(readInstance),
  vrrp_sync_group: unacted(readGroup),
  vrrp_track_process: unacted(readTrackProcess),
  track_file: unacted(readTrackFile),
  vrrp_track_file: unacted(readTrackFile),
  track_group: unacted(readTrackGroup),
  garp_group: unacted(readGarpGroup),
  linkbeat_interfaces: unacted(readLinkPolling),
  interface_up_down_delays: unacted(readInterfaceDelays),
  static_ipaddress: unacted(readStaticAddresses),
  static_routes: unacted(readStaticRoutes),
  static_rules: unacted(readStaticRules),
  virtual_server_group: unacted(readServerGroup),
  virtual_server: unacted(readVirtualServer),
};

function finish(context: Context, root: RootDraft): Model {
  const instances = [...context.instances.values()]
    .map((draft) => completeInstance(context, draft))
    .filter((instance) => instance !== null);
  checkDuplicateVrids(context, instances);
  const names = new Set(instances.map((instance) => instance.name));
  const syncGroups = finishGroups(context, names);
  reportUselessWeights(context, instances, syncGroups);
  lintInstances(context, instances);
  return {
    global: finishGlobal(context),
    instances,
    syncGroups,
    scripts: usedScripts(context, [...instances, ...syncGroups]),
    trackFiles: [...context.trackFiles.values()].map(finishFile),
    trackProcesses: [...context.trackProcesses.values()].map(finishProcess),
    bfdInstances: finishBfds(context),
    staticAddresses: context.staticAddresses,
    staticRoutes: context.staticRoutes,
    staticRules: context.staticRules,
    trackGroups: finishTrackGroups(context, names),
    garpGroups: context.garpGroups,
    linkPolling: context.linkPolling,
    interfaceDelays: finishInterfaceDelays(context, instances),
    loadBalancer: {
      settings: finishLoadBalancer(context, root, names),
      virtualServers: finishVirtualServers(context),
    },
    daemon: finishDaemon(context, root),
  };
}

/** Only scripts that an instance or group tracks are run. */
function usedScripts(context: Context, owners: readonly Pick<SyncGroup, "trackScripts">[]): Model["scripts"] {
  const used = new Set(owners.flatMap((owner) => owner.trackScripts.map((track) => track.name)));
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
