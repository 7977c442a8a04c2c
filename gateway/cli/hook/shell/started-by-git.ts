import { shellWord } from "../../common/shell-words.ts";
import type { Word } from "./words.ts";

/** Command lines that git is given to start: those of settings, of `rebase -x`, of `bisect run` and of `submodule foreach`. */
export function startedByGit(words: readonly Word[]): readonly string[] {
  const rebases = words.some(({ text }) => text === "rebase");
  return [
    ...words.flatMap((word, at) => ofSetting(word, words[at - 1])),
    ...(rebases ? words.flatMap((word, at) => ofRebase(word, words[at - 1])) : []),
    ...behind(words, "bisect", "run").map((found) => found.map(quoted).join(" ")),
    ...behind(words, "submodule", "foreach").map((found) => found.map(({ text }) => text).join(" ")),
  ];
}

/** `-c core.pager='…'`: which settings name programs is not known in full; those of `user` name none. */
function ofSetting({ text, isOpen }: Word, before: Word | undefined): readonly string[] {
  const setting = before?.text === "-c" ? text : /^-c(.+)$/s.exec(text)?.[1];
  const [, name, value] = /^([\w.-]+)=!?(.+)$/s.exec(setting ?? "") ?? [];
  if (name === undefined || value === undefined || (isOpen && /^user\./i.test(name))) return [];
  return [value];
}

function ofRebase({ text }: Word, before: Word | undefined): readonly string[] {
  if (before?.text === "-x" || before?.text === "--exec") return [text];
  return /^(?:-x|--exec=)(.+)$/s.exec(text)?.slice(1) ?? [];
}

/** The words behind these two and behind options. */
function behind(words: readonly Word[], command: string, verb: string): readonly (readonly Word[])[] {
  const at = words.findIndex(({ text }, place) => text === verb && words[place - 1]?.text === command);
  const found = words.slice(at + 1);
  const first = found.findIndex(({ text }) => !text.startsWith("-"));
  return at === -1 || first === -1 ? [] : [found.slice(first)];
}

/** As a word of the line; one that only the shell knows stays open in it. */
function quoted({ text, isOpen }: Word): string {
  return isOpen ? text : shellWord(text);
}
