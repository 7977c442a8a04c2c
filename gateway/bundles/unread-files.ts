import { asLine, BundleFailure, type Location } from "./failure.ts";
import { RULE_EXPORTS } from "./rule-checks/malformed-elements.ts";

/** Files that are read at once. */
export const READ_TOGETHER = 16;

const RULE_PLACE = /^package\s+sallyport\.(?:rules|tools)\./m;
const EXPORT = new RegExp(`^(${RULE_EXPORTS.join("|")})\\b`, "gm");
/** A package of another project, unless it is named as one of tests, and what such projects call their decisions. */
const FOREIGN_PLACE = /^package\s+(?!sallyport\b)(?!\S*_test\b)\S/m;
const FOREIGN_DECISION = /^(?:default\s+)?(allow|deny|violation|warn)\b/gm;
const TEST = /^\s*(?:todo_)?test_/m;

/** What a file that is not read looks as if it held. */
interface Unread extends Location {
  /** Whether the policy is refused: it would be another one than its author sees. */
  readonly isRefused: boolean;
}

/** The files of a folder or archive. */
interface ListedFiles {
  readonly sources: readonly string[];
  readonly others: readonly string[];
}

/** Findings of one kind: a folder may hold thousands of files that belong to something else. */
const MAX_REPORTED = 100;

/**
 * Looks for rules and data in files that are not read because of their names, such as `pen_test.rego`: they have no effect.
 * @returns rules beside tests, and data, as warnings. @throws BundleFailure that names every file of rules alone
 */
export async function unreadOf(
  { sources, others }: ListedFiles,
  textOf: (path: string) => string | Promise<string>,
): Promise<Location[]> {
  return [...(await unreadRules(others, textOf)), ...unreadData(sources, others)];
}

async function unreadRules(
  paths: readonly string[],
  textOf: (path: string) => string | Promise<string>,
): Promise<Location[]> {
  const named = paths.filter((path) => /\.rego$/i.test(path)).toSorted();
  const found: Unread[] = [];
  for (let from = 0; from < named.length; from += READ_TOGETHER) {
    const together = named.slice(from, from + READ_TOGETHER).map((file) => unreadIn(file, textOf));
    for (const each of await Promise.allSettled(together)) {
      if (each.status === "rejected") throw each.reason;
      found.push(...each.value);
    }
  }
  const { refused = [], warned = [] } = Object.groupBy(found, ({ isRefused }) => (isRefused ? "refused" : "warned"));
  if (refused.length > 0) throw new BundleFailure("load", refused.map(asLine).join("\n"), refused.map(place));
  return warned.map(place);
}

/** Files of data by the end of their names, but for inputs that people give to opa beside a rule. */
const DATA = /(?:^|\/)(?!input\.)[^/]+\.(?:json|ya?ml)$/i;

/** Below `sallyport`, and beside what is read. Elsewhere, and directly in the folder, lie files of other programs too. */
function unreadData(sources: readonly string[], others: readonly string[]): Location[] {
  const folders = new Set(sources.map(folderOf).filter((folder) => !["", "golden", "schemas"].includes(folder)));
  const isHidden = (path: string): boolean => /(?:^|\/)\./.test(path);
  const found = others.filter(
    (path) => DATA.test(path) && !isHidden(path) && (path.startsWith("sallyport/") || folders.has(folderOf(path))),
  );
  return found
    .toSorted()
    .slice(0, MAX_REPORTED)
    .map((file) => {
      const at = ["data", ...folderOf(file).split("/")].join(".");
      const message = `is not read: data lie in files named data.yaml or data.json. Under such a name it is ${at}`;
      return { file, line: 1, message };
    });
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

function place({ file, line, message }: Unread): Location {
  return { file, line, message };
}

async function unreadIn(file: string, textOf: (path: string) => string | Promise<string>): Promise<Unread[]> {
  if (!file.endsWith(".rego"))
    return [{ file, line: 1, message: "is not read: its name must end with .rego", isRefused: true }];
  const text = await textOf(file);
  const rules = rulesIn(text);
  if (rules.length === 0) return [];
  if (!TEST.test(text)) return [{ file, line: 1, message: onlyRules, isRefused: true }];
  return rules.map(({ name, line }) => ({ file, line, message: besideTests(name), isRefused: false }));
}

const onlyRules =
  "is not read: _test.rego is how the name of a file of tests ends, and it has a rule and no test. Rename it";

function besideTests(name: string): string {
  return `${name} is not part of the policy: files with a name that ends with _test.rego are not read. Move the rule to another file`;
}

/** What of a module a policy would be asked for, if its file were read. */
function rulesIn(text: string): { readonly name: string; readonly line: number }[] {
  const names = RULE_PLACE.test(text) ? EXPORT : FOREIGN_PLACE.test(text) ? FOREIGN_DECISION : null;
  if (names === null) return [];
  return [...text.matchAll(names)].map(({ 1: name = "", index }) => ({
    name,
    line: text.slice(0, index).split("\n").length,
  }));
}
