import { namedPlaces } from "./programs.ts";
import { told, unreadable, urlsIn } from "./told.ts";
import type { Word } from "./words.ts";

/** Settings of one command of git that say another address, or a program that it starts. */
const leadsGit =
  /^(?:-c|--config(?:-env)?=?)?(?:core|url|credential|alias|include(?:if)?|remote|ssh)\.|^--(?:upload|receive)-pack|^--exec/i;
const aliasOfGit = /^(?:-c|--config-env=?)?alias\./i;

/** Options before the word that says what is done, whose value is the next word. */
const valued: ReadonlySet<string> = new Set(
  "-C -c -H --git-dir --work-tree --namespace --prefix --cwd --dir --filter --context --host --config --workspace -w".split(
    " ",
  ),
);
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
    if (staysLocal(verb?.text ?? "", next?.text ?? "", words)) return null;
  }
  return words.some(({ text }) => place.has(text)) ? ofPlace(program, words) : null;
}

/** What git does in the repository alone although its words are those of sending. */
function staysLocal(verb: string, next: string, words: readonly Word[]): boolean {
  if (verb === "stash") return true;
  if (verb === "archive") return !words.some(({ text, isOpen }) => isOpen || text.startsWith("--rem"));
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
