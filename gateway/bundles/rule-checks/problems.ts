import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { ResultRules } from "../../domain/result.ts";
import { exportsWithoutElements, malformedElements, replacedObligations, RULE_EXPORTS } from "./malformed-elements.ts";
import { LOG, LOG_RULES, unaskedLogRule } from "./log-rules.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import {
  type DefinitionTree,
  exportOf,
  reachedFrom,
  RULE_ROOTS,
  type Definition,
  type Place,
  type Reference,
} from "./definitions.ts";

/** Something in a policy that has no effect, or another one than it seems. */
export interface Problem extends Place {
  /** "error": the policy does not become active. "warning": it does. */
  readonly severity: "error" | "warning";
  readonly message: string;
}

/** `custom.optional` of METADATA: data that rules may refer to although there is none. */
export interface OptionalData {
  /** The package or rule that the METADATA is about. */
  readonly path: readonly string[];
  /** false: only that rule, or the rules directly in that package. */
  readonly subpackages: boolean;
  readonly data: readonly (readonly string[])[];
}

interface Library {
  readonly definitions: readonly Definition[];
  readonly tree: DefinitionTree;
  readonly data: JsonObject;
  readonly optional: readonly OptionalData[];
  /** Whether the compiled module prints what its rules do. */
  readonly prints: boolean;
  /** Rules about the log that were compiled to be asked, such as `mask`. An archive has no others in its modules: OPA removes those. */
  readonly logRules: readonly string[];
  /** The gateway gets what rules export as it is: `main` says so in its METADATA. */
  readonly exportsAsTheyAre: boolean;
}

const MAIN = ["sallyport", "main"];
const ENTRYPOINTS = [...["decision", "visible", "result"].map((name) => [...MAIN, name]), ...LOG_RULES];
/** What the Data API answers. */
const ASKED = ["sallyport", "asked"];

/** What rules about results export. */
export const RESULT_EXPORTS: readonly string[] = ["block", "label", "redact"];

/** All problems of a policy. */
export function problemsOf(library: Library): Problem[] {
  const whole = hasEntrypoints(library);
  // `opa build` removes the entrypoints from the modules of an archive, so their whole package counts as reached there.
  const reached = reachedFrom([...(whole ? ENTRYPOINTS : [MAIN, LOG]), ASKED], library.tree);
  const reachability = { reached, exports: collectedExports(reached), whole };
  const written = library.definitions.filter((definition) => !isForTests(definition));
  const replaced = new Set(library.definitions.flatMap((one) => one.replaced.map((path) => path.join("."))));
  const packages = Map.groupBy(written, ({ path, package: home }) => (exportOf(path)?.rule ?? home).join("."));
  return [
    ...library.definitions.flatMap(replacedObligations),
    ...(library.prints ? [] : written.flatMap(({ prints }) => prints.map(printsNothing))),
    ...(library.exportsAsTheyAre
      ? [...written.flatMap(malformedElements), ...exportsWithoutElements(written, null)]
      : []),
    ...[...packages.values()].flatMap((rules) => unreachableRules(rules, reachability)),
    ...written.flatMap((definition) => missingData(definition, library, replaced)),
    ...written.flatMap((definition) => unaskedLogRule(definition, library.logRules, whole)),
  ];
}

/** Whether a definition is a test or a helper of tests. */
function isForTests({ file, package: [root, name] }: Definition): boolean {
  return file.endsWith("_test.rego") || (root === "sallyport" && name === "testing");
}

interface Reachability {
  readonly reached: ReadonlySet<Definition>;
  readonly exports: readonly string[];
  /** Whether the modules contain the entrypoints. */
  readonly whole: boolean;
}

function hasEntrypoints({ definitions }: Library): boolean {
  return definitions.some(({ path }) => path.join(".") === "sallyport.main.decision");
}

/** The exports that `main` collects, such as "deny". */
function collectedExports(reached: ReadonlySet<Definition>): readonly string[] {
  const askers = [...reached].filter(({ path }) => exportOf(path) === null);
  const paths = askers.flatMap(({ references }) => references.map(({ path }) => path));
  const names = paths.flatMap((path) => exportOf(path)?.name ?? []);
  return [...new Set(names)].toSorted();
}

function printsNothing(place: Place): Problem {
  const message = "print writes nothing: the archive was compiled without it (opa build --wasm-include-print keeps it)";
  return { ...place, severity: "warning", message };
}

/** Which tools have rules that export something of the result phase. */
export function resultRulesOf(definitions: readonly Definition[]): ResultRules {
  const found = definitions
    .filter((definition) => !isForTests(definition))
    .map(({ path }) => exportOf(path))
    .filter((one) => one !== null && RESULT_EXPORTS.includes(one.name))
    .map((one) => one?.rule ?? []);
  const ofTools = found.filter(([, place]) => place === "tools");
  const tools = Map.groupBy(ofTools, ([, , server = ""]) => server);
  return {
    everywhere: found.length > ofTools.length,
    tools: Object.fromEntries(
      [...tools].map(([server, rules]) => [server, [...new Set(rules.map(([, , , tool = ""]) => tool))].toSorted()]),
    ),
  };
}

/** Definitions that no entrypoint reaches. `rules`: all definitions of one package. */
function unreachableRules(rules: readonly Definition[], { reached, exports, whole }: Reachability): Problem[] {
  const [first] = rules;
  if (first === undefined) return [];
  const isRule = exportOf(first.path) !== null;
  const lost = rules.filter((rule) => !reached.has(rule));
  if (lost.length === rules.length) {
    // A library may have more than is used: whole packages of helpers, and elsewhere functions and private names.
    if (!isRule && (isLibrary(first) || !lost.some(isPublic))) return [];
    const message = isRule ? ruleWithoutExport(rules, exports) : unreachedPackage(first.package);
    // Without the entrypoints, reachability is only known for the rules that `main` collects.
    const severity = whole || (isRule && exports.length > 0) ? severityFor(first) : "warning";
    return [{ file: first.file, at: ["package"], severity, message }];
  }
  if (first.package.join(".") === MAIN.join("."))
    return lost.filter(isPublic).map((one) => error(one, unusedInMain(one)));
  if (!isRule) return [];
  const named = Map.groupBy(lost, ({ path }) => exportOf(path)?.name ?? "");
  return [...named].flatMap(([name, [rule]]) =>
    rule === undefined || name.startsWith("_") ? [] : [error(rule, unknownExport(name, exports))],
  );
}

/** Below `sallyport.lib`, where nothing decides by itself. */
function isLibrary({ package: [root, name] }: Definition): boolean {
  return root === "sallyport" && name === "lib";
}

function isPublic({ name, isFunction }: Definition): boolean {
  return !isFunction && !name.startsWith("_");
}

/** `replaced`: what any definition replaces by `with`. */
function missingData(
  definition: Definition,
  { tree, data, optional }: Library,
  replaced: ReadonlySet<string>,
): Problem[] {
  const missing = (reference: Reference): boolean => {
    const known = constantPart(reference);
    if (tree.touchedBy(known).length > 0 || isThere(data, known) || replaced.has(known.join("."))) return false;
    if (RULE_ROOTS.some((place) => known.join(".") === place.join("."))) return false;
    if (isCollected(definition, known, tree)) return false;
    return !optional.some((one) => covers(one, definition, known));
  };
  const found = Map.groupBy(definition.references.filter(missing), (reference) => constantPart(reference).join("."));
  return [...found].map(([path, [reference]]) => ({
    ...(reference as Reference),
    severity: severityFor(definition),
    message: `no rule and no data document is data.${path}, so what reads it is silent. Add it, or name it in METADATA: custom.optional: [data.${path}]`,
  }));
}

/** What `main` collects of a rule may be nothing: in a built archive it asks each package by its name for an export that it may not have. */
function isCollected({ package: home }: Definition, path: readonly string[], tree: DefinitionTree): boolean {
  const collected = exportOf(path);
  if (home.join(".") !== MAIN.join(".") || collected === null) return false;
  return RULE_EXPORTS.includes(collected.name) && tree.touchedBy(collected.rule).length > 0;
}

/** The names before the first that is only known at evaluation; keys of a table behind it may be absent. */
export function constantPart({ path }: Reference): string[] {
  const end = path.indexOf(null);
  return path.slice(0, end < 0 ? undefined : end) as string[];
}

function isThere(data: JsonObject, path: readonly string[]): boolean {
  let value: JsonValue | undefined = data;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return false;
    value = value[name];
  }
  return true;
}

function covers({ path, subpackages, data }: OptionalData, rule: Definition, missing: readonly string[]): boolean {
  const target = path.join(".");
  const isAbout =
    target === rule.path.join(".") ||
    target === rule.package.join(".") ||
    (subpackages && `${rule.package.join(".")}.`.startsWith(target === "" ? "" : `${target}.`));
  return isAbout && data.some((one) => `${missing.join(".")}.`.startsWith(`${one.join(".")}.`));
}

/** Packages outside `sallyport` may come from other projects and contain more than this policy uses. */
function severityFor({ package: home }: Definition): Problem["severity"] {
  return home[0] === "sallyport" ? "error" : "warning";
}

function error({ file, at }: Place, message: string): Problem {
  return { file, at, severity: "error", message };
}

/** The message for a rule package that has none of `exports`. */
function ruleWithoutExport(rules: readonly Definition[], exports: readonly string[]): string {
  const home = (exportOf(rules[0]?.path ?? [])?.rule ?? []).join(".");
  const names = new Set(rules.map(({ path }) => exportOf(path)?.name ?? ""));
  const slip = [...names].find((name) => exportMeant(name, exports) !== "");
  const meant = slip === undefined ? "" : `; it has ${slip}${exportMeant(slip, exports)}`;
  if (exports.length === 0) return `package ${home} is never evaluated: package sallyport.main collects no rules`;
  return `package ${home} is never evaluated: it exports none of ${exports.join(", ")}${meant}`;
}

function unreachedPackage(path: readonly string[]): string {
  return `package ${path.join(".")} is never evaluated: no entrypoint reaches it${insteadOf(path)}`;
}

/** The message for a rule of `sallyport.main` that no entrypoint uses. */
function unusedInMain({ name }: Definition): string {
  return `no entrypoint uses ${name} of package sallyport.main; rules are packages sallyport.rules.<topic>.<rule>`;
}

function unknownExport(name: string, exports: readonly string[]): string {
  return (
    `${name} has no effect${exportMeant(name, exports)}: a rule exports ${exports.join(", ")}. ` +
    "Remove it; names of helpers begin with an underscore"
  );
}

/** A hint for a typing mistake or another form of the word, such as `denies`. */
function exportMeant(name: string, exports: readonly string[]): string {
  const slip = didYouMean(name, exports);
  const form = exports.find((each) => name.startsWith(each.slice(0, 3)));
  return slip === "" && form !== undefined ? ` (did you mean ${form}?)` : slip;
}

/** A hint where a package of `sallyport` belongs that lies below neither root of rules. */
function insteadOf([root, place = ""]: readonly string[]): string {
  if (root !== "sallyport") return "";
  if (place === "rules") return "; rules are packages sallyport.rules.<topic>.<rule>";
  if (place === "tools") return "; rules of one tool are packages sallyport.tools.<server>.<tool>";
  return didYouMean(place, ["rules", "tools"]);
}
