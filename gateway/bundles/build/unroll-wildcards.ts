import type { SourceFile } from "../sources.ts";

/** `_denials contains data.sallyport.rules[_][_].deny[_]`: what all rules of the library, whoever wrote them, say. */
const EVERY = /^(\w+) contains data\.sallyport\.rules\[_\]\[_\]\.(\w+)\[_\]$/gm;

const MAIN = "sallyport.main";
const RULES = ["sallyport", "rules"] as const;

/** What does not fit into the place of an "every rule", where lines would get other numbers. */
const MORE = "sallyport/main/every_rule.rego";

/** The topic and the name of a rule as a reference, and all that its files say. */
interface RulePackage {
  readonly at: string;
  readonly text: string;
}

/**
 * The files with each "every rule" of `sallyport.main` written out, package by package. OPA plans the wildcards as loops
 * over packages and data, which cost more than the rules in them; the answer is the same, since the packages are known
 * when a bundle is built and nothing else lies below `data.sallyport.rules`. Where that is not sure, all stays as it is.
 */
export function unrolled(files: readonly SourceFile[]): readonly SourceFile[] {
  const packages = packagesOf(files.filter(({ path }) => path.endsWith(".rego")));
  if (packages === null || files.some(({ path }) => path === MORE) || files.some(mayHoldRules)) return files;
  const more: string[] = [];
  const changed = files.map((file) => {
    const text = textOf(file);
    const written = isMain(file, text) ? text.replace(EVERY, (...found) => firstOf(found, packages, more)) : text;
    return written === text ? file : { ...file, bytes: Buffer.from(written) };
  });
  if (more.length === 0) return changed;
  return [...changed, { path: MORE, bytes: Buffer.from(`package ${MAIN}\n\n${more.join("\n")}\n`) }];
}

/** The line for the first package that says it; those for all others go to `more`. */
function firstOf([line, set, said]: readonly string[], packages: readonly RulePackage[], more: string[]): string {
  const [first, ...others] = packages
    .filter(({ text }) => new RegExp(`\\b${said}\\b`).test(text))
    .map(({ at }) => `${set} contains data.sallyport.rules${at}.${said}[_]`);
  more.push(...others);
  return first ?? (line as string);
}

/** Inside a raw string a line is no rule; the first one of a file cannot begin in a comment. */
function isMain({ path }: SourceFile, text: string): boolean {
  if (!path.endsWith(".rego") || packageOf(text)?.join(".") !== MAIN) return false;
  return !text.split("\n").some((line) => line.includes("`") && !/^\s*#/.test(line));
}

/** The packages below `sallyport.rules`; null when one of them, or one above, could hold rules in another way. */
function packagesOf(rego: readonly SourceFile[]): readonly RulePackage[] | null {
  const texts = new Map<string, string>();
  for (const file of rego) {
    const text = textOf(file);
    const path = packageOf(text);
    if (path === null) return null;
    if (!RULES.every((name, index) => path.length <= index || path[index] === name)) continue;
    const [topic, rule] = path.slice(RULES.length);
    if (topic !== undefined && rule !== undefined) {
      const at = `["${topic}"]["${rule}"]`;
      texts.set(at, `${texts.get(at) ?? ""}\n${text}`);
    } else if (hasRules(text)) return null;
  }
  return [...texts].map(([at, text]) => ({ at, text }));
}

/** The first statement of every module; null for one that is written in an unusual way. */
function packageOf(text: string): readonly string[] | null {
  const path = /^(?:[ \t]*(?:#.*)?\r?\n)*package[ \t]+(\w+(?:\.\w+)*)[ \t]*(?:#.*)?\r?$/m.exec(text);
  return path?.index === 0 ? (path[1] as string).split(".") : null;
}

/** Anything but comments, the package and imports. */
function hasRules(text: string): boolean {
  return text.split("\n").some((line) => !/^\s*(?:#|package\b|import\b|$)/.test(line));
}

/** Whether a file of data may put something below `data.sallyport.rules`; where it lies is where its content goes. */
function mayHoldRules({ path, bytes }: SourceFile): boolean {
  if (!/(?:^|\/)data\.(?:json|ya?ml)$/.test(path)) return false;
  const folders = path.split("/").slice(0, -1);
  if (!folders.every((name, index) => index >= RULES.length || name === RULES[index])) return false;
  // A name can be written with escapes, or in UTF-16.
  return folders.length >= RULES.length || /rules|[\\\0]/.test(bytes.toString("latin1"));
}

function textOf({ bytes }: SourceFile): string {
  return bytes.toString("utf8");
}
