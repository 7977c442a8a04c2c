import { ReadBudget } from "./read-budget.ts";
import { commandsOf, type SimpleCommand, type Word } from "./words.ts";
import {
  codeThatLeaves,
  codeWords,
  everyWordIsPlace,
  hostOptions,
  leadsElsewhere,
  namedPlaces,
  runsCode,
  senders,
  shells,
  takesWords,
  wrappers,
  writesCode,
} from "./programs.ts";

/**
 * Where a command line may send data: URLs and hosts as they are written, and for programs whose destination cannot be read
 * from the line a text `program:…`, which no rule knows. Empty for a line in which nothing of the kind stands. What a
 * program or script does that the line only starts is not seen.
 */
export function destinationsOf(line: string, budget = new ReadBudget()): string[] {
  const found = new Set(urlsIn(line));
  for (const command of commandsOf(line, budget))
    for (const one of ofCommand(command, { depth: 0, budget })) found.add(one);
  if (budget.isSpent) found.add(unreadable("more"));
  if (found.size <= most) return [...found];
  return [...[...found].slice(0, most - 1), unreadable("more")];
}

/** How a text of the line is read: how deep it lies in others, and what is left to read. */
interface Reading {
  readonly depth: number;
  readonly budget: ReadBudget;
}

/** More than this in one line are told as one that no rule knows. */
const most = 50;
/** Code in code in code is told as one that cannot be read. */
const deepest = 4;

/** The scheme is bounded: otherwise a long word takes so long that the client no longer waits for the hook. */
const url = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'`<>()|;&\\]+/gi;

function urlsIn(text: string): string[] {
  return text.match(url) ?? [];
}

function ofCommand(command: SimpleCommand, reading: Reading): string[] {
  if (reading.budget.isSpent) return [];
  const led = [...devicesIn(command), ...proxiesIn(command)];
  const words = command.filter(({ isRedirected }) => !isRedirected);
  const starts = startsOf(words);
  if (starts.length > most) return [...led, unreadable("more")];
  const set = words
    .flatMap(({ text }) => startedBy.exec(text)?.[1] ?? [])
    .flatMap((line) => ofLine(line, "line", reading));
  return [...led, ...set, ...starts.flatMap((at) => ofStart(words.slice(at), reading))];
}

/** Variables whose value others execute. */
const startedBy = /^[A-Za-z_]*(?:COMMAND|PAGER|EDITOR|BROWSER|ASKPASS|_SSH|_ENV)=(.+)$/s;

/** Where a program's name may stand: first, or behind wrappers, whose options and their values are many. */
function startsOf(words: SimpleCommand): readonly number[] {
  const first = words.findIndex(({ text }) => !isAssignment(text));
  const wrapper = words[first];
  if (wrapper === undefined) return [];
  if (wrapper.isOpen || !wrappers.has(nameOf(wrapper.text))) return [first];
  const behind = words.map((_, at) => at).slice(first + 1);
  // An option may take a value, which is no program.
  const isSure = !takesWords.has(nameOf(wrapper.text)) && words[first + 1]?.text.startsWith("-") === false;
  const plain = behind.find((at) => !/^(?:-|[0-9.]+[smhd]?$|[A-Za-z_][A-Za-z0-9_]*=)/.test(words[at]?.text ?? ""));
  const known = behind.filter((at) => !isSure && at !== plain && isKnown(words[at] as Word));
  // `su -c`, `env -S`, `watch`: a whole command line in one word.
  const lines = behind.filter((at) => /\s/.test(words[at]?.text ?? ""));
  // More places than a command has that somebody means are not read.
  return [...new Set([...(plain === undefined ? [] : [plain]), ...known, ...lines])].slice(0, most + 1);
}

function isKnown({ text }: Word): boolean {
  const name = nameOf(text);
  return [runsCode, hostOptions, namedPlaces, senders].some((one) => one.has(name));
}

function isAssignment(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(text);
}

/** The shell's own connections, in redirections too. */
function devicesIn(command: SimpleCommand): string[] {
  return command.flatMap(({ text }) => /\/dev\/(?:tcp|udp)\/([^/]+)/.exec(text)?.[1] ?? []);
}

/** A proxy in a variable or an option gets what is sent, whatever host the rest names. */
function proxiesIn(command: SimpleCommand): string[] {
  const named = /(?:^|[^a-z])(?!no_)(?:[a-z]+_)?proxy(?:command|jump)?\s*=\s*(.+)$/is;
  return command.flatMap(({ text }) => {
    const place = /(?:^|[^a-z])no_proxy\s*=/i.test(text) ? undefined : named.exec(text)?.[1];
    return place === undefined ? [] : [`proxy:${place}`.slice(0, 256)];
  });
}

function ofStart(words: readonly Word[], reading: Reading): string[] {
  const [first, ...rest] = words;
  // Behind wrappers all words are looked at again for each place where a program may begin.
  if (first === undefined || !reading.budget.take(lengthOf(words))) return [];
  if (first.isOpen || first.isPattern) return first.text === "[" ? [] : [unreadable(first.text)];
  if (/\s/.test(first.text)) return ofLine(first.text, "line", reading);
  const program = nameOf(first.text);
  // Behind a wrapper stands another one.
  if (wrappers.has(program)) return isDeepest(reading) ? [unreadable(program)] : ofCommand(words, deeper(reading));
  return ofProgram(program, rest, reading);
}

function lengthOf(words: readonly Word[]): number {
  return words.reduce((sum, { text }) => sum + text.length + 1, 0);
}

function ofProgram(program: string, words: readonly Word[], reading: Reading): string[] {
  const flag = runsCode.get(program);
  if (flag !== undefined) return ofCode(program, flag, words, reading);
  if (program === "alias") return words.flatMap(({ text }) => ofLine(text.replace(/^[^=]*=/, ""), program, reading));
  if (writesCode.has(program)) return words.some(({ text }) => codeThatLeaves.test(text)) ? [unreadable(program)] : [];
  if (hostOptions.has(program)) return ofHosts(program, words);
  const place = namedPlaces.get(program);
  if (place !== undefined && (place === null || words.some(({ text }) => place.has(text))))
    return ofPlace(program, words);
  if (senders.has(program)) return [`${program}:${words.map(({ text }) => text).join(" ")}`.slice(0, 256)];
  return [];
}

/** Code that stands in the line is read as far as it names something; what comes from elsewhere cannot be. */
function ofCode(program: string, flag: RegExp | null, words: readonly Word[], reading: Reading): string[] {
  if (flag === null) return ofLine(words.map(({ text }) => text).join(" "), program, reading);
  const at = words.findIndex(({ text }) => flag.test(text));
  if (at === -1) return isScript(program, words) ? [] : [unreadable(program)];
  const behind = words.slice(at);
  if (behind.some(({ isOpen }, place) => isOpen && place <= 1)) return [unreadable(program)];
  if (shells.has(program)) return ofShellCode(program, behind, reading);
  const urls = behind.flatMap(({ text }) => urlsIn(text));
  if (urls.length > 0) return urls;
  return behind.length === 1 || words.some(({ text }) => codeWords.test(text)) ? [unreadable(program)] : [];
}

/** A file is named whose code is executed; without one it comes from standard input. */
function isScript(program: string, words: readonly Word[]): boolean {
  for (const [at, { text }] of words.entries()) {
    if (text === "-" || (shells.has(program) && /^-[A-Za-z]*s/.test(text))) return false;
    if (!/^[-+]/.test(text) && !/^[-+]\w*[oO]$/.test(words[at - 1]?.text ?? "")) return true;
  }
  return false;
}

/** The command line is the first word behind the option that is none itself. */
function ofShellCode(program: string, [flag, ...words]: readonly Word[], reading: Reading): string[] {
  const attached = /^--command=(.*)$/s.exec(flag?.text ?? "")?.[1];
  if (attached !== undefined) return ofLine(attached, program, reading);
  const code = words.find(({ text }) => !/^[-+]/.test(text));
  return code === undefined || code.isOpen ? [unreadable(program)] : ofLine(code.text, program, reading);
}

function ofLine(line: string, program: string, reading: Reading): string[] {
  if (isDeepest(reading)) return [unreadable(program)];
  if (!reading.budget.takeText()) return [];
  return commandsOf(line, reading.budget).flatMap((command) => ofCommand(command, deeper(reading)));
}

function isDeepest({ depth }: Reading): boolean {
  return depth >= deepest;
}

function deeper({ depth, budget }: Reading): Reading {
  return { depth: depth + 1, budget };
}

/** Programs whose arguments are hosts or URLs. One that names none gets its destination from elsewhere. */
function ofHosts(program: string, words: readonly Word[]): string[] {
  const valued = hostOptions.get(program);
  const led = leadsElsewhere.get(program);
  const places: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as Word;
    const pair = `${word.text} ${words[at + 1]?.text ?? ""}`;
    if (!word.text.startsWith("-") || (word.text === "-" && everyWordIsPlace.has(program)))
      places.push(...placesIn(program, word));
    else if (led?.test(word.text) === true || (word.text === "-o" && led?.test(pair) === true))
      places.push(unreadable(`${program} ${word.text}`));
    else if (word.text.startsWith("--url=")) places.push(...placesIn(program, { ...word, text: word.text.slice(6) }));
    if (valued?.has(word.text) === true) at += 1;
  }
  return places.length === 0 ? [unreadable(program)] : places;
}

function placesIn(program: string, word: Word): string[] {
  if (word.isOpen) return [unreadable(word.text)];
  if (urlsIn(word.text).includes(word.text)) return [word.text];
  const hosts = hostIn(word.text);
  return hosts.length === 0 && everyWordIsPlace.has(program) ? [unreadable(word.text)] : hosts;
}

/** Of `host`, `host:port/path`, `user@host:path`, `TCP:host:port`; none for what names no host. */
function hostIn(text: string): string[] {
  const bare = text.replace(/^[^@\s/]*@/, "").replace(/^(?:tcp|udp|openssl|ssl)[46]?(?:-connect)?:/i, "");
  const host = /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?:[:/?#].*)?$/is.exec(bare)?.[1];
  if (host === undefined || /^[0-9]+$/.test(host)) return [];
  return [host];
}

/** Settings of one command of git that say another address, or a program that it starts. */
const leadsGit =
  /^(?:-c|--config(?:-env)?=?)?(?:core|url|credential|alias|include(?:if)?|remote|ssh)\.|^--(?:upload|receive)-pack|^--exec/i;

/** A named place, such as a remote of git, is where its own configuration says. */
function ofPlace(program: string, words: readonly Word[]): string[] {
  const urls = words.flatMap(({ text }) => urlsIn(text));
  const isLed = program === "git" && words.some(({ text }) => leadsGit.test(text));
  if (urls.length > 0) return isLed ? [...urls, unreadable("git -c")] : urls;
  const remote = words.flatMap(({ text }) => /^[^@\s/:]+@([^:\s/]+):/.exec(text)?.[1] ?? []);
  if (remote.length > 0 && !isLed) return remote;
  const named = words.filter(({ text }) => !text.startsWith("-")).map(({ text }) => text);
  return [`${program}:${named.slice(0, 3).join(" ")}`.slice(0, 256)];
}

function nameOf(text: string): string {
  const name = (text.split(/[/\\]/).at(-1) ?? text).toLowerCase().replace(/\.exe$/, "");
  return /^(?:python|pypy|perl|ruby|php|lua|node)[0-9.-]*$/.test(name) ? name.replace(/[0-9.-]+$/, "") : name;
}

function unreadable(text: string): string {
  return `unreadable:${text}`.slice(0, 256);
}
