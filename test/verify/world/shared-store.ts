import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import type { AnyConnection } from "../../../gateway/store/engines.ts";
import { migrate } from "../../../gateway/store/postgres/migrations.ts";
import { openPostgres } from "../../../gateway/store/postgres/open.ts";
import { startPooled } from "../../support/postgres/pooler.ts";
import { startPostgres } from "../../support/postgres/server.ts";

/** The store of the gateways of a proof. */
export interface SharedStore {
  /** Of their configuration. */
  readonly section: object;
  /** From outside, on a connection that is closed again. */
  look<Result>(use: (connection: AnyConnection) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

let engine: "sqlite" | "postgres" | "pgbouncer" = "sqlite";

/** Which engine the proofs that follow are about; `pgbouncer`: PostgreSQL behind it, in transaction mode. */
export function proveOn(chosen: typeof engine): void {
  engine = chosen;
}

/** Gateways that share a store: three where a database is shared, two where a file is. */
export function gatewaysOfProofs(): number {
  return engine === "sqlite" ? 2 : 3;
}

/** @param dir of the proof */
export function openSharedStore(dir: string): Promise<SharedStore> {
  return engine === "sqlite" ? Promise.resolve(file(join(dir, "store.db"))) : database(join(dir, "store.url"));
}

function file(path: string): SharedStore {
  return {
    section: { sqlite: path },
    async look(use) {
      const opened = openDatabase(path);
      try {
        return await use(new Connection(opened));
      } finally {
        opened.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

async function database(urlFile: string): Promise<SharedStore> {
  const server = await (engine === "pgbouncer" ? startPooled() : startPostgres());
  const look: SharedStore["look"] = async (use) => {
    const { connection } = await openPostgres(() => server.url(), "proof");
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  };
  await look(async (connection) => migrate(connection as Parameters<typeof migrate>[0]));
  await writeFile(urlFile, server.url(), { mode: 0o600 });
  return { section: { postgres: { url: `file:${urlFile}` } }, look, close: () => server.close() };
}
