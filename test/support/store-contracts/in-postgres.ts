import { definitionStore } from "../../../gateway/store/definitions.ts";
import { describeDefinitionStore } from "./definitions.ts";
import { describeCallState } from "./call-state.ts";
import type { CallState } from "../../../gateway/domain/ports.ts";
import { digestKeys } from "../../../gateway/store/digest-keys.ts";
import { sharedCounters } from "../../../gateway/store/postgres/lease-counters.ts";
import { leaseKeyStore } from "../../../gateway/store/kept-keys.ts";
import { leaseStore } from "../../../gateway/store/leases.ts";
import { provenanceStore } from "../../../gateway/store/provenance.ts";
import { describeDigestKeys } from "./digest-keys.ts";
import { describeLeaseStores } from "./leases.ts";
import { describeProvenanceStore } from "./provenance.ts";
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
import { describeAccessRequestStore } from "./access-requests.ts";
import { describeAccountStore } from "./accounts.ts";
import { describeApprovalLists } from "./approval-lists.ts";
import { describeApprovals } from "./approvals.ts";
import { describeAttention } from "./attention.ts";
import { describeBundleMarks } from "./bundle-marks.ts";
import { describeConnection, numbers } from "./connection.ts";
import { describeConnectedAccounts } from "./connected-accounts.ts";
import { describeEndNotices } from "./end-notices.ts";
import { describeGrantKeys } from "./grant-keys.ts";
import { describeJudgedPolicy } from "./judged-policy.ts";
import { describeGrants } from "./grants.ts";
import { describeLogMarks, type TwoLogs } from "./log-marks.ts";
import { describeMcpTaskStore } from "./mcp-tasks.ts";
import { describeOutboxStore } from "./outbox.ts";
import { describePasskeyStore } from "./passkeys.ts";
import { beatsAt } from "../postgres/beats.ts";
import type { Stores } from "./postgres.ts";
import { describeReceipts } from "./receipts.ts";
import { describeRevocations } from "./revocations.ts";
import { describeSessionLabels } from "./session-labels.ts";
import { describeOutsideSignalStore, describeSeenSetStore, describeStreamStore } from "./signals.ts";
import { describeSessionHistories, describeSharedHistories } from "./session-histories.ts";
import { testSessions } from "../test-sessions.ts";
import { callTurn } from "../../../gateway/store/call-turn.ts";
import { describeTaskTextStore } from "./task-texts.ts";

/** What every store promises, of stores in PostgreSQL. @param stores makes them */
export function describeStoresInPostgres(stores: Stores): void {
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
}
