/**
 * The first value of a header in a list as Node has it (`rawHeaders`), by its name in lower case. Node's joined object costs
 * more than all that is asked of it, and hides what was sent twice.
 */
export function firstHeader(raw: readonly string[], name: string): string | undefined {
  for (let at = 0; at < raw.length; at += 2) if (isNamed(raw[at] as string, name)) return raw[at + 1];
  return undefined;
}

/** How often a header was sent, where nothing was dropped or joined yet. */
export function timesSent(raw: readonly string[], name: string): number {
  let count = 0;
  for (let at = 0; at < raw.length; at += 2) if (isNamed(raw[at] as string, name)) count += 1;
  return count;
}

function isNamed(sent: string, name: string): boolean {
  return sent.length === name.length && (sent === name || sent.toLowerCase() === name);
}
