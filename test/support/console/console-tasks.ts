import type { ConsoleTasks } from "../../../gateway/admin/deps.ts";
import type { Lease } from "../../../gateway/domain/lease.ts";
import type { Clock, StepwiseEndings, Ids } from "../../../gateway/domain/ports.ts";
import { LeaseEnds } from "../../../gateway/leases/ends.ts";
import { KnownLeases } from "../../../gateway/leases/known-leases.ts";
import { leaseService } from "../../../gateway/leases/service.ts";
import type { Connection } from "../../../gateway/store/connection.ts";
import { leaseStore } from "../../../gateway/store/leases.ts";
import { processStore } from "../../../gateway/store/processes.ts";
import { noOthers } from "../endings.ts";
import { quiet } from "../quiet.ts";
import { knownNames, lease, leaseLimits } from "../tasks/leases.ts";

/** The task of the sample decisions of refund-bot. */
export const sampleTask = "t_refund_881";

export interface TestTasks {
  readonly tasks: ConsoleTasks;
  /** Puts a task into the store as if an orchestrator had opened it. */
  insert(changes?: Partial<Lease>): Promise<void>;
}

/** Tasks over the real store and service; nothing of them is recorded. */
export function testTasks(
  connection: Connection,
  { clock, ids, endings }: { readonly clock: Clock; readonly ids: Ids; readonly endings: StepwiseEndings },
): TestTasks {
  processStore(connection);
  const store = leaseStore(connection, "p_console");
  const known = new KnownLeases({ store, clock });
  const ends = new LeaseEnds({ store, known, endings, announcements: noOthers, logger: quiet });
  const hour = 3_600_000;
  return {
    tasks: {
      service: leaseService({
        store,
        ends,
        clock,
        ids,
        logger: quiet,
        mostOpen: 100,
        rules: { usualMs: hour, longestMs: 24 * hour },
        names: knownNames,
      }),
      roles: ["operator"],
      issuer: "https://idp.example",
      record: (_context, _decision, act) => act(),
    },
    async insert(changes = {}) {
      const opened = clock.now();
      const limits = leaseLimits({ until: opened + hour });
      await store.insert(lease({ id: sampleTask, opened, limits, ...changes }), 1_000, opened);
    },
  };
}
