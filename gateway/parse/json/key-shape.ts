import type { KeyTable } from "./key-table.ts";

/** Numbers for each key: hash, start, end. */
const STRIDE = 3;
/** Keys of one object that are compared with those of the next. */
const MOST_KEYS = 64;

/**
 * The first plain keys of an object, none twice. Lists of records repeat them: another object that begins with the same keys in the same
 * order has none of these twice either, so that they are not looked up in the table. Keys that are not plain are left out, since what is
 * left is without repetition all the same.
 */
export class KeyShape {
  readonly #keys = new Int32Array(MOST_KEYS * STRIDE);
  #length = 0;

  clear(): void {
    this.#length = 0;
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
  }

  /** One more key of the object that has left, which is in the table. */
  add(hash: number, start: number, end: number): void {
    if (this.#length === MOST_KEYS) return;
    const at = this.#length++ * STRIDE;
    this.#keys[at] = hash;
    this.#keys[at + 1] = start;
    this.#keys[at + 2] = end;
  }
}

/** One for each depth, for a document at a time. */
export class KeyShapes {
  readonly #shapes: KeyShape[] = [];
  /** Those of this document; the rest are of deeper ones before it, and clear. */
  #used = 0;

  reset(): void {
    for (let depth = 0; depth < this.#used; depth++) this.#shapes[depth]?.clear();
    this.#used = 0;
  }

  at(depth: number): KeyShape {
    if (depth >= this.#used) this.#used = depth + 1;
    while (this.#shapes.length <= depth) this.#shapes.push(new KeyShape());
    return this.#shapes[depth] as KeyShape;
  }
}
