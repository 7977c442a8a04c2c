import { taskTextStore } from "../../../gateway/store/task-texts.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";
import { describeTaskTextStore } from "../../support/store-contracts/task-texts.ts";

describeTaskTextStore(sqliteStores(taskTextStore));
