import { migrate } from "../../../gateway/store/postgres/migrations.ts";
import { openPostgres } from "../../../gateway/store/postgres/open.ts";
import { type PostgresServer, startPostgres } from "./server.ts";

/** A server with the tables of this version. */
export async function startMigrated(): Promise<PostgresServer> {
  const server = await startPostgres();
  const { connection } = await openPostgres(() => server.url(), "migration");
  await migrate(connection);
  await connection.close();
  return server;
}
