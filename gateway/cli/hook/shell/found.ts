import { isStream } from "./streams.ts";
import type { SimpleCommand, Word } from "./word.ts";

const execOptions = /^-(?:exec|execdir|ok|okdir)$/;
/** Tests whose value is the next word. */
const valued =
  /^-(?:i?(?:name|path|wholename|regex|lname)|newer\w*|[ac](?:newer|time|min)|m(?:time|min)|size|perm|user|group|[ug]id|inum|links|x?type|fstype|(?:max|min)depth|used|samefile|context|regextype|f?printf?0?|fls)$/;
/** Tests whose value is a number, into which nobody writes several words. */
const counted = /^-(?:[acm](?:time|min)|size|links|(?:max|min)depth|used)$/;

/** `find` starts what stands behind its own option, which a variable or a pattern can hold as well. */
export function foundBy(all: readonly Word[], most: number): readonly SimpleCommand[] {
  const behind = findsStreams(all) ? all.map(asPattern) : all;
  const options = behind.flatMap(({ text }, at) => (execOptions.test(text) ? [at] : []));
  return [
    ...doubtIn(behind, most).map((word) => [word]),
    ...options.slice(0, most + 1).map((at) => behind.slice(at + 1)),
  ].slice(0, most + 1);
}

/** One of the paths that stand first can have standard input in it. */
function findsStreams(behind: readonly Word[]): boolean {
  const first = behind.findIndex(({ text }) => /^(?:-(?![HLP]$)|[(!])/.test(text));
  return behind
    .slice(0, first === -1 ? behind.length : first)
    .some(
      ({ text, isOpen, isPattern }) =>
        isOpen || isPattern || isStream(text) || /^\/+(?:\.*\/+)*(?:dev|proc|$)/.test(text),
    );
}

function asPattern(word: Word): Word {
  return word.text === "{}" ? { ...word, isPattern: true } : word;
}

/** Words that can be an option that starts a program. */
function doubtIn(behind: readonly Word[], most: number): readonly Word[] {
  const last = behind.findLastIndex(({ text }) => text === ";" || text === "+");
  const found: Word[] = [];
  let isExpression = false;
  for (let at = 0; at < behind.length && found.length <= most; at++) {
    const word = behind[at] as Word;
    const before = behind[at - 1]?.text ?? "";
    const isValue = valued.test(before);
    if (word.splits && !counted.test(before)) found.push(word);
    else if (!isValue && at < last && (word.isOpen || word.isPattern) && (isExpression || isNoPath(behind, at, last)))
      found.push(word);
    if (/^[-(!]/.test(word.text) && !isValue) isExpression = true;
    if (execOptions.test(word.text)) at = endOfCommand(behind, at, last, found);
  }
  return found;
}

/** Of what an option starts: the words to its end are those of a program, which is read as any other. */
function endOfCommand(behind: readonly Word[], from: number, last: number, found: Word[]): number {
  for (let at = from + 1; at <= last; at++) {
    const { text, splits } = behind[at] as Word;
    if (splits && at > from + 1) found.push(behind[at] as Word);
    if (text === ";" || (text === "+" && behind[at - 1]?.text === "{}")) return at;
  }
  return behind.length;
}

/** Paths stand before all else: one is none where no other option explains the end of a command behind it. */
function isNoPath(behind: readonly Word[], at: number, last: number): boolean {
  if (/-(?:exec|ok)/.test(behind[at]?.text ?? "")) return true;
  return !behind.slice(at + 1, last).some(({ text }) => execOptions.test(text));
}
