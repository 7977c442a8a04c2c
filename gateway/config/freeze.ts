/** Freezes a value and all it holds. Sets and maps lose the methods that change them. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map || value instanceof Set) lock(value);
  Object.freeze(value);
  for (const inner of value instanceof Map || value instanceof Set ? value.values() : Object.values(value))
    deepFreeze(inner);
  return value;
}

function lock(collection: Map<unknown, unknown> | Set<unknown>): void {
  const refuse = () => {
    throw new TypeError("the configuration cannot be changed");
  };
  for (const method of ["set", "add", "delete", "clear"]) {
    if (method in collection) Object.defineProperty(collection, method, { value: refuse });
  }
}
