interface Asked<Key, Value> {
  readonly key: Key;
  readonly resolve: (value: Value) => void;
  readonly reject: (failure: unknown) => void;
}

/**
 * Collects what is asked for within one turn of the event loop and loads it together, at the end of the turn. `load` answers in
 * the order of the keys; when it fails, those who asked in that turn get its failure and nobody else does.
 */
export function batched<Key, Value>(
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  let asked: Asked<Key, Value>[] = [];
  async function loadAsked(): Promise<void> {
    const batch = asked;
    asked = [];
    try {
      const values = await load(batch.map(({ key }) => key));
      if (values.length !== batch.length) throw new Error(`${values.length} answers to ${batch.length} questions`);
      batch.forEach(({ resolve }, at) => resolve(values[at] as Value));
    } catch (failure) {
      for (const { reject } of batch) reject(failure);
    }
  }
  return function ask(key) {
    return new Promise((resolve, reject) => {
      // It never rejects: a failure goes to those who asked.
      if (asked.length === 0) setImmediate(() => void loadAsked());
      asked.push({ key, resolve, reject });
    });
  };
}
