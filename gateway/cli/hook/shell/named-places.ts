import { namedPlaces } from "./programs.ts";
import { shortened, unreadable, urlsIn } from "./unreadable.ts";
import { canBeSeveral, type Word } from "./word.ts";

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
/** Commands of git that send nothing. */
const staysLocally: ReadonlySet<string> = new Set(
  "commit log add checkout switch branch diff show grep tag status reset restore merge rebase cherry-pick revert blame rev-parse rev-list worktree clean mv rm init describe reflog shortlog ls-files ls-tree cat-file apply notes bisect".split(
    " ",
  ),
);
/** Of package managers and docker: what follows is the name of a script, a package or a container. */
const runsScript = /^(?:run|run-script|test|exec|start|install|i|add|pkg|config|build|check|clippy|bench|ps|logs)$/;
const localSubmodule = /^(?:status|foreach|summary|init|deinit|set-branch|absorbgitdirs)$/;

/** Place of the word that says what is done; -1 for none. */
export function verbOf(words: readonly Word[]): number {
  return words.findIndex(({ text }, at) => !text.startsWith("-") && !valued.has(words[at - 1]?.text ?? ""));
}

/** Where a program that knows its places by name is told to send; null when it is not told to send. */
export function namedPlacesOf(program: string, words: readonly Word[]): string[] | null {
  const place = namedPlaces.get(program);
  if (place === undefined) return null;
  if (place === null) return staysHere(program, words) ? null : ofPlace(program, words);
  if (program !== "git" && staysWithScripts(words)) return null;
  const at = verbOf(words);
  const [verb, next] = [words[at], words[at + 1]];
  if (verb?.isOpen === true) return [unreadable(`${program} ${verb.text}`)];
  if (program === "git") {
    const before = words.slice(0, Math.max(at, 0));
    if (before.some(({ text }) => aliasOfGit.test(text))) return [unreadable("git -c")];
    const isSure = before.every(isKnownOfGit);
    if (isSure && !before.some(canBeSeveral) && staysLocally.has(verb?.text ?? "")) return null;
    if (asksHost(verb?.text ?? "", words.slice(at + 1))) return ofPlace(program, words);
    if (isSure && staysLocal(verb?.text ?? "", next?.text ?? "", words)) return null;
  }
  return words.some(({ text }) => place.has(text)) ? ofPlace(program, words) : null;
}

/** Behind an option that is not known, the word that says what is done can be a value. */
function isKnownOfGit({ text }: Word): boolean {
  return !text.startsWith("--") || valued.has(text) || flagsOfGit.test(text);
}

function staysWithScripts(words: readonly Word[]): boolean {
  const [first] = words;
  return first?.isOpen === false && runsScript.test(first.text) && !words.some(({ text }) => text === "--push");
}

/** Words of `git remote` and `git maintenance` by which a host is asked. */
function asksHost(verb: string, words: readonly Word[]): boolean {
  const texts = words.map(({ text }) => text);
  const what = texts.find((text) => !text.startsWith("-"));
  const has = (option: RegExp) => texts.some((text) => option.test(text));
  if (verb === "maintenance") return what === "start" || has(/prefetch/);
  if (verb !== "remote") return false;
  if (what === "add") return has(/^(?:-[a-z]*f|--f)/);
  if (what === "set-head") return has(/^(?:-a|--a)/);
  return what === "update" || what === "prune" || (what === "show" && texts.some((text) => !/^(?:-|show$)/.test(text)));
}

/** What git does in the repository alone although its words are those of sending. */
function staysLocal(verb: string, next: string, words: readonly Word[]): boolean {
  if (verb === "stash") return true;
  if (verb === "archive") return !words.some(({ text, isOpen }) => isOpen || text.startsWith("--re"));
  return verb === "submodule" && localSubmodule.test(next);
}

/** What programs of services do on this machine alone. */
const local: ReadonlyMap<string, RegExp> = new Map([
  ["kubectl", /^config (?:current-context|get-contexts|get-clusters|view)$/],
  [
    "helm",
    /^(?:template|lint) (?:\S+ )?(?:\.{0,2}\/)[\w./-]*(?: (?:-f|--values|-n|--namespace|-s|--show-only) [\w./-]+| --debug)*$/,
  ],
]);

function staysHere(program: string, words: readonly Word[]): boolean {
  if (words.some(({ isOpen, isPattern }) => isOpen || isPattern)) return false;
  const line = words.map(({ text }) => text).join(" ");
  return line === "--version" || local.get(program)?.test(line) === true;
}

/** A named place, such as a remote of git, is where its own configuration says. */
function ofPlace(program: string, words: readonly Word[]): string[] {
  const urls = words.flatMap(({ text }) => urlsIn(text));
  const isLed = program === "git" && words.some(({ text }) => leadsGit.test(text));
  if (urls.length > 0) return isLed ? [...urls, unreadable("git -c")] : urls;
  const remote = words.flatMap(({ text }) => /^[^@\s/:]+@([^:\s/]+):/.exec(text)?.[1] ?? []);
  if (remote.length > 0 && !isLed) return remote;
  const named = words.filter(({ text }) => !text.startsWith("-")).map(({ text }) => text);
  return [shortened(`${program}:${named.slice(0, 3).join(" ")}`)];
}
