import { constants } from "node:fs";
import { copyFile, mkdir, open, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { archiveDigest } from "../bundles/archive/archive.ts";
import { servedSource } from "../bundles/layers/policy-source.ts";

/** The archives of one bundle: the one that was downloaded last, which is a source of the policy, and the one that is active. */
export class BundleFiles {
  readonly downloaded: string;
  /** As OPA names it in its persistence directory. */
  readonly kept: string;

  constructor(bundle: { readonly name: string; readonly folder: string }) {
    this.downloaded = servedSource(bundle).path;
    this.kept = join(bundle.folder, "bundle.tar.gz");
  }

  /**
   * Before the first download: what was active when the gateway was stopped is the source, or nothing.
   * @returns when it was confirmed last, in milliseconds since the epoch; null: there is nothing
   */
  async open(persist: boolean): Promise<number | null> {
    await mkdir(dirname(this.kept), { recursive: true, mode: 0o700 });
    await rm(this.downloaded, { force: true });
    if (!persist) await rm(this.kept, { recursive: true, force: true });
    const found = await stat(this.kept).catch(absent);
    if (found === null) return null;
    await this.restore();
    return found.mtimeMs;
  }

  /** Writes an archive beside the source. @returns where */
  async write(bytes: Buffer): Promise<string> {
    const arrived = `${this.downloaded}.arrived`;
    await writeDurably(arrived, bytes);
    return arrived;
  }

  /** Makes the archive that was written the source. */
  put(arrived: string): Promise<void> {
    return rename(arrived, this.downloaded);
  }

  /** Keeps the source for a start without the server. @throws Error unless it has this digest */
  async keep(digest: string): Promise<void> {
    const partial = `${this.kept}.partial`;
    await copyInto(this.downloaded, partial);
    if ((await archiveDigest(partial)) !== digest) throw new Error("another bundle has been downloaded meanwhile");
    await rename(partial, this.kept);
  }

  /** Makes what is kept the source again. */
  async restore(): Promise<void> {
    const partial = `${this.downloaded}.arrived`;
    await copyInto(this.kept, partial);
    await this.put(partial);
  }

  /** No bundle is the source. */
  forget(): Promise<void> {
    return rm(this.downloaded, { force: true });
  }

  /** `at`: when the server last said that what is kept is its newest, in milliseconds since the epoch. */
  confirm(at: number): Promise<void> {
    return utimes(this.kept, at / 1_000, at / 1_000);
  }
}

function absent(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
  throw error;
}

async function copyInto(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, "r+");
  await file.sync().finally(() => file.close());
}

async function writeDurably(to: string, bytes: Buffer): Promise<void> {
  const file = await open(to, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
