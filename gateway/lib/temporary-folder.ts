import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";

/** After a program was ended, it may still write for a moment. */
const removal = { recursive: true, force: true, maxRetries: 5 } as const;

const key = "sallyport:temporary-folders";
/** Part of the name of each folder, the same in all threads of a process. The number of a process alone may be given once more. */
const mark = (getEnvironmentData(key) as string | undefined) ?? `${process.pid}-${performance.timeOrigin}`;
setEnvironmentData(key, mark);

/**
 * Works in a folder of its own, which is removed afterwards, also after a failure. `name` is how the folder's name begins.
 * @param when says when it is removed, if not at once
 */
export async function inTemporaryFolder<Result>(
  name: string,
  work: (folder: string) => Promise<Result>,
  when: (remove: () => Promise<void>) => unknown = (remove) => remove(),
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), `${name}${mark}-`));
  try {
    return await work(folder);
  } finally {
    await when(() => rm(folder, removal));
  }
}

/** For a process that a signal ends in the midst of work: removes every folder that one of its threads works in. */
export function removeTemporaryFolders(): void {
  for (const name of readdirSync(tmpdir())) if (name.includes(`${mark}-`)) rmSync(join(tmpdir(), name), removal);
}
