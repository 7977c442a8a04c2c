import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SourceFile, Sources } from "../sources.ts";

/** Writes the files below a new folder, as OPA reads them. */
export async function writeSources(files: readonly SourceFile[], directory: string): Promise<void> {
  await mkdir(directory);
  for (const { path, bytes } of files) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
  }
}

/** The arguments that name the capabilities of a policy, when it has its own. */
export function capabilities({ files }: Sources): string[] {
  // With a slash: OPA would take a bare name for one of its versions.
  return files.some(({ path }) => path === "capabilities.json") ? ["--capabilities", "./capabilities.json"] : [];
}
