import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BundleFailure, type Location, unreadable } from "./failure.ts";

const RULE_PLACE = /^package\s+sallyport\.(?:rules|tools)\./m;
const EXPORT = /^(?:deny|hide|hold|oblige|permit)\b/m;
const TEST = /^\s*(?:todo_)?test_/m;

/**
 * Rules in a file that is not read because of its name, such as `pen_test.rego`, would be rules that nobody asks.
 * `paths`: all files of the folder. @throws BundleFailure that names every such file
 */
export async function assertRulesAreNamedSo(root: string, paths: readonly string[]): Promise<void> {
  const found: Location[] = [];
  for (const file of paths.filter((path) => /\.rego$/i.test(path)).toSorted()) {
    if (!file.endsWith(".rego")) found.push({ file, line: 1, message: "is not read: its name must end with .rego" });
    else if (file.endsWith("_test.rego") && (await holdsRulesOnly(join(root, file), file)))
      found.push({
        ...{ file, line: 1 },
        message:
          "is not read: _test.rego is how the name of a file of tests ends, and it has a rule and no test. Rename it",
      });
  }
  if (found.length === 0) return;
  throw new BundleFailure("load", found.map(({ file, message }) => `${file}:1: ${message}`).join("\n"), found);
}

async function holdsRulesOnly(path: string, name: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw unreadable(name, error);
  });
  return RULE_PLACE.test(text) && EXPORT.test(text) && !TEST.test(text);
}
