import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";

const library = fileURLToPath(new URL("../../rego", import.meta.url));

/** A copy of the policy library that a test may edit. */
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

export async function copyPolicy(into: string): Promise<PolicyCopy> {
  const dir = join(into, "rego");
  await cp(library, dir, { recursive: true });
  return policyCopy(dir);
}

/** For tests about what a session has read: private data never leaves, and nobody is asked about it. */
export async function denyChains(copy: PolicyCopy): Promise<void> {
  await copy.addData("provenance", { rules: { chain: "deny" } });
  await copy.dropGoldenCases();
}

function policyCopy(dir: string): PolicyCopy {
  const file = (path: string) => join(dir, path);
  const read = (path: string) => readFile(file(path), "utf8");
  const write = (path: string, text: string) => writeFile(file(path), text);
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
      await write(path, stringify(merged(parse(await read(path)), more)));
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
