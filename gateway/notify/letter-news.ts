import type { Approval } from "../domain/approval.ts";
import type { Letter } from "../domain/ports.ts";
import type { Channel } from "./channel.ts";
import { isOver, type Notice } from "./notice.ts";

/** What is to be done with a letter now. */
export type News =
  | { readonly say: string }
  /** Nothing is new; with `closed` nothing will be again. */
  | { readonly say: null; readonly closed: boolean };

/** Compares what the channel was told with how the item stands. */
export function newsFor(letter: Letter, approval: Approval, notice: Notice, channel: Channel): News {
  if (letter.told === null && isNotWanted(letter, approval, channel)) return { say: null, closed: true };
  const phase = channel.phase(notice, letter.told);
  return phase === letter.told ? { say: null, closed: isOver(notice) } : { say: phase };
}

/** Nobody is called for what others attend to, nor told of a question that is answered. */
function isNotWanted(letter: Letter, { state, claim, votes }: Approval, channel: Channel): boolean {
  if (letter.escalated && (claim !== null || votes.length > 0)) return true;
  return state !== "held" && (letter.escalated || !channel.hearsLate);
}
