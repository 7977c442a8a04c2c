import { processStore } from "../../../gateway/store/processes.ts";
import { describeProcesses } from "../../support/store-contracts/processes.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeProcesses(sqliteStores(processStore));
