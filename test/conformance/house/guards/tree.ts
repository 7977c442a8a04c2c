import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join, relative, sep } from "node:path";

/** A file of the repository: its path from the root with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export const root = fileURLToPath(new URL("../../../../", import.meta.url));

const made = new Set(["node_modules", ".git", ".tools", ".sallyport", "dist", "coverage", "results"]);
const largestText = 2_000_000;

/** Every text file that is or would be committed. */
export function readTree(): SourceFile[] {
  return (committable() ?? walk(root)).flatMap((path) => readText(path));
}

/** Null where there is no git, as in a downloaded archive. */
function committable(): string[] | null {
  try {
    const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
    const paths = list
      .toString()
      .split("\0")
      .filter((path) => path !== "");
    return paths.length > 0 ? paths : null;
  } catch {
    return null;
  }
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !made.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [relative(root, path).split(sep).join("/")];
    });
}

function readText(path: string): SourceFile[] {
  const file = join(root, path);
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined || !facts.isFile() || facts.size > largestText) return []; // removed, or not yet committed so
  const text = readFileSync(file, "utf8");
  return text.includes("\0") ? [] : [{ path, text }];
}
