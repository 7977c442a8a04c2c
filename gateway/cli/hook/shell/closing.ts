/** Deeper than that nothing is read. */
const deepest = 8;

/** Place of the parenthesis that closes one before `from`, where those in quotes do not count; -1 when there is none. */
export function closingOutsideQuotes(line: string, from: number, depth = 0): number {
  let open = 0;
  for (let at = from; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === "\\") at += 1;
    else if (char === "(") open += 1;
    else if (char === ")" && open-- === 0) return at;
    else if (char === "'" || char === '"') at = endOfQuotes(line, at, depth);
    if (at === -1) return -1;
  }
  return -1;
}

function endOfQuotes(line: string, from: number, depth: number): number {
  if (line.charAt(from) === "'") return line.indexOf("'", from + 1);
  for (let at = from + 1; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === '"') return at;
    if (char === "\\") at += 1;
    // Quotes within are others than those around it.
    if (char === "$" && line.charAt(at + 1) === "(")
      at = depth >= deepest ? -1 : closingOutsideQuotes(line, at + 2, depth + 1);
    if (at === -1) return -1;
  }
  return -1;
}
