import { type Approval, interrupted } from "../domain/approval.ts";
import type { Job, Jobs, Logger } from "../domain/ports.ts";
import { type ApprovalsDeps, asOfNow, move } from "./transition.ts";

const beatEveryMs = 1_000;
/** Also where many changes are told: each look reads what has changed in the overlap once more. */
const lookEveryMs = 100;
/**
 * How far a look goes back behind the last one: clocks of processes may differ, and a change is stamped before its transaction is visible;
 * together less than this.
 */
const overlapMs = 10_000;

/**
 * Everything that happens without anybody asking: clocks that run out, and items that other processes on the same store
 * have changed. Waiting people and clients see both. Resolves when it has begun.
 * @param hurriedBy makes it look at once for what others have changed
 * @returns how to stop it
 */
export async function startExpiry(
  deps: ApprovalsDeps,
  background: Jobs,
  tell: (approval: Approval) => void,
  hurriedBy: NonNullable<Job["hurriedBy"]> = () => undefined,
): Promise<() => Promise<void>> {
  const { clock, keys, processes, process } = deps;
  // What this process sent in an earlier life is no longer under way.
  await keys.endAllOf(process);
  await processes.beat(process, clock.now());
  const own = ownEarlierLife(await reportInterrupted(deps, tell, []));
  let stopSettling = settleSoon(background, own);
  const jobs = [
    job("approvals-settle", cannotSettle, own),
    job("store", "the store cannot be written", async () => void (await processes.beat(process, clock.now()))),
    job("approvals-due", "approvals whose time is up cannot be ended", () => endDue(deps)),
    job("approvals-interrupted", "what a process that ended has released cannot be looked for", async () => {
      stopSettling = settleSoon(background, await reportInterrupted(deps, tell));
    }),
  ];
  const changed = job("approvals-changed", "changes that other processes made cannot be read", lookForChanges(deps));
  const look = { ...changed, hurriedBy, hurriedEveryMs: lookEveryMs };
  const stops = [...jobs.map((one) => background.every(beatEveryMs, one)), background.every(lookEveryMs, look)];
  return async function stop() {
    await Promise.all(stops.map((each) => each()));
    await stopSettling();
    await background.run(
      job("store", "the store cannot be told that this process ends", () => processes.leave(process)),
    );
  };
}

/** Settles it once. No later look finds it: what this process has released now may be under way. */
function ownEarlierLife(settle: () => Promise<void>): () => Promise<void> {
  let isSettled = false;
  return async function settleOnce() {
    if (isSettled) return;
    await settle();
    isSettled = true;
  };
}

const cannotSettle = "what a process that ended has released cannot be settled";

function job(name: string, failing: string, work: Job["work"]): Job {
  return { name, failing, severity: "unready", work };
}

async function endDue(deps: ApprovalsDeps): Promise<void> {
  for (const approval of await deps.store.due(deps.clock.now())) await asOfNow(deps, approval);
}

function lookForChanges({ store, clock, events }: ApprovalsDeps): () => Promise<void> {
  let seen = clock.now();
  let isBehind = false;
  /** What was told of each item of the overlap. */
  let told: ReadonlyMap<string, string> = new Map();
  return async function look() {
    isBehind = store.changedElsewhere() || isBehind;
    if (!isBehind) return;
    const now = clock.now();
    const changed = (await store.changedSince(seen - overlapMs)).map((item) => [item, stageOf(item)] as const);
    const before = told;
    told = new Map(changed.map(([{ id }, stage]) => [id, stage]));
    [seen, isBehind] = [now, false];
    for (const [item, stage] of changed) if (before.get(item.id) !== stage) await events.publish(item);
  };
}

function stageOf({ state, votes, approve_by, claim }: Approval): string {
  return JSON.stringify([state, votes, approve_by, claim]);
}

/** The log hands its lines to the system before the next turn of the event loop, and only then is the item settled. */
function settleSoon(background: Jobs, work: () => Promise<void>): () => Promise<void> {
  return background.soon(job("approvals-settle", cannotSettle, work));
}

/**
 * After a crash: what was released by a process that is no more, and has no outcome, may or may not have run.
 * Nobody tries it again by itself; a process that had only stood still corrects it when it lives again. It is told before it is settled: after another crash in between, twice and not never.
 * At its start a process passes no `own`: what it released in an earlier life is over.
 * @returns what settles those that were told
 */
export async function reportInterrupted(
  deps: ApprovalsDeps,
  tell: (approval: Approval) => void,
  own: readonly string[] = [deps.process],
): Promise<() => Promise<void>> {
  const found = await interruptedNow(deps, own);
  for (const approval of found) tell(approval);
  return async function settle() {
    for (const approval of found) await move(deps, approval, interrupted());
  };
}

/** A process that has started meanwhile may have released what was found. */
async function interruptedNow(deps: ApprovalsDeps, own: readonly string[]): Promise<Approval[]> {
  const others = await othersAlive(deps);
  const found = await deps.store.releasedByOthers([...own, ...others]);
  if (found.length === 0) return found;
  const since = await othersAlive(deps);
  return since.every((id) => others.includes(id)) ? found : interruptedNow(deps, own);
}

async function othersAlive({ processes, clock, process }: ApprovalsDeps): Promise<string[]> {
  return (await processes.alive(clock.now())).filter((id) => id !== process);
}

/** So many are kept; a process that cannot write its store serves hardly any approved calls. */
const MOST = 10_000;
/** So many wait for their turn in the store at the same time: one after the other, each would wait for all calls that came before it. */
const TOGETHER = 32;

/**
 * Endings of approved calls. The call was executed when its ending is written, so a store that cannot be written is no reason
 * to tell its caller that it failed: the ending is kept and written when the store can be, also over an `unknown` of others. A process that
 * stops before that leaves the item released, which every other process takes for unknown.
 */
export class ApprovalEndings {
  readonly #logger: Logger;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #writing = new Set<Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Writes the ending now, or keeps it. Never rejects. */
  async write(ending: () => Promise<void>): Promise<void> {
    const writing = ending().catch((failure: unknown) => {
      this.#logger.error("the ending of an approved call cannot be written yet", { error: String(failure) });
      if (this.#waiting.length < MOST) this.#waiting.push(ending);
    });
    this.#writing.add(writing);
    await writing;
    this.#writing.delete(writing);
  }

  /** Writes what is kept; runs once at a time. @throws why something of it cannot be written */
  async retry(): Promise<void> {
    while (this.#waiting.length > 0) {
      const written = await Promise.allSettled(this.#waiting.slice(0, TOGETHER).map((ending) => ending()));
      const others = this.#waiting.splice(0, written.length).filter((_, at) => written[at]?.status === "rejected");
      // Behind the rest, which may be written all the same.
      this.#waiting.push(...others);
      const failed = written.find((each) => each.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    }
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }
}
