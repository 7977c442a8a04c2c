import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { isDataFile, type SourceFile } from "../sources.ts";
import { parseJsonWith } from "../../lib/parse-json.ts";

/** In METADATA: `#   - data.acme.limits: schema.limits` (https://www.openpolicyagent.org/docs/latest/policy-language/#schemas). */
export const boundSchema = /^#[ \t]*-[ \t]*data\.([\w.]+):[ \t]*schema\.(\w+)[ \t]*\r?$/gm;

/** Folder of the modules that stand for data. */
const HOME = "typed-data";

/**
 * The files with a rule in place of each data document that METADATA binds to a schema: the type of the rule is that of the schema. OPA
 * makes the type of all of `data` for each rule and each document that is bound, and that of a rule once. Null where a document has no such
 * rule: a name at the top of `data`, one that is bound to two schemas, or one within another; and where it may be in a YAML or a large
 * file above its folder.
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
  const steps = paths.map((path) => path.split("."));
  const kept = files.map((file) => (isDataFile(file.path) ? withoutBound(file, steps) : withoutBindings(file)));
  // Where it is not known whether the data have a bound document, OPA could refuse what it takes otherwise.
  if (kept.includes("unknown")) return null;
  return [...kept.filter((file) => typeof file === "object" && file !== null), ...[...bound].map(typedRule)];
}

/** Bytes of a data file above a bound document that are parsed here: this thread serves requests. */
const MOST_PARSED = 256 * 1024;

/** The data file without the bound documents; null when it has nothing else. */
function withoutBound(file: SourceFile, bound: readonly (readonly string[])[]): SourceFile | null | "unknown" {
  const folder = file.path.split("/").slice(0, -1);
  const isStart = (start: readonly string[], path: readonly string[]): boolean =>
    start.every((step, index) => step === path[index]);
  if (bound.some((path) => isStart(path, folder))) return null;
  const below = bound.filter((path) => isStart(folder, path)).map((path) => path.slice(folder.length));
  const named = below.filter((path) => path.every((step) => file.bytes.includes(step)));
  if (named.length === 0) return file;
  return file.path.endsWith(".json") && file.bytes.length <= MOST_PARSED ? withoutMembers(file, named) : "unknown";
}

function withoutMembers(file: SourceFile, paths: readonly (readonly string[])[]): SourceFile | "unknown" {
  try {
    const value = parseJsonWith(file.bytes.toString("utf8"), finite) as JsonValue;
    return { ...file, bytes: Buffer.from(JSON.stringify(paths.reduce(withoutMember, value))) };
  } catch {
    return "unknown";
  }
}

/** A number beyond a double would be written as null. */
function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError("beyond a double");
  return value;
}

function withoutMember(value: JsonValue, [name = "", ...rest]: readonly string[]): JsonValue {
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).flatMap(([key, own]): [string, JsonValue][] => {
    if (key !== name) return [[key, own]];
    return rest.length === 0 ? [] : [[key, withoutMember(own, rest)]];
  });
  return Object.fromEntries(members);
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
