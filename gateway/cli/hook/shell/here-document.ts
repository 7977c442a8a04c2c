/** A line without its here-documents, so that no quote in one is taken for one of the line's. */
export interface WithoutBodies {
  readonly line: string;
  /** Those that the shell looks through for values. */
  readonly bodies: readonly string[];
  /** Each body has a quoted name (`<<'E'`), so the shell leaves it as it is written, and none begins with `#!`. */
  readonly bodiesAreText: boolean;
}

/** `<<E` and what follows it up to its last line. */
export interface HereDocument {
  /** Behind its first word. */
  readonly ends: number;
  /** The line that ends its body. */
  readonly last: string;
  /** Tabs before lines do not count. */
  readonly skipsTabs: boolean;
  /** Nothing in its body is put in the place of something else. */
  readonly isQuoted: boolean;
  /** By one pair of quotes around a name, which no shell reads in another way. */
  readonly isPlain: boolean;
}

/** Of the `<` at this place; null for any other redirection. */
export function hereDocumentAt(line: string, at: number): HereDocument | "here-string" | null {
  if (line.startsWith("<<<", at)) return "here-string";
  if (!line.startsWith("<<", at)) return null;
  const skipsTabs = line.charAt(at + 2) === "-";
  const word = /[ \t]*((?:\\[^]|'[^']*'|"[^"]*"|[^ \t\n;&|()<>'"\\])+)/y;
  word.lastIndex = at + (skipsTabs ? 3 : 2);
  const name = word.exec(line)?.[1];
  if (name === undefined) return null;
  const last = name.replace(/\\([^])|'([^']*)'|"([^"]*)"/g, (_, one?: string, two?: string, three?: string) =>
    [one, two, three].join(""),
  );
  return { ends: word.lastIndex, last, skipsTabs, isQuoted: last !== name, isPlain: plainName.test(name) };
}

const plainName = /^(?:'\w+'|"\w+")$/;

/** The place behind a body, up to where it was looked for, and whether shells differ about it. */
interface BodyEnd {
  readonly at: number;
  readonly readTo: number;
  readonly isDisputed: boolean;
}

/**
 * Of the body that begins at `from`; the text's end where nothing ends it. Within `$(…)` bash takes `E)` for its last line too, and
 * goes on behind the `E`.
 */
export function endOfBody(text: string, from: number, { last, skipsTabs }: HereDocument, isWithin: boolean): BodyEnd {
  let early: number | undefined;
  for (let at = from; at < text.length;) {
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end === -1 ? text.length : end);
    const bare = skipsTabs ? line.replace(/^\t+/, "") : line;
    const behind = at + line.length;
    if (bare === last) return { at: behind, readTo: behind, isDisputed: early !== undefined };
    if (isWithin && bare.startsWith(last) && bare.includes(")", last.length))
      early ??= behind - bare.length + last.length;
    if (end === -1) break;
    at = end + 1;
  }
  return { at: early ?? text.length, readTo: text.length, isDisputed: false };
}
