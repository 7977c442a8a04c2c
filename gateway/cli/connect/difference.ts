/** The lines in which two texts differ, with a sign each, and some lines around them. */
export function differenceText(before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const around = now.slice(Math.max(0, head - context), head);
  const behind = tail === 0 ? [] : now.slice(now.length - tail, now.length - tail + context);
  return [
    ...around.map((line) => `    ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `  - ${line}`),
    ...now.slice(head, now.length - tail).map((line) => `  + ${line}`),
    ...behind.map((line) => `    ${line}`),
  ].join("\n");
}

const context = 2;

function linesOf(text: string): string[] {
  // Tabs would be shown as what they are: control characters.
  return text === ""
    ? []
    : text
        .replace(/\r?\n$/, "")
        .replaceAll("\t", "    ")
        .split(/\r?\n/);
}
