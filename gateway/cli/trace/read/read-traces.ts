import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { z } from "zod";
import { dotted, findingsOf, inOurWords } from "../../../lib/schema-findings.ts";
import { type Located, type Path, readYaml } from "../../../lib/yaml-places.ts";
import { CliFailure, exits } from "../../common/verb.ts";
import { type Session, sessionOf, sessionSchema } from "./session-schema.ts";
import { type SiteTools, siteToolsOf, toolsSchema } from "./site-tools.ts";

/** Sessions that share one description of their tools, and so one gateway. */
export interface TraceGroup {
  /** Null without a `tools.yaml` beside the sessions: the policy's own catalog is used. */
  readonly tools: SiteTools | null;
  readonly sessions: readonly Session[];
}

/** A mistake in a trace file. Lines and columns count from 1. */
interface TraceProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Dotted path of the field; empty for the file itself. */
  readonly field: string;
  readonly message: string;
}

const toolsFile = "tools.yaml";
const sessionFile = /\.(?:ya?ml|jsonl|ndjson)$/;
const jsonLines = /\.(?:jsonl|ndjson)$/;

/**
 * Reads sessions from files and, with all below them, folders: YAML with one session or a list of them, or JSON lines.
 * @throws CliFailure trace_missing, trace_invalid with every mistake at once
 */
export function readTraces(paths: readonly string[]): TraceGroup[] {
  const files = [...new Set(paths.flatMap(filesAt))];
  const problems: TraceProblem[] = [];
  const read = files.map((file) => ({ file, sessions: readSessions(file, problems) }));
  problems.push(...twice(read.flatMap(({ sessions }) => sessions)));
  const groups = [...Map.groupBy(read, ({ file }) => dirname(file))].map(([folder, members]) => ({
    tools: readTools(join(folder, toolsFile), problems),
    sessions: members.flatMap(({ sessions }) => sessions),
  }));
  if (problems.length > 0) throw new CliFailure(exits.usage, "trace_invalid", lines(problems), { problems });
  const filled = groups.filter(({ sessions }) => sessions.length > 0);
  if (filled.length === 0) throw missing(`There is no session in ${paths.join(", ")}.`);
  return filled;
}

function filesAt(path: string): string[] {
  if (!existsSync(path)) throw missing(`There is no file ${path}.`);
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (entry.name.startsWith(".") || entry.name === toolsFile) return [];
    return entry.isDirectory() || sessionFile.test(entry.name) ? filesAt(join(path, entry.name)) : [];
  });
}

function missing(message: string): CliFailure {
  return new CliFailure(exits.usage, "trace_missing", message);
}

function lines(problems: readonly TraceProblem[]): string {
  return problems
    .map(
      ({ file, line, column, field, message }) =>
        `${file}:${line}:${column} ${field === "" ? "" : `${field}: `}${message}`,
    )
    .join("\n");
}

function readSessions(file: string, problems: TraceProblem[]): Session[] {
  const text = readFileSync(file, "utf8");
  const parts = jsonLines.test(file)
    ? text.split("\n").map((line, index) => ({ text: line, above: index }))
    : [{ text, above: 0 }];
  return parts
    .filter((part) => part.text.trim() !== "")
    .flatMap((part) => sessionsIn(located(file, part.text, part.above), problems));
}

/** A text with the way back to the file that it stands in. */
interface Source {
  readonly file: string;
  /** Lines of the file above the text. */
  readonly above: number;
  readonly yaml: Located;
}

// A line of JSON is YAML as well, so that one reader finds the places in both.
function located(file: string, text: string, above: number): Source {
  return { file, above, yaml: readYaml(text) };
}

function sessionsIn(source: Source, problems: TraceProblem[]): Session[] {
  const { file, yaml } = source;
  if (!isWhole(source, problems)) return [];
  const domain = basename(dirname(file));
  const list = Array.isArray(yaml.values) ? (yaml.values as unknown[]) : null;
  return (list ?? [yaml.values]).flatMap((one, index) => {
    const at: Path = list === null ? [] : [index];
    const values = checked(sessionSchema, one, { source, at, problems });
    return values === null ? [] : [sessionOf(values, `${file}:${lineAt(source, at)}`, domain)];
  });
}

function isWhole({ file, above, yaml }: Source, problems: TraceProblem[]): boolean {
  for (const { place, message } of yaml.faults)
    problems.push({ file, line: above + place.line, column: place.column, field: "", message });
  return yaml.faults.length === 0;
}

interface Checking {
  readonly source: Source;
  /** Path of the value in the text. */
  readonly at: Path;
  readonly problems: TraceProblem[];
}

/** The value as the schema knows it, or null and its mistakes among the problems. */
function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  checking: Checking,
): z.output<Schema> | null {
  const { source, at, problems } = checking;
  const parsed = schema.safeParse(value, { error: inOurWords });
  if (parsed.success) return parsed.data;
  const { file, above, yaml } = source;
  const found = findingsOf(parsed.error.issues, schema, "field").map(({ path, at: side, message }): TraceProblem => {
    const { line, column } = yaml.place([...at, ...path], side);
    return { file, line: above + line, column, field: dotted([...at, ...path]), message };
  });
  problems.push(...found.toSorted((one, other) => one.line - other.line || one.column - other.column));
  return null;
}

function lineAt({ yaml, above }: Source, at: Path): number {
  return above + yaml.place(at, "value").line;
}

function readTools(file: string, problems: TraceProblem[]): SiteTools | null {
  if (!existsSync(file)) return null;
  const source = located(file, readFileSync(file, "utf8"), 0);
  if (!isWhole(source, problems)) return null;
  const values = checked(toolsSchema, source.yaml.values, { source, at: [], problems });
  return values === null ? null : siteToolsOf(values);
}

/** Reports name sessions by their ids. */
function twice(sessions: readonly Session[]): TraceProblem[] {
  const first = new Map<string, Session>();
  return sessions.flatMap((session) => {
    const other = first.get(session.id);
    first.set(session.id, other ?? session);
    if (other === undefined) return [];
    const [, file = session.place, line = "1"] = /^(.*):(\d+)$/.exec(session.place) ?? [];
    const message = `${session.id} is there already, in ${other.place}`;
    return [{ file, line: Number(line), column: 1, field: "id", message }];
  });
}
