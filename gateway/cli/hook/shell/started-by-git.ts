import { isPlainSsh } from "./hosts.ts";
import { verbOf } from "./named-places.ts";
import { lineOf, type Word } from "./word.ts";

/** Command lines that git is given to start: those of settings, of `rebase -x`, of `difftool -x`, of `bisect run` and of `submodule foreach`. */
export function startedByGit(words: readonly Word[]): readonly string[] {
  const verb = verbOf(words);
  const before = verb === -1 ? words : words.slice(0, verb);
  return [
    ...before.flatMap((word, at) => ofSetting(word, before[at - 1])),
    ...[...optionsOf].flatMap(([command, option]) => ofOption(words, command, option)),
    ...behind(words, "bisect", "run").map(lineOf),
    ...behind(words, "submodule", "foreach").map((found) => found.map(({ text }) => text).join(" ")),
  ];
}

/** Settings whose value is a program, or says that an address can be one. */
export const namesProgram =
  /^(?:alias|pager)\.|(?:command|cmd|pager|editor|external|textconv|clean|smudge|process|driver|program|helper|fsmonitor|askpass|hookspath|filter|proxy|hook|vcs|pack|update)$/i;
const allowsProgram = /^protocol\.(?:ext\.)?allow$/i;
/** What only the shell knows, as a line. */
const doubt = "${_}";

/** `-c core.pager='…'`. */
function ofSetting(word: Word, before: Word | undefined): readonly string[] {
  const fromVariable = /^--config-env(?:=(.*))?$/s.exec(before?.text === "--config-env" ? "" : word.text)?.[1];
  const isSetting = before?.text === "-c" || before?.text === "--config-env" || fromVariable !== undefined;
  if (!isSetting) return [];
  const setting = fromVariable ?? word.text;
  const name = /^[^=]*/.exec(setting)?.[0] ?? "";
  const value = setting.slice(name.length + 1).replace(/^!/, "");
  if ((word.isOpen && /[$`]/.test(name)) || (word.isPattern && /[*?[{]/.test(name))) return [doubt];
  if (allowsProgram.test(name)) return value === "never" ? [] : [doubt];
  if (!namesProgram.test(name) || value === "") return [];
  if (before?.text !== "-c") return [doubt];
  return /sshcommand$/i.test(name) && isPlainSsh({ ...word, text: value }) ? [] : [value];
}

/** Commands of git → their option whose value is a command line, in the same word or the next one. */
const optionsOf: ReadonlyMap<string, RegExp> = new Map([
  ["rebase", /^(?:-[iqvnfkmp]*x|--exe?c?(?:=|$))(.*)$/s],
  ["grep", /^(?:-[^-efmABC]*?O|--op[a-z-]*=)(.+)$/s],
  ["difftool", /^(?:-[gyd]*x|--ext\w*(?:=|$))(.*)$/s],
]);

function ofOption(words: readonly Word[], command: string, option: RegExp): readonly string[] {
  const first = words.findIndex(({ text }) => text === command);
  return words.flatMap(({ text }, at) => {
    const attached = first === -1 || at < first ? undefined : option.exec(text)?.[1];
    return attached === undefined ? [] : [attached === "" ? (words[at + 1]?.text ?? "") : attached];
  });
}

/** The words behind these two and behind options. */
function behind(words: readonly Word[], command: string, verb: string): readonly (readonly Word[])[] {
  const at = words.findIndex(({ text }, place) => text === verb && words[place - 1]?.text === command);
  const found = words.slice(at + 1);
  const first = found.findIndex(({ text }) => !text.startsWith("-"));
  return at === -1 || first === -1 ? [] : [found.slice(first)];
}
