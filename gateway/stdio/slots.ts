import { Refusal } from "../domain/errors.ts";
import type { Finding } from "../domain/ports.ts";
import type { ServerSlot } from "./slot.ts";

/** The tool servers of one route, by who shares each. */
export class Slots {
  readonly #byKey = new Map<string, ServerSlot>();
  readonly #ending = new Set<Promise<void>>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): ServerSlot | null {
    return this.#byKey.get(key) ?? null;
  }

  /** The one of this key, made where there is none. @throws Refusal upstream_busy */
  of(key: string, make: () => ServerSlot): ServerSlot {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byKey.size >= this.#most) this.#makeRoom();
    const slot = make();
    this.#byKey.set(key, slot);
    return slot;
  }

  /** Ends the one of this key; another is made when it is needed. */
  end(key: string): void {
    const slot = this.#byKey.get(key);
    if (slot === undefined) return;
    this.#byKey.delete(key);
    const ending = slot.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  findings(): Omit<Finding, "name" | "severity">[] {
    return [...this.#byKey.values()].flatMap((slot) => slot.finding() ?? []);
  }

  /** Ends all; resolves when they have ended. */
  async close(): Promise<void> {
    for (const key of [...this.#byKey.keys()]) this.end(key);
    await Promise.all(this.#ending);
  }

  #makeRoom(): void {
    const [longest] = [...this.#byKey]
      .filter(([, { isBusy }]) => !isBusy)
      .toSorted(([, one], [, other]) => one.lastUsedAt - other.lastUsedAt);
    if (longest === undefined)
      throw new Refusal("upstream_busy", { hint: `${this.#most} processes have calls under way`, retryAfterS: 5 });
    this.end(longest[0]);
  }
}
