import {
  type Approval,
  corrected,
  ended,
  endedByAccess,
  stillAnswers,
  consumed,
  finished,
  type Grant,
  type Transition,
  usedStates,
} from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import { fateOf } from "../domain/unknown-fate.ts";
import type { HoldRequest, Answer, Holds, ReleaseFacts } from "../domain/ports.ts";
import { whyOf } from "./end-held.ts";
import { actionDigest, callDigest, isWhole, requestDigest } from "./digests.ts";
import { atomically, move, type ApprovalsDeps, asOfNow, find } from "./transition.ts";
import { endKey, grantFor, keyUse, useGrant } from "./grants.ts";

interface OpenLimits {
  /** Open items one subject may have; a flood of cards is an attack on the people. */
  readonly perSubject: number;
}

interface HoldsOptions extends ApprovalsDeps, OpenLimits {
  readonly draining: AbortSignal;
}

/** The call's side of approvals: hold it, wait for people, use their answer once. */
export function holds(options: HoldsOptions): Holds {
  const { store, clock } = options;
  return {
    draining: options.draining,
    get: (id) => find(options, id),
    open: (request) => openItem(options, request),
    forCall: async (subject, bindingOf) => {
      const now = clock.now();
      if (!(await store.anyLive(subject.issuer, subject.id, now))) return null;
      const binding = bindingOf();
      const item = await store.findLatest(requestDigest(binding));
      const current = item === null ? null : await asOfNow(options, item);
      if (current !== null && stillAnswers(current, now)) return { kind: "approval", approval: current };
      return asAnswer(await grantFor(options, binding));
    },
    forKey: async (binding, key) => {
      const item = await store.findByKey(binding.subject.issuer, binding.subject.id, binding.route, key);
      return item === null ? null : asOfNow(options, item);
    },
    keyUse: (keyed) => keyUse(options, keyed),
    endKey: (keyed) => endKey(options, keyed),
    sameCall: (approval, binding) => approval.call_digest === callDigest(binding),
    sameRequest: (approval, binding) => approval.request_digest === requestDigest(binding),
    used: async (binding) => {
      const item = await store.findLatest(requestDigest(binding));
      return item !== null && usedStates.has(item.state) && item.call_digest === callDigest(binding) ? item : null;
    },
    settled: (id, ms, signal) => settled(options, id, ms, signal),
    consume: (id, keyed = null) => (id.startsWith("g_") ? useGrant(options, id, keyed) : useApproval(options, id)),
    finish: (id, state, note, release, by) => finish(options, id, finished(state, note, by), release ?? null),
    withdraw: (id, why) => withdraw(options, id, why),
  };
}

/** Only the process that released the call does this, so what it says counts also where others took it for dead meanwhile. */
async function finish(
  deps: ApprovalsDeps,
  id: string,
  ending: Transition,
  release: ReleaseFacts | null,
): Promise<void> {
  const released = await deps.store.get(id);
  if (released === null) return;
  const { moved, approval } = await move(deps, released, ending, release);
  if (!moved) await move(deps, approval, corrected(approval, ending), release);
}

async function withdraw(deps: ApprovalsDeps, id: string, why: Parameters<Holds["withdraw"]>[1]): Promise<boolean> {
  const approval = await find(deps, id);
  if (approval === null) return false;
  const now = deps.clock.now();
  const isEnd = typeof why !== "string";
  const end = isEnd ? endedByAccess(approval, why, whyOf(why), now) : ended(approval, "cancelled", why, now);
  return (await move(deps, approval, end)).moved;
}

/**
 * A call becomes an item, on disk before anybody is told. The same call attaches to the item that is open for it, also
 * when two processes are asked at the same moment: looking, counting and writing are one.
 */
async function openItem(deps: ApprovalsDeps & OpenLimits, request: HoldRequest): Promise<Approval> {
  const open = await openFor(deps, request);
  if (open !== null) return open;
  return written(deps, request);
}

/**
 * Only an item of exactly this call can be attached to; what has changed since is another question to people. It may have
 * been answered since the call was judged: a second item would hide that answer, and the caller would wait for nobody.
 */
async function openFor({ store, clock }: ApprovalsDeps, { binding, replaces }: HoldRequest): Promise<Approval | null> {
  const latest = await store.findLatest(requestDigest(binding));
  if (latest === null || latest.id === replaces?.id || !stillAnswers(latest, clock.now())) return null;
  return latest.call_digest === callDigest(binding) ? latest : null;
}

async function written(deps: ApprovalsDeps & OpenLimits, request: HoldRequest): Promise<Approval> {
  const { store, clock, events } = deps;
  try {
    return await atomically(deps, async () => {
      const open = await openFor(deps, request);
      if (open !== null) return open;
      await replaceDrifted(deps, request);
      await assertNoFlood(deps, request);
      const opened = newItem(deps, request, clock.now());
      await store.insert(opened);
      await events.publish(opened);
      return opened;
    });
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal("holds_unavailable", { detail: String(cause), cause });
  }
}

async function replaceDrifted(deps: ApprovalsDeps, { replaces }: HoldRequest): Promise<void> {
  const old = replaces === null ? null : await deps.store.get(replaces.id);
  if (old === null || replaces === null) return;
  const what = replaces.changes.map((change) => change.what).join(", ");
  await move(deps, old, ended(old, "drifted", `changed since people were asked: ${what}`, deps.clock.now()));
}

async function assertNoFlood(
  { store, attention, perSubject }: ApprovalsDeps & OpenLimits,
  request: HoldRequest,
): Promise<void> {
  const { issuer, id } = request.binding.subject;
  if ((await store.countHeld(issuer, id)) < perSubject) return;
  attention.limitReached(
    "flood",
    id,
    request.reasons.map(({ rule }) => rule),
  );
  throw new Refusal("approval_flood", { hint: `at most ${perSubject} at once` });
}

function newItem({ ids }: ApprovalsDeps, request: HoldRequest, now: number): Approval {
  const { binding, requirement } = request;
  const seal = { nonce: ids.make("n"), created: now, approve_by: now + requirement.approve_within * 1_000 };
  return {
    id: ids.make("a"),
    request_digest: requestDigest(binding),
    call_digest: callDigest(binding),
    action_digest: actionDigest(binding, seal),
    binding,
    seal,
    conditions: request.conditions,
    requirement,
    reasons: request.reasons,
    context: request.context,
    decision_id: request.decisionId,
    revision: request.conditions.revision,
    idempotency_key: request.idempotencyKey,
    replaces: request.replaces,
    state: "held",
    votes: [],
    approve_by: seal.approve_by,
    claim: null,
    resolved_at: null,
    execute_by: null,
    consumed_at: null,
    outcome: null,
  };
}

/** One transaction: the votes are weighed, and used up, as the store has their voters now. */
async function useApproval(deps: ApprovalsDeps, id: string): Promise<boolean> {
  let isUsed = false;
  try {
    return await atomically(deps, async () => {
      isUsed = false;
      const approval = await find(deps, id);
      if (approval === null || !isWhole(approval)) return false;
      isUsed = (await move(deps, approval, consumed(approval, deps.clock.now()))).moved;
      return isUsed;
    });
  } catch (failure) {
    // A transaction that found it used up by another may be committed as well: that says nothing of this use.
    if (isUsed || fateOf(failure) === null) throw failure;
    throw new Refusal("store_unavailable", { detail: String(failure), cause: failure });
  }
}

function asAnswer(grant: Grant | null): Answer | null {
  return grant === null ? null : { kind: "grant", grant };
}

/** Resolves when the item leaves `held`, or after `ms`, or when `signal` aborts; always with the current item. */
async function settled(deps: ApprovalsDeps, id: string, ms: number, signal: AbortSignal): Promise<Approval> {
  const change = new Change(deps, id);
  try {
    // The item itself is not kept meanwhile: it is most of what a call that waits would take of memory.
    if ((await current(deps, id)).state === "held" && ms > 0 && !signal.aborted) await change.within(ms, signal);
  } finally {
    change.unwatch();
  }
  return current(deps, id);
}

async function current(deps: ApprovalsDeps, id: string): Promise<Approval> {
  const approval = await find(deps, id);
  if (approval === null) throw new Refusal("approval_unknown");
  return approval;
}

/** The moment at which an item leaves `held`. Watched from the start, so that none is missed while the item is read. */
class Change {
  readonly #happened = Promise.withResolvers<void>();
  readonly unwatch: () => void;

  constructor({ events }: ApprovalsDeps, id: string) {
    this.unwatch = events.watchOne(id, ({ state }) => {
      if (state !== "held") this.#happened.resolve();
    });
  }

  /** Resolves when it happens, or after `ms`, or when `signal` aborts. */
  async within(ms: number, signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#happened.resolve();
    const timer = setTimeout(stop, ms);
    signal.addEventListener("abort", stop);
    await this.#happened.promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
