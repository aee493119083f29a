/** What the readers of all blocks share. */
import type { Finding, Report } from "../diagnostic.ts";
import type { HostFacts } from "../source.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import type { GlobalDraft, GroupDraft, InstanceDraft, ScriptDraft } from "./drafts.ts";

/** The configuration while it is being read. */
export interface Context {
  readonly report: Report;
  readonly facts: HostFacts;
  readonly global: GlobalDraft;
  readonly instances: Map<string, InstanceDraft>;
  readonly groups: Map<string, GroupDraft>;
  readonly scripts: Map<string, ScriptDraft>;
  /** Names of the scripts of the whole file, for those that are used before they are defined. */
  readonly laterScripts: ReadonlySet<string>;
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
  context.report.addOnce(`not-acted:${key}`, at, {
    severity: "info",
    code: "not-acted-upon",
    message: `${at.text} is accepted, not yet acted upon`,
  });
}
