import type { EndedBy, Revocable } from "../revocation.ts";
import type { Subject } from "../subject.ts";

export type { EndedBy } from "../revocation.ts";

/** How much an end has ended. */
export interface Ended {
  /** Sessions that any of the others belonged to. */
  readonly sessions: number;
  /** Calls that waited for people, or were approved and had not run. */
  readonly held: number;
  /** Calls under way at their tool servers. */
  readonly calls: number;
  /** Open streams. */
  readonly streams: number;
  /** Permissions wider than one call. */
  readonly grants: number;
  /** Credentials that the gateway had made, or got, for calls. */
  readonly credentials: number;
}

/** Whether an end is meant for a call, a held call, a grant, or whatever else has these identifiers. Cheap; never throws. */
export type Matches = (what: Revocable) => boolean;

/** Ends access: the one place through which everything goes that does. */
export interface Endings {
  /**
   * Cancels what is held, aborts what is under way upstream, voids grants and made credentials of all that matches. A call that
   * was judged before and not sent yet is not sent any more. What is under way is cut before the first step ends; resolves when
   * this process has ended all of it. @throws when some of it could not be ended, and all that could be was; calling it again is harmless
   */
  end(matches: Matches, by: EndedBy): Promise<Ended>;
  /** Those who hold something else that must go (made credentials, counters) register here. */
  onEnd(listener: EndListener): void;
}

/** Ends what its owner holds and `matches` names. Called again for the same end when something failed. */
export type EndListener = (matches: Matches, by: EndedBy) => Promise<EndedElsewhere>;

/** What a listener has ended. `of`: its sessions by `sessionText`, which are counted once with those of the others. */
export interface EndedElsewhere extends Partial<Omit<Ended, "sessions">> {
  readonly of?: ReadonlySet<string>;
}

/** A call or stream at its tool server, from before its first byte to its end. */
export interface CallUnderWay {
  readonly what: Revocable;
  /** Whose credential it stands on. */
  readonly subject: Subject;
  /** When its request path began, on the monotonic clock in milliseconds: an end since then is meant for it too. */
  readonly since: number;
  readonly isStream: boolean;
  /** Ends it, towards both sides. Called once. Never throws or rejects; resolves when its connection to the tool server is cut. */
  cut(by: EndedBy): Promise<void> | void;
}

/** What this process has under way. */
export interface UnderWay {
  /** Right before it is sent. @returns what has ended it since its request path began, and then it must not be sent; else null, and it is entered */
  enter(call: CallUnderWay): EndedBy | null;
  leave(call: CallUnderWay): void;
}
