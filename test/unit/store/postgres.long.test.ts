import { definitionStore } from "../../../gateway/store/definitions.ts";
import { describeDefinitionStore } from "../../support/store-contracts/definitions.ts";
import { describeCallState } from "../../support/store-contracts/call-state.ts";
import type { CallState } from "../../../gateway/domain/ports.ts";
import { digestKeys } from "../../../gateway/store/digest-keys.ts";
import { sharedCounters } from "../../../gateway/store/postgres/lease-counters.ts";
import { leaseKeyStore } from "../../../gateway/store/kept-keys.ts";
import { leaseStore } from "../../../gateway/store/leases.ts";
import { provenanceStore } from "../../../gateway/store/provenance.ts";
import { describeDigestKeys } from "../../support/store-contracts/digest-keys.ts";
import { describeLeaseStores } from "../../support/store-contracts/leases.ts";
import { describeProvenanceStore } from "../../support/store-contracts/provenance.ts";
import { accessRequestStore } from "../../../gateway/store/access-requests.ts";
import { accountStore, passkeyStore } from "../../../gateway/store/accounts.ts";
import { approvalStore, receiptStore } from "../../../gateway/store/approvals.ts";
import { attentionStore } from "../../../gateway/store/attention.ts";
import { callStateStore, liveCallers, liveness, revocationStore } from "../../../gateway/store/call-state.ts";
import { connectedAccountStore } from "../../../gateway/store/connected-accounts.ts";
import { endNoticeStore } from "../../../gateway/store/end-notices.ts";
import { grantKeyStore, grantStore } from "../../../gateway/store/grants.ts";
import { mcpTaskStore } from "../../../gateway/store/mcp-tasks.ts";
import { outboxStore } from "../../../gateway/store/outbox.ts";
import { sessionStore } from "../../../gateway/store/session-labels.ts";
import { outsideSignalStore, seenSetStore, streamStore } from "../../../gateway/store/signals.ts";
import { bundleMarks, judgedPolicy, logMarks } from "../../../gateway/store/store-marks.ts";
import { taskTextStore } from "../../../gateway/store/task-texts.ts";
import { describeWithPostgres } from "../../support/postgres/server.ts";
import { describeAccessRequestStore } from "../../support/store-contracts/access-requests.ts";
import { describeAccountStore } from "../../support/store-contracts/accounts.ts";
import { describeApprovalLists } from "../../support/store-contracts/approval-lists.ts";
import { describeApprovals } from "../../support/store-contracts/approvals.ts";
import { describeAttention } from "../../support/store-contracts/attention.ts";
import { describeBundleMarks } from "../../support/store-contracts/bundle-marks.ts";
import { describeConnection, numbers } from "../../support/store-contracts/connection.ts";
import { describeConnectedAccounts } from "../../support/store-contracts/connected-accounts.ts";
import { describeEndNotices } from "../../support/store-contracts/end-notices.ts";
import { describeGrantKeys } from "../../support/store-contracts/grant-keys.ts";
import { describeJudgedPolicy } from "../../support/store-contracts/judged-policy.ts";
import { describeGrants } from "../../support/store-contracts/grants.ts";
import { describeLogMarks, type TwoLogs } from "../../support/store-contracts/log-marks.ts";
import { describeMcpTaskStore } from "../../support/store-contracts/mcp-tasks.ts";
import { describeOutboxStore } from "../../support/store-contracts/outbox.ts";
import { describePasskeyStore } from "../../support/store-contracts/passkeys.ts";
import { beatsAt } from "../../support/postgres/beats.ts";
import { postgresStores } from "../../support/store-contracts/postgres.ts";
import { describeReceipts } from "../../support/store-contracts/receipts.ts";
import { describeRevocations } from "../../support/store-contracts/revocations.ts";
import { describeSessionLabels } from "../../support/store-contracts/session-labels.ts";
import {
  describeOutsideSignalStore,
  describeSeenSetStore,
  describeStreamStore,
} from "../../support/store-contracts/signals.ts";
import { describeSessionHistories, describeSharedHistories } from "../../support/store-contracts/session-histories.ts";
import { testSessions } from "../../support/test-sessions.ts";
import { callTurn } from "../../../gateway/store/call-turn.ts";
import { describeTaskTextStore } from "../../support/store-contracts/task-texts.ts";

describeWithPostgres("with a store in PostgreSQL,", () => {
  const stores = postgresStores();
  describeConnection(stores(numbers));
  describeRevocations(stores(revocationStore));
  describeEndNotices(stores(endNoticeStore));
  describeGrants(stores(grantStore));
  describeGrantKeys(stores(grantKeyStore));
  describeReceipts(stores(receiptStore));
  describeAccountStore(stores(accountStore));
  describePasskeyStore(
    stores((connection) => ({ accounts: accountStore(connection), passkeys: passkeyStore(connection) })),
  );
  describeConnectedAccounts(stores(connectedAccountStore));
  describeAccessRequestStore(stores(accessRequestStore));
  describeMcpTaskStore(stores(mcpTaskStore));
  describeOutboxStore(
    stores((connection) => ({ approvals: approvalStore(connection), outbox: outboxStore(connection) })),
  );
  describeSeenSetStore(stores(seenSetStore));
  describeStreamStore(stores(streamStore));
  describeOutsideSignalStore(stores(outsideSignalStore));
  describeTaskTextStore(stores(taskTextStore));
  describeLogMarks(stores((connection): TwoLogs => [logMarks(connection, "p_one"), logMarks(connection, "p_other")]));
  describeBundleMarks(stores(bundleMarks));
  describeJudgedPolicy(stores(judgedPolicy));
  describeSessionLabels(stores(sessionStore));
  describeDefinitionStore(stores(definitionStore));
  describeCallState(
    stores((connection) => {
      const [definitions, sessions] = [definitionStore(connection), sessionStore(connection)];
      const [memories, texts] = [provenanceStore(connection), taskTextStore(connection)];
      return { definitions, sessions, memories, texts, ...callStateStore(connection, liveness(connection)) };
    }),
  );
  const ledgers = stores((connection) =>
    testSessions({ store: sessionStore(connection), read: callTurn(connection).read }),
  );
  describeSessionHistories(ledgers);
  describeSharedHistories(ledgers);
  describeProvenanceStore(stores(provenanceStore));
  describeDigestKeys(stores((connection) => (secret: string | null) => digestKeys(connection, secret)));
  const approvals = stores((connection) => {
    const live = liveness(connection);
    const { read } = callStateStore(connection, live);
    return {
      approvals: approvalStore(connection, live),
      anyLive: liveCallers(live, (question) => read([question]).then(([state]) => state as CallState)),
      grants: grantStore(connection),
      keys: grantKeyStore(connection),
      receipts: receiptStore(connection),
      attention: attentionStore(connection),
    };
  });
  describeApprovals(approvals);
  describeApprovalLists(approvals);
  describeAttention(approvals);
  describeLeaseStores(
    stores((connection, process) => ({
      processes: beatsAt(connection),
      notices: endNoticeStore(connection),
      leases: leaseStore(connection, process),
      counters: sharedCounters(connection, process),
      keys: leaseKeyStore(connection),
    })),
  );
});
