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
  readonly #arrived: string;

  constructor(bundle: { readonly name: string; readonly folder: string }) {
    this.downloaded = servedSource(bundle).path;
    this.kept = join(bundle.folder, "bundle.tar.gz");
    this.#arrived = `${this.downloaded}.arrived`;
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
    return Math.floor(found.mtimeMs);
  }

  /** Makes an archive the source if `inspect` takes it; of any other one nothing stays on disk. */
  put<Found>(bytes: Buffer, inspect: (file: string) => Promise<Found>): Promise<Found> {
    return replaced(this.downloaded, this.#arrived, async (aside) => {
      await writeDurably(aside, bytes);
      return inspect(aside);
    });
  }

  /** Keeps the source for a start without the server. @throws Error unless it has this digest */
  keep(digest: string): Promise<void> {
    return replaced(this.kept, `${this.kept}.partial`, async (aside) => {
      await copyInto(this.downloaded, aside);
      if ((await archiveDigest(aside)) !== digest) throw new Error("another bundle has been downloaded meanwhile");
    });
  }

  /** Makes what is kept the source again. */
  restore(): Promise<void> {
    return replaced(this.downloaded, this.#arrived, (aside) => copyInto(this.kept, aside));
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

/** Replaces `file` in one step by what `fill` writes aside; of what fails nothing stays. */
async function replaced<Found>(file: string, aside: string, fill: (aside: string) => Promise<Found>): Promise<Found> {
  try {
    const found = await fill(aside);
    await rename(aside, file);
    return found;
  } finally {
    await rm(aside, { force: true });
  }
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
