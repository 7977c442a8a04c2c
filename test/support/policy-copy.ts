import { createHash, randomUUID } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";

/** The policy library, without any site's data. */
export const library = fileURLToPath(new URL("../../rego", import.meta.url));
/** The demonstration's layer: its data and golden cases. */
export const demoPolicy = fileURLToPath(new URL("../../demo/policy", import.meta.url));
/** One golden case of the demonstration, by its name. */
export const goldenFile = (name: string): string => join(demoPolicy, "golden", `${name}.json`);

/** A copy of the policy library with the demonstration's layer, in one folder that a test may edit. */
export interface PolicyCopy {
  readonly dir: string;
  file(path: string): string;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** A file in a folder of its own. */
  writeNew(path: string, text: string): Promise<void>;
  /** For tests that turn the policy into one its own golden cases would refuse to activate. */
  dropGoldenCases(): Promise<void>;
  /** Adds to one of the library's data documents, e.g. `catalog`. */
  addData(document: string, more: object): Promise<void>;
}

export function copyPolicy(into: string): PolicyCopy {
  const dir = join(into, "rego");
  cpSync(library, dir, { recursive: true });
  for (const path of filesBelow(demoPolicy)) addFile(join(dir, path), readFileSync(join(demoPolicy, path), "utf8"));
  return policyCopy(dir);
}

function filesBelow(dir: string): string[] {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => relative(dir, join(parentPath, name))).toSorted();
}

/** A file of the library that says nothing is replaced; the lines of any other stay, and the demonstration's follow. */
function addFile(path: string, text: string): void {
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, before.endsWith("\n{}\n") ? text : before + text);
}

/** A copy for tests that only read it: one folder for all processes, named by what is in it. */
export function readOnlyPolicy(): string {
  const making = mkdtempSync(join(tmpdir(), "sallyport-policy-"));
  const { dir } = copyPolicy(making);
  const place = join(tmpdir(), `sallyport-test-policy-${digestOf(dir)}`);
  try {
    renameSync(dir, place);
  } catch {
    // Another process, or an earlier run, has made the same.
  }
  rmSync(making, { recursive: true, force: true });
  return place;
}

function digestOf(dir: string): string {
  const digest = createHash("sha256");
  for (const path of filesBelow(dir)) digest.update(`${path}\n`).update(readFileSync(join(dir, path)));
  return digest.digest("hex").slice(0, 16);
}

/** For tests about what a session has read: private data never leaves, and nobody is asked about it. */
export async function denyChains(copy: PolicyCopy): Promise<void> {
  await copy.addData("provenance", { rules: { chain: "deny" } });
  await copy.dropGoldenCases();
}

function policyCopy(dir: string): PolicyCopy {
  const file = (path: string) => join(dir, path);
  const read = (path: string) => readFile(file(path), "utf8");
  // In one step: a gateway that watches would judge by a file that is still empty, and on a busy machine a test would take that for its edit.
  const write = async (path: string, text: string) => {
    const made = join(dirname(file(path)), `.${randomUUID()}`);
    await writeFile(made, text);
    await rename(made, file(path));
  };
  return {
    dir,
    file,
    read,
    write,
    async writeNew(path, text) {
      await mkdir(dirname(file(path)), { recursive: true });
      await write(path, text);
    },
    dropGoldenCases: () => rm(file("golden"), { recursive: true, force: true }),
    async addData(document, more) {
      const path = `sallyport/${document}/data.yaml`;
      await write(path, stringify(merged(parse(await read(path)), more), { aliasDuplicateObjects: false }));
    },
  };
}

function merged(base: unknown, more: unknown): unknown {
  if (!isMapping(base) || !isMapping(more)) return more;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(more)) result[key] = merged(base[key], value);
  return result;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
