import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import { secretOf } from "../config/resolve-config.ts";
import { CannotStart } from "../domain/errors.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { Connection } from "../store/connection.ts";
import { type CopiedStore, copyStore } from "../store/copy/copy-store.ts";
import { assertWhole, copyProblem } from "../store/copy/half-copy.ts";
import { keysBeside, keysIn } from "../store/copy/signing-keys.ts";
import { openStore } from "../store/database.ts";
import type { PostgresConnection } from "../store/postgres/connection.ts";
import { explained } from "../store/postgres/explained.ts";
import { heartbeat, openPostgres, type OpenPostgres } from "../store/postgres/open.ts";
import { migrate as makeTables, schemaProblem, schemaState, schemaVersion } from "../store/postgres/migrations.ts";
import { table } from "./common/printer.ts";
import { type CliDeps, CliFailure, exits, type Verb, type VerbOptions } from "./common/verb.ts";

/** Among those that use the store. */
const processName = "sallyport store";

interface StoreOptions extends VerbOptions {
  readonly url: string;
}

const urlOption = new Option(
  "--url <reference>",
  "where the URL postgres://USER:PASSWORD@HOST:PORT/DATABASE is: env:NAME or file:PATH",
).makeOptionMandatory();

/** `sallyport store status`: are the tables those of this version? */
export const status: Verb = {
  usage: "status",
  summary: "which tables a PostgreSQL database has, and whether they are those of this version",
  examples: ["store status --url env:STORE_URL", "store status --url file:store.url --json"],
  options: [urlOption],
  async run({ printer }, options: StoreOptions) {
    await opened(options.url, async ({ connection, place }, url) => {
      const state = await schemaState(connection);
      const problem = schemaProblem(state) ?? (await copyProblem(connection));
      const untold = await whyUntold(connection, url);
      const result = { place, ...state, wanted: schemaVersion, problem, tells_changes: untold === null };
      const whose =
        state.version === schemaVersion ? "is this Sallyport's" : `one of version ${schemaVersion} can read`;
      const text = `${place}: ${problem ?? `tables of version ${state.version}, which ${whose}`}`;
      printer.result(options.json, result, escapeControls(`${text}\n${tellingText(untold)}`, true));
      if (problem !== null) throw new CliFailure(exits.negative, "store_schema", "");
    });
  },
};

function tellingText(untold: string | null): string {
  if (untold === null) return "gateways are told of each other's changes (LISTEN/NOTIFY)";
  return `gateways find each other's changes by looking alone, ten times a second: ${untold}`;
}

/** Null when the database passes notifications on. */
async function whyUntold(connection: PostgresConnection, url: string): Promise<string | null> {
  const heart = heartbeat(() => url, processName);
  try {
    return await heart.notifications.firstProblem(heart.connection, connection);
  } finally {
    await heart.connection.close();
  }
}

/** `sallyport store migrate`: brings the tables to this version. */
export const migrate: Verb = {
  usage: "migrate",
  summary: "make the tables in a PostgreSQL database, or bring them to this version",
  examples: ["store migrate --url env:STORE_URL"],
  options: [urlOption],
  async run({ printer }, options: StoreOptions) {
    await opened(options.url, async ({ connection, place }) => {
      const made = await makeTables(connection);
      // Tables that are too new stay as they are.
      const problem = schemaProblem(await schemaState(connection));
      if (problem !== null) throw new CliFailure(exits.usage, "store_schema", problem);
      const done = made.length === 0 ? "nothing to do" : `made the tables of version ${made.join(", ")}`;
      printer.result(options.json, { place, made, version: schemaVersion }, escapeControls(`${place}: ${done}`, true));
    });
  },
};

interface CopyOptions extends VerbOptions {
  readonly from: string;
  readonly to: string;
}

const endForm = "sqlite:FILE, postgres:env:NAME or postgres:file:PATH";

/** `sallyport store copy`: what one store has, to an empty one of the other engine. */
export const copy: Verb = {
  usage: "copy",
  summary: "copy a store that no gateway uses into an empty one of the other engine; one broken off is gone on with",
  examples: [
    "store copy --from sqlite:.sallyport/sallyport.db --to postgres:env:STORE_URL",
    "store copy --from postgres:file:store.url --to sqlite:sallyport.db --json",
  ],
  options: [
    new Option("--from <store>", endForm).makeOptionMandatory(),
    new Option("--to <store>", endForm).makeOptionMandatory(),
  ],
  async run(deps, options: CopyOptions) {
    const to = endOf("--to", options.to);
    const from = endOf("--from", options.from);
    if (to.engine === from.engine)
      throw misused("one of --from and --to is sqlite:, the other postgres:; pg_dump and sqlite3 copy their own");
    const [file, url] = to.engine === "postgres" ? [from.where, to.where] : [to.where, from.where];
    const work = (store: OpenPostgres) => copyWith(deps, store, { ...options, file: resolve(file), to: to.engine });
    await opened(url, work, to.engine === "postgres" ? "--to" : "--from");
  },
};

interface Ends extends VerbOptions {
  readonly file: string;
  readonly to: "sqlite" | "postgres";
}

async function copyWith({ printer, clock, stop }: CliDeps, { connection, place }: OpenPostgres, ends: Ends) {
  const problem = schemaProblem(await schemaState(connection));
  if (problem !== null) throw new CannotStart("store_schema", `${place}: ${problem}`);
  const { file, to, json } = ends;
  if (to === "postgres" && !existsSync(file)) throw new CannotStart("store_copy", `${file} is not there`);
  const database = openStore(file);
  try {
    const sqlite = new Connection(database);
    const [one, other] = to === "postgres" ? [sqlite, file] : [connection, place];
    await assertWhole(one, other);
    const copied = await copyStore({
      file: { sql: sqlite, keys: keysBeside(file), place: file },
      database: { sql: connection, keys: keysIn(connection), place },
      to: to === "postgres" ? "database" : "file",
      now: () => clock.now(),
      progress: ({ table: name, done, of, rows }) => printer.progress(`${done + 1}/${of} ${name}: ${rows} rows`),
      stop,
    });
    printer.progress(null);
    const target = to === "postgres" ? place : file;
    printer.result(json, { to: target, ...copied }, escapeControls(copiedText(copied, target), true));
  } finally {
    database.close();
  }
}

function copiedText({ tables, keys }: CopiedStore, target: string): string {
  const filled = tables.filter(({ rows }) => rows > 0);
  const rows = filled.map(({ table: name, rows: count }) => [name, String(count)]);
  const total = filled.reduce((sum, one) => sum + one.rows, 0);
  return `${table(["table", "rows in both"], rows)}
${target}: ${total} rows of ${tables.length} tables, each compared; keys: ${keys.length === 0 ? "none" : keys.join(", ")}`;
}

/** `--to`, `--from`: an engine, and where its store is. */
function endOf(option: string, text: string): { readonly engine: "sqlite" | "postgres"; readonly where: string } {
  const [, engine, where] = /^(sqlite|postgres):(?!\/\/)(.+)$/.exec(text) ?? [];
  if (engine === undefined || where === undefined)
    throw misused(`${option} is not one of ${endForm}; the URL itself has a password, which other users would see`);
  return { engine: engine as "sqlite" | "postgres", where };
}

function misused(message: string): CliFailure {
  return new CliFailure(exits.usage, "store_copy", message);
}

/** @throws CliFailure with one sentence that says what to do, exit 2 */
async function opened(
  reference: string,
  work: (store: OpenPostgres, url: string) => Promise<void>,
  option = "--url",
): Promise<void> {
  const url = urlIn(reference, option);
  const store = await openPostgres(() => url, processName);
  try {
    await work(store, url);
  } catch (failure) {
    throw explained(failure, store.place);
  } finally {
    await store.connection.close();
  }
}

function urlIn(reference: string, option: string): string {
  try {
    return secretOf(reference, process.cwd()).trim();
  } catch (failure) {
    throw new CliFailure(
      exits.usage,
      "store_address",
      `${option}: ${failure instanceof Error ? failure.message : String(failure)}`,
    );
  }
}
