import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const OURS = /^[0-9a-f]{32}\.tar\.gz$/;

/** Removes built archives but the newest `keep`; the active one stays whatever its age. */
export async function pruneArchives(directory: string, activeRevision: string, keep: number): Promise<void> {
  const names = (await readdir(directory)).filter((name) => OURS.test(name) && name !== `${activeRevision}.tar.gz`);
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.at - a.at).slice(keep - 1);
  await Promise.all(old.map(({ name }) => rm(join(directory, name), { force: true })));
}
