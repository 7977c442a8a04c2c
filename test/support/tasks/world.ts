/** The room of tasks over a real store in memory, for unit tests. */
import type { Ended, EndedBy } from "../../../gateway/domain/ports.ts";
import { KnownLeases } from "../../../gateway/leases/known-leases.ts";
import { leaseLedger } from "../../../gateway/leases/ledger.ts";
import { leaseService, type LeaseServiceDeps } from "../../../gateway/leases/service.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { leaseCounters } from "../../../gateway/store/lease-counters.ts";
import { leaseStore } from "../../../gateway/store/leases.ts";
import { processStore } from "../../../gateway/store/processes.ts";
import { TestClock, testIds } from "../builders.ts";
import { quiet } from "../quiet.ts";

export const nothingCut: Ended = { sessions: 0, held: 0, calls: 0, streams: 0, grants: 0, credentials: 0 };

/** `file`: of a store that several worlds share, each as a process of its own. */
export function leaseWorld({ file = ":memory:", process = "p_1", ...changes }: WorldOptions = {}) {
  const database = openDatabase(file);
  const connection = new Connection(database);
  const clock = new TestClock();
  const processes = processStore(connection);
  const store = leaseStore(connection, process);
  const counters = leaseCounters(connection, process);
  const known = new KnownLeases({ store, clock });
  const ended: EndedBy[] = [];
  const deps: LeaseServiceDeps = {
    ...{ store, known, clock, ids: testIds(), logger: quiet, mostOpen: 100 },
    rules: { usualMs: 3_600_000, longestMs: 86_400_000 },
    endings: {
      end: (_matches, by) => {
        ended.push(by);
        return Promise.resolve({ ...nothingCut, held: 1 });
      },
    },
    ...changes,
  };
  return {
    ...{ database, clock, store, counters, known, ended, deps, processes },
    ledger: leaseLedger({ known, counters, clock, logger: quiet }),
    service: leaseService(deps),
  };
}

interface WorldOptions extends Partial<LeaseServiceDeps> {
  readonly file?: string;
  readonly process?: string;
}
