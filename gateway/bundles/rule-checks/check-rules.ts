import { Worker } from "node:worker_threads";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { BundleFailure, type Location, type Stage, TransientFailure } from "../failure.ts";
import { type OpaCommand, runOpa } from "../build/opa.ts";
import type { SourceFile } from "../sources.ts";
import type { OptionalData, Problem } from "./problems.ts";
import { list, member, type ModuleTexts } from "./modules.ts";

export interface RuleCheck {
  readonly opa: OpaCommand;
  /** The built bundle; its data is looked at, and its modules where `modules` is null. */
  readonly archive: string;
  /** As their authors wrote them. */
  readonly modules: ModuleTexts | null;
  readonly optional: readonly OptionalData[];
}

export type LocatedProblem = Location & Pick<Problem, "severity">;

/**
 * Finds rules that nobody asks, references to data that is nowhere, and exports that have no effect. On a thread of its
 * own: syntax trees and data are megabytes of JSON, and requests are being answered meanwhile.
 * @returns the warnings
 * @throws BundleFailure that names every error
 */
export async function checkRules(check: RuleCheck, stage: Stage): Promise<readonly Location[]> {
  const found = await analyse(check, stage);
  const [errors, warnings] = (["error", "warning"] as const).map((severity) =>
    found
      .filter((problem) => problem.severity === severity)
      .map(({ file, line, message }) => ({ file, line, message })),
  );
  if (errors !== undefined && errors.length > 0) throw new BundleFailure(stage, errors.map(asLine).join("\n"), errors);
  return warnings ?? [];
}

export function asLine({ file, line, message }: Location): string {
  return `${file}:${line}: ${message}`;
}

/** What the thread says: an error would lose its class on the way. */
export type CheckAnswer =
  { readonly problems: readonly LocatedProblem[] } | { readonly failure: string; readonly transient: boolean };

function analyse(check: RuleCheck, stage: Stage): Promise<readonly LocatedProblem[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./check-rules-worker.ts", import.meta.url), { workerData: check });
    worker.once("message", (answer: CheckAnswer) => {
      if ("problems" in answer) resolve(answer.problems);
      else reject(new (answer.transient ? TransientFailure : BundleFailure)(stage, answer.failure));
    });
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that checks the rules ended without an answer")));
  });
}

/** Rules of one name that each ask for the tool. */
interface KeyedRules {
  /** e.g. "data.acme.refunds.deny" */
  readonly rule: string;
  readonly count: number;
  /** The first of them. */
  readonly file: string;
  readonly line: number;
}

/** OPA compiles to WebAssembly without an index of rules: every one of a name is asked, whatever tool is called. */
const MOST = 50;
const MENTION = /\bresource\b/g;
const KEYS: readonly (readonly string[])[] = [
  ["input", "resource", "properties", "tool"],
  ["input", "resource", "id"],
];

/** Names under which more than fifty rules look at the tool that is called. Only files that could hold so many are parsed. @throws BundleFailure */
export async function keyedRules(opa: OpaCommand, folder: string, files: readonly SourceFile[]): Promise<KeyedRules[]> {
  const rego = files.filter(({ path }) => path.endsWith(".rego"));
  const packages = Map.groupBy(rego, ({ bytes }) => /^package\s+(\S+)/m.exec(bytes.toString("utf8"))?.[1] ?? "");
  const found = new Map<string, KeyedRules>();
  for (const together of packages.values()) {
    const mentions = together.map(({ bytes }) => bytes.toString("utf8").match(MENTION)?.length ?? 0);
    if (mentions.reduce((sum, each) => sum + each, 0) <= MOST) continue;
    for (const { path } of together) await countIn(opa, folder, path, found);
  }
  return [...found.values()].filter(({ count }) => count > MOST);
}

/** For people: what is slow about it and what to do. */
export function keyedRulesWarning({ rule, count, file, line }: KeyedRules): string {
  return (
    `${file}:${line}: ${count} rules named ${rule} look at the tool, and every call pays for all of them. ` +
    "Move them into packages sallyport.tools.<server>.<tool>, of which only the called one is asked."
  );
}

async function countIn(opa: OpaCommand, folder: string, file: string, found: Map<string, KeyedRules>): Promise<void> {
  const args = ["parse", "--format", "json", "--json-include", "locations", `./${file}`];
  const module = JSON.parse(await runOpa(opa, args, folder, "compile")) as JsonValue;
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
