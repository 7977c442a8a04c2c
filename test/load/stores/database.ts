import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { migrate } from "../../../gateway/store/postgres/migrations.ts";
import { openPostgres } from "../../../gateway/store/postgres/open.ts";
import { startPostgres } from "../../support/postgres/server.ts";

/** A statement as PostgreSQL counts it, without its values. */
export interface CountedStatement {
  readonly text: string;
  readonly calls: number;
  /** That it read, or wrote. */
  readonly rows: number;
  readonly walBytes: number;
}

export interface BenchDatabase {
  readonly port: number;
  readonly pid: number;
  /** Section of a gateway's configuration. */
  readonly store: object;
  forget(): Promise<void>;
  /** Since it was made to forget. */
  statements(): Promise<readonly CountedStatement[]>;
  /** How many connections wait for a lock of another one now. */
  waiting(): Promise<number>;
  version(): Promise<string>;
  close(): Promise<void>;
}

const name = "bench";
const counting = "shared_preload_libraries=pg_stat_statements";

/** A real PostgreSQL with the tables of a store. Like the embedded store, it waits for the disk at each commit. */
export async function startDatabase(dir: string, cpu: number): Promise<BenchDatabase> {
  const server = await startPostgres({ cpu, syncs: true, settings: [counting] });
  const client = new pg.Client(server.url());
  client.on("error", () => undefined);
  const close = async (): Promise<void> => {
    await client.end();
    await server.close();
  };
  try {
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.query("CREATE EXTENSION pg_stat_statements");
    const { connection } = await openPostgres(() => server.url(name), "bench-migrate");
    await migrate(connection).finally(() => connection.close());
    const urlFile = join(dir, "store.url");
    await writeFile(urlFile, server.url(name), { mode: 0o600 });
    return {
      ...counters(client),
      port: server.port,
      pid: server.pid(),
      store: { postgres: { url: `file:${urlFile}` } },
      close,
    };
  } catch (failure) {
    await close();
    throw failure;
  }
}

function counters(client: pg.Client): Pick<BenchDatabase, "forget" | "statements" | "waiting" | "version"> {
  const ask = async (text: string): Promise<Record<string, unknown>[]> =>
    (await client.query<Record<string, unknown>>(text)).rows;
  const one = async (text: string) => (await ask(text))[0] ?? {};
  return {
    forget: async () => void (await ask("SELECT pg_stat_statements_reset()")),
    async statements() {
      const rows = await ask(`SELECT query, sum(calls) AS calls, sum(rows) AS rows, sum(wal_bytes) AS wal_bytes
        FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid WHERE datname = '${name}'
        GROUP BY query ORDER BY calls DESC`);
      return rows.map((row) => ({
        text: String(row["query"]).replace(/\s+/g, " ").trim(),
        calls: Number(row["calls"]),
        rows: Number(row["rows"]),
        walBytes: Number(row["wal_bytes"]),
      }));
    },
    waiting: async () =>
      Number(
        (
          await one(`SELECT count(*) AS n FROM pg_stat_activity WHERE datname = '${name}' AND wait_event_type = 'Lock'`)
        )["n"],
      ),
    version: async () => String((await one("SHOW server_version"))["server_version"]),
  };
}
