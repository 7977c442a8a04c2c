import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../archive/entries.ts";
import { librarySource } from "../layers/policy-source.ts";
import type { SourceFile } from "../sources.ts";
import { codeOf, hasRules, mayBeReplaced, packageOf, textOf } from "./unroll-wildcards.ts";

/**
 * What every rule of the library writes; the end of another name, as in `data.site.reason.of`, is another function. That of the library looks
 * at the METADATA of the rule alone, which is the first of the chain.
 */
const REASON = /(?<![\w.\]])reason\.of\(rego\.metadata\.chain\(\)\)/g;
const IMPORT = "import data.sallyport.reason";
const REASONS = "sallyport/reason/reason.rego";

/**
 * The files with the schemas of `scope: subpackages` as comments of YAML within their METADATA. OPA writes all METADATA that
 * hold for a rule into the rule, as values that are made in each evaluation: with the library's schemas that was three quarters of the plan. `opa
 * build` takes no schemas, so they matter only to a rule that looks at the chain itself; where that is uncertain, nothing is hidden. ADR 128
 * says in which METADATA they are.
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
  const rest = code.replace(REASON, "");
  return !/\brego\b/.test(rest) && (rest.length === code.length || hasReason(code));
}

/** Whether `reason` is the library's, and is no other name. */
function hasReason(code: string): boolean {
  const imports = code.split("\n").filter((line) => /\bimport\b/.test(line));
  const named = imports.filter((line) => /\breason\b|\[/.test(line)).map((line) => line.trim());
  return named.length === 1 && named[0] === IMPORT && !/\breason\s*:=/.test(code);
}

/** A block that stands alone, with nothing but comments behind it: OPA counts all lines of comments that touch as part of it. */
const METADATA = /(?<=^|\n\r?\n)# METADATA *\r?\n(?:#.*\r?\n)+(?!#)/g;
const FOR_ALL = /^# scope: subpackages *\r?$/m;

const END = String.raw` *\r?\n`;
/** Far below the 1,024 characters in which YAML looks for the end of a name: of a longer one, it tells by the lines behind it. */
const LONGEST_NAME = 200;
const NAME = String.raw`[A-Za-z_][\w.-]{0,${LONGEST_NAME - 1}}`;
/** A value that ends on its line, and is no anchor, alias or tag: plain, in double quotes without escapes, or a list of words. */
const VALUE = String.raw`(?:[\p{L}\p{N}_(](?:[^:#\t\r\n]|:(?=\S)|(?<! )#)*|"[^"\\\t\r\n]*"|\[(?:\w[\w.-]*(?:, \w[\w.-]*)*)?\])`;
/** A text of several lines, as the library has one. It ends where a line is not indented. */
const TEXT = String.raw`[>|]-${END}# {3}\S.*\r?\n(?:# {3}.*\S.*\r?\n)*`;
const NAMES = `(?<name>#  +)${NAME}: ${VALUE}${END}(?:\\k<name>${NAME}: ${VALUE}${END})*`;
const ITEM = `- (?:${NAME}: )?${VALUE}${END}`;
const ITEMS = `(?<item># +)${ITEM}(?:\\k<item>${ITEM})*`;
/** METADATA that are right as YAML, with and without each of their names: OPA says the same of all other mistakes in them. */
const PLAIN = new RegExp(`^.*\\r?\\n(?:# ${NAME}:(?: ${VALUE}${END}| ${TEXT}|${END}(?:${NAMES}|${ITEMS})?))+$`, "u");

const STEPS = String.raw`(?:\.[A-Za-z_]\w*)*`;
const BOUND = String.raw`- (?=[\w.]{1,${LONGEST_NAME}}:)(?:input|data)${STEPS}: schema${STEPS}${END}`;
/** The list and nothing behind it: what follows is another name, or the end. */
const SCHEMAS = new RegExp(String.raw`^# schemas:${END}(# +)${BOUND}(?:\1${BOUND})*(?=# \w|(?!#))`, "m");
const HIDDEN = "# ## ";

/** Control characters and others that YAML refuses or takes for the end of a line, and what was no UTF-8, which OPA refuses. */
const UNUSUAL = /\r(?!\n)|(?![\t\r\n])\p{Cc}|[\u2028\u2029\ufeff\ufffd-\uffff]/u;

function hidden(file: SourceFile): SourceFile {
  if (!["# scope: subpackages", "# schemas:"].every((part) => file.bytes.includes(part))) return file;
  const text = textOf(file);
  // In a raw string, which begins on a line of code, a line may look like METADATA.
  if (/^(?!\s*#).*`/m.test(text) || text.includes(HIDDEN) || UNUSUAL.test(text)) return file;
  const written = text.replace(METADATA, (block) =>
    FOR_ALL.test(block) && PLAIN.test(block) && block.match(/^# schemas\b/gm)?.length === 1
      ? block.replace(SCHEMAS, (list) => list.replace(/^# /gm, HIDDEN))
      : block,
  );
  return written === text ? file : { ...file, bytes: Buffer.from(written) };
}

/** The modules of a built bundle with the schemas that were hidden in `hid`. */
export function withShownSchemas(entries: readonly Entry[], hid: readonly SourceFile[]): readonly Entry[] {
  const paths = new Set(hid.map(({ path }) => path));
  return entries.map((entry) => {
    if (!paths.has(entry.header.name.replace(/^\//, ""))) return entry;
    return { ...entry, bytes: Buffer.from(shownSchemas(entry.bytes.toString("utf8"))) };
  });
}

/** A text that has lines of hidden schemas, as OPA quotes them below its messages, with these lines as their author wrote them. */
export function shownSchemas(text: string): string {
  return text.replaceAll(/^(\t?)# ## (?=schemas:| *- (?:input|data)[.:])/gm, "$1# ");
}
