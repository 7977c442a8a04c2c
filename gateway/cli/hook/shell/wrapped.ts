import { foundBy } from "./found.ts";
import { hostOptions } from "./host-options.ts";
import { isAssignment, namedPlaces, nameOf, runsCode, senders, takesWords, wrappers, writesCode } from "./programs.ts";
import type { SimpleCommand, Word } from "./word.ts";
import { sureProgram } from "./wrapper-options.ts";

/** What a command starts: from each place at which a program's name may stand, first or behind wrappers, whose options and their values are many. */
export function startsOf(words: SimpleCommand, most: number): readonly SimpleCommand[] {
  const first = words.findIndex(({ text }) => !isAssignment(text));
  const wrapper = words[first];
  if (wrapper === undefined) return [];
  const name = nameOf(wrapper.text);
  if (wrapper.isOpen || !wrappers.has(name)) return [words.slice(first)];
  // `command -v` only says where a program is.
  if (name === "command" && /^-\w*[vV]/.test(words[first + 1]?.text ?? "")) return [];
  const behind = withInput(name, withBlanks(name, words.slice(first + 1)));
  if (name === "find") return foundBy(behind, most);
  if (name === "fd") return foundByFd(behind).slice(0, most + 1);
  const sure = sureProgram(name, behind);
  // Alone it starts none of the words that it reads.
  const startsRead = name !== "xargs";
  if (name === "parallel" && sure !== null && !/^:::/.test(behind[sure]?.text ?? "")) return asLine(behind.slice(sure));
  if (sure !== null && name !== "parallel") return startsRead || behind[sure] !== readWord ? [behind.slice(sure)] : [];
  const places = placesBehind(name, behind).filter((at) => startsRead || behind[at] !== readWord);
  const attached = behind.flatMap((word, at) => attachedTo(word).map((one) => [at, one] as const));
  // More places than a command has that somebody means are not read.
  return [
    ...places.slice(0, most + 1).map((at) => behind.slice(at)),
    ...attached.slice(0, most + 1).map(([at, one]) => [one, ...behind.slice(at + 1)]),
  ].slice(0, most + 1);
}

/** `parallel` makes a command line of its words. */
function asLine(words: SimpleCommand): readonly SimpleCommand[] {
  const texts = words.map(({ text }) => text.replace(/\{[\w./#%+-]*\}/g, "_"));
  const line: Word = { ...readWord, text: texts.join(" "), isOpen: false, splits: false };
  return words.length === 1 ? [words] : [words, [line]];
}

/** In a line of `env -S`, `\_` is a blank. */
function withBlanks(name: string, behind: readonly Word[]): readonly Word[] {
  if (name !== "env") return behind;
  return behind.map((word) => (word.text.includes("\\_") ? { ...word, text: word.text.replaceAll("\\_", " ") } : word));
}

function placesBehind(name: string, behind: readonly Word[]): readonly number[] {
  const all = behind.map((_, at) => at);
  // An option may take a value, which is no program.
  const isSure = !takesWords.has(name) && behind[0]?.text.startsWith("-") === false;
  const known = all.filter((at) => !isSure && isKnown((behind[at] as Word).text));
  // `su -c`, `env -S`, `watch`: a whole command line in one word.
  const lines = all.filter(
    (at) => /[ \t\n]/.test((behind[at] as Word).text) && !(behind[at] as Word).text.startsWith("-"),
  );
  return [...new Set([...plainPlaces(name, behind), ...known, ...lines])];
}

/** No option, no number, no assignment. */
function isPlain({ text }: Word): boolean {
  return !/^(?:-|[.]*[0-9][0-9.]*[smhd]?$|[A-Za-z_][A-Za-z0-9_]*=)/.test(text);
}

/** What stands behind an option can be its value or the program, so all up to the first that cannot be a value. */
function plainPlaces(name: string, behind: readonly Word[]): number[] {
  const places: number[] = [];
  let wordsBefore = takesWords.has(name) ? 1 : 0;
  for (const [at, word] of behind.entries()) {
    const before = behind[at - 1];
    if (!isPlain(word) || isUser(name, before) || isOutput(name, before, word)) continue;
    places.push(at);
    if (before?.text.startsWith("-") === true) continue;
    if (wordsBefore === 0) break;
    wordsBefore -= 1;
  }
  return places;
}

/** `sudo -u NAME`, `env -u NAME`. */
function isUser(name: string, before: Word | undefined): boolean {
  return /^(?:sudo|doas|env)$/.test(name) && /^-[ug]$/.test(before?.text ?? "");
}

/** `strace -o FILE`, which can be a command behind a `|` as well. */
function isOutput(name: string, before: Word | undefined, { text }: Word): boolean {
  return /^(?:strace|ltrace|time)$/.test(name) && /^-\w*o$/.test(before?.text ?? "") && /^[\w./-]+$/.test(text);
}

/** `env -S'curl host'`, `su --command='curl host'`: an option and a command in one word. */
function attachedTo(word: Word): Word[] {
  if (!word.text.startsWith("-")) return [];
  const long = /^--[\w-]+=(.*)$/s.exec(word.text)?.[1];
  const texts = long === undefined ? [2, 3, 4].map((at) => word.text.slice(at)) : [long];
  return texts.filter((text) => /[ \t\n]/.test(text) || isKnown(text)).map((text) => ({ ...word, text }));
}

/** `fd` starts what stands behind an option of its own; a word that can become several can be that option. */
function foundByFd(behind: readonly Word[]): readonly SimpleCommand[] {
  const at = behind.findIndex(({ text }) => /^(?:-[A-Za-z0-9]*[xX]|--exec(?:-batch)?(?:=.*)?)/s.test(text));
  const before = at === -1 ? behind : behind.slice(0, at);
  const doubt = before.flatMap((word, place) => {
    if (!word.isOpen || word === readWord) return [];
    const next = before[place + 1];
    const starts = next !== undefined && next !== readWord && isPlain(next) ? [behind.slice(place + 1)] : [];
    return word.splits ? [[word]] : starts;
  });
  if (at === -1) return doubt;
  const option = behind[at] as Word;
  const attached = /^(?:-[A-Za-z0-9]*?[xX]|--exec(?:-batch)?=)(.+)$/s.exec(option.text)?.[1];
  const started = behind.slice(at + 1);
  return [...doubt, ...(attached === undefined ? [] : [[{ ...option, text: attached }, ...started]]), started];
}

/** Words that are read from elsewhere. */
const readWord: Word = { text: "$@", isOpen: true, splits: true, isPattern: false, isRedirected: false };

/** Words that `xargs` and its like read from elsewhere: in the place of a text of theirs, else behind the last word. */
function withInput(name: string, behind: readonly Word[]): readonly Word[] {
  if (name !== "xargs" && name !== "parallel" && name !== "fd") return behind;
  const replaced = replacedBy(name, behind);
  if (replaced !== null && behind.some(({ text }) => text.includes(replaced)))
    return behind.map((word, at) =>
      word.text.startsWith("-") || namesReplaced.test(behind[at - 1]?.text ?? "") ? word : withReplaced(word, replaced),
    );
  if (replaced !== null && name === "xargs") return behind;
  if (name === "parallel" && behind.some(({ text }) => text === ":::")) return behind;
  return [...behind, readWord];
}

/** An option of `xargs` whose value is the text in whose place words are put. */
const namesReplaced = /^-[0oprtx]*[IJ]$/;

/** The text in whose place the words are put; null when there is none. */
function replacedBy(name: string, behind: readonly Word[]): string | null {
  for (const [at, { text }] of behind.entries()) {
    if (namesReplaced.test(text)) return behind[at + 1]?.text ?? null;
    const attached = /^(?:-[0oprtx]*[IJi]|--rep[lace]*=)(.+)$/s.exec(text)?.[1];
    if (attached !== undefined) return attached;
    if (/^(?:-[0oprtx]*i|--rep[lace]*)$/.test(text)) return "{}";
  }
  return name === "xargs" ? null : "{}";
}

/** `{}` or `%` in a word leave its host as it is written; any other text can be a part of that. Within a command line the rest is still read. */
function withReplaced(word: Word, replaced: string): Word {
  if (!word.text.includes(replaced)) return word;
  if (!/[ \t\n]/.test(word.text)) return { ...word, isOpen: true, splits: !/^(?:\{\}|%)$/.test(replaced) };
  return { ...word, text: word.text.replaceAll(replaced, "${_}") };
}

function isKnown(text: string): boolean {
  const name = nameOf(text);
  return [runsCode, writesCode, hostOptions, namedPlaces, senders].some((one) => one.has(name));
}
