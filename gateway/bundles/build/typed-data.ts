import { isDataFile, type SourceFile } from "../sources.ts";

/** In METADATA: `#   - data.acme.limits: schema.limits` (https://www.openpolicyagent.org/docs/latest/policy-language/#schemas). */
export const boundSchema = /^#\s*-\s*data\.([\w.]+):\s*schema\.(\w+)\s*$/gm;

/** Folder of the modules that stand for data. */
const HOME = "typed-data";

/**
 * The files with a rule in place of each data document that METADATA binds to a schema: the type of the rule is that of the schema. OPA
 * makes the type of all of `data` for each rule and each document that is bound, and that of a rule once. Null where a document has no such
 * rule: a name at the top of `data`, one that is bound to two schemas, or one within another.
 */
export function withTypedData(files: readonly SourceFile[]): readonly SourceFile[] | null {
  if (files.some(({ path }) => path.startsWith(`${HOME}/`))) return null;
  const bound = new Map<string, string>();
  for (const { path, bytes } of files) {
    if (!path.endsWith(".rego")) continue;
    for (const [, at = "", schema = ""] of bytes.toString("utf8").matchAll(boundSchema)) {
      if ((bound.get(at) ?? schema) !== schema) return null;
      bound.set(at, schema);
    }
  }
  const paths = [...bound.keys()];
  const isWithin = (path: string): boolean => paths.some((other) => path.startsWith(`${other}.`));
  if (paths.length === 0 || paths.some((path) => !path.includes(".") || isWithin(path))) return null;
  const folders = paths.map((path) => `${path.replaceAll(".", "/")}/`);
  const kept = files.filter(({ path }) => !isDataFile(path) || !folders.some((folder) => path.startsWith(folder)));
  return [...kept.map(withoutBindings), ...[...bound].map(typedRule)];
}

/** Each binding is replaced by an empty line of a comment, so that line numbers stay. */
function withoutBindings(file: SourceFile): SourceFile {
  if (!file.path.endsWith(".rego") || !file.bytes.includes("schema.")) return file;
  return { ...file, bytes: Buffer.from(file.bytes.toString("utf8").replace(boundSchema, "#")) };
}

function typedRule([at, schema]: readonly [string, string], index: number): SourceFile {
  const steps = at.split(".");
  const name = steps.pop();
  const metadata = `# METADATA\n# scope: rule\n# schemas:\n#   - input: schema.${schema}\n`;
  const text = `package ${steps.join(".")}\n\n${metadata}${name} := input\n`;
  return { path: `${HOME}/${index}.rego`, bytes: Buffer.from(text) };
}
