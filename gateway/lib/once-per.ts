/**
 * What is made of an object is made once in the object's life and goes with it: for what stays the same for as long as the
 * object does, and is asked on every call.
 */
export function oncePer<Key extends object, Value extends NonNullable<unknown>>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return function of(key) {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
