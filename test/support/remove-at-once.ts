import { renameSync, rmSync } from "node:fs";

/**
 * Removes a folder that somebody may be writing in. Removed entry by entry, one that is made meanwhile ends the removal
 * halfway with ENOTEMPTY.
 */
export function removeAtOnce(folder: string): void {
  const aside = `${folder}.removed`;
  renameSync(folder, aside);
  rmSync(aside, { recursive: true });
}
