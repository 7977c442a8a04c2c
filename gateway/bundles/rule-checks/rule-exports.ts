import type { RuleExports, RulePlace } from "../../domain/ports.ts";
import { type DataPath, type Definition, exportOf } from "./definitions.ts";
import type { ModuleTexts } from "./modules.ts";

/** What a policy cannot be told from is cut: a place is a help, and a bundle of thousands of rules need not carry them all. */
const mostPlaces = 1_000;

/** Which rules give what: for the word of an answer that is malformed. Each file of a rule once, with its first line of that export. */
export function ruleExportsOf(definitions: readonly Definition[], texts: ModuleTexts): RuleExports {
  const places = new Map<string, Map<string, RulePlace>>();
  for (const { path, file } of definitions) {
    const found = exportOf(path);
    if (found === null || file.endsWith("_test.rego")) continue;
    const known = places.get(found.name) ?? new Map<string, RulePlace>();
    places.set(found.name, known);
    const rule = ruleNameOf(found.rule);
    const key = `${rule} ${file}`;
    if (known.has(key) || known.size === mostPlaces) continue;
    known.set(key, { rule, file, line: lineOf(texts[file] ?? "", found.name) });
  }
  return Object.fromEntries([...places].map(([name, known]) => [name, [...known.values()]]));
}

/** As reasons name them: `topic/rule`, and `tools/server/tool`. */
function ruleNameOf([, root = null, ...names]: DataPath): string {
  return root === "rules" ? names.join("/") : [root ?? "", ...names].join("/");
}

/** A syntax tree with its lines would be one more process for each file; a definition begins its line. */
function lineOf(text: string, name: string): number {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => new RegExp(`^${name}\\b`).test(line));
  return at < 0 ? 1 : at + 1;
}
