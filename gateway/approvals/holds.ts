import { type Approval, consumed, ended, finished, stillAnswers, usedStates } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Answer, Holds } from "../domain/ports.ts";
import { actionDigest, callDigest, requestDigest } from "./digests.ts";
import { endKey, grantFor, keyUse, useGrant } from "./grants.ts";
import { type ApprovalsDeps, asOfNow, atomically, find, move } from "./transition.ts";
import { openItem, type OpenLimits } from "./open-item.ts";

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
    forCall: (subject, bindingOf) => {
      const now = clock.now();
      if (!store.anyLive(subject.issuer, subject.id, now)) return null;
      const binding = bindingOf();
      const item = store.findLatest(requestDigest(binding));
      const current = item === null ? null : asOfNow(options, item);
      if (current !== null && stillAnswers(current, now)) return { kind: "approval", approval: current };
      return asAnswer(grantFor(options, binding));
    },
    forKey: (binding, key) => {
      const item = store.findByKey(binding.subject.issuer, binding.subject.id, binding.route, key);
      return item === null ? null : asOfNow(options, item);
    },
    keyUse: (keyed) => keyUse(options, keyed),
    endKey: (keyed) => endKey(options, keyed),
    sameCall: (approval, binding) => approval.call_digest === callDigest(binding),
    sameRequest: (approval, binding) => approval.request_digest === requestDigest(binding),
    used: (binding) => {
      const item = store.findLatest(requestDigest(binding));
      return item !== null && usedStates.has(item.state) && item.call_digest === callDigest(binding) ? item : null;
    },
    settled: (id, ms, signal) => settled(options, id, ms, signal),
    consume: (id, keyed = null) => (id.startsWith("g_") ? useGrant(options, id, keyed) : useApproval(options, id)),
    finish: (id, state, note, release) => {
      const approval = store.get(id);
      if (approval !== null) move(options, approval, finished(state, note), release ?? null);
    },
    withdraw: (id, why) => {
      const approval = find(options, id);
      return approval !== null && move(options, approval, ended(approval, "cancelled", why, clock.now())).moved;
    },
  };
}

/** One transaction: the votes are weighed, and used up, as the store has their voters now. */
function useApproval(deps: ApprovalsDeps, id: string): boolean {
  return atomically(deps, () => {
    const approval = find(deps, id);
    if (approval === null || !isWhole(approval)) return false;
    return move(deps, approval, consumed(approval, deps.clock.now())).moved;
  });
}

/** What is stored is what people voted on. */
function isWhole({ binding, seal, action_digest }: Approval): boolean {
  return actionDigest(binding, seal) === action_digest;
}

function asAnswer(grant: ReturnType<typeof grantFor>): Answer | null {
  return grant === null ? null : { kind: "grant", grant };
}

/** Resolves when the item leaves `held`, or after `ms`, or when `signal` aborts; always with the current item. */
async function settled(deps: ApprovalsDeps, id: string, ms: number, signal: AbortSignal): Promise<Approval> {
  const current = (): Approval => {
    const approval = find(deps, id);
    if (approval === null) throw new Refusal("approval_unknown");
    return approval;
  };
  // The item itself is not kept meanwhile: it is most of what a call that waits would take of memory.
  if (current().state === "held" && ms > 0 && !signal.aborted) await change(deps, id, ms, signal);
  return current();
}

function change(deps: ApprovalsDeps, id: string, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    const unwatch = deps.events.watchOne(id, (approval) => {
      if (approval.state !== "held") stop();
    });
    signal.addEventListener("abort", stop);
  });
}
