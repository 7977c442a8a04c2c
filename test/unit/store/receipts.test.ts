import { receiptStore } from "../../../gateway/store/approvals.ts";
import { describeReceipts } from "../../support/store-contracts/receipts.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeReceipts(sqliteStores(receiptStore));
