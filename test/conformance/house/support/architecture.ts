/** The parts of docs/architecture.md that are written from the code: the table of calls and the table of rooms. */
import ts from "typescript";
import { rooms } from "../guards/rooms.ts";
import { syntaxOf, visitAll } from "../guards/syntax.ts";
import type { SourceFile } from "../guards/tree.ts";

const calls = "gateway/compose/call-table.ts";
const kinds = "gateway/pipeline/enforce.ts";
const steps = ["identify", "gather", "decide", "record", "act"] as const;

/** The page with its generated parts made anew. @throws Error when the code has no such table any more */
export function architecture(page: string, files: readonly SourceFile[]): string {
  const parts = { calls: callTable(files), steps: stepTable(files), rooms: roomTable() };
  return Object.entries(parts).reduce((text, [name, part]) => replaced(text, name, part), page);
}

function replaced(page: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name}: written by scripts/write-architecture.ts -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/architecture.md has no part ${name}`);
  return `${page.slice(0, from)}${begin}\n\n${part}\n\n${page.slice(to)}`;
}

function callTable(files: readonly SourceFile[]): string {
  const about = commentsOf(file(files, kinds), ts.isPropertySignature);
  const lines = rowsOf(files).map(([kind, row]) => {
    const cells = steps.map((step) => row.get(step) ?? "see below");
    return `| ${kind} | ${about.get(kind) ?? ""} | ${cells.join(" | ")} |`;
  });
  return [
    `| kind | what it is | ${steps.join(" | ")} |`,
    `| --- | --- |${" --- |".repeat(steps.length)}`,
    ...lines,
  ].join("\n");
}

/** Each name that stands in a row, and the sentence that stands above it in the code. */
function stepTable(files: readonly SourceFile[]): string {
  const about = commentsOf(file(files, calls), ts.isVariableStatement);
  const names = new Set(rowsOf(files).flatMap(([, row]) => [...row.values()]));
  return [...names].flatMap((name) => (about.has(name) ? [`- \`${name}\`: ${about.get(name)}`] : [])).join("\n");
}

/** Kind of call → step → the name of the function that takes it. */
function rowsOf(files: readonly SourceFile[]): (readonly [string, ReadonlyMap<string, string>])[] {
  const found: (readonly [string, ReadonlyMap<string, string>])[] = [];
  visitAll(syntaxOf(file(files, calls)), (node) => {
    if (!ts.isReturnStatement(node) || node.expression === undefined) return;
    if (!ts.isObjectLiteralExpression(node.expression) || found.length > 0) return;
    for (const row of node.expression.properties) {
      if (!ts.isPropertyAssignment(row)) continue;
      const cells = ts.isObjectLiteralExpression(row.initializer) ? row.initializer.properties : [];
      const named = cells.map((cell) => [
        cell.name?.getText() ?? "",
        ts.isPropertyAssignment(cell) ? cell.initializer.getText() : (cell.name?.getText() ?? ""),
      ]);
      found.push([row.name.getText(), new Map(named as [string, string][])]);
    }
  });
  if (found.length === 0) throw new Error(`${calls} returns no table`);
  return found;
}

function commentsOf(source: SourceFile, is: (node: ts.Node) => boolean): Map<string, string> {
  const found = new Map<string, string>();
  visitAll(syntaxOf(source), (node) => {
    if (!is(node)) return;
    const name = ts.isVariableStatement(node)
      ? node.declarationList.declarations[0]?.name.getText()
      : (node as ts.PropertySignature).name.getText();
    const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
    const text = ts.getTextOfJSDocComment(doc?.comment);
    if (name !== undefined && text !== undefined) found.set(name, text.replaceAll("\n", " "));
  });
  return found;
}

function roomTable(): string {
  const lines = rooms.map(({ name, holds, uses }) => {
    const arrows = Object.entries(uses).map(([other, why]) =>
      other === "*" ? `everything below: ${why}` : `${other}: ${why}`,
    );
    return `| \`${name}${name === "main" ? ".ts" : "/"}\` | ${holds} | ${arrows.join("; ") || "–"} |`;
  });
  return ["| room | what it holds | imports, besides `domain/` and `lib/` |", "| --- | --- | --- |", ...lines].join(
    "\n",
  );
}

function file(files: readonly SourceFile[], path: string): SourceFile {
  const found = files.find((one) => one.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
}
