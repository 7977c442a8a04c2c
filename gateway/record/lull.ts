/** A turn of the event loop that is over sooner found nothing to do, in milliseconds. */
const EMPTY_TURN_MS = 0.03;

/**
 * Calls back once the event loop has nothing else to do, and at the latest in the first turn that begins `mostMs` from now:
 * a lone caller waits for one empty turn, which takes microseconds, and callers that come together are served together.
 */
export function atLull(monotonic: () => number, mostMs: number, then: () => void): void {
  const began = monotonic();
  let before = began;
  function look(): void {
    const now = monotonic();
    if (now - before < EMPTY_TURN_MS || now - began >= mostMs) return then();
    before = now;
    setImmediate(look);
  }
  setImmediate(look);
}
