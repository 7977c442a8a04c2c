import { namedPlaces } from "./programs.ts";
import { told, unreadable, urlsIn } from "./told.ts";
import type { Word } from "./words.ts";

/** Settings of one command of git that say another address, or a program that it starts. */
const leadsGit =
  /^(?:-c|--config(?:-env)?=?)?(?:core|url|credential|alias|include(?:if)?|remote|ssh)\.|^--(?:upload|receive)-pack|^--exec/i;
const aliasOfGit = /^(?:-c|--config-env=?)?alias\./i;

/** Options before the word that says what is done, whose value is the next word. */
const valued: ReadonlySet<string> = new Set(
  "-C -c -H --git-dir --work-tree --namespace --attr-source --super-prefix --config-env --prefix --cwd --dir --filter --context --host --config --workspace -w".split(
    " ",
  ),
);
/** Long options of git before that word, whose value is not the next one. */
const flagsOfGit =
  /^--(?:[a-z-]+=.*|no-pager|paginate|bare|no-replace-objects|(?:literal|glob|noglob|icase)-pathspecs|no-optional-locks|no-lazy-fetch|no-advice|exec-path|version|help|(?:html|man|info)-path)$/s;
const localSubmodule = /^(?:status|foreach|summary|init|deinit|set-branch|absorbgitdirs)$/;

/** Where a program that knows its places by name is told to send; null when it is not told to send. */
export function namedPlacesOf(program: string, words: readonly Word[]): string[] | null {
  const place = namedPlaces.get(program);
  if (place === undefined) return null;
  if (place === null) return ofPlace(program, words);
  const at = words.findIndex(({ text }, index) => !text.startsWith("-") && !valued.has(words[index - 1]?.text ?? ""));
  const [verb, next] = [words[at], words[at + 1]];
  if (verb?.isOpen === true) return [unreadable(`${program} ${verb.text}`)];
  if (program === "git") {
    if (words.slice(0, Math.max(at, 0)).some(({ text }) => aliasOfGit.test(text))) return [unreadable("git -c")];
    const isSure = words.slice(0, Math.max(at, 0)).every(isKnownOfGit);
    if (isSure && staysLocal(verb?.text ?? "", next?.text ?? "", words)) return null;
  }
  return words.some(({ text }) => place.has(text)) ? ofPlace(program, words) : null;
}

/** Behind an option that is not known, the word that says what is done can be a value. */
function isKnownOfGit({ text }: Word): boolean {
  return !text.startsWith("--") || valued.has(text) || flagsOfGit.test(text);
}

/** Of `git submodule foreach`, the words that it gives a shell; null for any other command. */
export function eachSubmodule(program: string, words: readonly Word[]): readonly Word[] | null {
  const at = words.findIndex(({ text }) => text === "foreach");
  if (program !== "git" || at === -1 || !words.slice(0, at).some(({ text }) => text === "submodule")) return null;
  const behind = words.slice(at + 1);
  const first = behind.findIndex(({ text }) => !text.startsWith("-"));
  return first === -1 ? [] : behind.slice(first);
}

/** What git does in the repository alone although its words are those of sending. */
function staysLocal(verb: string, next: string, words: readonly Word[]): boolean {
  if (verb === "stash") return true;
  if (verb === "archive") return !words.some(({ text, isOpen }) => isOpen || text.startsWith("--re"));
  return verb === "submodule" && localSubmodule.test(next);
}

/** A named place, such as a remote of git, is where its own configuration says. */
function ofPlace(program: string, words: readonly Word[]): string[] {
  const urls = words.flatMap(({ text }) => urlsIn(text));
  const isLed = program === "git" && words.some(({ text }) => leadsGit.test(text));
  if (urls.length > 0) return isLed ? [...urls, unreadable("git -c")] : urls;
  const remote = words.flatMap(({ text }) => /^[^@\s/:]+@([^:\s/]+):/.exec(text)?.[1] ?? []);
  if (remote.length > 0 && !isLed) return remote;
  const named = words.filter(({ text }) => !text.startsWith("-")).map(({ text }) => text);
  return [told(`${program}:${named.slice(0, 3).join(" ")}`)];
}
