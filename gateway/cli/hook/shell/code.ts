import { codeWords, shells } from "./programs.ts";
import { unreadable, urlsIn } from "./told.ts";
import type { Word } from "./words.ts";

/** Options of programs that execute code, whose value is the next word. */
const valued = /^(?:[-+]\w*[oO]|--(?:rcfile|init-file|require|import|loader|experimental-loader|conditions)|-[rWXC])$/;

/** Standard input, or what another command writes, by the name of a file. */
export function isStream(text: string): boolean {
  return /^\/dev\/(?:stdin|fd\/)|^\/proc\/[^/]+\/fd\/|^<\(/.test(text);
}

/** A file is named whose code is executed; without one it comes from standard input. */
export function isScript(program: string, words: readonly Word[]): boolean {
  for (const [at, { text }] of words.entries()) {
    if (isStream(text) || text === "$@") return false;
    if (text === "-" || (shells.has(program) && /^-[A-Za-z]*s/.test(text))) return false;
    if (!/^[-+]/.test(text) && !valued.test(words[at - 1]?.text ?? "")) return true;
  }
  return false;
}

/** The command line of `-c`: the first word behind it that is neither an option nor the value of one. */
export function shellCode([flag, ...words]: readonly Word[]): Word | undefined {
  const attached = /^--command=(.*)$/s.exec(flag?.text ?? "")?.[1];
  if (attached !== undefined && flag !== undefined) return { ...flag, text: attached };
  const texts = [flag?.text ?? "", ...words.map(({ text }) => text)];
  return words.find(({ text }, at) => !/^[-+]/.test(text) && !/^[-+]\w*[oO]$/.test(texts[at] ?? ""));
}

/** Code of a language is read as far as it names URLs. `behind`: from the option that it stands behind. */
export function ofLanguage(program: string, words: readonly Word[], behind: readonly Word[]): string[] {
  const urls = behind.flatMap(({ text }) => urlsIn(text));
  if (urls.length > 0) return urls;
  return behind.length === 1 || words.some(({ text }) => codeWords.test(text)) ? [unreadable(program)] : [];
}

/** Texts, patterns and comments of awk, in which a bar is none that starts a program. */
const awkTexts = /"(?:\\[^]|[^"\\])*"|(^|[(,{!~&|;=?:\n}]\s*)\/(?:\\[^]|[^/\\\n])*\/|#[^\n]*/g;

/** Whether a program of awk starts another one, opens a connection, or stands in no word. */
export function awkLeaves(words: readonly Word[]): boolean {
  return words.some(({ text }, at) => {
    const before = words[at - 1]?.text ?? "";
    if (before === "-f") return text === "-" || isStream(text);
    if (text.startsWith("-f")) return text === "-f-" || isStream(text.slice(2));
    if (before === "-F" || before === "-v" || (text.startsWith("-") && !/^(?:-e|--source)/.test(text))) return false;
    const code = text.replace(awkTexts, '$1""');
    return /\/inet/.test(text) || /system\s*\(|@\s*\w+\s*\(|(?<!\|)\|(?!\|)/.test(code);
  });
}
