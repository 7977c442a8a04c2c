import { hash } from "node:crypto";
import type { DeliveryLimits } from "../domain/channel.ts";
import { escapeControls } from "../lib/look-alike.ts";
import type { DeliveryFailure } from "../net/post-json.ts";
import type { Channel } from "./channel.ts";
import type { LeasedMessage } from "./deliver.ts";
import type { NotifyDeps } from "./dispatcher.ts";

/**
 * After a failed attempt: schedules the next one, or makes the message a dead letter when the failure is final or the
 * attempts are used up.
 * @returns the pause that the receiver asks for, in milliseconds; 0 for none
 */
export async function retryOrDeadLetter(
  deps: NotifyDeps,
  { message, channel, lease }: LeasedMessage,
  failure: DeliveryFailure,
): Promise<number> {
  const { approvals, outbox, limits, logger } = deps;
  const at = approvals.clock.now();
  const attempts = message.attempts + 1;
  const error = readableError(failure, channel);
  const fields = { channel: channel.name, approval: message.approvalId, attempts, error };
  if (!failure.retryable || attempts >= limits.attempts) {
    await outbox.deadLetter(message.id, lease, { error, at });
    deps.counted(channel.name, "dead");
    logger.error("channels: a message was given up; it is among the dead letters", fields);
  } else {
    const delay = Math.max(failure.retryAfterMs ?? 0, retryDelayMs(message.id, attempts, limits));
    await outbox.postpone(message.id, lease, at + delay, { error, at });
    deps.counted(channel.name, "failed");
    logger.warn("channels: a message was not taken; it is tried again", { ...fields, in_ms: delay });
  }
  return failure.retryAfterMs ?? 0;
}

/**
 * The delay after the `attempts`-th failure, in milliseconds: it doubles up to `longestRetryMs`, and its second half is
 * spread by the message's id, so that messages that failed together are not retried together.
 */
export function retryDelayMs(id: string, attempts: number, limits: DeliveryLimits): number {
  const whole = Math.min(limits.longestRetryMs, limits.firstRetryMs * 2 ** (attempts - 1));
  const spread = Number.parseInt(hash("sha256", `${id}\n${attempts}`, "hex").slice(0, 8), 16) / 0xffffffff;
  return Math.round(whole * (0.5 + spread / 2));
}

/** When a secret cannot be read to redact it, the error that names its reference is shown instead. */
function readableError(failure: DeliveryFailure, channel: Channel): string {
  try {
    return redacted(failure.message, channel.secrets());
  } catch (unreadable) {
    return (unreadable as Error).message;
  }
}

const longestError = 300;

/** A receiver's answer as it may be stored and shown: without the channel's secrets, on one line, at most 300 characters. */
export function redacted(text: string, secrets: readonly string[]): string {
  // The longest first: one secret may be part of another.
  const without = secrets
    .filter((secret) => secret !== "")
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "[removed]"), text);
  const shown = [...escapeControls(without.replace(/\s+/g, " ").trim())];
  return shown.length > longestError ? `${shown.slice(0, longestError - 1).join("")}…` : shown.join("");
}
