import { open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Option } from "commander";
import { decisionFields, fieldsOf } from "../../domain/decision-fields.ts";
import type { FoundRecords, RecordsOfDecision } from "../../domain/ports.ts";
import { csvLine } from "../../lib/csv.ts";
import { consoleOptions, type ConsoleSession, withConsole } from "../common/console-client.ts";
import { type CliDeps, CliFailure, exits, type Verb } from "../common/verb.ts";
import { type FilterOptions, filterOptions, queryText } from "./query.ts";

interface ExportOptions extends FilterOptions {
  readonly format: keyof typeof formats;
  readonly out?: string;
}

const formats = {
  ndjson: {
    head: "",
    line: ({ decision, outcome }: RecordsOfDecision) => `${JSON.stringify({ decision, outcome })}\n`,
  },
  csv: {
    head: csvLine(["decision_id", "seq", "timestamp", ...decisionFields, "duration_ms"]),
    line: ({ decision, outcome }: RecordsOfDecision) => {
      const fields = fieldsOf(decision, outcome);
      const [id, seq, timestamp, duration] = [
        ...[decision["decision_id"], decision["seq"], decision["timestamp"]],
        outcome?.["duration_ms"] ?? null,
      ] as (string | number | null)[];
      return csvLine([
        id ?? null,
        seq ?? null,
        timestamp ?? null,
        ...decisionFields.map((field) => fields[field]),
        duration ?? null,
      ]);
    },
  },
};

/** Most records of one page of the console's API. */
const PAGE = 50;

/** `sallyport decisions export`: newest first, without decisions made while it runs. */
export const exportAll: Verb = {
  usage: "export",
  summary: "all decisions that match, one a line, newest first",
  examples: [
    "decisions export --format ndjson --since 24h | jq -r .decision.decision_id",
    "decisions export --format csv --effect deny --out denied.csv",
  ],
  options: [
    ...consoleOptions,
    new Option("--format <format>", "ndjson: the records whole; csv: their fields")
      .choices(Object.keys(formats))
      .makeOptionMandatory(),
    new Option(
      "--out <file>",
      "write this file, when all of it is there, or this pipe or device as it comes; default: standard output",
    ),
    ...filterOptions,
  ],
  async run(deps, options: ExportOptions) {
    const { printer } = deps;
    const { out } = options;
    if (out === undefined) {
      // The printer ends the text with a line end.
      const decisions = await exported(deps, options, (text) => printer.result(false, null, text.slice(0, -1)));
      printer.message(`${decisions} decisions.`);
      return;
    }
    const decisions = await toFile(out, (write) => exported(deps, options, write));
    printer.result(options.json, { file: out, decisions }, `${decisions} decisions in ${out}`);
  },
};

type Write = (text: string) => unknown;

/** Returns how many decisions. */
async function exported({ clock, stop }: CliDeps, options: ExportOptions, write: Write): Promise<number> {
  const { head, line } = formats[options.format];
  let decisions = 0;
  await withConsole(options, async (session) => {
    if (head !== "") await write(head);
    for await (const items of pages(session, options, clock.now())) {
      if (stop.aborted) throw new CliFailure(exits.negative, "stopped", `Stopped after ${decisions} decisions.`);
      if (items.length > 0) await write(items.map(line).join(""));
      decisions += items.length;
    }
  });
  return decisions;
}

/** Times that are given as a duration are those of the first page on every page. */
async function* pages(session: ConsoleSession, options: FilterOptions, now: number) {
  for (let after: string | undefined | null; after !== null;) {
    const query = queryText(options, now, { limit: String(PAGE), after });
    const { items, next } = (await session.get(`/api/decisions/records?${query}`)) as unknown as FoundRecords;
    yield items;
    after = next;
  }
}

/**
 * A file has all that `work` writes, or stays as it was; a link leads to its file. What is no file, such as a pipe or a device, is written
 * to as it is. @throws CliFailure file_not_written, out_is_folder
 */
async function toFile(out: string, work: (write: Write) => Promise<number>): Promise<number> {
  const unwritten = (failure: unknown): never => {
    throw new CliFailure(exits.usage, "file_not_written", `${out} cannot be written: ${(failure as Error).message}.`);
  };
  const file = await targetOf(out).catch(unwritten);
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory() === true)
    throw new CliFailure(exits.usage, "out_is_folder", `${out} is a folder; name a file in it with --out.`);
  const isAside = found === null || found.isFile();
  const written = isAside ? `${file}.${process.pid}.part` : file;
  const handle = await open(written, isAside ? "wx" : "w", 0o600).catch(unwritten);
  try {
    const decisions = await work((text) => handle.writeFile(text).catch(unwritten));
    if (isAside) await handle.sync().catch(unwritten);
    await handle.close();
    if (isAside) await rename(written, file).catch(unwritten);
    return decisions;
  } catch (failure) {
    await handle.close();
    if (isAside) await rm(written, { force: true });
    throw failure;
  }
}

/** Where links lead to, though nothing may be there yet. */
async function targetOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== "ENOENT") throw failure;
    const link = await readlink(file).catch(() => null);
    return link === null ? file : targetOf(resolve(dirname(file), link));
  }
}
