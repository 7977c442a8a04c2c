import { setTimeout as pause } from "node:timers/promises";
import type {
  Clock,
  Counted,
  CountedEverywhere,
  EndAnnouncements,
  EndedEverywhere,
  EndNotice,
  EndNoticeStore,
  Ended,
  Ids,
  Logger,
  Matches,
  ProcessStore,
  SharedEndings,
} from "../domain/ports.ts";
import { endedTogether } from "../domain/ended.ts";
import { type EndedBy, type EndTarget, revokes, type RevocationTarget } from "../domain/revocation.ts";
import { within } from "../lib/event-loop.ts";
import type { AccessEndings } from "./endings.ts";

export interface SharedEndingsDeps {
  readonly store: EndNoticeStore;
  readonly endings: Pick<AccessEndings, "begin" | "end" | "count" | "countUnderWay">;
  readonly processes: Pick<ProcessStore, "alive">;
  /** This process, among those that share the store. */
  readonly process: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** So long the others are waited for. They look ten times a second. */
const waitMs = 1_000;
const lookAgainMs = 20;
/** One that was silent for so long, and did not say that it leaves, is gone. */
const goneMs = 3_600_000;
/** Far longer than any process that is alive needs to read one. */
const keptMs = 600_000;
/** What others end is looked for ten times a second; a process that has not looked for so long stood still. */
const stoodStillMs = 400;
/** So long a call waits for the look: where the store does not answer, access that others end is not ended here. */
const lookWithinMs = 1_000;

/**
 * Ends access in every process that shares the store: the one that is asked writes a notice, the others find it, end what they
 * have under way, and write what it was.
 */
export class StoreSharedEndings implements SharedEndings, EndAnnouncements {
  readonly #deps: SharedEndingsDeps;
  /** Up to which number notices are read. */
  #read: number;
  #isBehind = true;
  /** Carried out in part; tried again with the next look. */
  #unfinished: readonly EndNotice[] = [];
  /** When the last look that succeeded began, and the last one that ended at all, on the monotonic clock. */
  #lookedAt: number;
  #triedAt: number;
  #looking: Promise<void> | null = null;

  private constructor(deps: SharedEndingsDeps, read: number) {
    this.#deps = deps;
    this.#read = read;
    this.#lookedAt = this.#triedAt = deps.clock.monotonic();
  }

  /** What was announced before this process began is not its own: it has nothing under way. */
  static async open(deps: SharedEndingsDeps): Promise<StoreSharedEndings> {
    return new StoreSharedEndings(deps, await deps.store.newest());
  }

  async end(target: EndTarget, by: EndedBy): Promise<EndedEverywhere> {
    const notice = this.notice(target, by);
    const ending = this.#deps.endings.end(matching(target), by);
    await Promise.all([ending, this.#deps.store.announce(notice)]);
    return this.gather(notice.id, await ending);
  }

  async count(target: RevocationTarget): Promise<CountedEverywhere> {
    const { endings, store } = this.#deps;
    const own = await endings.count(matching(target));
    if ((await this.others()) === 0) return { ...own, unanswered: 0 };
    const notice = this.notice(target, { kind: target.kind, id: null, reason: "" }, true);
    await store.announce(notice);
    const { answers, unanswered } = await this.#answers(notice.id);
    const counted = answers.reduce(
      (sum, one) => ({ ...endedTogether(sum, one), callers: [...sum.callers, ...one.callers] }),
      own,
    );
    return { ...counted, unanswered };
  }

  async others(): Promise<number> {
    const { awaited, silent } = await this.#others();
    return awaited.length + silent;
  }

  /** The notice of an end that this process carries out itself. */
  notice(target: EndTarget, by: EndedBy, asks = false): EndNotice {
    const { ids, process, clock } = this.#deps;
    return { id: ids.make("n"), process, target, by, asks, at: clock.now() };
  }

  /** What this process and, as they answer, the others have ended under a notice that is announced. */
  async gather(notice: string, own: Ended): Promise<EndedEverywhere> {
    const { answers, unanswered } = await this.#answers(notice);
    if (unanswered > 0)
      this.#deps.logger.error("another process has not said that it ended access", { notice, processes: unanswered });
    return { ...answers.reduce<Ended>(endedTogether, own), unanswered };
  }

  /** See `UnderWay.upToDate`. */
  upToDate(): Promise<boolean> | null {
    if (this.#hasTried()) return null;
    return within(this.#tryNow(), lookWithinMs, never).then(
      () => true,
      () => false,
    );
  }

  #hasTried(): boolean {
    return this.#deps.clock.monotonic() - this.#triedAt < stoodStillMs;
  }

  /** A look that began before this process stood still may have read what was so then. */
  async #tryNow(): Promise<void> {
    while (!this.#hasTried()) await this.look();
  }

  /** Carries out what others have announced. Several times a second. @throws when some of it could not be ended yet */
  look(): Promise<void> {
    if (this.#looking !== null) return this.#looking;
    const began = this.#deps.clock.monotonic();
    this.#looking = this.#lookOnce().finally(() => {
      this.#looking = null;
      this.#triedAt = began;
    });
    return this.#looking;
  }

  /** As `look`, and begins after this: one that is under way may not see what was announced a moment ago. @throws as `look` */
  async lookAnew(): Promise<void> {
    await this.#looking?.catch(() => undefined);
    return this.look();
  }

  async #lookOnce(): Promise<void> {
    const { clock } = this.#deps;
    const now = clock.monotonic();
    // Notices of that time may be gone: what was under way cannot be told from what has ended.
    if (now - this.#lookedAt > keptMs / 2) await this.#deps.endings.begin(() => true, stoodStill).cut;
    await this.#carryOutNew();
    this.#lookedAt = now;
  }

  async #carryOutNew(): Promise<void> {
    const { store, process, clock } = this.#deps;
    this.#isBehind = store.changedElsewhere() || this.#isBehind;
    const again = this.#unfinished;
    if (!this.#isBehind && again.length === 0) return;
    const { notices, last } = await store.since(this.#read);
    const theirs = notices.filter((notice) => notice.process !== process);
    const tried = await Promise.allSettled([...again, ...theirs].map((notice) => this.#carryOut(notice)));
    [this.#read, this.#isBehind] = [last, false];
    this.#unfinished = [...again, ...theirs].filter((_, at) => tried[at]?.status === "rejected");
    const failed = tried.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
    if (notices.length > 0) await store.purge(clock.now() - keptMs);
  }

  async #carryOut({ id, target, by, asks }: EndNotice): Promise<void> {
    const { store, endings, process } = this.#deps;
    const matches = matching(target);
    if (asks) return store.answer(id, process, endings.countUnderWay(matches));
    const ended = await endings.end(matches, by);
    await store.answer(id, process, { ...ended, callers: [] });
  }

  async #others(): Promise<{ readonly awaited: readonly string[]; readonly silent: number }> {
    const { processes, process, clock } = this.#deps;
    const now = clock.now();
    const [heard, all] = await Promise.all([processes.alive(now), processes.alive(now, goneMs)]);
    const awaited = heard.filter((id) => id !== process);
    return { awaited, silent: all.filter((id) => id !== process).length - awaited.length };
  }

  async #answers(notice: string): Promise<{ readonly answers: readonly Counted[]; readonly unanswered: number }> {
    const { store, clock } = this.#deps;
    const { awaited: others, silent } = await this.#others();
    const until = clock.monotonic() + waitMs;
    for (;;) {
      const given = others.length === 0 ? [] : await store.answers(notice);
      const unanswered = others.filter((id) => given.every(({ process }) => process !== id)).length;
      if (unanswered === 0 || clock.monotonic() >= until)
        return { answers: given.map(({ counted }) => counted), unanswered: unanswered + silent };
      await pause(lookAgainMs);
    }
  }
}

const never = new AbortController().signal;

const stoodStill: EndedBy = {
  kind: "limit",
  id: null,
  reason: "this process stood still for so long that what has ended meanwhile is not known any more",
};

function matching(target: EndTarget): Matches {
  return (what) => revokes(target, what);
}
