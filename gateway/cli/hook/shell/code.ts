import { canBeData } from "./data-files.ts";
import { placeOfFile } from "./interpreters.ts";
import { codeWords, shells } from "./programs.ts";
import { canBeStream, isStream } from "./streams.ts";
import { unreadable, urlsIn } from "./unreadable.ts";
import type { Word } from "./word.ts";

/** What `find` and its like put in the place of `{}` can also be the option before code. */
function canBeCode(program: string, words: readonly Word[]): boolean {
  return (
    shells.has(program) || words.some(({ text, isOpen }) => (isOpen && text !== "{}") || /[^\w./:=@{};+-]/.test(text))
  );
}

/** A file is named whose code is executed; without one it comes from standard input. */
export function isScript(program: string, words: readonly Word[]): boolean {
  const file = placeOfFile(words);
  for (const [at, word] of words.entries()) {
    const { text } = word;
    if (isStream(text) || canBeStream(word) || text === "$@" || canBeData(word)) return false;
    if (text.includes("{}") && canBeStream({ ...word, isPattern: true }) && canBeCode(program, words)) return false;
    if (text === "-" || (shells.has(program) && /^-[A-Za-z]*s/.test(text))) return false;
    if (at === file) return true;
  }
  return false;
}

/** The command line of `-c`: the first word behind it that is neither an option nor the value of one. */
export function shellCode([flag, ...words]: readonly Word[]): Word | undefined {
  const attached = /^--command=(.*)$/s.exec(flag?.text ?? "")?.[1];
  if (attached !== undefined && flag !== undefined) return { ...flag, text: attached };
  const texts = [flag?.text ?? "", ...words.map(({ text }) => text)];
  return words.find(({ text }, at) => !/^[-+]/.test(text) && !/^[-+]\w*[oO]$/.test(texts[at] ?? ""));
}

/** Code of a language is read as far as it names URLs. `behind`: from the option that it stands behind. */
export function ofLanguage(program: string, words: readonly Word[], behind: readonly Word[]): string[] {
  const urls = behind.flatMap(({ text }) => urlsIn(text));
  if (urls.length > 0) return urls;
  const reaches = (text: string) => codeWords.test(text) || opensProgram(text);
  return behind.length === 1 || words.some(({ text }) => reaches(text)) ? [unreadable(program)] : [];
}

/** `open F, "|nc …"` of Perl. */
function opensProgram(text: string): boolean {
  return text.split(";").some((part) => {
    const at = part.search(/\bopen\b/i);
    return at !== -1 && part.includes("|", at);
  });
}
