/** Whatever the configuration may say is read by running code; an accepted option that nothing reads is a promise without code. */
import ts from "typescript";
import { collectNodes, namesRead, syntaxOf, visitAll } from "./syntax.ts";
import type { SourceFile } from "./tree.ts";

const schema = /^gateway\/config\/(?:schema\/|schema\.ts$)/;
const resolved = "gateway/config/config.ts";

export function configOptionProblems(files: readonly SourceFile[]): string[] {
  const gateway = files.filter(({ path }) => /^gateway\/.*\.ts$/.test(path));
  return [...optionProblems(gateway), ...propertyProblems(gateway)];
}

/** Handed on whole, or checked by the schema alone. */
const passedOn: ReadonlySet<string> = new Set(["level", "format", "version"]);

/** Options of the file that nothing in config/ reads: neither what resolves them nor what only checks them. */
function optionProblems(gateway: readonly SourceFile[]): string[] {
  const readers = gateway.filter(({ path }) => path.startsWith("gateway/config/") && !schema.test(path));
  const read = new Set(readers.flatMap((file) => [...namesRead(file), ...stringsOf(file)]));
  return gateway
    .filter(({ path }) => schema.test(path))
    .flatMap((file) => optionsOf(file).map((name) => ({ name, path: file.path })))
    .filter(({ name }) => !read.has(name) && !passedOn.has(name))
    .map(({ name, path }) => `${path} accepts ${name}, and gateway/config/ does not read it`);
}

/** Properties of the resolved configuration that nothing outside of config/ reads. */
function propertyProblems(gateway: readonly SourceFile[]): string[] {
  const read = new Set(gateway.filter(({ path }) => !path.startsWith("gateway/config/")).flatMap(namesRead));
  const config = gateway.filter(({ path }) => path === resolved);
  return config.flatMap((file) =>
    collectNodes(file, (node) => (ts.isPropertySignature(node) ? node.name.getText() : null))
      .filter((name) => !read.has(name))
      .map((name) => `${resolved} has ${name}, and nothing outside of gateway/config/ reads it`),
  );
}

/** Keys of the objects that a schema of zod is made of. */
function optionsOf(file: SourceFile): string[] {
  const found: string[] = [];
  visitAll(syntaxOf(file), (node) => {
    if (!ts.isCallExpression(node) || !/^(?:object|strictObject|extend|looseObject)$/.test(methodOf(node))) return;
    const [shape] = node.arguments;
    if (shape === undefined || !ts.isObjectLiteralExpression(shape)) return;
    for (const property of shape.properties) if (property.name !== undefined) found.push(textOf(property.name));
  });
  return found;
}

function methodOf({ expression }: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : "";
}

function textOf(name: ts.PropertyName): string {
  return ts.isStringLiteral(name) ? name.text : name.getText();
}

function stringsOf(file: SourceFile): string[] {
  return collectNodes(file, (node) => (ts.isStringLiteral(node) ? node.text : null));
}
