import { namesAnother } from "./host-options.ts";
import type { Word } from "./word.ts";

/**
 * Whether a database without a host is told by its line to do nothing but what is known to stay on this machine: to read and change rows,
 * and no more. A client that is told nothing takes its commands from standard input, and most of what it is told can name a host, a program
 * or a file.
 */
export function asksThisMachine(program: string, words: readonly Word[]): boolean {
  if (words.some(({ isOpen, isPattern }) => isOpen || isPattern)) return false;
  if (words.length === 1 && /^(?:--version|-V)$/.test(words[0]?.text ?? "")) return true;
  if (program === "redis-cli") return asksRedis.test(lineOfTexts(words));
  const options = optionsOf.get(program);
  if (options === undefined) return false;
  let isAsked = false;
  for (let at = 0; at < words.length; at++) {
    const text = words[at]?.text ?? "";
    const next = words[at + 1]?.text ?? "";
    const statement = options.statement.exec(text)?.[1];
    const value = options.valued.find(([option]) => option.test(text))?.[1];
    if (statement !== undefined) {
      if (!options.isHarmless(statement === "" ? next : statement)) return false;
      isAsked = true;
    } else if (value?.test(next) === false) return false;
    else if (value === undefined && !options.others.test(text) && !plainName.test(text)) return false;
    isAsked ||= options.lists?.test(text) === true;
    if (statement === "" || value !== undefined) at += 1;
  }
  return isAsked;
}

const lineOfTexts = (words: readonly Word[]): string => words.map(({ text }) => JSON.stringify(text)).join(" ");

/** Commands of Redis that read or change values and take one at least. */
const commandsOfRedis = [
  "ping|info|get|mget|set|mset|setex|setnx|getset|append|strlen|incr|decr|incrby|decrby|del|unlink|keys|exists|expire|ttl|pttl",
  "persist|rename|type|scan|echo|h(?:get|set|setnx|mget|mset|getall|keys|vals|del|len|exists|incrby|scan)",
  "l(?:len|range|push|pop|index|set|rem|trim)|r(?:push|pop)|s(?:add|rem|card|members|ismember|pop|inter|union|diff|scan)",
  "z(?:add|rem|card|range|revrange|rangebyscore|score|rank|count|incrby|scan)|x(?:add|len|range|revrange|del|trim)",
].join("|");
/** They stand behind options that name no host. Each word stands in quotes. */
const asksRedis = new RegExp(
  `^(?:"(?:-[na]" "[\\w.-]+|-p" "\\d+|--(?:no-)?raw|--no-auth-warning)" )*"(?:(?:ping|info|dbsize|time|flushdb|flushall)"$|(?:${commandsOfRedis})" ")|^"-v"$`,
  "i",
);

/** A user, a database or a port; none of the database in which MySQL keeps its servers and functions. */
const plainName = /^(?!mysql$)\w[\w-]*$/i;

interface OptionsOfDatabase {
  /** Before a statement, which is the next word where nothing is attached. */
  readonly statement: RegExp;
  /** Options whose value is the next word → what it may be. */
  readonly valued: readonly (readonly [RegExp, RegExp])[];
  readonly others: RegExp;
  /** Options by which databases are listed, and nothing else is done. */
  readonly lists?: RegExp;
  readonly isHarmless: (statement: string) => boolean;
}

const psql: OptionsOfDatabase = {
  statement: /^(?:-[AatqxXwe1]*c|--command(?:=|$))(.*)$/s,
  valued: [
    [/^(?:-[AatqxXwe1]*[Udp]|--(?:username|dbname|port))$/, plainName],
    [/^(?:-v|--(?:set|variable))$/, /^ON_ERROR_STOP=[01]$/],
  ],
  others:
    /^(?:-[AatqxXwe1l]+|-[Udp]\w[\w-]*|--(?:username|dbname|port)=\w[\w-]*|--(?:no-psqlrc|tuples-only|no-align|quiet|csv|no-password|list)|(?:-v|--(?:set|variable)=)ON_ERROR_STOP=[01])$/,
  lists: /^(?:-[AatqxXwe1]*l[AatqxXwe1l]*|--list)$/,
  isHarmless: (statement) => lists.test(statement) || isHarmless(statement.replaceAll("\n", " ")),
};
const mysql: OptionsOfDatabase = {
  statement: /^(?:-e|-[BNst]+e$|--execute(?:=|$))(.*)$/s,
  valued: [[/^(?:-[uDP]|--(?:user|database|port))$/, plainName]],
  others:
    /^(?:-[BNstv]+|-[uDP](?!mysql$)\w[\w-]*|-p\S*|--(?:user|database|port)=(?!mysql$)\w[\w-]*|--(?:batch|skip-column-names|silent|table))$/i,
  // Its client can take a word that begins a line for a command of its own.
  isHarmless,
};
const mongosh: OptionsOfDatabase = {
  statement: /^--eval(?:=|$)(.*)$/s,
  valued: [
    [/^(?:-u|--(?:username|port))$/, plainName],
    [/^(?:-p|--password|--host)$/, /^[\w.:]/],
  ],
  // What a URL or `--host` names is told besides.
  others: /^(?:--(?:quiet|norc|json(?:=\w+)?|(?:username|port)=\w[\w-]*|host=.*)|mongodb(?:\+srv)?:\/\/.*)$/,
  isHarmless: (code) => code.split(";").every((part) => part.trim() === "" || asksMongo(part)) && /\w/.test(code),
};
const optionsOf: ReadonlyMap<string, OptionsOfDatabase> = new Map([
  ["mongosh", mongosh],
  ["psql", psql],
  ["mysql", mysql],
  ["mariadb", mysql],
]);

/** `psql -h HOST -c '\! …'`, `mysql -h HOST -e 'system …'`: the client starts a program on this machine, whatever host is named. */
export function startsFromDatabase(program: string, words: readonly Word[]): boolean {
  if (program === "psql") return words.some(({ text }) => /(?:^|\n|c|command=)\s*\\/.test(text) && !lists.test(text));
  if (program !== "mysql" && program !== "mariadb") return false;
  return words.some(({ text }) => /(?:^|[;\n]|e|execute=)\s*(?:system|source|pager|tee|edit)\s|\\[!.PTe]/i.test(text));
}

/** `\d` and `\l` of psql list tables and databases. */
const lists = /^\s*\\(?:d[a-zS]*|l)\+?(?: [\w.]+)?\s*$/;
/** No backslash, backtick, comment, dollar sign or line end, within which clients of databases read commands of their own. */
const plainText = /^(?:[\w ,.;:=<>!*+%@'"()]|-(?!-)|\/(?!\*))+$/;
/** Statements that read or change rows and tables. */
const begins =
  /^ *(?:(?:select|insert into|update|delete from|explain|show|describe|(?:create|drop) (?:database|schema)|(?:create (?:(?:temp|temporary|unlogged) )?|alter |drop )table|create (?:unique )?index|drop index|truncate|use) +["'\w(*+-]|select *[(*"'+-]|(?:vacuum|analyze)(?: [\w .,]*)?$)/i;
/** What writes a file, reads one, or names a server. */
const leaves = /\b(?:outfile|dumpfile|load_file|program|connection|server|subscription|copy|execute|call|directory)\b/i;
/** Kinds of tables of MySQL, of which some are on other hosts or are files. */
const otherEngine = /\bengine\b(?! *= *(?:innodb|myisam|memory)\b)/i;
/** Tables and databases in which databases and planners of jobs keep their functions, servers and settings. */
const ofSystem = /\bpg_|\b(?:mysql|information_schema|performance_schema|sys|cron|pgagent|\w*timescaledb\w*)\b/i;
const writes = /\b(?:insert|update|delete|drop|create|alter|truncate|replace|merge|into|use)\b/i;
/** What stands before a parenthesis that calls none but these functions. */
const callsNothing =
  /(?:^|[,=<>*+%/(-]) *$|(?:^|[ ,=<>*+%/(-])(?:count|sum|min|max|avg|coalesce|lower|upper|length|in|values|and|or|not|where|as|exists|select|check|unique|(?:primary|foreign) key|references [\w.]+|varchar|char|numeric|decimal) *$|^ *(?:insert into|create (?:(?:temp|temporary|unlogged) )?table(?: if not exists)?|create (?:unique )?index(?: if not exists)?(?: \w+)? on) [\w.]+ *$/i;
/** Functions that are those of the database with nothing between the parentheses alone. */
const callsWithNothing = /(?:^|[ ,=<>*+%/(-])(?:now|version) *$/i;

function isHarmless(statement: string): boolean {
  // Text in single quotes is data, unless it says where a connection leads.
  const texts = statement.match(strings) ?? [];
  if (texts.some((text) => /[\\\n]/.test(text) || namesAnother.get("psql")?.test(text) === true)) return false;
  const code = statement.replace(strings, (text) => (text.startsWith("'") ? "''" : text));
  if (!plainText.test(code) || /'/.test(code.replaceAll("''", "")) || leaves.test(code)) return false;
  const parts = code.split(";").filter((part) => part.trim() !== "");
  return parts.length > 0 && parts.every(isHarmlessPart);
}

/** What stands in quotes; a quote alone is left. */
const strings = /'[^']*'|"[^"]*"/g;

function isHarmlessPart(part: string): boolean {
  if (!begins.test(part) || otherEngine.test(part)) return false;
  if (ofSystem.test(part) && writes.test(part)) return false;
  return [...part.matchAll(/\(/g)].every(({ index }) => {
    const before = part.slice(0, index);
    return callsNothing.test(before) || (callsWithNothing.test(before) && /^\( *\)/.test(part.slice(index)));
  });
}

const oneCallOfMongo =
  /^\s*db\.(?!system\b)[a-z]\w*\.(?:find|findOne|count|countDocuments|estimatedDocumentCount|distinct|insert(?:One|Many)?|update(?:One|Many)?|replaceOne|delete(?:One|Many)|findOneAnd(?:Update|Replace|Delete)|createIndex|getIndexes)\(([^()]*)\)(?:\.(?:limit|skip|sort|count|toArray|pretty)\(([^()]*)\)){0,5}\s*$/i;
const listsMongo = /^\s*(?:show (?:dbs|databases|collections)|db\.(?:version|stats|getCollectionNames)\(\))\s*$/;
/** `$where` and its like have the database execute JavaScript. */
const codeOfMongo = /\$(?:where|function|accumulator)/;

/** Code of `mongosh` is JavaScript: one that reads or changes documents, with values that are written. */
function asksMongo(code: string): boolean {
  if (listsMongo.test(code)) return true;
  if (!oneCallOfMongo.test(code) || codeOfMongo.test(code)) return false;
  return [...code.matchAll(/\(([^()]*)\)/g)].every(([, values = ""]) => isWritten(values));
}

/** JSON, also with names and texts as JavaScript has them, and without backslashes. */
function isWritten(values: string): boolean {
  if (values.includes("\\")) return false;
  const rest = values
    .replace(/'[^'\n]*'|"[^"\n]*"/g, '""')
    .replace(/[\w$]+\s*:/g, ":")
    .replace(/\b(?:\d[\d.]*|true|false|null)\b/g, "0");
  return /^(?:""|[\s{}[\],:0-])*$/.test(rest);
}
