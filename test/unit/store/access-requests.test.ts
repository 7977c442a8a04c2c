import { accessRequestStore } from "../../../gateway/store/access-requests.ts";
import { describeAccessRequestStore } from "../../support/store-contracts/access-requests.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeAccessRequestStore(sqliteStores(accessRequestStore));
