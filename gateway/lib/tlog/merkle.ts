import { hash } from "node:crypto";

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** Root of the tree without leaves (RFC 6962 §2.1). */
export const emptyRoot: Buffer = hash("sha256", "", "buffer");

/** Hash of a leaf (RFC 6962 §2.1): SHA-256(0x00 ‖ data). */
export function leafHash(data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(data.length + 1);
  bytes[0] = 0;
  bytes.set(data, 1);
  return hash("sha256", bytes, "buffer");
}

const pair = Buffer.alloc(1 + 2 * HASH_BYTES);
pair[0] = 1;

/** Hash of an inner node (RFC 6962 §2.1): SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return hash("sha256", pair, "buffer");
}

/**
 * The right edge of a growing Merkle tree: the roots of its largest complete subtrees. Enough to append leaves and to tell
 * the root, with one inner hash a leaf on average.
 */
export class Frontier {
  #size = 0;
  /** By height; the one at height h counts while bit h of the size is set. */
  readonly #subtrees: Buffer[] = [];

  get size(): number {
    return this.#size;
  }

  /** @param complete called with each complete subtree of height 0, 8, 16 … that the leaf completes, as level 0, 1, 2 … */
  append(leaf: Buffer, complete: (level: number, hash: Buffer) => void): void {
    complete(0, leaf);
    this.#add(leaf, 0, this.#size, complete);
    this.#size += 1;
  }

  /** The next hashes of a level (complete subtrees of 256^level leaves), for a frontier that is read back from tiles, top level first. */
  restore(level: number, hashes: readonly Buffer[]): void {
    for (const [index, one] of hashes.entries()) this.#add(one, level * 8, index, () => undefined);
    this.#size += hashes.length * 256 ** level;
  }

  root(): Buffer {
    let root: Buffer | null = null;
    for (let height = 0, rest = this.#size; rest > 0; height += 1, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) continue;
      const subtree = this.#subtrees[height] as Buffer;
      root = root === null ? subtree : nodeHash(subtree, root);
    }
    return root ?? emptyRoot;
  }

  /** `count`: complete subtrees of this height before this one. */
  #add(subtree: Buffer, height: number, count: number, complete: (level: number, hash: Buffer) => void): void {
    let [whole, at] = [subtree, height];
    for (let rest = count; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      whole = nodeHash(this.#subtrees[at] as Buffer, whole);
      at += 1;
      if (at % 8 === 0) complete(at / 8, whole);
    }
    this.#subtrees[at] = whole;
  }
}
