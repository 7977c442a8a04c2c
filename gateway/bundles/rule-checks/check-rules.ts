import { asBuffer, givenInTurns } from "../../lib/bytes-in-turns.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import type { RuleExports } from "../../domain/ports.ts";
import type { ResultRules } from "../../domain/result.ts";
import { asLine, BundleFailure, type Location, type Stage, TransientFailure } from "../failure.ts";
import { askBuildThread } from "../thread/build-thread.ts";
import { answerLimitMs, type OpaCommand, runOpa } from "../build/opa.ts";
import type { RootOwner, SourceFile } from "../sources.ts";
import type { Unasked } from "../archive/manifest-known.ts";
import type { OptionalData, Problem } from "./problems.ts";
import { list, member, type ModuleTexts } from "./modules.ts";
import type { Origins } from "./ownership.ts";
import { parseJson } from "../../lib/parse-json.ts";

export interface RuleCheck {
  readonly opa: OpaCommand;
  /** The built bundle, whose data is checked, and whose modules are when `modules` is null. Null: the rules do not compile, and only whose they are is checked. */
  readonly archive: string | null;
  /** What OPA says of rules that do not compile: it names what `main` does with an export, and not the export. */
  readonly refused?: string;
  /** The bytes of data.json, which are checked where there is no archive. They are given away, and come back. */
  readonly data?: Uint8Array | null;
  /** As their authors wrote them. */
  readonly modules: ModuleTexts | null;
  readonly optional: readonly OptionalData[];
  /** Where the modules are from, when they are of several sources; else null. */
  readonly origins: Origins | null;
  /** What each source owns by its manifest. */
  readonly roots: readonly RootOwner[];
  /** JSON of the schema of the input that the policy has; null or absent: none. */
  readonly inputSchema?: string | null;
  /** See `Library` in problems.ts. */
  readonly exportsAsTheyAre: boolean;
  /** Of an earlier check of the same modules; null: they are parsed. */
  readonly known: KnownRules | null;
}

/** What follows from the modules of a policy, whatever its data. Plain values, which JSON keeps. */
export interface KnownRules {
  /** JSON of all definitions. They are many and small, for the thread alone; as a text they come and go at once. */
  readonly definitions: string;
  readonly ownership: readonly Problem[];
  /** Texts that no input has. */
  readonly vocabulary: readonly Problem[];
  /** Modules in another version of Rego. */
  readonly unread: readonly LocatedProblem[];
  readonly results: ResultRules;
  readonly exports: RuleExports;
  readonly unasked: Unasked;
}

export type LocatedProblem = Location & Pick<Problem, "severity">;

/**
 * Finds rules that no entrypoint reaches, references to data that does not exist, and exports without effect. Runs on
 * the build thread: syntax trees and data are megabytes of JSON, and the main thread serves requests.
 * @throws BundleFailure that names every error
 */
export async function checkRules(check: RuleCheck, stage: Stage): Promise<CheckedRules> {
  const { problems: found, ...rest } = await analyse(check, stage);
  const [errors, warnings] = (["error", "warning"] as const).map((severity) =>
    found
      .filter((problem) => problem.severity === severity)
      .map(({ file, line, message }) => ({ file, line, message })),
  );
  if (errors !== undefined && errors.length > 0) throw new BundleFailure(stage, errors.map(asLine).join("\n"), errors);
  return { warnings: warnings ?? [], ...rest };
}

export interface CheckedRules extends Omit<Analysis, "problems"> {
  readonly warnings: readonly Location[];
  /** Those of the check; without any, an empty object. */
  readonly data: Buffer;
}

/** The modules of a policy, before they are compiled. */
export interface ModulesCheck extends Pick<RuleCheck, "opa" | "origins" | "roots" | "inputSchema"> {
  readonly modules: ModuleTexts;
}

/** What follows from the modules of a policy alone, for `RuleCheck`: it takes long, and needs no bundle. @throws BundleFailure */
export async function knownRules(check: ModulesCheck): Promise<KnownRules> {
  const answer = await askBuildThread("modules", check, { limitMs: answerLimitMs(check.opa) });
  if ("known" in answer) return answer.known;
  throw new (answer.transient ? TransientFailure : BundleFailure)("compile", answer.failure);
}

/** The worker's message: an error would lose its class on the way. */
export type CheckAnswer = Analysis | Unanswered;
export type ModulesAnswer = { readonly known: KnownRules } | Unanswered;

export interface Unanswered {
  readonly failure: string;
  readonly transient: boolean;
}

/** `data`: those that moved to the thread, which move back. */
export interface RulesAnswer {
  readonly answer: CheckAnswer;
  readonly data: Uint8Array | null;
}

interface Analysis {
  readonly problems: readonly LocatedProblem[];
  readonly results: ResultRules;
  readonly exports: RuleExports;
  readonly known: KnownRules;
  /** Whether the data reach into the paths of rules, so that OPA has to judge them together. */
  readonly overlaps: boolean;
}

async function analyse(check: RuleCheck, stage: Stage): Promise<Analysis & Pick<CheckedRules, "data">> {
  const { data = null, opa } = check;
  const { bytes, moved } = data === null ? { bytes: null, moved: [] } : await givenInTurns(data);
  const asked = { ...check, data: bytes };
  const { answer, data: back } = await askBuildThread("rules", asked, { limitMs: answerLimitMs(opa), moved });
  if ("problems" in answer) return { ...answer, data: asBuffer(back ?? data ?? Buffer.from("{}")) };
  throw new (answer.transient ? TransientFailure : BundleFailure)(stage, answer.failure);
}

/** Rules of one name that each test which tool is called. */
interface PerToolRules {
  /** e.g. "data.acme.refunds.deny" */
  readonly rule: string;
  readonly count: number;
  /** The first of them. */
  readonly file: string;
  readonly line: number;
}

/** OPA compiles to WebAssembly without a rule index, so that every call evaluates all rules of a name, whatever the tool. */
const MAX_PER_NAME = 50;
const MENTION = /\bresource\b/g;
const KEYS: readonly (readonly string[])[] = [
  ["input", "resource", "properties", "tool"],
  ["input", "resource", "id"],
];

/** Rule names under which more than fifty rules test the called tool. Only files that could hold so many are parsed. @throws BundleFailure */
export async function perToolRules(
  opa: OpaCommand,
  folder: string,
  files: readonly SourceFile[],
): Promise<PerToolRules[]> {
  const rego = files.filter(({ path }) => path.endsWith(".rego"));
  const packages = Map.groupBy(rego, ({ bytes }) => /^package\s+(\S+)/m.exec(bytes.toString("utf8"))?.[1] ?? "");
  const found = new Map<string, PerToolRules>();
  for (const together of packages.values()) {
    const mentions = together.map(({ bytes }) => bytes.toString("utf8").match(MENTION)?.length ?? 0);
    if (mentions.reduce((sum, each) => sum + each, 0) <= MAX_PER_NAME) continue;
    for (const { path } of together) await countIn(opa, folder, path, found);
  }
  return [...found.values()].filter(({ count }) => count > MAX_PER_NAME);
}

/** The warning for an operator: why it is slow, and what to do. */
export function perToolRulesWarning({ rule, count, file, line }: PerToolRules): Location {
  const message =
    `${count} rules named ${rule} look at the tool, and every call pays for all of them. ` +
    "Move them into packages sallyport.tools.<server>.<tool>, of which only the one of the called tool is evaluated.";
  return { file, line, message };
}

async function countIn(opa: OpaCommand, folder: string, file: string, found: Map<string, PerToolRules>): Promise<void> {
  const args = ["parse", "--format", "json", "--json-include", "locations", `./${file}`];
  const module = parseJson(await runOpa(opa, args, folder, "compile")) as JsonValue;
  const home = names(member(member(module, "package"), "path")).join(".");
  for (const rule of list(member(module, "rules"))) {
    if (!mentionsKey(member(rule, "body") ?? null)) continue;
    const name = `${home}.${names(member(member(rule, "head"), "ref")).join(".")}`;
    const row = member(member(rule, "location"), "row");
    const known = found.get(name) ?? { rule: name, count: 0, file, line: typeof row === "number" ? row : 1 };
    found.set(name, { ...known, count: known.count + 1 });
  }
}

function mentionsKey(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isJsonObject(value) && value["type"] === "ref") {
    const path = names(value["value"]);
    if (KEYS.some((key) => key.every((name, index) => name === path[index]))) return true;
  }
  return Object.values(value).some((part) => mentionsKey(part));
}

/** The constant names that a reference begins with. */
function names(reference: JsonValue | undefined): string[] {
  return list(reference).map((part) => {
    const value = member(part, "value");
    return typeof value === "string" ? value : "[…]";
  });
}
