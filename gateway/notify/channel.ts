import type { ChannelKind } from "../domain/channel.ts";
import type { Clock } from "../domain/ports.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Notice } from "./notice.ts";

/** One configured way to reach people. An adapter only sends: the dispatcher decides what is sent, when and how often. */
export interface Channel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** A message can be changed after it was sent; otherwise each change is a new message. */
  readonly updates: boolean;
  /** Is also sent approvals that were decided before the first message went out. Programs want them, people do not. */
  readonly sendsDecided: boolean;
  /**
   * A short word for what this channel sends of the approval as it stands; a message is sent whenever the word changes.
   * `lastPhase` is the word of the last message that was sent, null before the first.
   */
  phase(notice: Notice, lastPhase: string | null): string;
  /** @throws DeliveryFailure, or anything once `signal` aborts */
  send(message: ChannelMessage): Promise<SendResult>;
  /** Everything that must appear in no log, record or answer. @throws Error when a secret cannot be read */
  secrets(): string[];
}

export interface ChannelMessage {
  readonly notice: Notice;
  /** The same for all attempts to send the same phase, and for nothing else: letters, digits, `-` and `_`. */
  readonly key: string;
  /** `remote` of the last message's result; null for the first message. */
  readonly remote: JsonObject | null;
  readonly signal: AbortSignal;
}

export interface SendResult {
  /** What the receiver calls the message, needed to change it later; null keeps the value that is stored. */
  readonly remote: JsonObject | null;
  /** The receiver's own words, for people who test the channel. */
  readonly answer: string;
}

/** What every adapter needs besides its settings. */
export interface ChannelDeps {
  /** Read for every message, so that a rotated secret takes effect. @throws Error that never holds the value */
  readonly secret: (reference: string) => string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** `phase` of channels that can change a message without disturbing anybody. */
export function everyChange({ state, claim, approvals, deadline }: Notice): string {
  return state === "held" ? `held ${claim?.at ?? ""} ${approvals} ${deadline}` : state;
}

/** `phase` of channels where each change is a new message: the question, the decision, and how it ended. */
export function decisionsOnly({ state }: Notice, lastPhase: string | null): string {
  return state === "released" ? (lastPhase ?? state) : state;
}
