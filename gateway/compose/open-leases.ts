import type { Config } from "../config/config.ts";
import type { Background } from "./background.ts";
import type { Clock, Ids, LeaseLedger, LeaseService, Logger } from "../domain/ports.ts";
import { LeaseEnds } from "../leases/ends.ts";
import { KnownLeases } from "../leases/known-leases.ts";
import type { KnownNames } from "../leases/known-names.ts";
import { leaseLedger } from "../leases/ledger.ts";
import { leaseService } from "../leases/service.ts";
import type { AnyConnection } from "../store/engines.ts";
import { leaseCounters } from "../store/lease-counters.ts";
import { leaseStore } from "../store/leases.ts";
import type { AccessControl } from "./open-endings.ts";

const endEveryMs = 250;
const purgeEveryMs = 3_600_000;
/** Tasks that have ended can be looked at for so long. */
const keptMs = 30 * 86_400_000;

export interface OpenLeasesDeps {
  readonly connection: AnyConnection;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly background: Background;
  readonly access: Pick<AccessControl, "endings" | "shared">;
  /** This process, among those that share the store. */
  readonly process: string;
}

export interface Leases {
  /** The calls' side. */
  readonly ledger: LeaseLedger;
  /** The side of those who open and end tasks. */
  readonly service: LeaseService;
  close(): Promise<void>;
}

/** Tasks as leases. The table of processes must be there already. */
export async function openLeases(config: Config, deps: OpenLeasesDeps): Promise<Leases> {
  const { connection, clock, ids, logger, background, access, process } = deps;
  const { tasks } = config;
  const store = leaseStore(connection, process);
  const counters = leaseCounters(connection, process);
  // What this folder's process had under way in an earlier life is over.
  await counters.forgetOwn();
  const known = new KnownLeases({ store, clock });
  const rules = { usualMs: tasks.usualMs, longestMs: tasks.longestMs };
  const ends = new LeaseEnds({ store, known, endings: access.endings, announcements: access.shared, logger });
  const stops = [
    background.every(endEveryMs, {
      name: "tasks-due",
      failing: "tasks whose time is over cannot be ended: no call begins in them, and what runs goes on",
      severity: "unready",
      work: () => ends.due(clock.now()),
    }),
    background.every(purgeEveryMs, {
      name: "tasks-purged",
      failing: "tasks that ended long ago stay in the store",
      severity: "degraded",
      work: () => store.purge(clock.now() - keptMs),
    }),
  ];
  return {
    ledger: leaseLedger({ known, counters, clock, logger }),
    service: leaseService({ store, ends, clock, ids, logger, rules, names: namesOf(config), mostOpen: tasks.mostOpen }),
    async close(): Promise<void> {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

/** Calls of what clients execute themselves belong to tasks too. */
function namesOf({ routes, authzen, issuers }: Config): KnownNames {
  const hooks = authzen?.hooks ?? null;
  return {
    servers: new Set([...routes.map(({ server }) => server), ...(hooks === null ? [] : [hooks.server])]),
    issuers: new Set(issuers.map(({ issuer }) => issuer)),
  };
}
