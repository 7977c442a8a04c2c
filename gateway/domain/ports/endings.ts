import type { Chained } from "../../lib/chain.ts";
import type { EndedBy, EndTarget, Revocable, RevocationTarget, SessionCaller } from "../revocation.ts";
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

/** An end in two steps: what is under way is cut before anything is written. */
export interface StepwiseEndings {
  /** Aborts what is under way and matches, before it returns; what was judged before is not sent any more. */
  begin(matches: Matches, by: EndedBy): BegunEnd;
}

export interface BegunEnd {
  /** What was cut. Never rejects. */
  readonly cut: Promise<Ended>;
  /** Ends the rest, also when it is called again. @returns all of it, what was cut included @throws as `Endings.end` */
  finish(): Promise<Ended>;
}

/** Counts what an end would end now. The others are asked for what only they know. */
export interface EndCounts {
  count(matches: Matches): Promise<Counted>;
  onCount(counter: (matches: Matches) => Promise<CountedElsewhere>): void;
}

export interface Counted extends Ended {
  /** Callers of those among them whose session no token names. */
  readonly callers: readonly SessionCaller[];
}

export interface CountedElsewhere extends Partial<Omit<Ended, "sessions">> {
  /** What was counted, for its sessions and callers. */
  readonly of: readonly Revocable[];
}

/** Ends and counts in all processes that share the store. */
export interface SharedEndings {
  /**
   * As `Endings.end`, here and, within a quarter of a second, in every other process. Resolves when all of them have, or have been
   * waited for in vain. @throws as `Endings.end`, of this process
   */
  end(target: EndTarget, by: EndedBy): Promise<EndedEverywhere>;
  /** What that would end. */
  count(target: RevocationTarget): Promise<CountedEverywhere>;
}

/** For whoever writes a notice together with something else. */
export interface EndAnnouncements {
  /** The notice of an end that this process carries out itself. */
  notice(target: EndTarget, by: EndedBy): EndNotice;
  /** What this process and, as they answer, the others have ended under a notice that is written. */
  gather(notice: string, own: Ended): Promise<EndedEverywhere>;
  /** How many other processes there may be. @throws when the store cannot be read */
  others(): Promise<number>;
}

/** Names that are known though nobody has called by them: of the configuration, the policy's data and other stores. */
export interface KnownNames {
  has(target: RevocationTarget): Promise<boolean>;
}

export interface EndedEverywhere extends Ended {
  /**
   * Processes that have not answered within a second, or were not heard of lately and have not said that they leave: what they have
   * under way may still run.
   */
  readonly unanswered: number;
}

export type CountedEverywhere = Counted & Pick<EndedEverywhere, "unanswered">;

/** An end that every process is to carry out, or only to count. */
export interface EndNotice {
  readonly id: string;
  /** Who has announced it, and has carried it out itself. */
  readonly process: string;
  readonly target: EndTarget;
  readonly by: EndedBy;
  /** Nothing is to be ended, only counted. */
  readonly asks: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Notices between the processes that share the store, and their answers. What is written need not outlive a power cut: nothing under way does. */
export interface EndNoticeStore {
  announce(notice: EndNotice): Promise<void>;
  /** The number of the newest notice; zero when there is none. */
  newest(): Promise<number>;
  /** Those after this number, oldest first, and the number of the last. */
  since(number: number): Promise<{ readonly notices: readonly EndNotice[]; readonly last: number }>;
  answer(notice: string, process: string, counted: Counted): Promise<void>;
  answers(notice: string): Promise<readonly { readonly process: string; readonly counted: Counted }[]>;
  /** Removes what is older than this moment. */
  purge(before: number): Promise<void>;
  /** True when another process may have written to the store since the last look. Looks at memory only. */
  changedElsewhere(): boolean;
}

/** Ends what its owner holds and `matches` names. Called again for the same end when something failed. */
export type EndListener = (matches: Matches, by: EndedBy) => Promise<EndedElsewhere>;

/** What a listener has ended. `of`: its sessions by `sessionText`, which are counted once with those of the others. */
export interface EndedElsewhere extends Partial<Omit<Ended, "sessions">> {
  readonly of?: ReadonlySet<string>;
}

/** A call or stream at its tool server, from before its first byte to its end. */
export interface CallUnderWay extends Chained {
  readonly what: Revocable;
  /** Whose credential it stands on. */
  readonly subject: Subject;
  /** When its request path began, on the monotonic clock in milliseconds: an end since then is meant for it too. */
  readonly since: number;
  readonly isStream: boolean;
  /** Ends it, towards both sides. Called once. Never throws or rejects; resolves when its connection to the tool server is cut. */
  cut(by: EndedBy): Promise<void> | void;
  /** Ends it, towards both sides and as its tool server would, when it is an open stream on which its caller only listens. Never throws. */
  stopListening(): void;
}

/** Whether the credential of a call still counts, for what outlives the check of its request. */
export interface CredentialValidity {
  /**
   * Null while it counts. `subject` is the very object that `identify/` gave out; `now` in milliseconds since the epoch. From
   * memory; never throws.
   */
  endedBy(subject: Subject, now: number): EndedBy | null;
}

/** What this process has under way. */
export interface UnderWay {
  /**
   * Before a call is sent. Null when this process has looked lately for what others have ended; else resolves with true when it has,
   * with false when it could not: one that stood still must not send what was judged before. Never rejects.
   */
  upToDate(): Promise<boolean> | null;
  /** Right before it is sent. @returns what has ended it since its request path began, and then it must not be sent; else null, and it is entered */
  enter(call: CallUnderWay): EndedBy | null;
  /** The same of a call that is not sent now. */
  endedSince(call: Pick<CallUnderWay, "what" | "since">): EndedBy | null;
  leave(call: CallUnderWay): void;
}
