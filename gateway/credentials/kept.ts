import type { Clock } from "../domain/ports.ts";
import { FairShare } from "../domain/fair-share.ts";

export interface KeptOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly capacity: number;
}

/** A failure is remembered this long: while a server is down, not every call waits for it. */
const failureMs = 1_000;

type Entry<Value> = { readonly value: Value } | { readonly failure: unknown };

/** Values that cost a request: made once at a time for each key, and kept as long as whoever makes one says. In memory. */
export class KeptValues<Value> {
  readonly #entries: FairShare<Entry<Value>>;
  readonly #pending = new Map<string, Promise<Value>>();

  constructor({ clock, capacity }: KeptOptions) {
    this.#entries = new FairShare({ capacity, perAsker: capacity, clock, full: "forget" });
  }

  /** @throws what `make` throws */
  async get(key: string, make: () => Promise<{ readonly value: Value; readonly forMs: number }>): Promise<Value> {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      if ("value" in known) return known.value;
      throw known.failure;
    }
    const pending = this.#pending.get(key) ?? this.#make(key, make);
    return pending;
  }

  /** What came without having been asked for here. */
  put(key: string, value: Value, forMs: number): void {
    if (forMs > 0) this.#entries.set("", key, { value }, forMs);
  }

  forget(key: string): void {
    this.#entries.take(key);
  }

  #make(key: string, make: () => Promise<{ readonly value: Value; readonly forMs: number }>): Promise<Value> {
    const pending = make()
      .then(
        ({ value, forMs }) => {
          this.put(key, value, forMs);
          return value;
        },
        (failure: unknown) => {
          this.#entries.set("", key, { failure }, failureMs);
          throw failure;
        },
      )
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, pending);
    return pending;
  }
}
