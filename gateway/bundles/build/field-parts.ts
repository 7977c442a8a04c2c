import { hash } from "node:crypto";
import { isDataFile, type SourceFile } from "../sources.ts";
import { packageOf, unrollWildcards } from "./unroll-wildcards.ts";

/** Packages of rules in one part: fewer cost more processes, more cost time with their square. */
const PER_PART = 200;

/** A constant name behind `data.sallyport.rules` or `tools`: a module that depends on the package of a rule. */
const NAMES_RULE = /sallyport(?:\.|\[["`])(?:rules|tools)(?:["`]\])?\s*(?:\.|\[\s*["`])/;
/** Another name for where rules are, behind which such a name would not be seen. */
const IMPORTS_ROOT = /^import\s+data(?:\.sallyport(?:\.(?:rules|tools))?)?(?:\s|$)/m;
const UNSEEN = /^(?:package\b|#).*$/gm;

/**
 * The modules of a policy in parts that can be checked against its schemas one by one: each has everything but rules, and some of the rules,
 * so it is a policy of its own with fewer rules. OPA's time for such a check grows with the square of the rules. An edit of a rule
 * changes one part. Null when the policy is small, and when a module names the package of a rule, since it could be in another part.
 *
 * A type error of the whole policy is one of the part with that rule: a rule has the same types in both, and what collects rules finds
 * fewer types in a part, so that nothing is right only there.
 */
export function fieldParts(files: readonly SourceFile[]): readonly (readonly SourceFile[])[] | null {
  const read = files.filter(({ path }) => !isDataFile(path) || path.startsWith("schemas/"));
  const rules = new Map<string, SourceFile[]>();
  const common: SourceFile[] = [];
  for (const file of read) {
    const home = file.path.endsWith(".rego") ? ruleOf(file) : null;
    if (home === null) common.push(file);
    else rules.set(home, [...(rules.get(home) ?? []), file]);
  }
  const wanted = rules.size / PER_PART;
  if (wanted <= 1 || read.some(namesRule)) return null;
  // A power of two: only now and then do other numbers of rules make other parts.
  const count = 2 ** Math.round(Math.log2(wanted));
  const parts = Array.from({ length: count }, (): SourceFile[] => []);
  for (const [home, own] of rules) parts[Number.parseInt(hash("sha256", home).slice(0, 8), 16) % count]?.push(...own);
  return parts.filter((part) => part.length > 0).map((part) => unrollWildcards([...common, ...part]));
}

/** The package of a rule, as `sallyport.rules.<topic>.<rule>`, with what lies below it; null for any other module. */
function ruleOf({ bytes }: SourceFile): string | null {
  const path = packageOf(bytes.toString("utf8")) ?? [];
  const [root, place = "", , rule] = path;
  if (root !== "sallyport" || !["rules", "tools"].includes(place) || rule === undefined) return null;
  return path.slice(0, 4).join(".");
}

function namesRule({ path, bytes }: SourceFile): boolean {
  if (!path.endsWith(".rego")) return false;
  const text = bytes.toString("utf8").replace(UNSEEN, "");
  // A name can be written with escapes.
  return NAMES_RULE.test(text) || IMPORTS_ROOT.test(text) || text.includes("\\u");
}
