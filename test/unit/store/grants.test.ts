import { grantKeyStore, grantStore } from "../../../gateway/store/grants.ts";
import { describeGrantKeys } from "../../support/store-contracts/grant-keys.ts";
import { describeGrants } from "../../support/store-contracts/grants.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeGrants(sqliteStores(grantStore));
describeGrantKeys(sqliteStores(grantKeyStore));
