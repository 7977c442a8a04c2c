import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SourceFile, Sources } from "../sources.ts";

/** Files that are written at once. */
const WRITTEN_TOGETHER = 16;

/** Writes the files below a new folder, as OPA reads them. */
export async function writeSources(files: readonly SourceFile[], directory: string): Promise<void> {
  await mkdir(directory);
  const folders = new Set(files.map(({ path }) => dirname(join(directory, path))));
  await inGroups([...folders], (folder) => mkdir(folder, { recursive: true }));
  await inGroups(files, ({ path, bytes }) => writeFile(join(directory, path), bytes));
}

/** @throws what the first of them throws, once nothing is written any more */
async function inGroups<Item>(items: readonly Item[], write: (item: Item) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += WRITTEN_TOGETHER) {
    const written = await Promise.allSettled(items.slice(from, from + WRITTEN_TOGETHER).map(write));
    for (const each of written) if (each.status === "rejected") throw each.reason;
  }
}

/** The arguments that name the capabilities of a policy, when it has its own. */
export function capabilities({ files }: Sources): string[] {
  // With a slash: OPA would take a bare name for one of its versions.
  return files.some(({ path }) => path === "capabilities.json") ? ["--capabilities", "./capabilities.json"] : [];
}
