import { FairShare } from "../domain/fair-share.ts";
import type { AddedTaskText, Clock, KeptTaskText, StoredTaskTexts, TaskTexts, TaskTextStore } from "../domain/ports.ts";
import { taskTextBytes, withTaskText } from "../domain/task-text.ts";
import { Recent } from "../lib/caches.ts";
import type { CutText } from "../lib/cut-text.ts";
import { internJson } from "../lib/json.ts";

export interface TaskTextsOptions {
  readonly store: TaskTextStore;
  readonly clock: Pick<Clock, "monotonic">;
  /** Milliseconds for which texts are kept after the last one was said. */
  readonly keepMs: number;
  readonly bounds?: TaskTextBounds;
}

interface TaskTextBounds {
  /** Bytes of texts in memory, as UTF-16. What memory forgets is read from the store again. */
  readonly memory: number;
  /** Keys of one client in the store. */
  readonly mostKeys: number;
}

const usualBounds: TaskTextBounds = { memory: 64 * 1024 * 1024, mostKeys: 10_000 };

/** A unit of memory: small entries take one. */
const placeBytes = 4 * 1024;

/** Keys of which it is remembered that nothing was added, in each of two generations. */
const keysWithout = 20_000;

interface Known extends StoredTaskTexts {
  /** How many changes by other processes were seen before it was read. */
  readonly seen: number;
}

const noTexts: readonly CutText[] = internJson([]);

/** What was added to the texts of tasks, from memory where it is known; of all that there is the store decides. */
export function taskTexts(options: TaskTextsOptions): TaskTexts {
  return new KnownTaskTexts(options);
}

class KnownTaskTexts implements TaskTexts {
  readonly #store: TaskTextStore;
  readonly #keepMs: number;
  readonly #mostKeys: number;
  readonly #memory: FairShare<Known>;
  /** By key: `seen` as above. Most sessions have nothing. */
  readonly #without = new Recent<number>(keysWithout);
  #changes = 1;
  /** Rises with each text that this process adds, so that what was read before is not remembered after it. */
  #writes = 0;

  constructor({ store, clock, keepMs, bounds = usualBounds }: TaskTextsOptions) {
    const capacity = Math.ceil(bounds.memory / placeBytes);
    this.#store = store;
    this.#keepMs = keepMs;
    this.#mostKeys = bounds.mostKeys;
    this.#memory = new FairShare({ capacity, perAsker: Math.ceil(capacity / 2), clock, full: "forget", placesOf });
  }

  of(key: string, now: number): Promise<readonly CutText[]> | readonly CutText[] {
    const known = this.#current(key);
    if (known !== null) return known.expires > now ? known.texts : noTexts;
    return this.#without.get(key) === this.#changes ? noTexts : this.#read(key, now);
  }

  async extend(added: AddedTaskText, now: number): Promise<KeptTaskText> {
    const known = this.#current(added.key);
    // The same text may come with each call of a turn: it is written once, and again when its time is half over.
    if (known !== null && known.expires - now > this.#keepMs / 2) {
      const { texts, kept, changed } = withTaskText(known.texts, added.text);
      if (!changed) return { texts, kept, expires: known.expires };
    }
    this.#writes += 1;
    const limits = { now, expires: now + this.#keepMs, mostKeys: this.#mostKeys };
    const { kept, dropped, ...stored } = await this.#store.extend(added, limits);
    this.#writes += 1;
    for (const other of dropped) this.#memory.delete(other);
    this.#remember(added.key, stored, this.#changes);
    return { kept, texts: stored.texts, expires: stored.expires };
  }

  /** Null when memory has nothing, or what it has was read before another process wrote. */
  #current(key: string): Known | null {
    if (this.#store.changedElsewhere()) this.#changes += 1;
    const known = this.#memory.get(key);
    if (known === undefined || known.seen !== this.#changes) return null;
    this.#memory.touch(key);
    return known;
  }

  async #read(key: string, now: number): Promise<readonly CutText[]> {
    const [seen, writes] = [this.#changes, this.#writes];
    const stored = await this.#store.read(key, now);
    if (writes !== this.#writes) return stored?.texts ?? noTexts;
    if (stored !== null) return this.#remember(key, stored, seen);
    this.#memory.delete(key);
    this.#without.set(key, seen);
    return noTexts;
  }

  /** Texts that were known before stay the same objects: others keep by them what they have made of each. */
  #remember(key: string, stored: StoredTaskTexts, seen: number): readonly CutText[] {
    const before = this.#memory.get(key)?.texts ?? noTexts;
    const texts = stored.texts.map((text) => before.find((one) => isSame(one, text)) ?? text);
    this.#memory.set(stored.by, key, { ...stored, texts, seen });
    // Memory may drop it again, and then it is not a key without texts.
    if (this.#without.get(key) !== undefined) this.#without.set(key, 0);
    return texts;
  }
}

function isSame(one: CutText, other: CutText): boolean {
  return one.text === other.text && one.truncated === other.truncated;
}

function placesOf({ texts }: Known): number {
  return 1 + Math.ceil((2 * taskTextBytes(texts)) / placeBytes);
}
