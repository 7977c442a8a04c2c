import { Refusal } from "../domain/errors.ts";
import type { LeaseEnd, LeaseInUse } from "../domain/lease.ts";
import type { Clock, Ids, LeaseService, LeaseStore, Logger } from "../domain/ports.ts";
import { draftOf, type DraftRules } from "./draft.ts";
import type { LeaseEnds } from "./ends.ts";
import { assertKnown, type KnownNames } from "./known-names.ts";
import { readWish } from "./read-wish.ts";

export interface LeaseServiceDeps {
  readonly store: Pick<LeaseStore, "insert" | "chains" | "list">;
  readonly ends: Pick<LeaseEnds, "end">;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Open tasks of one opener. */
  readonly mostOpen: number;
  readonly rules: DraftRules;
  readonly names: KnownNames;
}

/** Opens and ends tasks. Who may is for those to say who ask. */
export function leaseService(deps: LeaseServiceDeps): LeaseService {
  const { store, ends, clock, ids, logger, mostOpen, rules, names } = deps;
  return {
    async draft(asked, opener, issuer) {
      const wish = readWish(asked);
      assertKnown(wish, names);
      const [above = []] = wish.parent === undefined ? [[]] : await store.chains([wish.parent], clock.now());
      if (wish.parent !== undefined && above.length === 0) throw new Refusal("task_absent", { hint: "/parent" });
      const by = { id: ids.make("t"), opener, issuer, above: above.map(({ lease }) => lease), now: clock.now() };
      return draftOf(wish, by, rules);
    },
    async open(lease) {
      const became = await store.insert(lease, mostOpen, clock.now()).catch(unavailable);
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
      // Where the end cannot be written, nothing else tells that there is no such task. Who cannot even read ends it.
      const found = await store.chains([id], clock.now()).catch(() => null);
      if (found !== null) assertOpen(id, found[0]);
      const closed = await ends.end(id, end);
      if (closed !== null) return closed;
      throw new Refusal("task_over", { hint: id });
    },
  };
}

function unavailable(cause: unknown): never {
  throw new Refusal("task_unavailable", { detail: String(cause), cause });
}

/** @throws Refusal task_absent, task_over */
function assertOpen(id: string, [first]: readonly LeaseInUse[] = []): void {
  if (first === undefined) throw new Refusal("task_absent", { hint: id });
  if (first.lease.end !== null) throw new Refusal("task_over", { hint: id });
}
