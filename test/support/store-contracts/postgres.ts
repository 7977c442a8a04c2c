import { PostgresConnection } from "../../../gateway/store/postgres/connection.ts";
import { migrate } from "../../../gateway/store/postgres/migrations.ts";
import { type PostgresServer, startPostgres } from "../postgres/server.ts";
import type { Opened, Shared } from "./shared.ts";

/** Empties every table but those that migrations fill. */
const empty = `DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('store_schema', 'store_areas')
  LOOP EXECUTE format('DELETE FROM %I', one.tablename); END LOOP; END $$`;

/** Databases of one server, with tables. */
class Databases {
  readonly #server: PostgresServer;
  readonly #free: PostgresConnection[] = [];
  readonly #all: { readonly name: string; readonly keeper: PostgresConnection }[] = [];

  constructor(server: PostgresServer) {
    this.#server = server;
  }

  /** One that nobody uses, and whose tables are empty. */
  async take(): Promise<{ readonly url: string; give(): void }> {
    const keeper = this.#free.pop() ?? (await this.#make());
    await keeper.execute(empty);
    const name = this.#all.find((one) => one.keeper === keeper)?.name ?? "";
    return { url: this.#server.url(name), give: () => void this.#free.push(keeper) };
  }

  async #make(): Promise<PostgresConnection> {
    const name = `store_${this.#all.length}`;
    await this.#server.admin(`CREATE DATABASE ${name}`);
    const keeper = new PostgresConnection({ connectionString: this.#server.url(name) }, "keeper");
    this.#all.push({ name, keeper });
    await migrate(keeper);
    return keeper;
  }

  async close(): Promise<void> {
    for (const { keeper } of this.#all) await keeper.close();
  }
}

export type Stores = <Store>(
  build: (connection: PostgresConnection, process: string) => Store,
) => () => Promise<Shared<Store>>;

/** Makes stores in a PostgreSQL that is started once, for contracts that are to hold for it. Call it within `describe`. */
export function postgresStores(start: () => Promise<PostgresServer> = startPostgres): Stores {
  let server: PostgresServer;
  let databases: Databases;
  beforeAll(async () => {
    server = await start();
    databases = new Databases(server);
  });
  afterAll(async () => {
    await databases.close();
    await server.close();
  });
  return function stores<Store>(build: (connection: PostgresConnection, process: string) => Store) {
    return async function make(): Promise<Shared<Store>> {
      const { url, give } = await databases.take();
      let processes = 0;
      async function open(): Promise<Opened<Store>> {
        processes += 1;
        const connection = new PostgresConnection({ connectionString: url }, `p_${processes}`);
        await connection.look();
        const store = build(connection, `p_${processes}`);
        return { store, look: () => connection.look(), close: () => connection.close() };
      }
      const first = await open();
      return { ...first, again: open, close: () => first.close().then(give) };
    };
  };
}
