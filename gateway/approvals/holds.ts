import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { ApprovalStore, Clock, HoldRequest, Holds, Ids } from "../domain/ports.ts";
import type { Bell } from "./bell.ts";
import { actionDigest, callDigest } from "./digests.ts";
import { expireIfDue } from "./expiry.ts";

export interface HoldsOptions {
  readonly store: ApprovalStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly bell: Bell;
  /** Open items one subject may have; a flood of cards is an attack on the people. */
  readonly perSubject: number;
  readonly draining: AbortSignal;
}

/** The call's side of approvals: hold it, wait for people, use their answer once. */
export function holds(options: HoldsOptions): Holds {
  const { store, clock, bell } = options;
  const fresh = (approval: Approval | null): Approval | null =>
    approval === null ? null : expireIfDue(store, bell, approval, clock.now());
  return {
    draining: options.draining,
    get: (id) => fresh(store.get(id)),
    open: (request) => openItem(options, request),
    forCall: (subject, binding) => {
      if (!store.anyLive(subject.issuer, subject.id, clock.now())) return null;
      const found = fresh(store.findLatest(callDigest(binding())));
      return found !== null && stillAnswers(found, clock.now()) ? found : null;
    },
    fits: (approval, binding) => approval.call_digest === callDigest(binding),
    settled: (id, ms, signal) => settled(options, id, ms, signal),
    consume: (id) => {
      const approval = fresh(store.get(id));
      if (approval?.state !== "approved") return false;
      const consumed = store.move(id, "approved", "released", { consumed_at: clock.now() });
      if (consumed) ring(options, id);
      return consumed;
    },
    finish: (id, state, note) => {
      if (store.move(id, "released", state, { outcome: note })) ring(options, id);
    },
  };
}

/** A refusal stands for as long as the question would have been open; after that the same call may ask again. */
function stillAnswers(approval: Approval, now: number): boolean {
  if (approval.state === "held" || approval.state === "approved") return true;
  return approval.state === "denied" && now < approval.seal.approve_by;
}

function openItem(options: HoldsOptions, request: HoldRequest): Approval {
  const { store, clock, ids, bell, perSubject } = options;
  const { binding, requirement } = request;
  const digest = callDigest(binding);
  const now = clock.now();
  const open = store.findOpen(digest);
  if (open !== null && expireIfDue(store, bell, open, now).state === "held") return open;
  if (store.countHeld(binding.subject.issuer, binding.subject.id) >= perSubject) {
    throw new Refusal("approval_flood", { hint: `at most ${perSubject} at once` });
  }
  const seal = { nonce: ids.make("n"), created: now, approve_by: now + requirement.approve_within * 1_000 };
  const approval: Approval = {
    id: ids.make("a"),
    call_digest: digest,
    action_digest: actionDigest(binding, seal),
    binding,
    seal,
    requirement,
    reasons: request.reasons,
    context: request.context,
    decision_id: request.decisionId,
    revision: request.revision,
    state: "held",
    votes: [],
    resolved_at: null,
    execute_by: null,
    consumed_at: null,
    outcome: null,
  };
  insert(store, approval);
  bell.ring(approval);
  return approval;
}

function insert(store: ApprovalStore, approval: Approval): void {
  try {
    store.insert(approval);
  } catch (cause) {
    throw new Refusal("holds_unavailable", { detail: String(cause), cause });
  }
}

async function settled(options: HoldsOptions, id: string, ms: number, signal: AbortSignal): Promise<Approval> {
  const { store, clock, bell } = options;
  const current = (): Approval => {
    const approval = store.get(id);
    if (approval === null) throw new Refusal("approval_unknown");
    return expireIfDue(store, bell, approval, clock.now());
  };
  const now = current();
  if (now.state !== "held" || ms <= 0 || signal.aborted) return now;
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    const unwatch = bell.watchOne(id, (approval) => {
      if (approval.state !== "held") stop();
    });
    signal.addEventListener("abort", stop);
  });
  return current();
}

function ring({ store, bell }: HoldsOptions, id: string): void {
  const approval = store.get(id);
  if (approval !== null) bell.ring(approval);
}

/** After a crash: what was released and has no outcome may or may not have run. Nobody tries it again by itself. */
export function reportInterrupted({ store, bell }: Pick<HoldsOptions, "store" | "bell">): Approval[] {
  const interrupted = store.list({ states: ["released"], limit: 100_000 });
  for (const approval of interrupted) {
    store.move(approval.id, "released", "unknown", { outcome: "the gateway stopped between release and outcome" });
    const after = store.get(approval.id);
    if (after !== null) bell.ring(after);
  }
  return interrupted;
}
