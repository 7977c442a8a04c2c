import { dirname, join } from "node:path";
import { Bell } from "../approvals/bell.ts";
import { approvalDesk } from "../approvals/desk.ts";
import { grantDesk } from "../approvals/grants.ts";
import { holds } from "../approvals/holds.ts";
import type { Office } from "../approvals/office.ts";
import { openReceiptKey } from "../approvals/receipt-key.ts";
import { receipts } from "../approvals/receipts.ts";
import { endHeldUnder } from "../approvals/revoke.ts";
import { startSweep } from "../approvals/sweep.ts";
import { type Approval, noOutcome } from "../domain/approval.ts";
import type { Config } from "../config/config.ts";
import type { Clock, Ids, Logger, People } from "../domain/ports.ts";
import { revocations } from "../gather/revocations.ts";
import { approvalStore } from "../store/approvals.ts";
import type { Database } from "../store/database.ts";
import { grantKeyStore } from "../store/grant-keys.ts";
import { grantStore } from "../store/grants.ts";
import { processStore } from "../store/processes.ts";
import { receiptStore } from "../store/receipts.ts";
import { revocationStore } from "../store/revocations.ts";
import { openFatigue } from "./open-fatigue.ts";

export interface OfficeAround {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly people: People;
  /** This process, among those that share the store. */
  readonly process: string;
}

/** Where people decide: approvals, grants and receipts, and what ends all of them early. */
export function openOffice(config: Config, database: Database, around: OfficeAround) {
  const { clock, logger } = around;
  const stopping = new AbortController();
  const key = openReceiptKey(join(dirname(config.store.sqlite), "approval-receipts.key.pem"));
  const kept = receiptStore(database);
  const store = approvalStore(database);
  const spent = openFatigue(config, database, clock);
  const office: Office = {
    ...around,
    store,
    grants: grantStore(database),
    keys: grantKeyStore(database),
    processes: processStore(database),
    receipts: receipts({ signer: key, store: kept, clock, issuer: config.instance }),
    attention: spent.attention,
    bell: new Bell(),
  };
  return {
    office,
    approvals: store,
    holds: holds({ ...office, perSubject: config.holds.perSubject, draining: stopping.signal }),
    desk: approvalDesk({ ...office, budget: spent.budget, dwellMs: config.holds.irreversibleDwellMs }),
    ...spent,
    grants: grantDesk(office),
    receipts: kept,
    receiptKeys: key.publicKeys,
    revocations: revocations({
      ...around,
      store: revocationStore(database),
      onRevoked: (revocation) => endHeldUnder(office, revocation),
    }),
    stopSweep: startSweep(office, (interrupted) => tellUnknown(interrupted, logger)),
    /** Whoever waits for people is told to come back. */
    drain: () => stopping.abort(),
  };
}

function tellUnknown({ id, binding }: Approval, logger: Logger): void {
  logger.error(noOutcome, {
    approval_id: id,
    tool: binding.tool,
  });
}
