import { isAssignment, nameOf } from "./programs.ts";
import { shortened, unreadable } from "./unreadable.ts";
import type { SimpleCommand, Word } from "./word.ts";

/** Variables by which programs of databases know another host than this one. */
const names = "(?:PG(?:HOST|HOSTADDR|SERVICE|SERVICEFILE)|MYSQL_HOST)";
const isGiven = new RegExp(`^(?:[\\w-]+=)?${names}(?:\\[[^\\]]*\\])?\\+?=(.+)$`, "s");
/** `read PGHOST`, `printf -vPGHOST`, `declare -n x=PGHOST`. */
const isNamed = new RegExp(`^(?:-\\w|\\w+=)?${names}(?:\\[.*\\])?$`, "s");
/** `${PGHOST:=…}`. */
const isDefault = new RegExp(`\\$\\{${names}(?:\\[[^\\]]*\\])?:?=`);

/** Programs that give no variable of the shell a value, whatever they name. */
const onlyRead = new Set(
  "grep egrep fgrep rg ag ack git gh printenv unset echo test [ sed docker podman kubectl".split(" "),
);
/** Programs whose words are variables and their values. */
const assigns = new Set("export declare typeset local readonly env sudo doas".split(" "));
/** Options of `read` whose value is no variable. */
const valuedOfRead = /^-\w*[ptnNdui]$/;

/** Hosts that variables name for programs of databases; a doubt where it cannot be read which host or which variable. */
export function serversIn(command: SimpleCommand): string[] {
  const program = command.find(({ text, isRedirected }) => !isRedirected && !isAssignment(text))?.text ?? "";
  return command.flatMap((word, at) => {
    const { text, isOpen } = word;
    const place = isGiven.exec(text)?.[1];
    if (place !== undefined) return [isOpen || place.startsWith("/") ? unreadable(text) : shortened(place)];
    const isSet = isDefault.test(text) || (isNamed.test(text) && !onlyRead.has(nameOf(program)));
    return isSet || canName(word, command.slice(0, at)) ? [unreadable(text)] : [];
  });
}

/** The shell makes the name of the variable that gets a value. */
function canName({ text, isOpen, isPattern }: Word, before: readonly Word[]): boolean {
  if (!isOpen && !isPattern) return false;
  const isBehind = (program: RegExp) => before.some((word) => program.test(word.text));
  const last = before.at(-1)?.text ?? "";
  if (isBehind(/^printf$/) && (last === "-v" || text.startsWith("-v"))) return true;
  if (isBehind(/^read$/)) return !valuedOfRead.test(last) && /^(?:-a)?[\w$"{}]+$/.test(text);
  return before.some((word) => assigns.has(word.text)) && /^[^=]*[$`*?[{][^=]*=/s.test(text);
}
