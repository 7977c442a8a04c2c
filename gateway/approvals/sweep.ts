import { type Approval, finished } from "../domain/approval.ts";
import type { Background } from "../domain/background.ts";
import { asOfNow, move, type Office } from "./office.ts";

/** A process that was not heard of for so long is taken for dead. */
export const silentMs = 15_000;
const beatEveryMs = 1_000;
const lookEveryMs = 100;

/**
 * Everything that happens without anybody asking: clocks that run out, and items that other processes on the same store
 * have changed. Waiting people and clients see both.
 */
export function startSweep(office: Office, background: Background, tell: (interrupted: Approval) => void): () => void {
  const { store, clock, bell, keys, processes, process } = office;
  let seen = clock.now();
  // What this process sent in an earlier life is no longer under way.
  keys.endAllOf(process);
  processes.beat(process, seen);
  let settling = settleLater(office, background, tell, []);
  const stops = [
    background.every(beatEveryMs, {
      ...{ name: "store", severity: "unready" },
      failing: "the store cannot be written",
      work: () => processes.beat(process, clock.now()),
    }),
    background.every(beatEveryMs, {
      ...{ name: "approvals-due", severity: "unready" },
      failing: "approvals whose time is up cannot be ended",
      work: () => store.due(clock.now()).forEach((approval) => asOfNow(office, approval)),
    }),
    background.every(beatEveryMs, {
      ...{ name: "approvals-interrupted", severity: "unready" },
      failing: "what a process that ended has released cannot be looked for",
      work: () => void (settling = settleLater(office, background, tell, [process])),
    }),
    background.every(lookEveryMs, {
      ...{ name: "approvals-changed", severity: "unready" },
      failing: "changes that other processes made cannot be read",
      work: () => {
        if (!store.changedElsewhere()) return;
        // A little overlap: two processes may write in the same millisecond, and to be told twice harms nobody.
        const since = seen - beatEveryMs;
        seen = clock.now();
        for (const approval of store.changedSince(since)) bell.ring(approval);
      },
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    clearImmediate(settling);
    background.run({
      ...{ name: "store", severity: "degraded" },
      failing: "the store cannot be told that this process ends",
      work: () => processes.leave(process),
    });
  };
}

/** The log hands its lines to the system before the next turn of the event loop, and only then is the item settled. */
function settleLater(
  office: Office,
  background: Background,
  tell: (interrupted: Approval) => void,
  own: readonly string[],
): NodeJS.Immediate {
  const work = reportInterrupted(office, tell, own);
  const failing = "what a process that ended has released cannot be settled";
  return setImmediate(() => background.run({ name: "approvals-settle", failing, severity: "unready", work }));
}

/**
 * After a crash: what was released by a process that is no more, and has no outcome, may or may not have run.
 * Nobody tries it again by itself. It is told before it is settled: after another crash in between, twice and not never.
 * At its start a process passes no `own`: what it released in an earlier life is over.
 * @returns what settles those that were told
 */
export function reportInterrupted(
  office: Office,
  tell: (interrupted: Approval) => void,
  own: readonly string[] = [office.process],
): () => void {
  const { store, clock, processes, process } = office;
  const others = processes.alive(clock.now() - silentMs).filter((id) => id !== process);
  const interrupted = store.releasedByOthers([...own, ...others]);
  for (const approval of interrupted) tell(approval);
  return function settle() {
    for (const approval of interrupted)
      move(office, approval, finished("unknown", "the gateway stopped between release and outcome"));
  };
}
