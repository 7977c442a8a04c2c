import { describeWithPgBouncer, startPooled } from "../../support/postgres/pooler.ts";
import { describeStoresInPostgres } from "../../support/store-contracts/in-postgres.ts";
import { postgresStores } from "../../support/store-contracts/postgres.ts";

describeWithPgBouncer("with a store behind PgBouncer in transaction mode,", () =>
  describeStoresInPostgres(postgresStores(startPooled)),
);
