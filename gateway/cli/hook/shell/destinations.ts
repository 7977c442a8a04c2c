import { commandsOf, type SimpleCommand, type Word } from "./words.ts";
import { codeWords, hostOptions, namedPlaces, runsCode, senders, wrappers } from "./programs.ts";

/**
 * Where a command line may send data: URLs and hosts as they are written, and for programs whose destination cannot be read
 * from the line a text `program:…`, which no rule knows. Empty for a line in which nothing of the kind stands. What a
 * program or script does that the line only starts is not seen.
 */
export function destinationsOf(line: string): string[] {
  const found = new Set(urlsIn(line));
  for (const command of commandsOf(line)) for (const one of ofCommand(command, 0)) found.add(one);
  return [...found].slice(0, most);
}

/** More than this in one line are told as one that no rule knows. */
const most = 50;
/** Code in code in code is told as one that cannot be read. */
const deepest = 4;

const url = /[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>()|;&\\]+/gi;

function urlsIn(text: string): string[] {
  return text.match(url) ?? [];
}

function ofCommand(command: SimpleCommand, depth: number): string[] {
  const words = withoutWrappers(command);
  const devices = words.flatMap(({ text }) => /^\/dev\/(?:tcp|udp)\/([^/]+)/.exec(text)?.[1] ?? []);
  const [first, ...rest] = words;
  if (first === undefined) return devices;
  if (first.isOpen) return [...devices, unreadable(first.text)];
  const program = nameOf(first.text);
  return [...devices, ...ofProgram(program, rest, depth)];
}

function ofProgram(program: string, words: readonly Word[], depth: number): string[] {
  const flag = runsCode.get(program);
  if (flag !== undefined) return ofCode(program, flag, words, depth);
  if (hostOptions.has(program)) return ofHosts(program, words);
  const place = namedPlaces.get(program);
  if (place !== undefined && (place === null || words.some(({ text }) => place.has(text))))
    return ofPlace(program, words);
  if (senders.has(program)) return [`${program}:${words.map(({ text }) => text).join(" ")}`.slice(0, 256)];
  return [];
}

/** Code that stands in the line is read as far as it names something; what comes from elsewhere cannot be. */
function ofCode(program: string, flag: RegExp | null, words: readonly Word[], depth: number): string[] {
  if (flag === null) return ofLine(words.map(({ text }) => text).join(" "), program, depth);
  const at = words.findIndex(({ text }) => flag.test(text));
  if (at === -1) return words.some(({ text }) => !text.startsWith("-")) ? [] : [unreadable(program)];
  const code = words[at + 1];
  if (code === undefined || code.isOpen) return [unreadable(program)];
  if (shells.has(program)) return ofLine(code.text, program, depth);
  const urls = urlsIn(code.text);
  if (urls.length > 0) return urls;
  return codeWords.test(code.text) ? [unreadable(program)] : [];
}

const shells: ReadonlySet<string> = new Set(["sh", "bash", "zsh", "dash", "ksh", "fish"]);

function ofLine(line: string, program: string, depth: number): string[] {
  if (depth >= deepest) return [unreadable(program)];
  return commandsOf(line).flatMap((command) => ofCommand(command, depth + 1));
}

/** Programs whose arguments are hosts or URLs. One that names none gets its destination from elsewhere. */
function ofHosts(program: string, words: readonly Word[]): string[] {
  const valued = hostOptions.get(program);
  const places: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as Word;
    if (word.text.startsWith("-")) {
      if (valued?.has(word.text) === true) at += 1;
      continue;
    }
    if (word.isOpen) places.push(unreadable(word.text));
    else if (!urlsIn(word.text).includes(word.text)) places.push(...hostIn(word.text));
    else places.push(word.text);
  }
  return places.length === 0 ? [unreadable(program)] : places;
}

/** Of `host`, `host:port/path`, `user@host:path`, `TCP:host:port`; none for what names no host. */
function hostIn(text: string): string[] {
  const bare = text.replace(/^[^@\s/]*@/, "").replace(/^(?:tcp|udp|openssl|ssl)[46]?(?:-connect)?:/i, "");
  const host = /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?:[:/].*)?$/i.exec(bare)?.[1];
  if (host === undefined || /^[0-9]+$/.test(host)) return [];
  return [host];
}

/** A named place, such as a remote of git, is where its own configuration says. */
function ofPlace(program: string, words: readonly Word[]): string[] {
  const urls = words.flatMap(({ text }) => urlsIn(text));
  if (urls.length > 0) return urls;
  const remote = words.flatMap(({ text }) => /^[^@\s/:]+@([^:\s/]+):/.exec(text)?.[1] ?? []);
  if (remote.length > 0) return remote;
  const named = words.filter(({ text }) => !text.startsWith("-")).map(({ text }) => text);
  return [`${program}:${named.slice(0, 3).join(" ")}`.slice(0, 256)];
}

function withoutWrappers(command: SimpleCommand): SimpleCommand {
  let at = 0;
  for (;;) {
    const word = command[at];
    if (word === undefined) return [];
    if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(word.text)) at += 1;
    else if (wrappers.has(nameOf(word.text)) && !word.isOpen) at = afterOptions(command, at + 1);
    else return command.slice(at);
  }
}

/** Options of a wrapper, and the number or duration that `timeout`, `nice` and the like take. */
function afterOptions(command: SimpleCommand, from: number): number {
  let at = from;
  while (/^(?:-|[0-9.]+[smhd]?$)/.test(command[at]?.text ?? "")) at += 1;
  return at;
}

function nameOf(text: string): string {
  return (text.split("/").at(-1) ?? text).toLowerCase().replace(/\.exe$/, "");
}

function unreadable(text: string): string {
  return `unreadable:${text}`.slice(0, 256);
}
