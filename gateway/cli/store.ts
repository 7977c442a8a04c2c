import { Option } from "commander";
import { secretOf } from "../config/resolve-config.ts";
import { CannotStart } from "../domain/errors.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { explained, openPostgres, type OpenPostgres } from "../store/postgres/open.ts";
import { migrate as makeTables, schemaProblem, schemaState, schemaVersion } from "../store/postgres/migrations.ts";
import { CliFailure, exits, type Verb, type VerbOptions } from "./common/verb.ts";

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
    await opened(options.url, async ({ connection, place }) => {
      const state = await schemaState(connection);
      const problem = schemaProblem(state);
      const result = { place, ...state, wanted: schemaVersion, problem };
      const whose =
        state.version === schemaVersion ? "is this Sallyport's" : `one of version ${schemaVersion} can read`;
      const text = `${place}: ${problem ?? `tables of version ${state.version}, which ${whose}`}`;
      printer.result(options.json, result, escapeControls(text, true));
      if (problem !== null) throw new CliFailure(exits.negative, "store_schema", "");
    });
  },
};

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

/** @throws CliFailure with one sentence that says what to do, exit 2 */
async function opened(reference: string, work: (store: OpenPostgres) => Promise<void>): Promise<void> {
  try {
    const url = urlIn(reference);
    const store = await openPostgres(() => url, "sallyport store");
    try {
      await work(store);
    } catch (failure) {
      throw explained(failure, store.place);
    } finally {
      await store.connection.close();
    }
  } catch (failure) {
    throw failure instanceof CannotStart ? new CliFailure(exits.usage, failure.code, failure.message) : failure;
  }
}

function urlIn(reference: string): string {
  try {
    return secretOf(reference, process.cwd()).trim();
  } catch (failure) {
    throw new CliFailure(
      exits.usage,
      "store_address",
      `--url: ${failure instanceof Error ? failure.message : String(failure)}`,
    );
  }
}
