import type { Word } from "./word.ts";

/**
 * Whether a database without a host is told by its line to do nothing but what is known to stay on this machine: to read and change rows,
 * and no more. A client that is told nothing takes its commands from standard input, and most of what it is told can name a host, a program
 * or a file.
 */
export function asksThisMachine(program: string, words: readonly Word[]): boolean {
  if (words.some(({ isOpen, isPattern }) => isOpen || isPattern)) return false;
  if (program === "redis-cli") return asksRedis.test(lineOfTexts(words));
  const options = optionsOf.get(program);
  if (options === undefined) return false;
  let isAsked = false;
  for (let at = 0; at < words.length; at++) {
    const text = words[at]?.text ?? "";
    const statement = options.statement.exec(text)?.[1];
    if (statement !== undefined) {
      if (statement === "") at += 1;
      if (!isHarmless(statement === "" ? (words[at]?.text ?? "") : statement)) return false;
      isAsked = true;
    } else if (options.valued.test(text)) {
      at += 1;
      if (!plainName.test(words[at]?.text ?? "")) return false;
    } else if (!options.others.test(text) && !plainName.test(text)) return false;
  }
  return isAsked;
}

const lineOfTexts = (words: readonly Word[]): string => words.map(({ text }) => JSON.stringify(text)).join(" ");

/** Commands of Redis that read or change values, behind options that name no host. Each word stands in quotes. */
const asksRedis =
  /^(?:"(?:-[na]" "[\w.-]+|-p" "\d+|--(?:no-)?raw|--no-auth-warning)" )*"(?:(?:ping|info|dbsize|time|flushdb|flushall)"$|(?:ping|info|get|mget|set|mset|del|keys|exists|expire|ttl|type|incr|decr|scan|h(?:get|set|getall|keys|del)|l(?:len|range|push|pop)|r(?:push|pop)|s(?:add|rem|card|members)|z(?:add|rem|card|range))" ")/i;

/** A user, a database or a port. */
const plainName = /^\w[\w-]*$/;

interface OptionsOfDatabase {
  /** Before a statement, which is the next word where nothing is attached. */
  readonly statement: RegExp;
  /** Before a name, which is the next word. */
  readonly valued: RegExp;
  readonly others: RegExp;
}

const mysql: OptionsOfDatabase = {
  statement: /^(?:-e|-[BNst]+e$|--execute(?:=|$))(.*)$/s,
  valued: /^(?:-[uDP]|--(?:user|database|port))$/,
  others:
    /^(?:-[BNstv]+|-[uDP]\w[\w-]*|-p\S*|--(?:user|database|port)=\w[\w-]*|--(?:batch|skip-column-names|silent|table))$/,
};
const optionsOf: ReadonlyMap<string, OptionsOfDatabase> = new Map([
  [
    "psql",
    {
      statement: /^(?:-[AatqxXwe1]*c|--command(?:=|$))(.*)$/s,
      valued: /^(?:-[AatqxXwe1]*[Udp]|--(?:username|dbname|port))$/,
      others:
        /^(?:-[AatqxXwe1]+|-[Udp]\w[\w-]*|--(?:username|dbname|port)=\w[\w-]*|--(?:no-psqlrc|tuples-only|no-align|quiet|csv|no-password)|-v|ON_ERROR_STOP=[01])$/,
    },
  ],
  ["mysql", mysql],
  ["mariadb", mysql],
]);

/** `\d` and `\l` of psql list tables and databases. */
const lists = /^\s*\\(?:d[a-zS]*|l)\+?(?: [\w.]+)?\s*$/;
/** No backslash, backtick, comment, dollar sign or line end, within which clients of databases read commands of their own. */
const plainText = /^(?:[\w ,.;:=<>!*+%@'"()]|-(?!-))+$/;
/** Statements that read or change rows. */
const begins =
  /^ *(?:select|insert into|update|delete from|explain|show|describe|(?:create|drop) (?:database|schema)|drop table|truncate)\b/i;
/** What writes a file, reads one, or names a server. */
const leaves = /\b(?:outfile|dumpfile|load_file|program|connection|server|subscription|copy|execute|call)\b/i;
/** What stands before a parenthesis that calls none but these functions. */
const callsNothing =
  /(?:^|[,=<>*+%-]) *$|(?:^|[ ,=<>*+%-])(?:count|sum|min|max|avg|now|version|lower|upper|length|in|values|and|or|not|where|as|exists|select) *$/i;

function isHarmless(statement: string): boolean {
  if (lists.test(statement)) return true;
  if (!plainText.test(statement) || leaves.test(statement)) return false;
  const parts = statement.split(";").filter((part) => part.trim() !== "");
  const before = statement.split("(").slice(0, -1);
  return (
    parts.length > 0 && parts.every((part) => begins.test(part)) && before.every((text) => callsNothing.test(text))
  );
}
