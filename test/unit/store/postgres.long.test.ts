import { describeWithPostgres } from "../../support/postgres/server.ts";
import { describeStoresInPostgres } from "../../support/store-contracts/in-postgres.ts";
import { postgresStores } from "../../support/store-contracts/postgres.ts";

describeWithPostgres("with a store in PostgreSQL,", () => describeStoresInPostgres(postgresStores()));
