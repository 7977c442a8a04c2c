import { sessionStore } from "../../../gateway/store/session-labels.ts";
import { describeSessionLabels } from "../../support/store-contracts/session-labels.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeSessionLabels(sqliteStores(sessionStore));
