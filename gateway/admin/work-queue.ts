import { FairShare } from "../domain/fair-share.ts";
import type { Clock } from "../domain/ports.ts";

const parallel = 2;
const waitingBounds = { capacity: 20, perAsker: 8 };

/**
 * Runs at most two at a time, so that hashing passwords cannot take the machine. Null when too many wait: of the asker
 * with most, the one that has waited longest is not run.
 */
export type WorkQueue = <T>(asker: string, work: () => Promise<T>) => Promise<T | null>;

interface Waiting {
  readonly go: (run: boolean) => void;
}

export function workQueue(clock: Clock): WorkQueue {
  const dropped = ({ go }: Waiting): void => go(false);
  const waiting = new FairShare<Waiting>({ ...waitingBounds, clock, full: "forget", dropped });
  let running = 0;
  let asked = 0;

  function release(): void {
    const next = waiting.takeOldest();
    if (next === undefined) running -= 1;
    else next.go(true);
  }

  return async function inTurn(asker, work) {
    if (running < parallel) running += 1;
    else if (!(await new Promise<boolean>((go) => waiting.set(asker, String(++asked), { go })))) return null;
    try {
      return await work();
    } finally {
      release();
    }
  };
}
