import type { Connection } from "../../../gateway/store/connection.ts";
import { approvalStore, receiptStore } from "../../../gateway/store/approvals.ts";
import { attentionStore } from "../../../gateway/store/attention.ts";
import { grantKeyStore, grantStore } from "../../../gateway/store/grants.ts";
import { liveCallers, liveness } from "../../../gateway/store/call-state.ts";
import { openCallState } from "../../support/test-definitions.ts";
import { describeApprovalLists } from "../../support/store-contracts/approval-lists.ts";
import { describeApprovals } from "../../support/store-contracts/approvals.ts";
import { describeAttention } from "../../support/store-contracts/attention.ts";
import { caller, heldItem } from "../../support/store-contracts/approval-items.ts";
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

test.each(["by itself", "with the rest of a turn"])(
  "in SQLite, whether a caller has anything live, read %s, waits for a transaction that is open, and is remembered by what that has left",
  async (how) => {
    const shared = await make();
    const { approvals, anyLive } = shared.store;
    const { issuer, id } = caller;
    const isLive = async () => (how === "by itself" ? approvals.anyLive(issuer, id, 10) : anyLive(caller, 10));
    expect(await isLive()).toBe(false);
    const step = Promise.withResolvers<void>();
    const writing = approvals.atomically(async () => {
      await approvals.insert(heldItem("a_1"));
      await step.promise;
    });
    const asked = [isLive(), isLive()];
    step.resolve();
    await writing;
    expect(await Promise.all(asked)).toEqual([true, true]);
    await shared.close();
  },
);
