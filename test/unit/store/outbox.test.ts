import { approvalStore } from "../../../gateway/store/approvals.ts";
import { outboxStore } from "../../../gateway/store/outbox.ts";
import { describeOutboxStore } from "../../support/store-contracts/outbox.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeOutboxStore(
  sqliteStores((connection) => ({ approvals: approvalStore(connection), outbox: outboxStore(connection) })),
);
