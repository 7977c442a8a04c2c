import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** All files below a folder, as one text of bytes each, by path. */
export async function filesBelow(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      found.set(path, (await readFile(path)).toString("latin1"));
    }
  return found;
}

/** A text in the forms in which a secret could be read out of it. */
export function readings(text: string): string[] {
  const unescaped = text
    .replace(/\\u00([0-9a-f]{2})/gi, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replaceAll("\\/", "/");
  const decoded = text.replace(/%([0-9a-f]{2})/gi, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  const plain = text.replace(/&#x([0-9a-f]{2});/gi, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return [...new Set([text, unescaped, decoded, plain])];
}

/** What is looked for: the secret itself, the middle of it in base64 whatever stands before it, and hex. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((before) => {
    // Whole groups of three bytes, none of which another byte has a part in.
    const from = (3 - before) % 3;
    const to = from + Math.floor((bytes.length - from) / 3) * 3;
    const middle = bytes.subarray(from, to);
    return [middle.toString("base64"), middle.toString("base64url")];
  });
  return [secret, ...new Set(base64), bytes.toString("hex"), bytes.toString("hex").toUpperCase()];
}

/** The first form of the secret that stands in one of the readings, shortened; null when none does. */
export function foundIn(texts: readonly string[], secret: string): string | null {
  for (const form of formsOf(secret)) if (texts.some((text) => text.includes(form))) return `${form.slice(0, 12)}…`;
  return null;
}
