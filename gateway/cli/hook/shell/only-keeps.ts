import type { SimpleCommand } from "./word.ts";

/** Programs that execute nothing of what they are given, and no file. */
const keepers: ReadonlySet<string> = new Set(
  "cat tee git echo printf cd mkdir ls wc head tail pwd touch true".split(" "),
);
const keepsOfGit =
  /^(?:commit|add|status|diff|log|show|tag|notes|hash-object|apply|push|pull|fetch|checkout|switch|branch|stash)$/;
/** Nothing that shells read in different ways: words, quotes, redirections and `$(…)`. */
const plain = /^(?:[^\\`${}[\]()#]|\$\((?!\()|\$\w+|\))*$/;
/** Files that a shell, git or the machine executes later, or that lead another program elsewhere. */
const executed =
  /\.(?:ba|z|k|da|c|tc|fi|s)?sh\w*(?:$|\/)|profile$|\.git(?:config|\/|$)|hooks?\/|\bbin\/|^\/(?:dev|proc)\/|(?:curl|wget|vim)rc$|cron|systemd|autostart/;

/** Whether a command line does no more with its here-documents than to keep or show them. `line`: without those. */
export function onlyKeeps(line: string, commands: readonly SimpleCommand[]): boolean {
  return plain.test(line) && commands.every(keeps);
}

function keeps(command: SimpleCommand): boolean {
  if (command.some(({ text }) => executed.test(text) && text !== "/dev/null")) return false;
  const [program, verb] = command.filter(({ isRedirected }) => !isRedirected);
  if (program === undefined) return true;
  return keepers.has(program.text) && (program.text !== "git" || keepsOfGit.test(verb?.text ?? ""));
}
