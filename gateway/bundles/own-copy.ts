import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { BundleFailure, unreadable } from "./failure.ts";

/** No bundle that may be unpacked is packed into more. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Hands `work` a copy of the file, under the same name, that nobody else writes: what opa reads of an archive afterwards is
 * then what was verified and loaded.
 * @throws BundleFailure when the file cannot be read or is larger than a bundle could be
 */
export async function withOwnCopy<Result>(file: string, work: (copy: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-bundle-"));
  try {
    const copy = join(folder, basename(file));
    await copyInto(file, copy);
    return await work(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyInto(file: string, copy: string): Promise<void> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new BundleFailure("load", `the bundle archive has more than ${MOST_BYTES} bytes`);
    await copyFile(file, copy);
  } catch (error) {
    throw error instanceof BundleFailure ? error : unreadable("the bundle archive", error);
  }
}
