/** Names of the groups of a regular expression in which several groups may have one name, as Go allows. */
export interface RenamedGroups {
  /** The pattern with a name of its own for each group. */
  readonly pattern: string;
  /** The name that stood in the pattern, by the one that took its place. */
  readonly originals: ReadonlyMap<string, string>;
}

/** What is no group although it may look like one (quoted text, escapes, classes), and the beginning of a named group. */
const PART = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|(\(\?P?<)(\w+)>/g;

/** Renames each group whose name an earlier one has. */
export function renameGroups(pattern: string): RenamedGroups {
  const names = new Set(Array.from(pattern.matchAll(/<(\w+)>/g), ([, name]) => name as string));
  const seen = new Set<string>();
  const originals = new Map<string, string>();
  const renamed = pattern.replace(PART, (part: string, open: string | undefined, name = "") => {
    if (open === undefined || !seen.has(name)) {
      if (open !== undefined) seen.add(name);
      return part;
    }
    let other = `${name}_${originals.size}`;
    while (names.has(other)) other += "_";
    names.add(other);
    originals.set(other, name);
    return `${open}${other}>`;
  });
  return { pattern: renamed, originals };
}
