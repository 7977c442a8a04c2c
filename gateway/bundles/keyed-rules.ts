import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { type OpaCommand, runOpa } from "./run-opa.ts";
import type { SourceFile } from "./sources.ts";

/** Rules of one name that each ask for the tool. */
export interface KeyedRules {
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

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return value !== undefined && isJsonObject(value) ? value[name] : undefined;
}
