import { canBeData, hasDataEnding, hasHiddenPart, isNameOfData } from "./data-files.ts";
import type { Word } from "./word.ts";

/** Modules of Python that execute the file that they are given. */
const runsFile = /^(?:doctest|runpy|c?profile|trace|pdb|coverage)$/i;
/** Folders that are none of code, and that nobody calls a program. */
const folderOfData = /(?:^|\/)(?:docs?|dist|build|out|tmp|logs?|data|archive|notes|backups?)$/;

/** `python3 -m doctest a.md`. */
export function givesData(module: string | null, words: readonly Word[]): boolean {
  return module !== null && runsFile.test(module) && words.some(canBeData);
}

/** `mv a.md .git/hooks/pre-commit`: a file of data becomes one that is executed, by its ending or its place. */
export function makesCode(program: string, words: readonly Word[]): boolean {
  const moves = program === "git" ? words[0]?.text === "mv" : /^(?:mv|cp|ln|install)$/.test(program);
  if (!moves) return false;
  const folder = folderNamed(words);
  const names = words.slice(program === "git" ? 1 : 0).filter(({ text }) => !text.startsWith("-") && text !== folder);
  const sources = folder === undefined ? names.slice(0, -1) : names;
  const data = sources.filter(({ text }) => isNameOfData(text));
  const to = folder ?? names.at(-1)?.text ?? "";
  if (data.length === 0) return false;
  const isFolder = folder !== undefined || sources.length > 1 || /(?:^|\/)\.{0,2}$/.test(to) || folderOfData.test(to);
  if (!isFolder) return !isPlace(to) || names.at(-1)?.isPattern === true;
  return data.some(({ text }) => !isPlace(`${to}/${text.split("/").at(-1) ?? ""}`));
}

/** `-t FOLDER`. */
function folderNamed(words: readonly Word[]): string | undefined {
  for (const [at, { text }] of words.entries()) {
    const attached = /^(?:-[a-zA-Z]*t|--target-directory(?:=|$))(.*)$/s.exec(text)?.[1];
    if (attached !== undefined) return attached === "" ? words[at + 1]?.text : attached;
  }
  return undefined;
}

/** For data by its name, and in no folder of settings. */
function isPlace(path: string): boolean {
  return isNameOfData(path) && !hasHiddenPart(path);
}

/** `cat a.md > run.sh`, `tee run.sh < a.md`. Of two redirections nothing says which is which, and one can be the name of a here-document. */
export function copiesData(command: readonly Word[]): boolean {
  const [program] = command.filter(({ isRedirected }) => !isRedirected);
  if (program === undefined || !/^(?:cat|tee|head|tail)$/.test(program.text)) return false;
  const others = (word: Word) => !hasDataEnding(word.text) && !/^(?:|[012-]|\/dev\/\w+)$/.test(word.text);
  const isTee = program.text === "tee";
  const read = command.filter(({ isRedirected }) => isRedirected === isTee);
  const written = command.filter((word) => word !== program && word.isRedirected !== isTee);
  return read.some(canBeData) && written.some((word) => others(word) && !word.text.startsWith("-"));
}
