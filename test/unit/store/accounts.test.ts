import { accountStore } from "../../../gateway/store/accounts.ts";
import { describeAccountStore } from "../../support/store-contracts/accounts.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeAccountStore(sqliteStores(accountStore));
