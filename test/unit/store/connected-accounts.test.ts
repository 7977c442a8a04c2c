import { connectedAccountStore } from "../../../gateway/store/connected-accounts.ts";
import { describeConnectedAccounts } from "../../support/store-contracts/connected-accounts.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeConnectedAccounts(sqliteStores(connectedAccountStore));
