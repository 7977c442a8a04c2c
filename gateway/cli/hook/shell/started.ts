import { nameOf, sendsOnly, shells } from "./programs.ts";
import type { Word } from "./words.ts";

/**
 * What a program is told to start, where that is known of it: a command in words of its own (`uv run curl …`), or a command line in one
 * of them (`tar --to-command='curl …'`). Any other words are data, whatever they look like.
 */
export function startedIn(program: string, words: readonly Word[]): (readonly Word[] | string)[] {
  if (program === "find") return behind(words, /^-(?:exec|execdir|ok|okdir)$/);
  if (program === "fd") return behind(words, /^(?:-[xX]|--exec|--exec-batch)$/);
  if (program === "tar") return valuesOf(words, /^(?:-I|-F|--(?:to-command|use-compress-program|info-script))$/);
  if (program === "tmux" || program === "screen")
    return words.map(({ text }) => text).filter((text) => /\s/.test(text));
  if (program === "git") return ofGit(words);
  if (program === "kubectl") return behind(words, /^--$/).slice(0, 1);
  const verbs = runs.get(program);
  return verbs === undefined ? [] : ofRun(verbs, words, containers.has(program));
}

/** Words behind which a program stands. */
const runs: ReadonlyMap<string, RegExp> = new Map([
  ...["uv", "poetry", "pipenv", "pdm"].map((name) => [name, /^run$/] as const),
  ["bundle", /^exec$/],
  ...["docker", "podman"].map((name) => [name, /^(?:exec|run)$/] as const),
]);

function ofRun(verbs: RegExp, words: readonly Word[], isContainer: boolean): (readonly Word[])[] {
  const takesValue = isContainer ? valuedByContainers : (text: string) => valuedByUv.test(text);
  let own = firstCommand(words, takesValue);
  if (/^(?:tool|compose|container)$/.test(own[0]?.text ?? "")) own = firstCommand(own.slice(1), takesValue);
  if (!verbs.test(own[0]?.text ?? "")) return [];
  const command = firstCommand(own.slice(1), takesValue);
  return isContainer ? inContainer(command.slice(1)) : [command];
}

const containers: ReadonlySet<string> = new Set(["docker", "podman"]);

const valuedByUv =
  /^(?:-[pwfPCi]|--(?:(?:no-|only-)?(?:extra|group)|with(?:-editable|-requirements)?|env-file|package|python|(?:default-|extra-)?index(?:-url)?|find-links|upgrade-package|reinstall-package|config-setting|exclude-newer|link-mode|cache-dir|color|directory|project|config-file|from|resolution|prerelease))$/;

/** Any other option of `run` and `exec` takes the word behind it. */
const plainOfContainers =
  /^(?:-[itdDPqT]+|-.*=.*|-[a-zA-Z].+|--(?:rm|init|privileged|read-only|publish-all|detach|interactive|tty|quiet|quiet-pull|no-deps|service-ports|build|no-healthcheck|remove-orphans))$/;

function valuedByContainers(text: string): boolean {
  return /^(?:-[^-]|--.)/.test(text) && !plainOfContainers.test(text);
}

/** Programs that may mean anything there, such as the client of a database beside it, are not read. */
function inContainer(command: readonly Word[]): (readonly Word[])[] {
  const program = nameOf(command[0]?.text ?? "");
  const isCode = shells.has(program) && /^-[a-z]*c$/.test(command[1]?.text ?? "");
  return isCode || sendsOnly.has(program) ? [command] : [];
}

/** From the first word on that is neither an option nor the value of one. */
function firstCommand(words: readonly Word[], takesValue: (text: string) => boolean): readonly Word[] {
  for (let at = 0; at < words.length; at++) {
    const { text } = words[at] as Word;
    if (!text.startsWith("-")) return words.slice(at);
    if (takesValue(text)) at += 1;
  }
  return [];
}

/** The commands behind an option, each to its `;` or `{} +`. */
function behind(words: readonly Word[], option: RegExp): (readonly Word[])[] {
  const found: Word[][] = [];
  let isIn = false;
  for (const [at, word] of words.entries()) {
    const isEnd = word.text === ";" || (word.text === "+" && words[at - 1]?.text === "{}");
    if (isIn && !isEnd) found.at(-1)?.push(word);
    else if (!isIn && option.test(word.text)) found.push([]);
    isIn = isIn ? !isEnd : option.test(word.text);
  }
  return found;
}

/** Of `--option value` and `--option=value`. */
function valuesOf(words: readonly Word[], option: RegExp): string[] {
  return words.flatMap(({ text }, at) => {
    if (option.test(text)) return [words[at + 1]?.text ?? ""];
    const [, name = "", value = ""] = /^(--[a-z-]+)=(.*)$/s.exec(text) ?? [];
    return option.test(name) ? [value] : [];
  });
}

/** Settings of one call whose value is a command line. */
const startedBySetting = /^alias\.|pager|editor|command|external|helper|program|cmd/i;

function bySetting(text: string): string[] {
  const at = text.indexOf("=");
  return at !== -1 && startedBySetting.test(text.slice(0, at)) ? [text.slice(at + 1).replace(/^!/, "")] : [];
}

function ofGit(words: readonly Word[]): (readonly Word[] | string)[] {
  const own = firstCommand(words, (text) => /^(?:-[cC]|--(?:git-dir|work-tree|namespace|config-env))$/.test(text));
  const settings = valuesOf(words.slice(0, words.length - own.length), /^-c$/);
  const set = settings.flatMap(bySetting);
  const [verb, ...rest] = own;
  if (verb?.text === "rebase") return [...set, ...valuesOf(rest, /^(?:-x|--exec)$/)];
  if (verb?.text === "grep") return [...set, ...rest.flatMap(({ text }) => /^-O(.+)$/s.exec(text)?.[1] ?? [])];
  if (verb?.text === "config") return [...set, ...rest.flatMap(({ text }) => /^!(.+)$/s.exec(text)?.[1] ?? [])];
  if (verb?.text === "bisect" && rest[0]?.text === "run") return [...set, rest.slice(1)];
  if (verb?.text === "submodule") return [...set, ...behind(rest, /^foreach$/)];
  return set;
}
