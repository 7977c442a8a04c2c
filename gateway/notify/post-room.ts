import type { DeliveryLimits, NotifyRule } from "../domain/channel.ts";
import type { Logger, OutboxStore } from "../domain/ports.ts";
import type { ApprovalsDeps } from "../approvals/move.ts";
import type { Channel } from "./channel.ts";
import type { Sender } from "./notice.ts";

/** What every part of the channels works with. */
export interface PostRoom {
  readonly approvals: ApprovalsDeps;
  readonly outbox: OutboxStore;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly rules: readonly NotifyRule[];
  readonly limits: DeliveryLimits;
  readonly logger: Logger;
  /** Quick successions of changes are said as one, after this much quiet, in milliseconds. */
  readonly quietMs: number;
  /** How messages name the gateway; the console's address may only be known once it listens. */
  readonly sender: () => Sender;
  readonly counted: (channel: string, outcome: "sent" | "failed" | "dead") => void;
}
