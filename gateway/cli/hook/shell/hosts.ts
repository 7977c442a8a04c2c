import { copiesFiles, everyWordIsPlace, hostOptions, jumpsBy, leadsElsewhere, namesJump } from "./host-options.ts";
import { unreadable, urlsIn } from "./told.ts";
import type { Word } from "./words.ts";

/** Programs whose arguments are hosts or URLs. One that names none gets its destination from elsewhere. */
export function hostsOf(program: string, words: readonly Word[]): string[] {
  const led = leadsElsewhere.get(program) ?? [];
  const places: string[] = [];
  const isLed = (text: string) => led.some((one) => one.test(text));
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as Word;
    const takesNext = takesValue(program, word.text);
    const pair = `${word.text} ${words[at + 1]?.text ?? ""}`;
    if (!word.text.startsWith("-") || (word.text === "-" && everyWordIsPlace.has(program)))
      places.push(...placesIn(program, word));
    else if (isLed(word.text) || (takesNext && isLed(pair))) places.push(unreadable(`${program} ${word.text}`));
    else if (word.text.startsWith("--url=")) places.push(...placesIn(program, { ...word, text: word.text.slice(6) }));
    const isJump = namesJump.test(word.text) && jumpsBy.has(program);
    if (isJump) places.push(...jumpsIn(words[at + 1]));
    if (takesNext || isJump) at += 1;
  }
  if (places.length > 0) return places;
  return copiesFiles.has(program) && words.some(({ text }) => !text.startsWith("-")) ? [] : [unreadable(program)];
}

/** `ssh -J HOST,HOST`. */
function jumpsIn(word: Word | undefined): string[] {
  if (word === undefined || word.isOpen) return word === undefined ? [] : [unreadable(word.text)];
  const hosts = word.text.split(",").flatMap((one) => hostIn(one.replace(/^ssh:\/\//, "")));
  return hosts.length === 0 ? [unreadable(word.text)] : hosts;
}

/** Also the last of several letters in one word, of which none before it takes the rest of the word. */
function takesValue(program: string, text: string): boolean {
  const valued = hostOptions.get(program);
  if (valued === undefined || valued.has(text)) return valued !== undefined;
  if (!/^-[A-Za-z0-9#]{2,}$/.test(text)) return false;
  const first = [...text.slice(1)].findIndex((letter) => valued.has(`-${letter}`));
  return first === text.length - 2;
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
