/** Characters of a revision that are enough to name it. */
const shortest = 8;

/** Whether `wanted` is the beginning of this revision, and enough of it. */
export function beginsRevision(wanted: string, revision: string): boolean {
  return wanted.length >= shortest && revision.startsWith(wanted);
}
