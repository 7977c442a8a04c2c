import { logMarks } from "../../../gateway/store/store-marks.ts";
import { describeLogMarks, type TwoLogs } from "../../support/store-contracts/log-marks.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeLogMarks(
  sqliteStores((connection): TwoLogs => [logMarks(connection, "p_one"), logMarks(connection, "p_other")]),
);
