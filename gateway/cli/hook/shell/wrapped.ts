import { hostOptions } from "./host-options.ts";
import { namedPlaces, runsCode, senders, takesWords, wrappers } from "./programs.ts";
import { nameOf } from "./program-name.ts";
import type { SimpleCommand, Word } from "./words.ts";

/** What a command starts: from each place at which a program's name may stand, first or behind wrappers, whose options and their values are many. */
export function startsOf(words: SimpleCommand, most: number): readonly SimpleCommand[] {
  const first = words.findIndex(({ text }) => !isAssignment(text));
  const wrapper = words[first];
  if (wrapper === undefined) return [];
  const name = nameOf(wrapper.text);
  if (wrapper.isOpen || !wrappers.has(name)) return [words.slice(first)];
  // `command -v` only says where a program is.
  if (name === "command" && /^-\w*[vV]/.test(words[first + 1]?.text ?? "")) return [];
  const behind = withInput(name, words.slice(first + 1));
  if (name === "find") return foundBy(behind, most);
  // `xargs` alone starts none of the words that it reads.
  const places = placesBehind(name, behind).filter((at) => name === "parallel" || behind[at] !== readWord);
  const attached = behind.flatMap((word, at) => attachedTo(word).map((one) => [at, one] as const));
  // More places than a command has that somebody means are not read.
  return [
    ...places.slice(0, most + 1).map((at) => behind.slice(at)),
    ...attached.slice(0, most + 1).map(([at, one]) => [one, ...behind.slice(at + 1)]),
  ].slice(0, most + 1);
}

function placesBehind(name: string, behind: readonly Word[]): readonly number[] {
  const all = behind.map((_, at) => at);
  // An option may take a value, which is no program.
  const isSure = !takesWords.has(name) && behind[0]?.text.startsWith("-") === false;
  const plain = all.find((at) => isPlain(behind[at] as Word) && !isUser(name, behind[at - 1]));
  const known = all.filter((at) => !isSure && at !== plain && isKnown((behind[at] as Word).text));
  // `su -c`, `env -S`, `watch`: a whole command line in one word.
  const lines = all.filter(
    (at) => /[ \t\n]/.test((behind[at] as Word).text) && !(behind[at] as Word).text.startsWith("-"),
  );
  return [...new Set([...(plain === undefined ? [] : [plain]), ...openPlaces(name, behind), ...known, ...lines])];
}

/** No option, no number, no assignment. */
function isPlain({ text }: Word): boolean {
  return !/^(?:-|[0-9.]+[smhd]?$|[A-Za-z_][A-Za-z0-9_]*=)/.test(text);
}

/** What stands behind an option can be its value or the program: one that only the shell knows counts up to the first that cannot be a value. */
function openPlaces(name: string, behind: readonly Word[]): number[] {
  const places: number[] = [];
  for (const [at, word] of behind.entries()) {
    const before = behind[at - 1];
    if (!isPlain(word) || isUser(name, before)) continue;
    if (word.isOpen) places.push(at);
    if (before?.text.startsWith("-") !== true) break;
  }
  return places;
}

/** `sudo -u NAME`, `env -u NAME`. */
function isUser(name: string, before: Word | undefined): boolean {
  return /^(?:sudo|doas|env)$/.test(name) && /^-[ug]$/.test(before?.text ?? "");
}

/** `env -S'curl host'`, `su --command='curl host'`: an option and a command in one word. */
function attachedTo(word: Word): Word[] {
  if (!word.text.startsWith("-")) return [];
  const long = /^--[\w-]+=(.*)$/s.exec(word.text)?.[1];
  const texts = long === undefined ? [2, 3, 4].map((at) => word.text.slice(at)) : [long];
  return texts.filter((text) => /[ \t\n]/.test(text) || isKnown(text)).map((text) => ({ ...word, text }));
}

const execOptions = /^-(?:exec|execdir|ok|okdir)$/;

/** `find` starts what stands behind its own option, which a variable can hold as well. */
function foundBy(behind: readonly Word[], most: number): readonly SimpleCommand[] {
  const options = behind.flatMap(({ text }, at) => (execOptions.test(text) ? [at] : []));
  const read = behind.filter(({ splits }, at) => splits && !options.includes(at - 1));
  return [...read.map((word) => [word]), ...options.slice(0, most + 1).map((at) => behind.slice(at + 1))].slice(
    0,
    most + 1,
  );
}

/** Words that are read from elsewhere. */
const readWord: Word = { text: "$@", isOpen: true, splits: true, isPattern: false, isRedirected: false };

/** Words that `xargs` and its like read from elsewhere: in the place of a text of theirs, else behind the last word. */
function withInput(name: string, behind: readonly Word[]): readonly Word[] {
  if (name !== "xargs" && name !== "parallel" && name !== "fd") return behind;
  const replaced = replacedBy(name, behind);
  if (replaced !== null && behind.some(({ text }) => text.includes(replaced)))
    return behind.map((word) => (word.text.startsWith("-") ? word : withReplaced(word, replaced)));
  if (replaced !== null && name === "xargs") return behind;
  if (name === "parallel" && behind.some(({ text }) => text === ":::")) return behind;
  return [...behind, readWord];
}

/** The text in whose place the words are put; null when there is none. */
function replacedBy(name: string, behind: readonly Word[]): string | null {
  for (const [at, { text }] of behind.entries()) {
    if (/^-[IJ]$/.test(text)) return behind[at + 1]?.text ?? null;
    const attached = /^(?:-[IJ]|--replace=|-i)(.+)$/s.exec(text)?.[1];
    if (attached !== undefined) return attached;
    if (text === "-i" || text === "--replace") return "{}";
  }
  return name === "xargs" ? null : "{}";
}

/** Within a command line the rest is still read. */
function withReplaced(word: Word, replaced: string): Word {
  if (!word.text.includes(replaced)) return word;
  if (!/[ \t\n]/.test(word.text)) return { ...word, isOpen: true, splits: true };
  return { ...word, text: word.text.replaceAll(replaced, "${_}") };
}

function isKnown(text: string): boolean {
  const name = nameOf(text);
  return [runsCode, hostOptions, namedPlaces, senders].some((one) => one.has(name));
}

function isAssignment(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(text);
}
