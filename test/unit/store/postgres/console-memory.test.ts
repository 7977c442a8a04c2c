import { sharedConsoleSessions, sharedSecrets } from "../../../../gateway/store/postgres/console-memory.ts";
import { describeWithPostgres } from "../../../support/postgres/server.ts";
import { describeConsoleSessions } from "../../../support/store-contracts/console-sessions.ts";
import { describeOneTimeSecrets } from "../../../support/store-contracts/one-time-secrets.ts";
import { postgresStores } from "../../../support/store-contracts/postgres.ts";

describeWithPostgres("in PostgreSQL,", () => {
  const stores = postgresStores();
  describeConsoleSessions(stores(sharedConsoleSessions));
  describeOneTimeSecrets(stores(sharedSecrets));
});
