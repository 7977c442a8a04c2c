/** Every longer source file of gateway/ has a unit test: end-to-end tests alone do not say which file is wrong. */
import { posix } from "node:path";
import ts from "typescript";
import { importsOf, syntaxOf, visitAll } from "./syntax.ts";
import type { SourceFile } from "./tree.ts";

/** Shorter files may be tested through the files that use them. */
export const longFrom = 61;

/** Lines inside functions from which a file has something to test. */
export const codeFrom = 10;

/**
 * Room → how many of its longer files may still be without a unit test: counts and not paths, so that a file can be moved. Take
 * one off for each test you write, and never add one. A room that is not named has none.
 */
export const allowed: Readonly<Record<string, number>> = {
  act: 4,
  authzen: 1,
  bundles: 3,
  decide: 11,
  gather: 1,
  tasks: 8,
};

/** Files without unit test by intent: they only put the real parts together, which end-to-end tests prove. */
const wiring = /^gateway\/(main\.ts$|compose\/)/;

/** One sentence for each room that has more files without a unit test than it may have, with all of their names. */
export function testedProblems(files: readonly SourceFile[], allowance = allowed): string[] {
  const rooms = Map.groupBy(untestedFiles(files), (path) => path.split("/")[1] ?? "");
  return [...rooms].flatMap(([room, paths]) => {
    const most = allowance[room] ?? 0;
    if (paths.length <= most) return [];
    return [
      `gateway/${room} has ${paths.length} longer files that no unit test imports, at most ${most}: ${paths.join(", ")}`,
    ];
  });
}

/**
 * Paths of the files of gateway/ with more than 60 lines and code in them that no file of test/unit/ imports: directly, through
 * test/support/, through a file of the same folder, or through the file that stands for its folder (`x509.ts` for `x509/`).
 */
export function untestedFiles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const open = files.map(({ path }) => path).filter((path) => /^test\/unit\/.*\.tsx?$/.test(path));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = byPath.get(path);
    if (file === undefined || seen.has(path)) continue;
    seen.add(path);
    const from = path;
    open.push(...runTimeImports(file).filter((target) => leadsOn(from, target)));
  }
  return files
    .filter((file) => file.path.startsWith("gateway/") && file.path.endsWith(".ts") && !wiring.test(file.path))
    .filter(
      (file) => !seen.has(file.path) && file.text.replace(/\n$/, "").split("\n").length >= longFrom && hasCode(file),
    )
    .map(({ path }) => path);
}

function runTimeImports(file: SourceFile): string[] {
  return importsOf(file)
    .filter(({ specifier, typeOnly }) => specifier.startsWith(".") && !typeOnly)
    .map(({ specifier }) => posix.join(posix.dirname(file.path), specifier));
}

/** Whether importing the first file is reason enough to say that the second one is tested too. */
function leadsOn(path: string, target: string): boolean {
  if (path.startsWith("test/")) return target.startsWith("gateway/") || /^test\/(unit|support)\//.test(target);
  const folder = posix.dirname(target);
  return folder === posix.dirname(path) || folder === path.replace(/\.ts$/, "");
}

/** Types and constants have nothing to test, and a constructor of three lines beside them has too little. */
function hasCode(file: SourceFile): boolean {
  const tree = syntaxOf(file);
  const lineAt = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
  const lines = new Set<number>();
  visitAll(tree, (node) => {
    const body = ts.isFunctionLike(node) && "body" in node ? (node.body as ts.Node | undefined) : undefined;
    if (body === undefined) return;
    for (let line = lineAt(body.getStart(tree)); line <= lineAt(body.end); line += 1) lines.add(line);
  });
  return lines.size >= codeFrom;
}
