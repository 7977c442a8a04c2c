/**
 * Calls each listener with `value`. A listener that throws stops neither the other listeners nor the caller; `failed`
 * gets what it threw.
 */
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
