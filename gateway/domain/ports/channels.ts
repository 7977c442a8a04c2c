import type { ChannelKind } from "../channel.ts";
import type { JsonObject } from "../../lib/json.ts";

/** One message to one channel about one item: sent once, then changed as the item changes. */
export interface OutboxMessage {
  /** `<approval>.<channel>` */
  readonly id: string;
  readonly approvalId: string;
  readonly channel: string;
  /** Sent only when nobody has claimed or answered the item by `due`. */
  readonly escalated: boolean;
  /** waiting: to be sent. settled: the channel knows. closed: nothing more will be said. dead: given up, for people to look at. */
  readonly state: "waiting" | "settled" | "closed" | "dead";
  readonly created: number;
  /** Not before this moment. */
  readonly due: number;
  /** Failed attempts to say what is to be said now. */
  readonly attempts: number;
  /** The last thing said, in the channel's own short word; null when nothing was. */
  readonly lastPhase: string | null;
  /** How often something was said. */
  readonly sentCount: number;
  /** What the far side calls the message. */
  readonly remote: JsonObject | null;
  readonly error: string | null;
  readonly errorAt: number | null;
}

export type NewOutboxMessage = Pick<OutboxMessage, "id" | "approvalId" | "channel" | "escalated" | "created" | "due">;

/** Messages on their way to people, durable before they are sent. Processes that share the store never both hold a message. */
export interface OutboxStore {
  /** Those that are not there yet; durable when it resolves. */
  add(messages: readonly NewOutboxMessage[]): Promise<void>;
  get(id: string): Promise<OutboxMessage | null>;
  of(approvalId: string): Promise<OutboxMessage[]>;
  /** Due messages of a channel that nobody else holds; held under `lease` until `until`. */
  take(channel: string, now: number, until: number, limit: number, lease: string): Promise<OutboxMessage[]>;
  /** The holder is still at it: held until then; false when another has taken it over since. */
  renew(id: string, lease: string, until: number): Promise<boolean>;
  /** The holder's last word; false when another has taken it over since. */
  settle(id: string, lease: string, said: SettledMessage): Promise<boolean>;
  /** Another attempt at `due`. */
  postpone(id: string, lease: string, due: number, failure: Failure): Promise<boolean>;
  deadLetter(id: string, lease: string, failure: Failure): Promise<boolean>;
  /** Given back as it was. */
  release(id: string, lease: string): Promise<boolean>;
  /** The approval of a settled message has changed: it is due again. */
  reopen(id: string, due: number): Promise<boolean>;
  /** A settled message will never be sent again. */
  close(id: string): Promise<boolean>;
  /** A dead letter becomes due again with all its attempts. */
  requeue(id: string, now: number): Promise<boolean>;
  dead(limit: number): Promise<OutboxMessage[]>;
  /** How many are due and how many are dead, by channel. */
  counts(now: number): Promise<OutboxCount[]>;
  /** Held items without any message, and items that changed after their messages were settled: what a crash left undone. */
  behind(): Promise<string[]>;
}

export interface SettledMessage {
  /** Null: nothing was said this time. */
  readonly lastPhase: string | null;
  readonly remote: JsonObject | null;
  readonly closed: boolean;
  /** When the item was read of which this was said: whatever changed since is still to be said. */
  readonly at: number;
}

export interface Failure {
  readonly error: string;
  readonly at: number;
}

export interface OutboxCount {
  readonly channel: string;
  readonly state: "waiting" | "dead";
  readonly count: number;
}

/** What the console shows of channels. */
export interface OutboxService {
  channels(): Promise<ChannelRow[]>;
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Tried again at once, with all attempts anew. @throws Refusal letter_unknown */
  retry(id: string, by: string): Promise<void>;
}

export interface ChannelRow {
  readonly name: string;
  readonly kind: ChannelKind;
  /** False where the far side cannot change a message: the outcome is a message of its own. */
  readonly updates: boolean;
  readonly waiting: number;
  readonly dead: number;
}

export interface DeadLetter {
  readonly id: string;
  readonly approval_id: string;
  readonly channel: string;
  /** Null when the configuration no longer names the channel. */
  readonly kind: ChannelKind | null;
  readonly escalated: boolean;
  readonly attempts: number;
  /** Never holds a secret. */
  readonly error: string | null;
  readonly error_at: number | null;
  readonly created: number;
  /** False when people were told nothing at all through this channel. */
  readonly told: boolean;
}

/**
 * Signed messages to an address that a caller named. Where it leads is checked when it is connected to; nothing is
 * followed, and little is read.
 */
export interface SignedPost {
  /**
   * One attempt: POSTs the JSON of `body`, signed (Standard Webhooks 1.0.0). `id` (letters, digits, `-` and `_`) stays
   * the same over attempts, so that the receiver can tell a repetition. Never throws.
   */
  send(url: string, body: object, id: string): Promise<PostAnswer>;
}

export interface PostAnswer {
  readonly delivered: boolean;
  readonly status: number | null;
  /** Worth another attempt later. */
  readonly retryable: boolean;
  /** Milliseconds that the receiver asked to be left alone; null when it did not. */
  readonly retryAfterMs: number | null;
  /** For operators. */
  readonly detail: string;
}
