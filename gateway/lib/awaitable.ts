/** A value, or a promise of one where something has to be waited for. */
export type Awaitable<Value> = Value | Promise<Value>;

/**
 * Goes on with a value: at once where nothing has to be waited for, so that a call that finds all in memory makes no promise for each
 * of its steps. What `next` throws is then thrown, and rejects after a wait.
 */
export function after<Value, Next>(value: Awaitable<Value>, next: (value: Value) => Awaitable<Next>): Awaitable<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/**
 * The values of all makers in their order, or a promise of them as soon as one gives a promise. If a maker throws, those behind it are not
 * called, and rejections of promises made before it are ignored: an unhandled one would end the process.
 */
export function all<const Makers extends readonly (() => unknown)[]>(
  makers: Makers,
): Awaitable<{ -readonly [At in keyof Makers]: Awaited<ReturnType<Makers[At]>> }> {
  type Values = { -readonly [At in keyof Makers]: Awaited<ReturnType<Makers[At]>> };
  const values: unknown[] = [];
  let isWaiting = false;
  try {
    for (const make of makers) {
      const value = make();
      isWaiting ||= value instanceof Promise;
      values.push(value);
    }
  } catch (thrown) {
    void Promise.allSettled(values);
    throw thrown;
  }
  return isWaiting ? (Promise.all(values) as Promise<Values>) : (values as Values);
}
