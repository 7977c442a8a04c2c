import type { SourceFile } from "../sources.ts";

/** A statement that collects one export of all rules: `_denials contains data.sallyport.rules[_][_].deny[_]`. */
const EVERY = /^(\w+) contains data\.sallyport\.rules\[_\]\[_\]\.(\w+)\[_\]$/gm;

/** What no package exports. OPA plans a wildcard as a walk over each package, in one function that takes V8 seconds to compile. */
const NOTHING = "set()[_]";

const MAIN = "sallyport.main";
const RULES = ["sallyport", "rules"] as const;

/** The file for all statements but the first, which replaces the original without changing line numbers. */
const MORE = "sallyport/main/every_rule.rego";

/** A rule package: topic and name as a reference, and the text of all its files. */
interface RulePackage {
  readonly at: string;
  readonly text: string;
}

/**
 * The files with each wildcard statement of `sallyport.main` replaced by one statement for each package. OPA plans wildcards
 * as loops over packages and data, which cost more than the rules themselves. The answer stays the same, since the packages
 * are known at build time and nothing else lies below `data.sallyport.rules`; when that is uncertain, nothing is replaced.
 */
export function unrollWildcards(files: readonly SourceFile[]): readonly SourceFile[] {
  const packages = packagesOf(files.filter(({ path }) => path.endsWith(".rego")));
  if (packages === null || files.some(({ path }) => path === MORE) || files.some(mayHoldRules)) return files;
  const mayBeEmpty = !mayBeReplaced(files);
  const more: string[] = [];
  const changed = files.map((file) => {
    // Data may be large, and this thread serves requests.
    if (!file.path.endsWith(".rego")) return file;
    const text = textOf(file);
    const written = isMain(text)
      ? text.replace(EVERY, (...found) => firstOf(found, packages, more) ?? withNone(found, mayBeEmpty))
      : text;
    return written === text ? file : { ...file, bytes: Buffer.from(written) };
  });
  if (more.length === 0) return changed;
  return [...changed, { path: MORE, bytes: Buffer.from(`package ${MAIN}\n\n${more.join("\n")}\n`) }];
}

/** The statement for the first package with the export; those for the other packages go to `more`. Null: no package has it. */
function firstOf([, set, said]: readonly string[], packages: readonly RulePackage[], more: string[]): string | null {
  const [first, ...others] = packages
    .filter(({ text }) => new RegExp(`\\b${said}\\b`).test(text))
    .map(({ at }) => `${set} contains data.sallyport.rules${at}.${said}[_]`);
  more.push(...others);
  return first ?? null;
}

/** The statement where no package has the export. */
function withNone([line = "", set]: readonly string[], mayBeEmpty: boolean): string {
  return mayBeEmpty ? `${set} contains ${NOTHING}` : line;
}

/**
 * Whether some rule may evaluate another with other rules in place of those of the policy (`with data.sallyport.rules as …`): a wildcard
 * finds them, and an empty set does not. Only another input is known to be none.
 */
export function mayBeReplaced(files: readonly SourceFile[]): boolean {
  const asks = /\bwith\b(?!\s+input\b)/;
  const texts = files.filter(({ path }) => path.endsWith(".rego")).map(textOf);
  // Most modules do not have the word.
  return texts.some((text) => asks.test(text) && asks.test(codeOf(text)));
}

/** The module without comments and texts, as far as that is certain; as it is where a text may go on over lines, or have code in it. */
export function codeOf(text: string): string {
  const lines = text.split("\n").map((line) => (/^\s*#/.test(line) ? "" : withoutTexts(line)));
  const isOpen = (line: string): boolean => line.split("`").length % 2 === 0 || /\$["`]/.test(line);
  return lines.some(isOpen) ? text : lines.join("\n");
}

function withoutTexts(line: string): string {
  return line.includes("`") ? line : line.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/#.*/, "");
}

/** Whether the file belongs to `sallyport.main` and has no raw string, in which a line could look like a statement. */
function isMain(text: string): boolean {
  if (packageOf(text)?.join(".") !== MAIN) return false;
  return !text.split("\n").some((line) => line.includes("`") && !/^\s*#/.test(line));
}

/** The packages below `sallyport.rules`; null when a package above or between could define rules there too. */
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

/** The package of a module; null when its package statement is written in an unusual way. */
export function packageOf(text: string): readonly string[] | null {
  const path = /^(?:[ \t]*(?:#.*)?\r?\n)*package[ \t]+(\w+(?:\.\w+)*)[ \t]*(?:#.*)?\r?$/m.exec(text);
  return path?.index === 0 ? (path[1] as string).split(".") : null;
}

/** Of lines that hold nothing else: OPA needs no line end between an import, or a package, and a rule. */
const NO_RULE = /^(?:package\s+[\w.]+|import\s+[\w.]+(?:\s+as\s+\w+)?)?(?:\s*#.*)?$/;

/** Whether a module may have more than comments, its package and imports. */
export function hasRules(text: string): boolean {
  return text.split("\n").some((line) => !NO_RULE.test(line.trim()));
}

/** Whether a data file may define something below `data.sallyport.rules`; its folder is its path in `data`. */
function mayHoldRules({ path, bytes }: SourceFile): boolean {
  if (!/(?:^|\/)data\.(?:json|ya?ml)$/.test(path)) return false;
  const folders = path.split("/").slice(0, -1);
  if (!folders.every((name, index) => index >= RULES.length || name === RULES[index])) return false;
  // A name can be written with escapes, or in UTF-16.
  return folders.length >= RULES.length || ["rules", "\\", "\0"].some((part) => bytes.includes(part));
}

export function textOf({ bytes }: SourceFile): string {
  return bytes.toString("utf8");
}
