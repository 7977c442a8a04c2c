import { hash } from "node:crypto";
import { find } from "../approvals/transition.ts";
import type { OutboxMessage } from "../domain/ports.ts";
import { networkFailure } from "../net/post-json.ts";
import type { Channel } from "./channel.ts";
import type { NotifyDeps } from "./dispatcher.ts";
import { isOver, noticeOf } from "./notice.ts";
import { nextStep, reopenIfChanged } from "./notifier.ts";
import { retryOrDeadLetter } from "./retry.ts";

/** A message that this process alone may send until the lease runs out. */
export interface LeasedMessage {
  readonly message: OutboxMessage;
  readonly channel: Channel;
  readonly lease: string;
  /** Before it was taken, in monotonic milliseconds. */
  readonly heldSince: number;
}

/**
 * One attempt: reads how the approval stands now, sends that when the channel does not have it yet, and stores the result.
 * @returns the pause that the receiver asks for, in milliseconds; 0 for none
 * @throws only when the store cannot be written
 */
export async function deliver(deps: NotifyDeps, leased: LeasedMessage, stopping: AbortSignal): Promise<number> {
  const { approvals, outbox, limits } = deps;
  const { message, channel, lease } = leased;
  const at = approvals.clock.now();
  const approval = await find(approvals, message.approvalId);
  if (approval === null) {
    await outbox.settle(message.id, lease, { lastPhase: null, remote: null, closed: true, at });
    return 0;
  }
  const notice = noticeOf(approval, deps.sender());
  const step = nextStep(message, approval, notice, channel);
  if (step.send === null) {
    await outbox.settle(message.id, lease, { lastPhase: null, remote: null, closed: step.closed, at });
    await recheck(deps, message);
    return 0;
  }
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(limits.timeoutMs)]);
  const content = { notice, key: idempotencyKey(message, step.send), remote: message.remote, signal };
  try {
    // The lease may have been lost while the approval was read.
    signal.throwIfAborted();
    const { remote } = await untilAborted(channel.send(content), signal);
    await outbox.settle(message.id, lease, { lastPhase: step.send, remote, closed: isOver(notice), at });
    deps.counted(channel.name, "sent");
    await recheck(deps, message);
    return 0;
  } catch (thrown) {
    if (!stopping.aborted) return retryOrDeadLetter(deps, leased, networkFailure(thrown));
    await outbox.release(message.id, lease);
    return 0;
  }
}

/** The same for every attempt to send the same phase; a new one once another phase was sent in between. */
function idempotencyKey({ id, sentCount }: OutboxMessage, phase: string): string {
  return hash("sha256", `${id}\n${sentCount}\n${phase}`, "base64url").slice(0, 27);
}

/** An adapter that ignores its signal is not waited for. */
async function untilAborted<T>(sending: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(signal.reason as Error);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([sending, promise]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** The approval may have changed while the message was in flight. */
async function recheck(deps: NotifyDeps, { id, approvalId }: OutboxMessage): Promise<void> {
  const approval = await deps.approvals.store.get(approvalId);
  if (approval !== null) await reopenIfChanged(deps, id, approval);
}
