import type { Approval } from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver, Clock, Review } from "../domain/ports.ts";
import { Recent } from "../lib/caches.ts";
import type { ApprovalsDeps } from "./transition.ts";

/** Somebody whose screen reported nothing for longer is taken not to look: the time since its last report does not count. */
const silentScreenMs = 5_000;

const approversKept = 1_000;
const cardsKept = 500;

interface Looking {
  /** The card on the screen, and when that was last reported; null when none is. */
  card: { readonly approval: string; readonly at: number } | null;
  /** Milliseconds that each card was on the screen. */
  readonly seen: Map<string, number>;
}

/**
 * How long each approver has had each card on the screen, as their screens report it. One approver looks at one card at a
 * time: time that counts for a card counts for no other, however many are open. Kept in memory like the sessions that report
 * it; after a restart a card is looked at anew.
 */
export class Viewings {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #approvers = new Recent<Looking>(approversKept);

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** The card is on the approver's screen now, or no longer. Returns the milliseconds that it was so far. */
  report(approver: string, approval: string, visible: boolean): number {
    const looking = this.#of(approver);
    if (visible || looking.card?.approval === approval) {
      this.#count(looking);
      looking.card = visible ? { approval, at: this.#clock.monotonic() } : null;
    }
    return this.seenMs(approver, approval);
  }

  /** Whole milliseconds that this approver has had the card on the screen. */
  seenMs(approver: string, approval: string): number {
    const looking = this.#of(approver);
    const running = looking.card?.approval === approval ? this.#sinceReport(looking) : 0;
    return Math.round((looking.seen.get(approval) ?? 0) + running);
  }

  /** The approver has voted: what was seen counts for that vote alone. */
  end(approver: string, approval: string): void {
    const looking = this.#of(approver);
    if (looking.card?.approval === approval) looking.card = null;
    looking.seen.delete(approval);
  }

  #of(approver: string): Looking {
    const known = this.#approvers.get(approver);
    if (known !== undefined) return known;
    const looking: Looking = { card: null, seen: new Map() };
    this.#approvers.set(approver, looking);
    return looking;
  }

  #count({ card, seen }: Looking): void {
    if (card === null) return;
    const before = seen.get(card.approval) ?? 0;
    seen.delete(card.approval);
    seen.set(card.approval, before + this.#sinceReport({ card, seen }));
    for (const oldest of seen.keys()) if (seen.size > cardsKept) seen.delete(oldest);
  }

  #sinceReport({ card }: Looking): number {
    const elapsed = card === null ? 0 : this.#clock.monotonic() - card.at;
    return elapsed > silentScreenMs ? 0 : elapsed;
  }
}

export interface ReviewTimeOptions extends Pick<ApprovalsDeps, "attention"> {
  readonly viewings: Viewings;
  /** How long an approver must have had the card of an irreversible call on the screen before approving it, in milliseconds. */
  readonly minReviewTimeMs: number;
}

/** How long this approver has to look at the card before approving it, and has looked. */
export function reviewOf(
  { viewings, minReviewTimeMs }: ReviewTimeOptions,
  approval: Approval,
  approver: Approver,
): Review {
  const needed = approval.state === "held" && approval.binding.reversible !== true;
  return { neededMs: needed ? minReviewTimeMs : 0, seenMs: viewings.seenMs(approver.id, approval.id) };
}

/**
 * What cannot be undone is looked at first; a click that comes sooner than anybody can read is none.
 * @throws Refusal approval_too_fast
 */
export function assertReviewTime(options: ReviewTimeOptions, approval: Approval, approver: Approver): void {
  const { neededMs, seenMs } = reviewOf(options, approval, approver);
  if (seenMs >= neededMs) return;
  const rules = approval.reasons.map(({ rule }) => rule);
  options.attention.limitReached("too_fast", approver.name, rules);
  throw new Refusal("approval_too_fast", { hint: `in ${Math.ceil((neededMs - seenMs) / 1_000)} s` });
}
