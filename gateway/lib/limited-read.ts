/**
 * For pages that others wait a second for, such as a probe: one read at a time, and each caller waits for it no longer than the limit.
 * Who asks while a read is under way waits for that one, so that a source that does not answer is not asked more and more often.
 */
export function limitedRead<Value>(read: () => Value | Promise<Value>, limitMs = 700): () => Promise<Value> {
  let underWay: Promise<Value> | null = null;
  async function readOnce(): Promise<Value> {
    try {
      return await read();
    } finally {
      underWay = null;
    }
  }
  return async function readInTime() {
    // Set before `readOnce` may have ended, so that its end is not overwritten.
    underWay ??= Promise.resolve().then(readOnce);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new NoAnswer(limitMs)), limitMs);
    try {
      return await Promise.race([underWay, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The read goes on. */
export class NoAnswer extends Error {
  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`);
    this.name = "NoAnswer";
  }
}
