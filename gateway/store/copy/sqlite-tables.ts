import { accessRequestStore } from "../access-requests.ts";
import { accountStore, passkeyStore } from "../accounts.ts";
import { approvalStore, receiptStore } from "../approvals.ts";
import { attentionStore } from "../attention.ts";
import { authorizationStore } from "../authorizations.ts";
import { revocationStore } from "../call-state.ts";
import { connectedAccountStore } from "../connected-accounts.ts";
import type { Connection } from "../connection.ts";
import { definitionStore } from "../definitions.ts";
import { digestKeyTable } from "../digest-keys.ts";
import { grantKeyStore, grantStore } from "../grants.ts";
import { leaseKeyStore, sessionKeyStore } from "../kept-keys.ts";
import { leaseStore } from "../leases.ts";
import { mcpTaskStore } from "../mcp-tasks.ts";
import { outboxStore } from "../outbox.ts";
import { processStore } from "../processes.ts";
import { provenanceStore } from "../provenance.ts";
import { registeredClientStore } from "../registered-clients.ts";
import { sessionStore } from "../session-labels.ts";
import { outsideSignalStore, seenSetStore, streamStore } from "../signals.ts";
import { bundleMarks, judgedPolicy, logMarks, storeIdentityTable } from "../store-marks.ts";
import { taskTextStore } from "../task-texts.ts";

/** Those that stand on the tables of others come after them. */
const owners: readonly ((connection: Connection) => unknown)[] = [
  approvalStore,
  receiptStore,
  attentionStore,
  grantStore,
  grantKeyStore,
  sessionStore,
  provenanceStore,
  taskTextStore,
  definitionStore,
  mcpTaskStore,
  accessRequestStore,
  outboxStore,
  revocationStore,
  accountStore,
  passkeyStore,
  processStore,
  (connection) => leaseStore(connection, ""),
  leaseKeyStore,
  sessionKeyStore,
  authorizationStore,
  registeredClientStore,
  connectedAccountStore,
  seenSetStore,
  streamStore,
  outsideSignalStore,
  (connection) => logMarks(connection, ""),
  bundleMarks,
  judgedPolicy,
];

/** Makes every table of a store in a file: a gateway makes each when it first needs it, so that some may be missing. */
export function makeSqliteTables(connection: Connection): void {
  for (const own of owners) own(connection);
  connection.define(`${digestKeyTable}; ${storeIdentityTable}`);
}
