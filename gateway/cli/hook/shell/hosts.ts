import {
  copiesFiles,
  everyWordIsPlace,
  hostBehind,
  hostOptions,
  jumpsBy,
  leadsElsewhere,
  namesAnother,
  namesJump,
  runsThere,
  staysWithoutHost,
} from "./host-options.ts";
import { asksThisMachine, startsFromDatabase } from "./this-machine.ts";
import { unreadable, urlsIn } from "./unreadable.ts";
import type { Word } from "./word.ts";

/** Programs whose arguments are hosts or URLs. One that names none gets its destination from elsewhere. */
export function hostsOf(program: string, words: readonly Word[]): string[] {
  const places: string[] = [];
  let isNamed = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as Word;
    const before = words[at - 1]?.text ?? "";
    const next = words[at + 1];
    if (!isOption(program, word)) {
      // Some take a value behind `-P`, and some do not.
      if (isNamed && runsThere.has(program)) {
        places.push(...optionsIn(word));
        break;
      }
      places.push(...(hostBehind.has(program) ? besideHost(program, word) : placesIn(program, word)));
      isNamed ||= !/^-\w*P$/.test(before);
      continue;
    }
    places.push(...placesOfOption(program, word, next));
    if (takesValue(program, word.text) || namesHost(program, word.text)) at += 1;
  }
  if (startsFromDatabase(program, words)) return [...places, unreadable(program)];
  // Its JavaScript is executed here, whatever host is named.
  if (program === "mongosh") return staysHere(program, words) ? places : [...places, unreadable(program)];
  if (places.length > 0 || staysHere(program, words)) return places;
  return copiesFiles.has(program) && words.some(({ text }) => !text.startsWith("-")) ? [] : [unreadable(program)];
}

function staysHere(program: string, words: readonly Word[]): boolean {
  const named = staysWithoutHost.get(program);
  if (named !== undefined) return !words.some(({ text, splits }) => splits || named.test(text));
  return asksThisMachine(program, words);
}

/** What `ssh` is told to have executed on this machine; none for another. */
export function executedHere(program: string, words: readonly Word[]): string {
  if (!runsThere.has(program)) return "";
  const first = placeBehind(program, words, 0);
  const host = [first, placeBehind(program, words, first + 1)].find((at) => thisMachine.test(words[at]?.text ?? ""));
  if (host === undefined) return "";
  const command = words.slice(placeBehind(program, words, host + 1));
  return command.map(({ text }) => text).join(" ");
}

const thisMachine = /(?:^|[@/])(?:localhost\.?|ip6-\w+|127[\d.]*|0[\da-fx.]*|\[?::[^/]*)(?::\d+)?\/?$/i;

/** Place of the first word that is neither an option nor the value of one. */
function placeBehind(program: string, words: readonly Word[], from: number): number {
  let at = from;
  while (words[at]?.text.startsWith("-") === true)
    at += takesValue(program, words[at]?.text ?? "") || namesHost(program, words[at]?.text ?? "") ? 2 : 1;
  return at;
}

/** Behind a host, options can stand too, which the shell puts in the place of what begins a word. */
function optionsIn({ text, isOpen, isPattern }: Word): string[] {
  return (isOpen || isPattern) && /^[$`{*?[]/.test(text) ? [unreadable(text)] : [];
}

function isOption(program: string, { text }: Word): boolean {
  return text.startsWith("-") && !(text === "-" && everyWordIsPlace.has(program));
}

/** An option that leads elsewhere, or has a host in it or behind it. */
function placesOfOption(program: string, word: Word, next: Word | undefined): string[] {
  if (canBeAnother(program, word) && (runsThere.has(program) || hostBehind.has(program)))
    return [unreadable(`${program} ${word.text}`)];
  if (leads(program, word, next)) return [unreadable(`${program} ${word.text}`)];
  if (jumpsBy.has(program) && namesJump.test(word.text)) return jumpsIn(next);
  const option = hostBehind.get(program)?.exec(word.text)?.[0] ?? (word.text.startsWith("--url=") ? "--url=" : null);
  if (option === null) return [];
  const value = option === word.text ? next : { ...word, text: word.text.slice(option.length) };
  return value === undefined ? [] : placesIn(program, value);
}

/** The shell makes the option, and not only a value that is attached to it. */
function canBeAnother(program: string, { text, isOpen, splits, isPattern }: Word): boolean {
  if (!isOpen || splits || isPattern) return isOpen || isPattern;
  const letter = text.slice(0, 2);
  const isValued =
    letter !== "-o" &&
    (hostOptions.get(program)?.has(letter) === true || /^(?:mysql|mariadb)\S* -p$/.test(`${program} ${letter}`));
  return !isValued && !/^--[\w-]+=/.test(text);
}

function leads(program: string, word: Word, next: Word | undefined): boolean {
  const isLed = (text: string) => leadsElsewhere.get(program)?.some((one) => one.test(text)) === true;
  const pair = takesValue(program, word.text) ? `${word.text} ${next?.text ?? ""}` : word.text;
  if (!isLed(word.text) && !isLed(pair)) return false;
  if (program !== "rsync") return true;
  const attached = /^(?:-[a-zA-Z]*?e|--rsh=)(.*)$/s.exec(word.text)?.[1] ?? "";
  return !isPlainSsh(attached === "" ? next : { ...word, text: attached });
}

/** `rsync -e 'ssh -p 22'`: the host is the one that is named anyway. */
export function isPlainSsh(value: Word | undefined): boolean {
  if (value === undefined || value.isOpen || value.isPattern || !/^ssh(?: [\w./=@~ -]*)?$/.test(value.text))
    return false;
  const options = value.text
    .split(" ")
    .slice(1)
    .filter((text) => text !== "");
  const hosts = hostsOf(
    "ssh",
    [...options, "host"].map((text) => ({ ...value, text })),
  );
  return hosts.join() === "host";
}

/** `ssh -J HOST,HOST`. */
function jumpsIn(word: Word | undefined): string[] {
  if (word === undefined || word.isOpen) return word === undefined ? [] : [unreadable(word.text)];
  const hosts = word.text.split(",").flatMap((one) => hostIn(one.replace(/^ssh:\/\//, "")));
  return hosts.length === 0 ? [unreadable(word.text)] : hosts;
}

/** The next word are hosts. */
function namesHost(program: string, text: string): boolean {
  return (jumpsBy.has(program) && namesJump.test(text)) || hostBehind.get(program)?.exec(text)?.[0] === text;
}

/** Also the last of several letters in one word, of which none before it takes the rest of the word. */
function takesValue(program: string, text: string): boolean {
  const valued = hostOptions.get(program);
  if (valued === undefined || valued.has(text)) return valued !== undefined;
  if (!/^-[A-Za-z0-9#]{2,}$/.test(text)) return false;
  const first = [...text.slice(1)].findIndex((letter) => valued.has(`-${letter}`));
  return first === text.length - 2;
}

/** Of a program whose host stands behind an option: a database, or a command of it. */
function besideHost(program: string, word: Word): string[] {
  if (hasFixedHost(word)) return [word.text];
  if (staysWithoutHost.has(program) && !word.splits) return urlsIn(word.text);
  const isNamed = namesAnother.get(program)?.test(word.text) === true || (word.isPattern && word.text.includes("{"));
  return word.isOpen || isNamed ? [unreadable(word.text)] : urlsIn(word.text);
}

function placesIn(program: string, word: Word): string[] {
  if (hasFixedHost(word)) return [word.text];
  if (word.isOpen) return [unreadable(word.text)];
  if (copiesFiles.has(program) && isRemotePattern(word)) return [unreadable(word.text)];
  if (copiesFiles.has(program) && !isRemote(word.text)) return [];
  if (urlsIn(word.text).includes(word.text)) return [word.text];
  const hosts = hostIn(word.text);
  const isPlace = everyWordIsPlace.has(program) || copiesFiles.has(program);
  return hosts.length === 0 && isPlace ? [unreadable(word.text)] : hosts;
}

/** `"https://host/$X"`, `https://host/?a&b`: whatever stands behind it, the host is the one that is written. */
function hasFixedHost({ text, splits }: Word): boolean {
  return !splits && /^[a-z][a-z0-9+.-]{0,30}:\/\/[\w.-]+(?::[0-9]+)?[/?#]/i.test(text);
}

/** A pattern before any slash, with a colon behind it: what the shell puts in its place can be a host. */
function isRemotePattern({ text, isPattern }: Word): boolean {
  return isPattern && /^[^/]*[*?[{][^/]*:|^[^/{]*\{.*:/s.test(text);
}

/** A colon before any slash. */
function isRemote(text: string): boolean {
  return /^[^/]+:/.test(text);
}

/** Of `host`, `host:port/path`, `user@host:path`, `TCP:host:port`; none for what names no host. */
function hostIn(text: string): string[] {
  const bare = text.replace(/^[^@\s/]*@/, "").replace(/^(?:tcp|udp|openssl|ssl)[46]?(?:-connect)?:/i, "");
  const named = /^\[([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\]/i.exec(bare)?.[1];
  if (named !== undefined && !/^[0-9]+$/.test(named)) return [named];
  const host = /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?:[:/?#].*)?$/is.exec(bare)?.[1];
  if (host === undefined || /^[0-9]+$/.test(host)) return [];
  return [host];
}
