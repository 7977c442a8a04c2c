import { setKey } from "../text/digest.ts";
import { type Found, foundAs } from "../text/found.ts";
import { standsInTask, type TaskText } from "../text/task-text.ts";
import type { Words } from "../text/words/words.ts";

const mostNameWords = 8;
const longestName = 64;

/** Whether a task has a whole name, as `Dentist` or `Hotell Sagene`. */
export function isNameOfTask(words: Words, tasks: readonly TaskText[], name: string): boolean {
  if (name.length > longestName) return false;
  words.read(name);
  const { count, lo } = words;
  if (count === 0 || count > mostNameWords) return false;
  for (const task of tasks) if (standsInTask(task, lo, 0, count, false)) return /\p{L}{4}/u.test(name);
  return false;
}

/** Whether a task has an address of those that were found from the digest with the number `from` on. */
export function hasAddressOfTask(found: Found, from: number, tasks: readonly TaskText[]): boolean {
  for (let at = from; at < found.count; at += 1) {
    if (found.as[at] !== foundAs.address) continue;
    const key = setKey(found.hi[at] as number, found.lo[at] as number);
    if (tasks.some(({ addresses }) => addresses.has(key))) return true;
  }
  return false;
}
