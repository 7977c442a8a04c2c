/** The room of tasks over a real store in memory, for unit tests. */
import { nothingEnded } from "../../../gateway/domain/ended.ts";
import type { EndedBy, Matches } from "../../../gateway/domain/ports.ts";
import { LeaseEnds } from "../../../gateway/leases/ends.ts";
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
import { knownNames } from "./leases.ts";

/** `file`: of a store that several worlds share, each as a process of its own. */
export function leaseWorld({ file = ":memory:", process = "p_1", cut = nothing, ...changes }: WorldOptions = {}) {
  const database = openDatabase(file);
  const connection = new Connection(database);
  const clock = new TestClock();
  const processes = processStore(connection);
  const store = leaseStore(connection, process);
  const counters = leaseCounters(connection, process);
  const known = new KnownLeases({ store, clock });
  const ids = testIds();
  const ended: EndedBy[] = [];
  const ends = new LeaseEnds({
    store,
    known,
    logger: quiet,
    endings: {
      begin: (matches, by) => ({
        cut: Promise.resolve({ ...nothingEnded, calls: 1 }),
        async finish() {
          await cut(matches, by);
          ended.push(by);
          return { ...nothingEnded, held: 1 };
        },
      }),
    },
    announcements: {
      notice: (target, by) => ({ id: ids.make("n"), process, target, by, asks: false, at: clock.now() }),
      gather: (_notice, own) => Promise.resolve({ ...own, unanswered: 0 }),
      others: () => Promise.resolve(0),
    },
  });
  const deps: LeaseServiceDeps = {
    store,
    ends,
    clock,
    ids,
    logger: quiet,
    mostOpen: 100,
    rules: { usualMs: 3_600_000, longestMs: 86_400_000 },
    names: knownNames,
    ...changes,
  };
  return {
    database,
    clock,
    ids,
    store,
    counters,
    known,
    ended,
    ends,
    processes,
    ledger: leaseLedger({ known, counters, clock, logger: quiet }),
    service: leaseService(deps),
  };
}

interface WorldOptions extends Partial<LeaseServiceDeps> {
  readonly file?: string;
  readonly process?: string;
  /** Takes part in every end. */
  readonly cut?: (matches: Matches, by: EndedBy) => void | Promise<void>;
}

function nothing(): void {}
