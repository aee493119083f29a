/**
 * Findings for people and for programs.
 */
import type { Finding, Severity } from "./finding.ts";

const COLOURS: Readonly<Record<Severity, string>> = { problem: "31", warning: "33", note: "36" };

/** A paragraph a finding: what, why, and how to mend it. */
export function formatFindings(findings: readonly Finding[], colour: boolean): string {
  const paint = (text: string, code: string) => colour ? `\x1b[${code}m${text}\x1b[0m` : text;
  const paragraphs = findings.map(({ severity, about, code, text, why, mend }) =>
    [
      `${paint(severity, COLOURS[severity])}: ${about === "" ? "" : `${about}: `}${text} [${code}]`,
      `    why: ${why}`,
      ...mend.map((each) => `    mend: ${each}`),
    ].join("\n")
  );
  return [...paragraphs, summary(findings)].join("\n\n");
}

function summary(findings: readonly Finding[]): string {
  const count = (severity: Severity, many: string) => {
    const found = findings.filter((each) => each.severity === severity).length;
    return `${found} ${found === 1 ? severity : many}`;
  };
  return [count("problem", "problems"), count("warning", "warnings"), count("note", "notes")].join(", ");
}
