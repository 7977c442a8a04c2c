import { type Approval, finished } from "../domain/approval.ts";
import type { Background, Job } from "../domain/background.ts";
import type { Logger } from "../domain/ports.ts";
import { type ApprovalsDeps, asOfNow, move } from "./transition.ts";

/** A process that was not heard of for so long is taken for dead. */
export const silentMs = 15_000;
const beatEveryMs = 1_000;
const lookEveryMs = 100;

/**
 * Everything that happens without anybody asking: clocks that run out, and items that other processes on the same store
 * have changed. Waiting people and clients see both.
 */
export function startExpiry(
  deps: ApprovalsDeps,
  background: Background,
  tell: (interrupted: Approval) => void,
): () => Promise<void> {
  const { store, clock, keys, processes, process } = deps;
  // What this process sent in an earlier life is no longer under way.
  keys.endAllOf(process);
  processes.beat(process, clock.now());
  let stopSettling = settleLater(deps, background, tell, []);
  const job = (name: string, failing: string, work: () => void): Job => ({ name, failing, severity: "unready", work });
  const jobs = [
    job("store", "the store cannot be written", () => processes.beat(process, clock.now())),
    job("approvals-due", "approvals whose time is up cannot be ended", () =>
      store.due(clock.now()).forEach((approval) => asOfNow(deps, approval)),
    ),
    job("approvals-interrupted", "what a process that ended has released cannot be looked for", () => {
      stopSettling = settleLater(deps, background, tell, [process]);
    }),
  ];
  const look = job("approvals-changed", "changes that other processes made cannot be read", lookForChanges(deps));
  const stops = [...jobs.map((one) => background.every(beatEveryMs, one)), background.every(lookEveryMs, look)];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
    await stopSettling();
    await background.run(
      job("store", "the store cannot be told that this process ends", () => processes.leave(process)),
    );
  };
}

function lookForChanges({ store, clock, events }: ApprovalsDeps): () => void {
  let seen = clock.now();
  return function look() {
    if (!store.changedElsewhere()) return;
    // A little overlap: two processes may write in the same millisecond, and to be told twice harms nobody.
    const since = seen - beatEveryMs;
    seen = clock.now();
    for (const approval of store.changedSince(since)) events.publish(approval);
  };
}

/** The log hands its lines to the system before the next turn of the event loop, and only then is the item settled. */
function settleLater(
  deps: ApprovalsDeps,
  background: Background,
  tell: (interrupted: Approval) => void,
  own: readonly string[],
): () => Promise<void> {
  const work = reportInterrupted(deps, tell, own);
  const failing = "what a process that ended has released cannot be settled";
  return background.soon({ name: "approvals-settle", failing, severity: "unready", work });
}

/**
 * After a crash: what was released by a process that is no more, and has no outcome, may or may not have run.
 * Nobody tries it again by itself. It is told before it is settled: after another crash in between, twice and not never.
 * At its start a process passes no `own`: what it released in an earlier life is over.
 * @returns what settles those that were told
 */
export function reportInterrupted(
  deps: ApprovalsDeps,
  tell: (interrupted: Approval) => void,
  own: readonly string[] = [deps.process],
): () => void {
  const { store, clock, processes, process } = deps;
  const others = processes.alive(clock.now(), silentMs).filter((id) => id !== process);
  const interrupted = store.releasedByOthers([...own, ...others]);
  for (const approval of interrupted) tell(approval);
  return function settle() {
    for (const approval of interrupted)
      move(deps, approval, finished("unknown", "the gateway stopped between release and outcome"));
  };
}

/** So many are kept; a process that cannot write its store serves hardly any approved calls. */
const MOST = 10_000;

/**
 * Endings of approved calls. The call was executed when its ending is written, so a store that cannot be written is no reason
 * to tell its caller that it failed: the ending is kept and written when the store can be. A process that stops before that
 * leaves the item released, which every other process takes for unknown.
 */
export class Endings {
  readonly #logger: Logger;
  readonly #waiting: (() => void)[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Writes the ending now, or keeps it. Never throws. */
  write(ending: () => void): void {
    try {
      ending();
    } catch (failure) {
      this.#logger.error("the ending of an approved call cannot be written yet", { error: String(failure) });
      if (this.#waiting.length < MOST) this.#waiting.push(ending);
    }
  }

  /** Writes what is kept, in order. @throws why it cannot be written */
  retry(): void {
    while (this.#waiting.length > 0) {
      this.#waiting[0]?.();
      this.#waiting.shift();
    }
  }
}
