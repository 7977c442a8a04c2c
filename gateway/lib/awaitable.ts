/** A value, or a promise of one where something has to be waited for. */
export type Awaitable<Value> = Value | Promise<Value>;

/**
 * Goes on with a value: at once where nothing has to be waited for, so that a call that finds all in memory makes no promise for each
 * of its steps. What `next` throws is then thrown, and rejects after a wait.
 */
export function after<Value, Next>(value: Awaitable<Value>, next: (value: Value) => Awaitable<Next>): Awaitable<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** All of them, in their order; like `Promise.all` as soon as one of them is a promise. */
export function all<const Values extends readonly unknown[]>(
  values: Values,
): Awaitable<{ -readonly [At in keyof Values]: Awaited<Values[At]> }> {
  for (const value of values) if (value instanceof Promise) return Promise.all(values);
  return values as { -readonly [At in keyof Values]: Awaited<Values[At]> };
}
