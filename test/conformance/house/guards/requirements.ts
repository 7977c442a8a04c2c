/** The manifest of what is promised: each sentence names the test that fails when it is broken. */
import ts from "typescript";
import { z } from "zod";
import { syntaxOf, visitAll } from "./syntax.ts";
import type { SourceFile } from "./tree.ts";

const promise = { id: z.string().regex(/^[a-z0-9.-]+$/), says: z.string().min(10) };
const proven = z.strictObject({ ...promise, test: z.string(), name: z.string().min(1) });
const planned = z.strictObject({ ...promise, planned: z.string().min(1) });

export const manifestSchema = z.strictObject({ requirements: z.array(z.union([proven, planned])).min(1) });
export type Manifest = z.infer<typeof manifestSchema>;

export interface Verdict {
  readonly proven: number;
  readonly planned: readonly string[];
  readonly problems: readonly string[];
}

export function judgeRequirements(manifest: Manifest, files: readonly SourceFile[]): Verdict {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const problems = duplicatesOf(manifest.requirements.map(({ id }) => id)).map((id) => `${id} is there twice`);
  const open: string[] = [];
  let count = 0;
  for (const requirement of manifest.requirements) {
    if ("planned" in requirement) {
      open.push(`${requirement.id}: ${requirement.says}`);
      continue;
    }
    const names = testNames(byPath.get(requirement.test));
    if (names.includes(requirement.name)) count += 1;
    else problems.push(`${requirement.id}: ${requirement.test} has no test named "${requirement.name}"`);
  }
  return { proven: count, planned: open, problems };
}

function duplicatesOf(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

/** Names of the tests that run: a skipped one proves nothing. */
function testNames(file: SourceFile | undefined): string[] {
  if (file === undefined) return [];
  if (file.path.endsWith(".rego")) return [...file.text.matchAll(/^(test_\w+)/gm)].map((match) => match[1] ?? "");
  const names: string[] = [];
  visitAll(syntaxOf(file), (node) => {
    const name = node.kind === ts.SyntaxKind.CallExpression ? nameOf(node as ts.CallExpression) : null;
    if (name !== null) names.push(name);
  });
  return names;
}

/** `it("name", …)`, `test.each(table)("name", …)`. */
function nameOf(call: ts.CallExpression): string | null {
  const first = call.arguments[0];
  const callee = call.expression.getText().replace(/\s+/g, " ");
  const runs = /^(it|test)(\.(each|failing|concurrent)\b.*)?$/s.test(callee) && !/^(it|test)\.(skip|todo)/.test(callee);
  return runs && first !== undefined && ts.isStringLiteralLike(first) ? first.text : null;
}
