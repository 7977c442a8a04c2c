import type { ConfigProblem } from "./config-error.ts";
import { dotted } from "../lib/schema-findings.ts";
import type { Finding, Located } from "../lib/yaml-places.ts";

/** In the file's order, so that one walk through the file mends them all. */
export function problemsOf(file: string, located: Located, findings: readonly Finding[]): ConfigProblem[] {
  const problems = findings.map((finding) => ({
    file,
    ...located.place(finding.path, finding.at),
    key: dotted(finding.path),
    message: finding.message,
  }));
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column || compare(a.key, b.key));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
