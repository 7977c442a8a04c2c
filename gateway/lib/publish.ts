/** Tells each listener; one that throws keeps neither the others nor who tells from going on. `failed` gets what was thrown. */
export function publish<Value>(
  listeners: Iterable<(value: Value) => void>,
  value: Value,
  failed: (thrown: unknown) => void,
): void {
  for (const listener of listeners)
    try {
      listener(value);
    } catch (thrown) {
      failed(thrown);
    }
}
