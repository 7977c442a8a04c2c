import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isAlive } from "./is-alive.mjs";
import { tools } from "./places.mjs";

/**
 * Makes a file or folder under a name of its own and renames it into place when it is complete: other processes see the
 * old one or the new one, and an interruption leaves the old one.
 * @param {string} target
 * @param {(draft: string) => Promise<void>} make
 */
export async function putInPlace(target, make) {
  const drafts = join(tools, "drafts");
  const draft = join(drafts, `${basename(target)}.${process.pid}`);
  const replaced = `${draft}.old`;
  mkdirSync(drafts, { recursive: true });
  removeAbandoned(drafts);
  mkdirSync(dirname(target), { recursive: true });
  try {
    await make(draft);
    if (existsSync(target)) renameSync(target, replaced);
    renameSync(draft, target);
  } finally {
    for (const rest of [draft, replaced]) rmSync(rest, { recursive: true, force: true });
  }
}

/** Removes what an interrupted set-up left incomplete. @param {string} drafts */
function removeAbandoned(drafts) {
  for (const name of readdirSync(drafts)) {
    const pid = Number(/\.(\d+)(\.old)?$/.exec(name)?.[1]);
    if (!isAlive(pid)) rmSync(join(drafts, name), { recursive: true, force: true });
  }
}
