import ts from "typescript";
import { lineOf, syntaxOf, visitAll } from "./syntax.ts";
import type { SourceFile } from "./tree.ts";

export const limits = { file: 300, function: 40, gatewayMedian: 120 } as const;

const code = /\.(tsx?|mjs|js|rego)$/;

export function sizeProblems(files: readonly SourceFile[]): string[] {
  const sources = files.filter((file) => code.test(file.path));
  const gateway = sources.filter((file) => file.path.startsWith("gateway/"));
  const median = medianOf(gateway.map(linesOf));
  return [
    ...sources
      .filter((file) => linesOf(file) > limits.file)
      .map((file) => `${file.path} has ${linesOf(file)} lines, at most ${limits.file}`),
    ...gateway.filter((file) => file.path.endsWith(".ts")).flatMap(longFunctions),
    ...(median > limits.gatewayMedian
      ? [`gateway/ has a median of ${median} lines a file, at most ${limits.gatewayMedian}`]
      : []),
  ];
}

function linesOf(file: SourceFile): number {
  return file.text.replace(/\n$/, "").split("\n").length;
}

function medianOf(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Counted from the first line of the body to the last: a long parameter list is not a long function. */
function longFunctions(file: SourceFile): string[] {
  const tree = syntaxOf(file);
  const found: string[] = [];
  visitAll(tree, (node) => {
    const body = ts.isFunctionLike(node) && "body" in node ? (node.body as ts.Node | undefined) : undefined;
    if (body === undefined) return;
    const start = lineOf(tree, body);
    const lines = tree.getLineAndCharacterOfPosition(body.end).line + 2 - start;
    if (lines > limits.function)
      found.push(`${file.path}:${start} has a function of ${lines} lines, at most ${limits.function}`);
  });
  return found;
}
