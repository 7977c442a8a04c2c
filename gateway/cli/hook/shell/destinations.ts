import { awkLeaves } from "./awk.ts";
import { isScript, ofLanguage, shellCode } from "./code.ts";
import { commandsOf } from "./commands.ts";
import { copiesData, givesData, makesCode } from "./data-as-code.ts";
import { hasDataEnding } from "./data-files.ts";
import { serversIn } from "./database-servers.ts";
import { devicesIn } from "./devices.ts";
import { hostOptions } from "./host-options.ts";
import { executedHere, hostsOf } from "./hosts.ts";
import { moduleOf, onlyReplaces, readsCode, readsFile, runsNames } from "./interpreters.ts";
import { namedPlacesOf } from "./named-places.ts";
import { nameOf, runsCode, runsOtherwise, sends, shells, wrappers, writesCode } from "./programs.ts";
import { ReadBudget } from "./read-budget.ts";
import { startedByGit } from "./started-by-git.ts";
import { startedByPackages } from "./started-by-packages.ts";
import { isStream } from "./streams.ts";
import { shortened, unreadable, urlsIn } from "./unreadable.ts";
import { linesIn } from "./variables.ts";
import { lengthOf, type SimpleCommand, type Word } from "./word.ts";
import { startsOf } from "./wrapped.ts";

/**
 * Where a command line may send data: URLs and hosts as they are written, and for programs whose destination cannot be read
 * from the line a text `program:…`, which no rule knows. Empty for a line in which nothing of the kind stands. What a
 * program or script does that the line only starts is not seen.
 */
export function destinationsOf(line: string, budget = new ReadBudget()): string[] {
  const found = new Set(urlsIn(line));
  for (const command of commandsOf(line, budget))
    for (const one of ofCommand(command, { depth: 0, budget })) found.add(one);
  if (budget.isPartial) found.add(unreadable("more"));
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

function ofCommand(command: SimpleCommand, reading: Reading): string[] {
  // An address can be put together by quotes.
  const urls = command.flatMap(({ text }) => urlsIn(text));
  const led = [...urls, ...devicesIn(command), ...proxiesIn(command), ...serversIn(command), ...loginsIn(command)];
  if (copiesData(command)) led.push(unreadable(command[0]?.text ?? ""));
  const words = command.filter(({ isRedirected }) => !isRedirected);
  const starts = startsOf(words, most);
  if (starts.length > most) return [...led, unreadable("more")];
  return [
    ...led,
    ...command.flatMap((word) => ofValue(word, reading)),
    ...starts.flatMap((start) => ofStart(start, reading)),
  ];
}

/** What a word says that is executed wherever it stands. */
function ofValue(word: Word, reading: Reading): string[] {
  const lines = linesIn(word);
  return lines === null ? [unreadable(word.text)] : lines.flatMap((line) => ofLine(line, "line", reading));
}

/** A proxy in a variable or an option gets what is sent, whatever host the rest names. */
function proxiesIn(command: SimpleCommand): string[] {
  const named = /(?:^|[^a-z])(?!no_)(?:[a-z]+_)?proxy(?:command|jump)?\s*=\s*(.+)$/is;
  return command.flatMap(({ text }) => {
    const place = /(?:^|[^a-z])no_proxy\s*=/i.test(text) ? undefined : named.exec(text)?.[1];
    return place === undefined ? [] : [shortened(`proxy:${place}`)];
  });
}

/** Hosts that `parallel` starts its commands on. */
function loginsIn(command: SimpleCommand): string[] {
  const starts = command.findIndex(({ text }) => /^(?:parallel|sem)$/.test(nameOf(text)));
  return command.slice(starts === -1 ? command.length : starts).flatMap(({ text }, at, words) => {
    const attached = /^(?:-S|--(?:sshlogin|slf|sshloginfile)(?:=|$))(.*)$/s.exec(text)?.[1];
    const place = attached === "" ? words[at + 1]?.text : attached;
    return place === undefined || place === ":" ? [] : [shortened(`parallel:${place}`)];
  });
}

function ofStart(words: SimpleCommand, reading: Reading): string[] {
  const [first, ...rest] = words;
  // Behind wrappers all words are looked at again for each place where a program may begin.
  if (first === undefined || !reading.budget.takeRead(lengthOf(words))) return [];
  if (first.text === "[" || first.text === "[[") return [];
  if (first.isPattern || first.text.includes("{}") || (first.isOpen && !hasFixedName(first)))
    return [unreadable(first.text)];
  if (first.text.includes("/") && hasDataEnding(first.text)) return [unreadable(first.text)];
  if (/[ \t\n]/.test(first.text)) return ofLine(first.text, "line", reading);
  const program = nameOf(first.text);
  // Behind a wrapper stands another one.
  if (wrappers.has(program)) return isDeepest(reading) ? [unreadable(program)] : ofCommand(words, deeper(reading));
  return ofProgram(program, rest, reading);
}

/** `"$HOME/bin/tool"`: wherever the folder is. What is counted is a number, which is no program. */
function hasFixedName({ text, splits }: Word): boolean {
  if (/^\$\(\([\w +*/%<>-]+\)\)$/.test(text)) return true;
  return !splits && /^\$(?:\w+|\{\w+\})(?:\/[\w.@+-]+)+$/.test(text);
}

function ofProgram(program: string, words: readonly Word[], reading: Reading): string[] {
  const flag = program === "bun" && words[0]?.text === "x" ? undefined : runsCode.get(program);
  if (flag !== undefined) return ofCode(program, flag, words, reading);
  if (program === "source" || program === ".")
    return words.length === 0 || isScript(program, words) ? [] : [unreadable(program)];
  if (program === "alias") return words.flatMap(({ text }) => ofLine(text.replace(/^[^=]*=/, ""), program, reading));
  const otherwise = runsOtherwise.get(program);
  if (otherwise !== undefined) return words.some(({ text }) => otherwise.test(text)) ? [unreadable(program)] : [];
  if (readsFile(program, words) || makesCode(program, words)) return [unreadable(program)];
  if (writesCode.has(program)) return awkLeaves(words, reading.budget) ? [unreadable(program)] : [];
  if (hostOptions.has(program)) {
    const here = executedHere(program, words);
    return [...hostsOf(program, words), ...(here === "" ? [] : ofLine(here, program, reading))];
  }
  const lines = program === "git" ? startedByGit(words) : startedByPackages(program, words, reading.budget);
  const started = lines.flatMap((line) => ofLine(line, program, reading));
  const places = namedPlacesOf(program, words) ?? [];
  if (!sends(program, words)) return [...started, ...places];
  return [shortened(`${program}:${words.map(({ text }) => text).join(" ")}`)];
}

/** Code that stands in the line is read as far as it names something; what comes from elsewhere cannot be. */
function ofCode(program: string, flag: RegExp | null, words: readonly Word[], reading: Reading): string[] {
  if (flag === null) return ofLine(textOf(words), program, reading);
  const at = words.findIndex(({ text }) => flag.test(text));
  if (readsCode(program, words) || givesData(moduleOf(program, words), words)) return [unreadable(program)];
  if (runsNames(program, words, at)) return [unreadable(program)];
  if (onlyReplaces(program, words, at)) return [];
  if (at === -1 && moduleOf(program, words) === "timeit") return ofLanguage(program, words, words);
  if (at === -1) return isScript(program, words) || onlyChecks(program, words) ? [] : [unreadable(program)];
  const behind = words.slice(at);
  const isElsewhere = words.slice(0, at).some(({ text }) => isStream(text));
  if (isElsewhere || behind.some(({ isOpen }, place) => isOpen && place <= 1)) return [unreadable(program)];
  if (!shells.has(program)) return ofLanguage(program, words, behind);
  const code = shellCode(behind);
  return code === undefined || code.isOpen ? [unreadable(program)] : ofLine(code.text, program, reading);
}

/** `bash -n FILE` executes nothing, also where `find` names the file. */
function onlyChecks(program: string, [option, file, ...more]: readonly Word[]): boolean {
  return shells.has(program) && option?.text === "-n" && file?.text === "{}" && more.every(({ text }) => text === ";");
}

/** Of `eval`: all its words are one line. */
function textOf(words: readonly Word[]): string {
  const texts = words.map(({ text }) => text);
  return (texts[0] === "--" ? texts.slice(1) : texts).join(" ");
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
