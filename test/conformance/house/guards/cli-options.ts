/** An option that the command line accepts must be read by the code behind it, or it would be accepted and ignored. */
import { posix } from "node:path";
import ts from "typescript";
import { importsOf, lineOf, syntaxOf, visitAll } from "./syntax.ts";
import type { SourceFile } from "./tree.ts";

interface DeclaredOption {
  /** As commander is told, such as `-y, --yes` or `--foo-bar <text>`. */
  readonly flags: string;
  /** The property that commander sets, such as `fooBar`. */
  readonly property: string;
  readonly line: number;
}

/** `-f, --foo-bar <text>`; the name is the first group. */
const flagsPattern = /^(?:-\w, )?--(?:no-)?([a-z][a-z0-9-]*)(?: [<[][^>\]]+[>\]])?$/;

/** One line for each declared option that neither the file that declares it nor a file that imports that one reads. */
export function optionProblems(files: readonly SourceFile[]): string[] {
  const cli = files.filter(({ path }) => path.startsWith("gateway/cli/") && path.endsWith(".ts"));
  const reads = new Map(cli.map((file) => [file.path, propertiesRead(file)]));
  return cli.flatMap((file) => {
    const readers = cli.filter((other) => other === file || importsFile(other, file.path));
    return declaredOptions(file)
      .filter(({ property }) => !readers.some(({ path }) => reads.get(path)?.has(property)))
      .map(({ flags, property, line }) => `${file.path}:${line} declares ${flags}, and nothing reads ${property}`);
  });
}

/** Options are declared by a call or constructor with flags and a description, such as `new Option("--all", "…")`. */
export function declaredOptions(file: SourceFile): DeclaredOption[] {
  const tree = syntaxOf(file);
  const found: DeclaredOption[] = [];
  visitAll(tree, (node) => {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const [flags, description] = node.arguments ?? [];
    if (flags === undefined || description === undefined || !ts.isStringLiteralLike(flags)) return;
    const name = flagsPattern.exec(flags.text)?.[1];
    if (name !== undefined) found.push({ flags: flags.text, property: camelCase(name), line: lineOf(tree, node) });
  });
  return found;
}

/** Names in `value.name`, `value["name"]` and `{ name }` patterns; not those that are called or assigned to. */
function propertiesRead(file: SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  visitAll(syntaxOf(file), (node) => {
    const name = ts.isBindingElement(node) ? boundProperty(node) : accessedProperty(node);
    if (name !== null) names.add(name);
  });
  return names;
}

function boundProperty({ parent, propertyName, name, dotDotDotToken }: ts.BindingElement): string | null {
  if (!ts.isObjectBindingPattern(parent) || dotDotDotToken !== undefined) return null;
  const property = propertyName ?? name;
  return ts.isIdentifier(property) || ts.isStringLiteralLike(property) ? property.text : null;
}

function accessedProperty(node: ts.Node): string | null {
  const { parent } = node;
  if (parent !== undefined && ts.isCallExpression(parent) && parent.expression === node) return null;
  if (parent !== undefined && ts.isBinaryExpression(parent) && parent.left === node && isAssignment(parent))
    return null;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (!ts.isElementAccessExpression(node)) return null;
  return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : null;
}

function isAssignment({ operatorToken }: ts.BinaryExpression): boolean {
  return operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

function importsFile(file: SourceFile, path: string): boolean {
  return importsOf(file).some(({ specifier }) => posix.join(posix.dirname(file.path), specifier) === path);
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
}
