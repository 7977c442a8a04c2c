interface Question<Key, Value> {
  readonly key: Key;
  readonly resolve: (value: Value) => void;
  readonly reject: (failure: unknown) => void;
}

/**
 * Collects the keys that are asked for in one turn of the event loop and loads them together at its end. `load` answers in the
 * order of the keys. When it fails, each question of that turn rejects with its failure.
 */
export function batched<Key, Value>(
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  let asked: Question<Key, Value>[] = [];
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
      // It never rejects: each question does.
      if (asked.length === 0) setImmediate(() => void loadAsked());
      asked.push({ key, resolve, reject });
    });
  };
}
