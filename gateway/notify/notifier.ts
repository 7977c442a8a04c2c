import type { Approval } from "../domain/approval.ts";
import type { NewLetter } from "../domain/ports.ts";
import { newsFor } from "./letter-news.ts";
import { noticeOf } from "./notice.ts";
import type { PostRoom } from "./post-room.ts";
import { lettersFor } from "./routing.ts";

/** So many items are looked at before other work gets its turn. */
const slice = 50;

export interface Notifier {
  /** Looks at what changed; called by the post's own clock too, so that nothing waits for the next change. */
  flush(): void;
  stop(): void;
}

/**
 * Turns changes of items into letters. A new item's letters are on disk before its caller hears of the hold; later changes
 * only wake letters that are there, and are looked at after whoever made the change has been served. Nothing here can
 * fail the one who rings.
 */
export function startNotifier(room: PostRoom, wake: () => void): Notifier {
  const { approvals, outbox, logger } = room;
  const changed = new Set(outbox.behind());
  let scheduled = false;
  let stopped = false;
  const later = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      flush();
    });
  };
  function flush(): void {
    if (stopped) return;
    try {
      const ids = [...changed].slice(0, slice);
      const letters = ids.flatMap((id) => look(room, id));
      if (letters.length > 0) outbox.add(letters);
      for (const id of ids) changed.delete(id);
      if (changed.size > 0) later();
      wake();
    } catch (failure) {
      // Tried again with the next look at the post.
      logger.error("channels: changes of approvals cannot be noted", { error: String(failure) });
    }
  }
  const unwatch = approvals.events.watch((approval) => {
    if (isNew(approval) && added(room, approval)) return wake();
    changed.add(approval.id);
    later();
  });
  return {
    flush,
    stop: () => {
      stopped = true;
      unwatch();
    },
  };
}

function added(room: PostRoom, approval: Approval): boolean {
  try {
    const letters = newLetters(room, approval);
    if (letters.length > 0) room.outbox.add(letters);
    return true;
  } catch (failure) {
    room.logger.error("channels: a message cannot be stored yet", { error: String(failure) });
    return false;
  }
}

function isNew({ state, votes, claim, approve_by, seal }: Approval): boolean {
  return state === "held" && votes.length === 0 && claim === null && approve_by === seal.approve_by;
}

function newLetters({ approvals, rules, channels }: PostRoom, approval: Approval): NewLetter[] {
  return lettersFor(approval, rules, approvals.clock.now()).filter(({ channel }) => channels.has(channel));
}

/** Settled letters that no longer say how the item stands are woken. @returns the letters that it lacks */
function look(room: PostRoom, id: string): NewLetter[] {
  const { approvals, outbox } = room;
  const approval = approvals.store.get(id);
  if (approval === null) return [];
  const letters = outbox.of(id);
  if (letters.length === 0) return approval.state === "held" ? newLetters(room, approval) : [];
  for (const letter of letters) wakeIfNew(room, letter.id, approval);
  return [];
}

/** After a letter was settled, and after each change: whichever of the two comes last sees the other. */
export function wakeIfNew(room: PostRoom, letterId: string, approval: Approval): void {
  const { approvals, outbox, channels, quietMs } = room;
  const letter = outbox.get(letterId);
  const channel = channels.get(letter?.channel ?? "");
  if (letter === null || channel === undefined || letter.state !== "settled") return;
  const news = newsFor(letter, approval, noticeOf(approval, room.sender()), channel);
  if (news.say !== null) outbox.wake(letter.id, approvals.clock.now() + quietMs);
  else if (news.closed) outbox.close(letter.id);
}
