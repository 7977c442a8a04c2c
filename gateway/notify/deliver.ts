import { hash } from "node:crypto";
import type { Approval } from "../domain/approval.ts";
import type { Letter } from "../domain/ports.ts";
import { find } from "../approvals/move.ts";
import { type DeliveryFailure, networkFailure } from "../net/delivery-answers.ts";
import { retryDelayMs } from "./backoff.ts";
import type { Channel } from "./channel.ts";
import { newsFor } from "./letter-news.ts";
import { isOver, noticeOf } from "./notice.ts";
import { wakeIfNew } from "./notifier.ts";
import type { PostRoom } from "./post-room.ts";
import { redacted } from "./redact.ts";

export interface Held {
  readonly letter: Letter;
  readonly channel: Channel;
  readonly lease: string;
}

/**
 * One attempt with one letter that is held by a lease: looks how the item stands now, says it when it is new, and writes
 * down what came of it. Never throws but for a store that cannot be written.
 * @returns how long the far side wants to be left alone, in milliseconds
 */
export async function deliver(room: PostRoom, held: Held, stopping: AbortSignal): Promise<number> {
  const { approvals, outbox } = room;
  const { letter, channel, lease } = held;
  const at = approvals.clock.now();
  const approval = find(approvals, letter.approvalId);
  if (approval === null) return done(outbox.settle(letter.id, lease, { told: null, remote: null, closed: true, at }));
  const notice = noticeOf(approval, room.sender());
  const news = newsFor(letter, approval, notice, channel);
  if (news.say === null) {
    outbox.settle(letter.id, lease, { told: null, remote: null, closed: news.closed, at });
    return done(recheck(room, letter.id, approval.id));
  }
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(room.limits.timeoutMs)]);
  const message = { notice, key: keyOf(letter, news.say), remote: letter.remote, signal };
  try {
    const { remote } = await bounded(channel.send(message), signal);
    outbox.settle(letter.id, lease, { told: news.say, remote, closed: isOver(notice), at });
    room.counted(channel.name, "sent");
    return done(recheck(room, letter.id, approval.id));
  } catch (thrown) {
    if (stopping.aborted) return done(outbox.release(letter.id, lease));
    return failed(room, held, networkFailure(thrown));
  }
}

function done(_written: unknown): number {
  return 0;
}

/** The same for every attempt to say the same thing; another once something else was said in between. */
function keyOf({ id, tellings }: Letter, say: string): string {
  return hash("sha256", `${id}\n${tellings}\n${say}`, "base64url").slice(0, 27);
}

/** An adapter that does not heed its signal is not waited for. */
async function bounded<T>(sending: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(signal.reason as Error);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([sending, promise]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** What changed while the message was on its way. */
function recheck(room: PostRoom, letterId: string, approvalId: string): void {
  const now: Approval | null = room.approvals.store.get(approvalId);
  if (now !== null) wakeIfNew(room, letterId, now);
}

function failed(room: PostRoom, { letter, channel, lease }: Held, failure: DeliveryFailure): number {
  const { approvals, outbox, limits, logger } = room;
  const at = approvals.clock.now();
  const attempts = letter.attempts + 1;
  const error = readable(failure, channel);
  const fields = { channel: channel.name, approval: letter.approvalId, attempts, error };
  if (!failure.retryable || attempts >= limits.attempts) {
    outbox.bury(letter.id, lease, { error, at });
    room.counted(channel.name, "dead");
    logger.error("channels: a message was given up; it is among the dead letters", fields);
  } else {
    const wait = Math.max(failure.retryAfterMs ?? 0, retryDelayMs(letter.id, attempts, limits));
    outbox.postpone(letter.id, lease, at + wait, { error, at });
    room.counted(channel.name, "failed");
    logger.warn("channels: a message was not taken; it is tried again", { ...fields, in_ms: wait });
  }
  return failure.retryAfterMs ?? 0;
}

/** A secret that cannot be read says so by its reference. */
function readable(failure: DeliveryFailure, channel: Channel): string {
  try {
    return redacted(failure.message, channel.secrets());
  } catch (unreadable) {
    return (unreadable as Error).message;
  }
}
