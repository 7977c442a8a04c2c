import { PostgresConnection } from "../../../gateway/store/postgres/connection.ts";
import { migrate } from "../../../gateway/store/postgres/migrations.ts";
import { type PostgresServer, startPostgres } from "../postgres/server.ts";
import type { Opened, Shared } from "./shared.ts";

/** Empties every table but those that migrations fill. */
const empty = `DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('store_schema', 'store_areas')
  LOOP EXECUTE format('DELETE FROM %I', one.tablename); END LOOP; END $$`;

/**
 * Makes stores in one PostgreSQL, which the test file starts once and whose tables are emptied for each: for a contract that is to hold
 * for PostgreSQL. Call it within `describe`.
 */
export function postgresStores(): <Store>(
  build: (connection: PostgresConnection) => Store | Promise<Store>,
) => () => Promise<Shared<Store>> {
  let server: PostgresServer;
  let keeper: PostgresConnection;
  beforeAll(async () => {
    server = await startPostgres();
    keeper = new PostgresConnection({ connectionString: server.url() }, "keeper");
    await migrate(keeper);
  });
  afterAll(async () => {
    await keeper.close();
    await server.close();
  });
  return function stores(build) {
    return async function make() {
      await keeper.execute(empty);
      let processes = 0;
      const open = async (): Promise<Opened<Awaited<ReturnType<typeof build>>>> => {
        const connection = new PostgresConnection({ connectionString: server.url() }, `p_${(processes += 1)}`);
        await connection.look();
        const store = await build(connection);
        return { store, look: () => connection.look(), close: () => connection.close() };
      };
      return { ...(await open()), again: open } as never;
    };
  };
}
