import type { KeyTable } from "./key-table.ts";

/** Numbers for each key: hash, start, end. */
const STRIDE = 3;
/** Keys of one object that are compared with those of the next. */
const MOST_KEYS = 64;

/**
 * The plain keys that an object begins with, none twice. Lists of records repeat them: another object that begins with the same keys in the
 * same order has none of these twice either, so that they are not looked up in the table.
 */
export class KeyShape {
  readonly #keys = new Int32Array(MOST_KEYS * STRIDE);
  #length = 0;
  #isOpen = true;

  clear(): void {
    this.#length = 0;
    this.#isOpen = true;
  }

  /** The offset after the key at `at`, when it is that one of these; else -1. */
  follow(bytes: Buffer, index: number, at: number): number {
    if (index >= this.#length) return -1;
    const start = this.#keys[index * STRIDE + 1] as number;
    const end = this.#keys[index * STRIDE + 2] as number;
    // With both quotes.
    for (let next = start - 1, own = at; next <= end; next++, own++) if (bytes[next] !== bytes[own]) return -1;
    return at + end - start + 2;
  }

  /** The object has followed so many of them, and goes on with other keys. What it has is in the table then, and these are its keys. */
  leave(followed: number, owner: number, table: KeyTable): void {
    for (let at = 0; at < followed * STRIDE; at += STRIDE)
      table.add(owner, this.#keys[at] as number, this.#keys[at + 1] as number, this.#keys[at + 2] as number, null);
    this.#length = followed;
    this.#isOpen = true;
  }

  /** One more key of the object that has left, which is in the table. */
  add(hash: number, start: number, end: number): void {
    if (!this.#isOpen || this.#length === MOST_KEYS) return;
    const at = this.#length++ * STRIDE;
    this.#keys[at] = hash;
    this.#keys[at + 1] = start;
    this.#keys[at + 2] = end;
  }

  /** The next key of that object is not plain: no further one is added. */
  close(): void {
    this.#isOpen = false;
  }
}

/** One for each depth, for a document at a time. */
export class KeyShapes {
  readonly #shapes: KeyShape[] = [];

  reset(): void {
    for (const shape of this.#shapes) shape.clear();
  }

  at(depth: number): KeyShape {
    while (this.#shapes.length <= depth) this.#shapes.push(new KeyShape());
    return this.#shapes[depth] as KeyShape;
  }
}
