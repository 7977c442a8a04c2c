/** A word as the shell of a person takes it: as one word, with nothing in it that the shell would do. */
export function shellWord(text: string, isWindows = false): string {
  if (/^[\w@%+=:,./~-]+$/.test(text)) return text;
  return isWindows ? `"${text.replaceAll('"', '""')}"` : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** To paste into a shell. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => shellWord(word)).join(" ");
}
