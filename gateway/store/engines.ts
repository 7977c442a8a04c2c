import { Connection } from "./connection.ts";
import type { PostgresConnection } from "./postgres/connection.ts";

/** A store of either engine. The client of PostgreSQL is loaded where a connection to it is opened, and nowhere else. */
export type AnyConnection = Connection | PostgresConnection;

/** What each engine does in its own way. */
export interface Engines<Made> {
  sqlite(connection: Connection): Made;
  postgres(connection: PostgresConnection): Made;
}

export function byEngine<Made>(connection: AnyConnection, { sqlite, postgres }: Engines<Made>): Made {
  return connection instanceof Connection ? sqlite(connection) : postgres(connection);
}
