import { dirname, join } from "node:path";
import { Bell } from "../approvals/bell.ts";
import { approvalDesk } from "../approvals/desk.ts";
import { Endings } from "../approvals/endings.ts";
import { grantDesk } from "../approvals/grants.ts";
import { holds } from "../approvals/holds.ts";
import type { Office } from "../approvals/office.ts";
import { openReceiptKey } from "../approvals/receipt-key.ts";
import { receipts } from "../approvals/receipts.ts";
import { endHeldUnder } from "../approvals/revoke.ts";
import { startSweep } from "../approvals/sweep.ts";
import { type Approval, noOutcome } from "../domain/approval.ts";
import type { Config } from "../config/config.ts";
import type { Background } from "../domain/background.ts";
import type { Clock, Holds, Ids, Logger, People } from "../domain/ports.ts";
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
  readonly background: Background;
}

/** Where people decide: approvals, grants and receipts, and what ends all of them early. */
export function openOffice(config: Config, database: Database, around: OfficeAround) {
  const { clock, logger, background } = around;
  const stopping = new AbortController();
  const key = openReceiptKey(join(dirname(config.store.sqlite), "approval-receipts.key.pem"));
  const kept = receiptStore(database);
  const store = approvalStore(database);
  const spent = openFatigue(config, database, clock, background);
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
  const door = holds({ ...office, perSubject: config.holds.perSubject, draining: stopping.signal });
  const endings = new Endings(logger);
  const access = revocations({
    ...around,
    store: revocationStore(database),
    onRevoked: (revocation) => endHeldUnder(office, revocation),
  });
  const stops = [
    startSweep(office, background, (interrupted) => tellUnknown(interrupted, logger)),
    background.every(1_000, {
      ...{ name: "revocations", severity: "unready", work: () => access.keep() },
      failing: "access that was ended is ended in this process only, and a restart would give it back",
    }),
    background.every(1_000, {
      ...{ name: "approvals-endings", severity: "unready", work: () => endings.retry() },
      failing: "how approved calls ended cannot be written",
    }),
  ];
  return {
    office,
    approvals: store,
    holds: {
      ...door,
      finish: (...ending) => endings.write(() => door.finish(...ending)),
      endKey: (keyed) => endings.write(() => door.endKey(keyed)),
    } satisfies Holds,
    desk: approvalDesk({ ...office, budget: spent.budget, dwellMs: config.holds.irreversibleDwellMs }),
    ...spent,
    grants: grantDesk(office),
    receipts: kept,
    receiptKeys: key.publicKeys,
    revocations: access,
    stopSweep: () => stops.forEach((stop) => stop()),
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
