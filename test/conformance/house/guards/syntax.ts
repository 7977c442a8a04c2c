import ts from "typescript";
import type { SourceFile } from "./tree.ts";

export interface Import {
  readonly specifier: string;
  /** Names taken from it; empty for a namespace, default or side-effect import. */
  readonly names: readonly string[];
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Stands for a specifier that is an expression: nobody can judge it by reading. */
export const computed = "<computed>";

/** Parsed once per file: several guards ask. */
const parsed = new WeakMap<SourceFile, ts.SourceFile>();

export function syntaxOf(file: SourceFile): ts.SourceFile {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ESNext, true);
  parsed.set(file, tree);
  return tree;
}

export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

export function visitAll(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visitAll(child, see));
}

/** Static imports, re-exports, `import()` and `import("…")` types: every way one file names another. */
export function importsOf(file: SourceFile): Import[] {
  const tree = syntaxOf(file);
  const found: Import[] = [];
  visitAll(tree, (node) => {
    const one = importOf(node);
    if (one !== null) found.push({ ...one, line: lineOf(tree, node) });
  });
  return found;
}

function importOf(node: ts.Node): Omit<Import, "line"> | null {
  if (ts.isImportDeclaration(node)) {
    return { specifier: textOf(node.moduleSpecifier), ...clauseOf(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { specifier: textOf(node.moduleSpecifier), names: [], typeOnly: node.isTypeOnly };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: textOf(node.argument.literal), names: [], typeOnly: true };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0]) {
    return { specifier: textOf(node.arguments[0]), names: [], typeOnly: false };
  }
  return null;
}

function clauseOf(clause: ts.ImportClause | undefined): Pick<Import, "names" | "typeOnly"> {
  if (clause === undefined) return { names: [], typeOnly: false };
  const named = clause.namedBindings;
  if (named === undefined || !ts.isNamedImports(named)) return { names: [], typeOnly: clause.isTypeOnly };
  const names = named.elements.map((element) => (element.propertyName ?? element.name).text);
  const everyIsType = named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
  return { names, typeOnly: clause.isTypeOnly || (clause.name === undefined && everyIsType) };
}

function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : computed;
}

/** What `pick` makes of the nodes of a file, in their order. */
export function collectNodes<Found>(file: SourceFile, pick: (node: ts.Node) => Found | null): Found[] {
  const found: Found[] = [];
  visitAll(syntaxOf(file), (node) => {
    const one = pick(node);
    if (one !== null) found.push(one);
  });
  return found;
}

/** Names that are read of some object: `x.name`, `x["name"]`, `{ name } = x`. */
export function namesRead(file: SourceFile): string[] {
  return collectNodes(file, (node) => {
    if (ts.isPropertyAccessExpression(node)) return node.name.text;
    if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression))
      return node.argumentExpression.text;
    return ts.isBindingElement(node) ? (node.propertyName ?? node.name).getText() : null;
  });
}
