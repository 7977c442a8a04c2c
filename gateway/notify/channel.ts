import type { ChannelKind } from "../domain/channel.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Notice } from "./notice.ts";

/** One way to people. Adapters only speak: what to say, when and how often is decided elsewhere. */
export interface Channel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** A message can be changed after it was sent; else a change is a message of its own. */
  readonly updates: boolean;
  /** Also hears of items that were decided before anything was said. People need not, programs may. */
  readonly hearsLate: boolean;
  /** What of the item this channel tells, as a short word; something is said whenever it changes. `told` is the last one. */
  phase(notice: Notice, told: string | null): string;
  /** @throws DeliveryFailure, or anything when `signal` ends it */
  send(message: Message): Promise<Receipt>;
  /** Everything that must appear in no log, record or answer. @throws Error when a secret cannot be read */
  secrets(): string[];
}

export interface Message {
  readonly notice: Notice;
  /** Over all attempts to say the same thing the same, and of nothing else: letters, digits, `-` and `_`. */
  readonly key: string;
  /** What the last message's receipt said; null for the first. */
  readonly remote: JsonObject | null;
  readonly signal: AbortSignal;
}

export interface Receipt {
  /** What to come back to when the message changes; null keeps what is known. */
  readonly remote: JsonObject | null;
  /** The far side's own words, for people who try the channel out. */
  readonly answer: string;
}

/** For channels that can be changed without anybody being disturbed. */
export function everyChange({ state, claim, approvals, deadline }: Notice): string {
  return state === "held" ? `held ${claim?.at ?? ""} ${approvals} ${deadline}` : state;
}

/** For channels where each change is one more message: the question, the answer, and how it ended. */
export function decisionsOnly({ state }: Notice, told: string | null): string {
  return state === "released" ? (told ?? state) : state;
}
