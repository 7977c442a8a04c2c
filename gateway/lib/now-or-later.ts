/** Goes on with a value at once when it is known, and when it is known otherwise: most of them are, and a turn is saved. */
export function nowOrLater<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<Awaited<R>> {
  return value instanceof Promise ? (value.then(next) as Promise<Awaited<R>>) : next(value);
}
