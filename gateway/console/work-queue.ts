const parallel = 2;
const queued = 20;

/** Runs at most two at a time, so that hashing passwords cannot take the machine; null when too many wait already. */
export type WorkQueue = <T>(work: () => Promise<T>) => Promise<T> | null;

export function workQueue(): WorkQueue {
  const waiting: (() => void)[] = [];
  let running = 0;

  function release(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < parallel) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      release();
    }
  }

  return (work) => (waiting.length >= queued ? null : inTurn(work));
}
