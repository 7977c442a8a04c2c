import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../archive/entries.ts";
import { librarySource } from "../layers/policy-source.ts";
import type { SourceFile } from "../sources.ts";
import { codeOf, hasRules, mayBeReplaced, packageOf, textOf } from "./unroll-wildcards.ts";

/** What every rule of the library writes. The function looks at the METADATA of the rule alone, which is the first of the chain. */
const REASON = "reason.of(rego.metadata.chain())";
const IMPORT = "import data.sallyport.reason";
const REASONS = "sallyport/reason/reason.rego";

/**
 * The files with the schemas of `scope: subpackages` as comments of YAML within their METADATA. OPA writes all METADATA that
 * hold for a rule into the rule, as values that are made in each evaluation: with the library's schemas that was three quarters of the plan. `opa
 * build` takes no schemas, so they matter only to a rule that looks at the chain itself; where that is uncertain, nothing is hidden.
 */
export async function withHiddenSchemas(files: readonly SourceFile[]): Promise<readonly SourceFile[]> {
  const rego = files.filter(({ path }) => path.endsWith(".rego"));
  const known = await readFile(join(librarySource.path, REASONS)).catch(() => null);
  if (known === null || !rego.every((file) => isUnseenBy(file, known)) || mayBeReplaced(rego)) return files;
  return files.map((file) => (file.path.endsWith(".rego") ? hidden(file) : file));
}

/** Whether a module does no more with a chain than to give it to the function of the library, and is no part of that function. */
function isUnseenBy({ bytes }: SourceFile, known: Buffer): boolean {
  const text = bytes.toString("utf8");
  const home = packageOf(text)?.join(".");
  if (home === undefined || (home === "sallyport" && hasRules(text))) return false;
  if (home === "sallyport.reason") return known.equals(bytes);
  // Most modules that have the word have it for their reason.
  if (!/\brego\b/.test(text)) return true;
  const code = codeOf(text).replace(/\bimport rego\.v1\b/g, "");
  const rest = code.replaceAll(REASON, "");
  return !/\brego\b/.test(rest) && (rest.length === code.length || hasReason(code));
}

/** Whether `reason` is the library's, and is no other name. */
function hasReason(code: string): boolean {
  const imports = code.split("\n").filter((line) => /\bimport\b/.test(line));
  const named = imports.filter((line) => /\breason\b|\[/.test(line)).map((line) => line.trim());
  return named.length === 1 && named[0] === IMPORT && !/\breason\s*:=/.test(code);
}

const METADATA = /^# METADATA[ \t]*\r?\n(?:#.*\r?\n)+/gm;
const FOR_ALL = /^# scope: subpackages[ \t]*\r?$/m;
/** The list and nothing behind it: what follows is another name, or the end. */
const SCHEMAS = /^# schemas:[ \t]*\r?\n(?:# (?: *-| ).*\r?\n)+(?=# \w|(?!#))/gm;
const HIDDEN = "# ## ";

function hidden(file: SourceFile): SourceFile {
  if (!["# scope: subpackages", "# schemas:"].every((part) => file.bytes.includes(part))) return file;
  const text = textOf(file);
  // In a raw string, which begins on a line of code, a line may look like METADATA.
  if (/^(?!\s*#).*`/m.test(text) || text.includes(HIDDEN)) return file;
  const written = text.replace(METADATA, (block) =>
    FOR_ALL.test(block) ? block.replace(SCHEMAS, (list) => list.replace(/^# /gm, HIDDEN)) : block,
  );
  return written === text ? file : { ...file, bytes: Buffer.from(written) };
}

/** The modules of a built bundle with the schemas that were hidden in `hid`. */
export function withShownSchemas(entries: readonly Entry[], hid: readonly SourceFile[]): readonly Entry[] {
  const paths = new Set(hid.map(({ path }) => path));
  return entries.map((entry) => {
    if (!paths.has(entry.header.name.replace(/^\//, ""))) return entry;
    return { ...entry, bytes: Buffer.from(entry.bytes.toString("utf8").replaceAll(/^# ## /gm, "# ")) };
  });
}
