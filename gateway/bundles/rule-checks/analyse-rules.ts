import { createReadStream } from "node:fs";
import { asBuffer } from "../../lib/bytes-in-turns.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { partsOfLarge, wantedAt } from "../../lib/json-parts.ts";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";
import { readEntries } from "../archive/entries.ts";
import { asFailure, TransientFailure } from "../failure.ts";
import type {
  CheckAnswer,
  KnownRules,
  LocatedProblem,
  ModulesAnswer,
  ModulesCheck,
  RuleCheck,
  Unanswered,
} from "./check-rules.ts";
import { type Definition, DefinitionTree, definitionsOf, packageOf, ruleNamesOf } from "./definitions.ts";
import { exportsWithoutElements } from "./malformed-elements.ts";
import { lineFinder, type Module, type ModuleTexts } from "./modules.ts";
import { logRulesIn } from "../build/entrypoints.ts";
import type { OpaCommand } from "../build/opa.ts";
import { ParsedModules } from "./parsed-modules.ts";
import { constantPart, type Problem, problemsOf, resultRulesOf } from "./problems.ts";
import { type Origins, ownershipProblems } from "./ownership.ts";
import { ruleExportsOf } from "./rule-exports.ts";
import { unaskedOf } from "./unasked.ts";
import { outsideVocabulary } from "./vocabulary.ts";
import { parseJson } from "../../lib/parse-json.ts";

async function answer(check: RuleCheck): Promise<CheckAnswer> {
  const { opa, archive, data: given = null, modules, origins, optional, exportsAsTheyAre } = check;
  const entries: ReadonlyMap<string, Buffer> =
    archive === null ? new Map() : await readEntries(createReadStream(archive), null);
  const texts = modules ?? modulesOf(entries);
  const of = { opa, texts, old: oldModules(origins) };
  const known = check.known ?? (await knownOf(check, of));
  const bytes = given === null ? entries.get("data.json") : asBuffer(given);
  const isBuilt = archive !== null || given !== null;
  const { results, exports } = known;
  const definitions = definitionsIn(known);
  const data = dataAt(bytes ?? Buffer.from("{}"), definitions);
  const tree = new DefinitionTree(definitions);
  // Modules that this gateway compiles are given beside the archive, and print; another's name the builtin when they do.
  const prints = modules !== null || entries.get("policy.wasm")?.includes("internal.print") === true;
  const logRules = logRulesIn(modules ?? {});
  const library = { definitions, tree, data, optional, exportsAsTheyAre, prints, logRules };
  const ofRules = isBuilt
    ? [...known.vocabulary, ...problemsOf(library)]
    : exportsWithoutElements(definitions, check.refused ?? "");
  const problems = [...known.ownership, ...ofRules];
  return {
    problems: [...(await located(problems, of)), ...(isBuilt ? known.unread : [])],
    results,
    exports,
    known,
    overlaps: definitions.some(({ path }) => isTaken(data, path)),
  };
}

/** How the folders in which OPA parses modules are called. */
const folderName = "sallyport-rules-";

/** Of this thread, which several policies share. */
const modulesParsed = new ParsedModules();

/** Those that were found last. */
let last: { readonly text: string; readonly definitions: readonly Definition[] } = { text: "[]", definitions: [] };

function definitionsIn({ definitions: text }: KnownRules): readonly Definition[] {
  return text === last.text ? last.definitions : (parseJson(text) as Definition[]);
}

/** What follows from the modules alone. */
async function knownOf(
  { origins, roots, inputSchema = null }: Pick<RuleCheck, "origins" | "roots" | "inputSchema">,
  { opa, texts, old }: Texts,
): Promise<KnownRules> {
  const parsed = await inTemporaryFolder(folderName, (workspace) => modulesParsed.parse(opa, texts, workspace, old));
  const definitions = allDefinitions(parsed);
  last = { text: JSON.stringify(definitions), definitions };
  const files = new Set(parsed.map(({ file }) => file));
  const unread = Object.keys(texts).filter((file) => !files.has(file));
  return {
    definitions: last.text,
    ownership: origins === null ? [] : ownershipProblems(parsed, definitions, { origins, roots }),
    vocabulary: outsideVocabulary(parsed, inputSchema),
    unread: unread.map((file) => notChecked(file, origins !== null)),
    results: resultRulesOf(definitions),
    exports: ruleExportsOf(definitions, texts),
    unasked: unaskedOf(parsed, definitions, texts),
  };
}

/** Of the data, what is where a rule is and where one looks: large data take many times their text as objects. */
function dataAt(bytes: Buffer, definitions: readonly Definition[]): JsonObject {
  const paths = definitions.flatMap(({ path, references }) => [path, ...references.map(constantPart)]);
  return partsOfLarge(bytes, wantedAt(paths, "kind")) ?? (parseJson(bytes.toString("utf8")) as JsonObject);
}

/** Whether the data have a value where a rule is, or one that is no object on the way there. */
function isTaken(data: JsonObject, path: readonly string[]): boolean {
  let at: JsonValue = data;
  for (const name of path) {
    if (!isJsonObject(at)) return true;
    const next: JsonValue | undefined = Object.hasOwn(at, name) ? at[name] : undefined;
    if (next === undefined) return false;
    at = next;
  }
  return true;
}

function modulesOf(entries: ReadonlyMap<string, Buffer>): ModuleTexts {
  const rego = [...entries].filter(([path]) => path.endsWith(".rego"));
  return Object.fromEntries(rego.map(([path, bytes]) => [path, bytes.toString("utf8")]));
}

/** Of modules that were parsed before and stay. `names`: as for `definitionsOf`. */
const definitionsKnown = new WeakMap<Module, { readonly names: string; readonly found: readonly Definition[] }>();

function allDefinitions(parsed: readonly Module[]): Definition[] {
  const packages = Map.groupBy(parsed, (module) => packageOf(module).join("."));
  return [...packages.values()].flatMap((together) => {
    const names = new Set(together.flatMap(ruleNamesOf));
    const key = JSON.stringify([...names]);
    return together.flatMap((module) => {
      const before = definitionsKnown.get(module);
      if (before?.names === key) return before.found;
      const found = definitionsOf(module, names);
      definitionsKnown.set(module, { names: key, found });
      return found;
    });
  });
}

interface Texts {
  readonly opa: OpaCommand;
  readonly texts: ModuleTexts;
  /** Files in Rego v0. */
  readonly old: ReadonlySet<string>;
}

async function located(problems: readonly Problem[], { opa, texts, old }: Texts): Promise<LocatedProblem[]> {
  // An edit of data waits for this, and has none as a rule.
  if (problems.length === 0) return [];
  const found: LocatedProblem[] = [];
  await inTemporaryFolder(folderName, async (workspace) => {
    for (const [file, inFile] of Map.groupBy(problems, (problem) => problem.file)) {
      const text = texts[file] ?? "";
      const lineOf = await lineFinder(opa, { file, text, isOld: old.has(file) }, workspace);
      found.push(...inFile.map(({ at, severity, message }) => ({ file, line: lineOf(at), severity, message })));
    }
  });
  return found.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

/** Where several sources meet, a module that is not read could define what belongs to another one. */
function notChecked(file: string, isLayered: boolean): LocatedProblem {
  const message = "is written in another version of Rego, so it is unknown whether its rules are evaluated";
  return { file, line: 1, severity: isLayered ? "error" : "warning", message };
}

function oldModules(origins: Origins | null): ReadonlySet<string> {
  const all = Object.entries(origins ?? {});
  return new Set(all.flatMap(([file, { regoVersion }]) => (regoVersion === 0 ? [file] : [])));
}

/** Syntax trees and data are megabytes of JSON, so that it runs on the build thread. */
export function analyseRules(check: RuleCheck): Promise<CheckAnswer> {
  return answered(() => answer(check));
}

/** What the check of these modules needs of them, and can be asked for before they are compiled. */
export function analyseModules({ opa, modules, origins, ...rest }: ModulesCheck): Promise<ModulesAnswer> {
  return answered(async () => ({
    known: await knownOf({ origins, ...rest }, { opa, texts: modules, old: oldModules(origins) }),
  }));
}

async function answered<Answer>(work: () => Promise<Answer>): Promise<Answer | Unanswered> {
  try {
    return await work();
  } catch (error) {
    const failure = asFailure(error, "compile");
    return { failure: failure.message, transient: failure instanceof TransientFailure };
  }
}
