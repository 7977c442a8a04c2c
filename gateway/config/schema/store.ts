import { z } from "zod";
import { count, duration, nonEmpty } from "./values.ts";

const postgres = z
  .strictObject({
    url: nonEmpty().describe(
      "Reference (`env:NAME` or `file:PATH`) to the URL `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; TLS is set in it (`?sslmode=verify-full&sslrootcert=/etc/ca.pem`). Read anew for each new connection, so that a password is changed without a restart.",
    ),
    pool: count(2, 500).prefault(10).describe("Most connections of this gateway."),
    statement_timeout: duration("100ms", "60s")
      .prefault("5s")
      .describe(
        "How long one statement, a new connection, or the wait for a free one may take. Then whatever needs it is refused (503 store_unavailable). A transaction of a gateway that stands still is ended after the same time, but at least one second and at most five.",
      ),
  })
  .describe(
    "A database that several gateways share, instead of a file of one. Its tables are made by `sallyport store migrate`.",
  );

export const storeSchema = z
  .strictObject({
    sqlite: nonEmpty()
      .optional()
      .describe("SQLite file for approvals and sessions. Default: sallyport.db in the data folder."),
    postgres: postgres.optional(),
  })
  .prefault({})
  .describe("Durable state.");
