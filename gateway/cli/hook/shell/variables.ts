import { hasDataEnding } from "./data-files.ts";
import { isStream } from "./streams.ts";
import { namesProgram } from "./started-by-git.ts";
import type { Word } from "./word.ts";

/** Variables whose value others execute. */
const startedBy =
  /^(?:[A-Za-z_]*(?:COMMAND|PAGER|EDITOR|VISUAL|BROWSER|ASKPASS|_SSH|_RSH|_PROG|EXTERNAL_DIFF|LESSOPEN|LESSCLOSE)|BASH_ENV)\+?=(.+)$/s;
/** The shell looks through their value for commands. */
const lookedThrough = /^PS[0-4]=(.+)$/s;
/** Their value is code, or makes what is read be code. */
const isCode = /^(?:PERL5DB|PYTHONINSPECT|GIT_CONFIG_PARAMETERS)\+?=./;
/** Options of programs that execute code: as a rule they name a number or a file. */
const optionsWithCode = /^(?:PERL5OPT|RUBYOPT|NODE_OPTIONS)\+?=.*(?:data:|[;`])/s;
/** Variables that name a file whose content is executed. */
const namesExecutedFile = /^(?:ENV|PYTHONSTARTUP|GIT_CONFIG(?:_GLOBAL|_SYSTEM)?)=(.+)$/s;
const settingOfGit = /^GIT_CONFIG_KEY_\d+\+?=(.+)$/s;
const harmlessSetting = /^(?:safe|user|color|advice|init|commit|log|pull|push|core\.[a-z]+)(?:\.|$)/i;
/** What the shell starts in the place of a name. */
const renames = /BASH_(?:CMDS|ALIASES)/;

/** Command lines that stand in a word wherever that is; null where it cannot be read which. */
export function linesIn({ text, isOpen }: Word): readonly string[] | null {
  if (renames.test(text) || isCode.test(text) || optionsWithCode.test(text)) return null;
  const file = namesExecutedFile.exec(text)?.[1];
  if (file !== undefined && (isStream(file) || hasDataEnding(file))) return null;
  const setting = settingOfGit.exec(text)?.[1];
  if (setting !== undefined && (isOpen || namesProgram.test(setting) || !harmlessSetting.test(setting))) return null;
  const started = startedBy.exec(text)?.[1];
  if (started !== undefined) return isStream(started) || hasDataEnding(started) ? null : [started];
  if (isOpen) return [];
  const inside = lookedThrough.exec(text)?.[1] ?? inSubscript(text);
  return inside === undefined ? [] : [`: ${inside}`];
}

/** The shell counts with what stands in brackets behind a name, and executes a command there whatever quotes were around it. */
function inSubscript(text: string): string | undefined {
  let isInside = false;
  for (let at = text.indexOf("["); at !== -1 && at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "[") isInside = /\w/.test(text.charAt(at - 1));
    else if (char === "]") isInside = false;
    else if (isInside && (char === "`" || text.startsWith("$(", at))) return text.slice(at);
  }
  return undefined;
}
