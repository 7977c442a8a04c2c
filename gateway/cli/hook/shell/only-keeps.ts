import { hasHiddenPart, isNameOfData } from "./data-files.ts";
import type { SimpleCommand, Word } from "./word.ts";

/** Programs that execute nothing of what they are given, and write no file but those that `tee` is given or that a redirection names. */
const keepers: ReadonlySet<string> = new Set("cat tee echo printf cd mkdir ls wc head tail pwd touch true".split(" "));
/** Commands of git that write no text of a here-document into a file of the folder. */
const keepsOfGit = /^(?:commit|add|status|diff|log|show|tag|notes|push|pull|fetch|checkout|switch|branch|stash)$/;
/** Nothing that shells read in different ways: words, quotes, redirections and `$(…)`. */
const plain = /^(?:[^\\`${}[\]()#]|\$\((?!\()|\$\w|\))*$/;

/**
 * Whether a command line does no more with its here-documents than to show them, to write them into files that no program takes for code
 * or settings, or to give them to git as a message. `line`: without those.
 */
export function onlyKeeps(line: string, { commands, fed }: ReadLine): boolean {
  if (!plain.test(line)) return false;
  const folder = commands.flatMap(targetOf).join("");
  if (!commands.some(isGit)) return commands.every((command) => writesData(command, folder));
  const verbs = commands.filter(isGit).map((command) => wordsOfGit(command)[0]?.text ?? "");
  // A note is a file of a branch of its own.
  if (verbs.includes("notes") && verbs.some((verb) => /^(?:checkout|switch)$/.test(verb))) return false;
  // What stands in a word of a command reads from where that does.
  const isFed = [...fed].some((command) => command.some(({ text }) => text.includes("$(")));
  return commands.every(
    (command) => writesNothing(command) && (!isGit(command) || keepsInGit(command, isFed || fed.has(command))),
  );
}

/** The commands of a line, and those of them that get what another one writes. */
export interface ReadLine {
  readonly commands: readonly SimpleCommand[];
  readonly fed: ReadonlySet<SimpleCommand>;
}

/** Where `cd` leads. */
function targetOf(command: SimpleCommand): string[] {
  return programOf(command) === "cd" ? command.slice(1).map(({ text }) => `${text}/`) : [];
}

const programOf = (command: SimpleCommand): string | undefined =>
  command.find(({ isRedirected }) => !isRedirected)?.text;
const isGit = (command: SimpleCommand): boolean => programOf(command) === "git";

/** What a redirection names that is no file: a here-document, whose name is taken away, another stream, or nothing. */
const noFile = /^(?:|[012]|\/dev\/null)$/;

/** `folder`: all that `cd` names in the line. */
function writesData(command: SimpleCommand, folder: string): boolean {
  const [program, ...words] = command.filter(({ isRedirected }) => !isRedirected);
  const isData = (word: Word) => isPlainPlace(word) && isNameOfData(`${folder}${word.text}`);
  if (!command.every((word) => !word.isRedirected || noFile.test(word.text) || isData(word))) return false;
  if (program === undefined) return true;
  if (program.text === "tee") return words.every((word) => /^(?:-[aip]+|--append)$/.test(word.text) || isData(word));
  if (program.text === "cd") return words.length === 1 && words.every(isPlainPlace);
  // `printf -v NAME` gives a variable its value, which can be executed.
  if (program.text === "printf" && (words[0]?.isOpen !== false || words[0].text.startsWith("-"))) return false;
  return keepers.has(program.text);
}

/** Beside git, which may start what was written a moment before. */
function writesNothing(command: SimpleCommand): boolean {
  const program = programOf(command);
  if (command.some(({ text, isRedirected }) => isRedirected && !noFile.test(text))) return false;
  return program === "git" || (program !== "tee" && program !== "touch" && writesData(command, ""));
}

/** A place whose name is written, and none of settings. */
function isPlainPlace({ text, isOpen, isPattern }: Word): boolean {
  if (isOpen || isPattern || text.includes("~") || text.startsWith("-")) return false;
  return !hasHiddenPart(text);
}

/** Options by which git reads its message from a file, and those that start neither an editor nor questions. */
const takesMessage = /^(?:-[asqv]*F-?|--file(?:=-)?)$/;
const startsNothing =
  /^(?:-[asqnv]+|--(?:amend|signoff|all|quiet|verbose|no-verify|no-edit|allow-empty|force|(?:author|date|trailer)(?:=.*)?))$/s;

/** Its verb and what stands behind, without a folder that is named before. */
function wordsOfGit(command: SimpleCommand): readonly Word[] {
  const [, ...words] = command.filter(({ isRedirected }) => !isRedirected);
  const [option, folder] = words;
  return option?.text === "-C" && folder !== undefined && isPlainPlace(folder) ? words.slice(2) : words;
}

/** `isPiped`: it gets what another command writes. */
function keepsInGit(command: SimpleCommand, isPiped: boolean): boolean {
  const [verb, ...words] = wordsOfGit(command);
  if (verb === undefined || verb.isOpen || !keepsOfGit.test(verb.text)) return false;
  // Output of git is a file too.
  if (words.some(({ text }) => /^--(?:out|ext)/.test(text))) return false;
  // To other commands `-m` says something else, and an option can stand behind it.
  const hasMessage = /^(?:commit|tag|notes|stash)$/.test(verb.text);
  if (words.some((word, at) => word.isOpen && !(hasMessage && isMessage(word, words[at - 1])))) return false;
  const isFed = isPiped || command.some(({ isRedirected, text }) => isRedirected && text === "");
  if (!isFed) return true;
  // An editor that git starts would take its orders from what it is fed with.
  return (
    /^(?:commit|tag|notes)$/.test(verb.text) &&
    words.some(({ text }) => takesMessage.test(text)) &&
    words.every(
      ({ text }) => !text.startsWith("-") || text === "-" || takesMessage.test(text) || startsNothing.test(text),
    )
  );
}

/** `-m "$(cat …)"`: one word, whatever stands in it. */
function isMessage({ text, splits }: Word, before: Word | undefined): boolean {
  return !splits && (/^(?:-[asqv]*m|--message)$/.test(before?.text ?? "") || text.startsWith("--message="));
}
