import { setKey } from "../text/digest.ts";
import { type Found, foundAs } from "../text/found.ts";
import { standsInTask, type TaskText } from "../text/task-text.ts";
import type { Words } from "../text/words.ts";

const mostNameWords = 8;
const longestName = 64;

/** How companies end their names, which people leave out: `Fontpool` is `FONTPOOL ApS`. */
const legalForms: ReadonlySet<string> = new Set(
  [
    "gmbh ag kg kgaa ohg ug eg ev mbh se co ltd limited llc llp lp plc inc incorporated corp corporation",
    "bv nv vof sa sas sarl eurl sl slu srl spa snc lda aps as asa ab oy oyj hf sro doo kft zrt bvba pty pte",
  ].flatMap((line) => line.split(" ")),
);

/** The mailbox behind a display name. */
const mailbox = /\s*<[^<>]*>\s*$/;

/** Whether a task has a whole name, as `Dentist` or `Hotell Sagene`; that of a company without its legal form. */
export function isNameOfTask(words: Words, tasks: readonly TaskText[], name: string): boolean {
  if (name.length > longestName) return false;
  words.read(name.replace(mailbox, ""));
  const { count, lo } = words;
  if (count === 0 || count > mostNameWords) return false;
  const end = withoutLegalForm(words);
  for (const task of tasks) if (standsInTask(task, lo, 0, end, false)) return hasLongWord(words, end);
  return false;
}

function withoutLegalForm({ text, start, end, count }: Words): number {
  let last = count;
  while (last > 1 && legalForms.has(text.slice(start[last - 1], end[last - 1]).toLowerCase())) last -= 1;
  return last;
}

function hasLongWord({ text, end }: Words, words: number): boolean {
  return /\p{L}{4}/u.test(text.slice(0, end[words - 1]));
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
