import type { Connection } from "../../../gateway/store/connection.ts";
import { approvalStore, receiptStore } from "../../../gateway/store/approvals.ts";
import { attentionStore } from "../../../gateway/store/attention.ts";
import { grantKeyStore, grantStore } from "../../../gateway/store/grants.ts";
import { liveCallers, liveness } from "../../../gateway/store/call-state.ts";
import { openCallState } from "../../support/test-definitions.ts";
import { describeApprovalLists } from "../../support/store-contracts/approval-lists.ts";
import { describeApprovals } from "../../support/store-contracts/approvals.ts";
import { describeAttention } from "../../support/store-contracts/attention.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

const make = sqliteStores((connection: Connection) => {
  const live = liveness(connection);
  const { read } = openCallState(connection, live);
  return {
    approvals: approvalStore(connection, live),
    anyLive: liveCallers(live, read),
    grants: grantStore(connection),
    keys: grantKeyStore(connection),
    receipts: receiptStore(connection),
    attention: attentionStore(connection),
  };
});

describeApprovals(make);
describeApprovalLists(make);
describeAttention(make);
