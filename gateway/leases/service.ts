import { Refusal } from "../domain/errors.ts";
import type { LeaseEnd } from "../domain/lease.ts";
import type { Clock, Ended, Endings, Ids, LeaseService, LeaseStore, Logger } from "../domain/ports.ts";
import type { Revocable } from "../domain/revocation.ts";
import { draftOf, type DraftRules } from "./draft.ts";
import type { KnownLeases } from "./known-leases.ts";
import { readWish } from "./read-wish.ts";

export interface LeaseServiceDeps {
  readonly store: LeaseStore;
  readonly known: KnownLeases;
  readonly endings: Pick<Endings, "end">;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Open tasks of one opener. */
  readonly mostOpen: number;
  readonly rules: DraftRules;
}

/** Opens and ends tasks. Who may is for those to say who ask. */
export function leaseService(deps: LeaseServiceDeps): LeaseService {
  const { store, clock, ids, logger, mostOpen, rules } = deps;
  return {
    async draft(asked, opener, issuer) {
      const wish = readWish(asked);
      const [above = []] = wish.parent === undefined ? [[]] : await store.chains([wish.parent], clock.now());
      if (wish.parent !== undefined && above.length === 0) throw new Refusal("task_absent", { hint: "/parent" });
      const by = { id: ids.make("t"), opener, issuer, above: above.map(({ lease }) => lease), now: clock.now() };
      return draftOf(wish, by, rules);
    },
    async open(lease) {
      const became = await store.insert(lease, mostOpen, clock.now());
      if (became === "over") throw new Refusal("task_over", { hint: lease.parent ?? "" });
      if (became === "full") throw new Refusal("task_limit", { hint: `at most ${mostOpen}` });
      const { id, parent, opener, limits } = lease;
      logger.info("a task was opened", {
        task: id,
        parent,
        by: opener.id,
        until: new Date(limits.until).toISOString(),
      });
    },
    async get(id) {
      const [chain = []] = await store.chains([id], clock.now());
      const [first, ...others] = chain;
      return first === undefined ? null : [first, ...others];
    },
    list: (query) => store.list(query, clock.now()),
    async close(id, by, reason) {
      const end: LeaseEnd = { at: clock.now(), kind: "closed", by, reason };
      const closed = await endLeases(deps, id, end);
      if (closed !== null) return closed;
      const [chain = []] = await store.chains([id], clock.now());
      throw new Refusal(chain.length === 0 ? "task_absent" : "task_over", { hint: id });
    },
  };
}

/** Ends the task and all below, and cuts what this process has under way of them. Null when it was not open. */
export async function endLeases(
  { store, known, endings, logger }: Pick<LeaseServiceDeps, "store" | "known" | "endings" | "logger">,
  id: string,
  end: LeaseEnd,
): Promise<{ readonly ids: readonly string[]; readonly cut: Ended } | null> {
  const ids = await store.end(id, end);
  if (ids.length === 0) return null;
  const cut = await cutLeases({ known, endings }, ids, end);
  logger.info("a task has ended", { task: id, with: ids.length - 1, how: end.kind, by: end.by, ...cut });
  return { ids, cut };
}

/** Cuts what this process has under way of tasks that have ended, each under its own name. */
export async function cutLeases(
  { known, endings }: Pick<LeaseServiceDeps, "known" | "endings">,
  ids: readonly string[],
  { reason }: Pick<LeaseEnd, "reason">,
): Promise<Ended> {
  known.forget(ids);
  const all = await Promise.all(
    ids.map((id) => endings.end(({ task }: Revocable) => task === id, { kind: "task", id, reason })),
  );
  return all.reduce(sumOf, nothing);
}

const nothing: Ended = { sessions: 0, held: 0, calls: 0, streams: 0, grants: 0, credentials: 0 };

function sumOf(one: Ended, other: Ended): Ended {
  const names = Object.keys(nothing) as (keyof Ended)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as Ended;
}
