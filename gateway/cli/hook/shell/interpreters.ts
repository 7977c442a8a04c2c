import { hasDataEnding } from "./data-files.ts";
import { isStream } from "./streams.ts";
import type { Word } from "./word.ts";

/** Options of programs that execute code whose value is the next word. */
const valued = /^(?:[-+]\w*[oO]|--(?:rcfile|init-file|require|import|loader|experimental-loader|conditions)|-[rWXC])$/;

/** Place of the first word that is neither an option nor the value of one: a file of code, or a module; -1 for none. */
export function placeOfFile(words: readonly Word[]): number {
  return words.findIndex(({ text }, at) => !/^[-+]/.test(text) && !valued.test(words[at - 1]?.text ?? ""));
}

/** Options by which standard input is code although a file or code is named. */
const readsInput: ReadonlyMap<string, RegExp> = new Map([
  ...["python", "pypy"].map((name) => [name, /^-[bBdEIOPqsSuvVx]*i/] as const),
  ["perl", /^-[acflnpsStTuUvwWX0-9]*d(?!:)/],
  ["node", /^(?:-i\w*|--inte\w*)$/],
]);
/** `-MNAME=…` of Perl, of which all that stands behind the name is code. */
const plainModule = /^-[mM]-?[\w:]+(?:=[\w,:./+-]*| qw\([\w :]*\))?$/;

const withModule = /^-[bBdEIOPqsSuvVx]*m(.*)$/s;
/** Modules of Python that read code or commands from standard input, or go to the host that they are given. */
const openModules =
  /^(?:code|asyncio|pdb|bdb|idlelib|cmd|IPython|bpython|ptpython|telnetlib|ftplib|webbrowser|smtplib|poplib|imaplib|nntplib)(?:\.|$)/;

/** Where code comes from cannot be read, whatever file or module is named. */
export function readsCode(program: string, words: readonly Word[]): boolean {
  const first = placeOfFile(words);
  const options = first === -1 ? words : words.slice(0, first);
  if (options.some(({ text }) => readsInput.get(program)?.test(text))) return true;
  if (program === "node" && words[0]?.text === "inspect") return true;
  if (program === "perl") return options.some(({ text }) => /^-[mM]/.test(text) && !plainModule.test(text));
  const named = moduleOf(program, words);
  if (named === null) return false;
  return openModules.test(named) || (named !== "json.tool" && words.some(({ text }) => isStream(text)));
}

/** The module of `python -m`; null for none. */
export function moduleOf(program: string, words: readonly Word[]): string | null {
  if (program !== "python" && program !== "pypy") return null;
  const at = words.findIndex(({ text }) => withModule.test(text));
  if (at === -1 || words.slice(0, at).some(({ text }) => text === "-c")) return null;
  const attached = withModule.exec(words[at]?.text ?? "")?.[1] ?? "";
  return attached === "" ? (words[at + 1]?.text ?? "") : attached;
}

/** Programs whose code is in a file that an option names. */
const fileOption: ReadonlyMap<string, RegExp> = new Map([
  ...["make", "gmake"].map((name) => [name, /^(?:-[a-zA-Z]*f|--(?:fi|ma)[a-z]*(?:=|$))(.*)$/s] as const),
  ...["awk", "gawk", "mawk", "nawk"].map((name) => [name, /^(?:-[fiE]|--(?:file|include|exec)(?:=|$))(.*)$/s] as const),
  ["sed", /^(?:-[nErsuz]*f|--fi[a-z]*(?:=|$))(.*)$/s],
]);

/** `make -f -`, `awk -f x.txt`. */
export function readsFile(program: string, words: readonly Word[]): boolean {
  return words.some(({ text }, at) => {
    const attached = fileOption.get(program)?.exec(text)?.[1];
    const file = attached === "" ? words[at + 1]?.text : attached;
    return file !== undefined && (file === "-" || isStream(file) || hasDataEnding(file));
  });
}

/** Code of Perl that opens the files that it is given: `<>`. */
const opensFiles = /<\s*(?:ARGV)?\s*>|\breadline\b|\bARGV\b/;

/**
 * `perl -ne … FILE`: `<>` executes a name that begins or ends with `|`, and a name that begins with `-` is an option. With `-i` a name is
 * one of a file. `flag`: place of `-e`.
 */
export function runsNames(program: string, words: readonly Word[], flag: number): boolean {
  if (program !== "perl" || flag === -1) return false;
  const attached = /^-[a-zA-Z0-9]*?[eE](.*)$/s.exec(words[flag]?.text ?? "")?.[1] ?? "";
  const code = attached === "" ? words[flag + 1]?.text : attached;
  const behind = words.slice(attached === "" ? flag + 2 : flag + 1);
  // Options can stand behind the code too.
  const last = behind.findIndex(({ text }) => !text.startsWith("-") || text === "--");
  const options = [...words.slice(0, flag + 1), ...behind.slice(0, last === -1 ? behind.length : last)];
  const has = (letters: RegExp) => options.some(({ text }) => letters.test(text));
  const files = behind.slice(last === -1 ? behind.length : last);
  if (has(/^-[aclnpstTuUwWX0-9]*i/)) return canBeOption(files);
  const opens = has(/^-[acilpstTuUwWX0-9]*[anpF]/) || opensFiles.test(code ?? "") || options.length > flag + 1;
  return opens && files.some(canBePipe);
}

/** Of the files up to the first that surely is one. What `xargs` and `find` give are names of files. */
function canBeOption(files: readonly Word[]): boolean {
  const sure = files.findIndex(({ text }) => text === "--" || /^[\w./~]/.test(text));
  return files
    .slice(0, sure === -1 ? files.length : sure)
    .some(({ text, isOpen, isPattern }) => (isOpen || isPattern) && text !== "$@" && text !== "{}");
}

function canBePipe({ text, isOpen, isPattern, splits }: Word): boolean {
  if (splits || text.includes("{}") || /^\s*\||\|\s*$/.test(text)) return true;
  return (isOpen && !/^[\w./].*[\w.]$/s.test(text)) || (isPattern && (/^[*?[{]/.test(text) || /[*?\]}]$/.test(text)));
}

/** `perl -pi -e 's/…/…/g' FILE`: nothing but text is put in the place of text. */
export function onlyReplaces(program: string, words: readonly Word[], flag: number): boolean {
  if (program !== "perl" || !words.slice(0, flag + 1).every(({ text }) => /^-(?:[pnl0-9]*i?e?|i\.\w+)$/.test(text)))
    return false;
  const [code, ...files] = words.slice(flag + 1);
  if (code === undefined || code.isOpen || !words[flag]?.text.endsWith("e")) return false;
  if (files.some(({ text }, at) => (text.startsWith("-") && !(text === "--" && at === 0)) || text.includes("|")))
    return false;
  const [, inBraces, withBraces, , pattern, replacement] = substitution.exec(code.text) ?? [];
  const [from, to] = [inBraces ?? pattern, withBraces ?? replacement];
  return from !== undefined && to !== undefined && isPlainPattern(from) && isPlainReplacement(to);
}

const substitution =
  /^\s*s(?:\{([^{}]*)\}\s*\{([^{}]*)\}|([/|#!,])((?:\\.|(?!\3)[^\\])*)\3((?:\\.|(?!\3)[^\\])*)\3)[gimsx]*\s*;?\s*$/s;

/** A dollar sign is the end of a line, or before a number what was found. Behind it, an index or an arrow can be code, and so can `(?{…})`. */
function isPlainPattern(text: string): boolean {
  return !/[@`]|\$(?!$|[\d)|\s])|\$[\d)|\s]+(?:[[{]|->)|\(\s*[?*][\s?*p]*\{/.test(text);
}

/** Text, and what was found (`$1`). */
function isPlainReplacement(text: string): boolean {
  return !/[@`]|\$(?!\d)|\$\d+\s*(?:[[{]|->)/.test(text);
}
