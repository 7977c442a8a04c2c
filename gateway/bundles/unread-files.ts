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

/**
 * Looks for rules in files that are not read because of their names, such as `pen_test.rego`: they have no effect. `paths`: the files of a
 * folder or archive that are no sources.
 * @returns rules beside tests, as warnings. @throws BundleFailure that names every file of rules alone
 */
export async function unreadOf(
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
