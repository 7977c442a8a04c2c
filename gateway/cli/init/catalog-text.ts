import type { DescribedTool } from "./described-tool.ts";
import { inferFacts } from "./infer-facts.ts";

/** The lines of a server's tools in `catalog/data.yaml`. */
export function catalogLines(tools: readonly DescribedTool[], indent = 2): string[] {
  return tools.map((tool) => `${" ".repeat(indent)}${catalogLine(tool)}`);
}

/** What is said of tools that have no line. */
export function unnamedLine(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.map(yamlKey).map((name) => (name.length > 60 ? `${name.slice(0, 60)}…` : name));
  return [
    `left out, since no call can name them: ${shown.join(", ")}; a name of a tool is 1 to 128 visible ASCII characters`,
  ];
}

const asked = ["sensitivity", "reversible", "mutates", "sink"] as const;

function catalogLine(tool: DescribedTool): string {
  const facts = inferFacts(tool);
  const known = asked.filter((name) => facts[name] !== undefined);
  const unknown = asked.filter((name) => facts[name] === undefined);
  const value = known.map((name) => `${name}: ${String(facts[name])}`).join(", ");
  const rest = unknown.length === 0 ? "" : `; unknown, so the worst: ${unknown.join(", ")}`;
  return `${yamlKey(tool.name)}: { ${value} } # inferred: check${rest}`;
}

/** Words that YAML 1.1 or 1.2 reads as something else than text. */
const notText = /^(?:y|n|yes|no|on|off|true|false|null|~)$/i;

/** A name as a key of a mapping: plain where nobody can misread it, else in quotes with everything unusual escaped. */
export function yamlKey(name: string): string {
  if (/^[A-Za-z_][\w.-]*$/.test(name) && !notText.test(name)) return name;
  return JSON.stringify(name).replace(/[^\x20-\x7e]/gu, escaped);
}

function escaped(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
}
