import { PostgresConnection } from "../../../gateway/store/postgres/connection.ts";
import { migrate } from "../../../gateway/store/postgres/migrations.ts";
import { type PostgresServer, startPostgres } from "./server.ts";

/** For the tests of one `describe`: a database with the store's tables, and connections to it that tell what kind each of their statements was. */
export function watchedStore() {
  let server: PostgresServer;
  const opened: PostgresConnection[] = [];
  function connect(process: string) {
    const statements: string[] = [];
    const watch = { monotonic: () => 0, took: (operation: string) => void statements.push(operation) };
    const connection = new PostgresConnection({ connectionString: server.url(), lock_timeout: 5_000, watch }, process);
    opened.push(connection);
    return { connection, statements };
  }
  beforeAll(async () => {
    server = await startPostgres();
    await migrate(connect("migration").connection);
  });
  afterAll(async () => {
    for (const connection of opened) await connection.close();
    await server.close();
  });
  return connect;
}
