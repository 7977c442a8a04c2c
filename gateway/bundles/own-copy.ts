import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { BundleFailure } from "./failure.ts";

/**
 * Hands `work` a copy of the file, under the same name, that nobody else writes: what opa reads of an archive afterwards is
 * then what was verified and loaded.
 * @throws BundleFailure when the file cannot be read
 */
export async function withOwnCopy<Result>(file: string, work: (copy: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-bundle-"));
  try {
    const copy = join(folder, basename(file));
    await copyFile(file, copy).catch((error: unknown) => {
      throw unreadable(error);
    });
    return await work(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The operating system's word for it, without the path: whoever reads this may not know the machine. */
export function unreadable(error: unknown): BundleFailure {
  const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  return new BundleFailure("load", `the bundle archive cannot be read: ${why}`, [], error);
}
