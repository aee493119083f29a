/**
 * What the doctor finds: a sentence, the reason behind it, and the commands that mend it.
 */

/** How bad it is: `problem` keeps something from working, `warning` may, `note` is as it must be but surprises people. */
export type Severity = "problem" | "warning" | "note";

/** One finding. */
export interface Finding {
  readonly severity: Severity;
  /** A short name that scripts can rely on, such as `arp-answered`. */
  readonly code: string;
  /** What it is about: an instance, a virtual server, an interface; "" for the whole machine. */
  readonly about: string;
  /** What was found, one sentence without full stop. */
  readonly text: string;
  /** Why that matters. */
  readonly why: string;
  /** Commands, or what to do; empty where there is nothing to do. */
  readonly mend: readonly string[];
}

/** Makes the findings of one severity. */
function maker(severity: Severity) {
  return (
    code: string,
    about: string,
    text: string,
    why: string,
    ...mend: readonly string[]
  ): Finding => ({ severity, code, about, text, why, mend });
}

/** Something does not work. */
export const problem = maker("problem");

/** Something may not work. */
export const warning = maker("warning");

/** Something that is right and looks wrong, or that nobody but the operator can know. */
export const note = maker("note");

const ORDER: readonly Severity[] = ["problem", "warning", "note"];

/** The worst first; equal ones once. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const unique = [...new Map(findings.map((each) => [JSON.stringify(each), each])).values()];
  return unique.sort((left, right) => ORDER.indexOf(left.severity) - ORDER.indexOf(right.severity));
}
