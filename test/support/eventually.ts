/** Asks every 20 ms until `look` finds something; for states that arrive a moment later. @throws Error with `what` after `ms` */
export async function eventually<T>(what: string, look: () => Promise<T | null> | T | null, ms = 60_000): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > until) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(20);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
