/** What the readers of all blocks share. */
import type { Finding, Report } from "../diagnostic.ts";
import type { IpAddress } from "../../net/address.ts";
import type { HostFacts } from "../source.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { parseHost } from "../values.ts";
import { pathValueProblem, routingDirectories } from "./path_value.ts";
import type { GarpGroup } from "../daemon_model.ts";
import type { Model } from "../model.ts";
import type { Route, Rule, StaticAddress } from "../route_model.ts";
import { reasonFor } from "../keywords/kept_reasons.ts";
import type { GlobalDraft, GroupDraft, ScriptDraft } from "./drafts.ts";
import type { InstanceDraft } from "./instance_draft.ts";
import type { ServerGroupDraft, VirtualServerDraft } from "./server_drafts.ts";
import type { BfdDraft, FileDraft, ProcessDraft, TlsDraft, TrackGroupDraft } from "./tracking_drafts.ts";

/** A list that can still grow. */
export type Mutable<T extends readonly unknown[]> = T[number][];

/** The configuration while it is being read. */
export interface Context {
  readonly report: Report;
  readonly facts: HostFacts;
  readonly global: GlobalDraft;
  readonly instances: Map<string, InstanceDraft>;
  readonly groups: Map<string, GroupDraft>;
  readonly scripts: Map<string, ScriptDraft>;
  readonly trackFiles: Map<string, FileDraft>;
  readonly trackProcesses: Map<string, ProcessDraft>;
  readonly bfdInstances: Map<string, BfdDraft>;
  readonly trackGroups: Map<string, TrackGroupDraft>;
  readonly garpGroups: GarpGroup[];
  /** Interfaces that a `garp_group` names. */
  readonly pacedInterfaces: Set<string>;
  /** Names of VMACs, and the instance of each. */
  readonly vmacNames: Map<string, string>;
  readonly linkPolling: Mutable<Model["linkPolling"]>;
  readonly interfaceDelays: (Model["interfaceDelays"][number] & { readonly word: Word })[];
  readonly staticAddresses: StaticAddress[];
  readonly staticRoutes: Route[];
  readonly staticRules: Rule[];
  readonly tls: TlsDraft;
  readonly serverGroups: Map<string, ServerGroupDraft>;
  readonly virtualServers: VirtualServerDraft[];
  /** Why a named block that a word asks for is not known: it comes later, cannot be used, or is nowhere. */
  readonly definition: (block: string, word: Word) => string;
  /** false within a block that nothing acts on as a whole: its words are not named one by one. */
  readonly actsUpon: boolean;
  /** Root blocks that were found within others, because of a missing `}`. */
  readonly strays: Statement[];
}

/** Reports an error at a word. */
export function error(
  context: Context,
  at: Word,
  code: string,
  message: string,
  more: Partial<Finding> = {},
): void {
  context.report.add(at, { severity: "error", code, message, ...more });
}

/** Reports a warning at a word: what is written holds, but not as written or not as meant. */
export function warning(
  context: Context,
  at: Word,
  code: string,
  message: string,
  more: Partial<Finding> = {},
): void {
  context.report.add(at, { severity: "warning", code, message, ...more });
}

/** Reports advice at a word; it never changes the exit code. */
export function note(
  context: Context,
  at: Word,
  code: string,
  message: string,
  more: Partial<Finding> = {},
): void {
  context.report.add(at, { severity: "note", code, message, ...more });
}

/** Says once per word of the language that it is understood and kept, and that nothing acts on it yet. */
export function notActedUpon(context: Context, at: Word, key: string): void {
  if (!context.actsUpon) return;
  const reason = reasonFor(key);
  context.report.addOnce(`not-acted:${key}`, at, {
    severity: "info",
    code: "not-acted-upon",
    message: `${at.text} is accepted, not acted upon${reason === null ? "" : `: ${reason}`}`,
  });
}

/** Whether an option of a route or rule may hold a value; reports where not. */
export function pathValueFits(
  context: Context,
  kind: "route" | "rule",
  option: string,
  value: Word,
): boolean {
  const names = { facts: context.facts, directories: routingDirectories(context.global.kept) };
  const allowed = pathValueProblem(kind, option, value.text, names);
  if (allowed === null) return true;
  const message = `Cannot use ${option} ${value.text} as it must be ${allowed}; the ${kind} is skipped`;
  error(context, value, "bad-value", message, { allowed });
  return false;
}

/** The address of one host that a word holds, or null; a prefix or range behind it is reported and left out. */
export function readHost(context: Context, at: Word): IpAddress | null {
  const parsed = parseHost(at.text);
  if (!parsed.ok) return null;
  reportIgnored(context, at, parsed);
  return parsed.value;
}

/** Reports the end of a word that does not belong to its value. */
export function reportIgnored(
  context: Context,
  at: Word,
  parsed: { value: unknown; ignored?: string },
): void {
  if (parsed.ignored === undefined) return;
  warning(
    context,
    at,
    "ignored-end",
    `Cannot use "${parsed.ignored}" here: the word is the address of one host`,
    {
      inForce: String(parsed.value),
      exit: 0,
    },
  );
}

/** A value within a message; an empty one shows that it is. */
export function shown({ text }: Word): string {
  return text === "" ? '""' : text;
}
