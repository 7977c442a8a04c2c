/** Resolves when `work` has ended, after `ms`, or when `signal` aborts. @throws what `work` rejects with */
export async function within(work: Promise<unknown>, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return;
  let stop = (): void => undefined;
  const limit = new Promise<void>((resolve) => (stop = resolve));
  const timer = setTimeout(stop, ms);
  signal.addEventListener("abort", stop, { once: true });
  await Promise.race([work, limit]);
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
}
