import { hash } from "node:crypto";

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** SHA-256. As text on the way: a Buffer that `hash` makes has memory of its own, which costs more than the hash of a node. */
export function sha256(data: Uint8Array): Buffer {
  return Buffer.from(hash("sha256", data, "binary"), "binary");
}

/** Root of the tree without leaves (RFC 6962 §2.1). */
export const emptyRoot: Buffer = sha256(Buffer.alloc(0));

/** Hash of a leaf (RFC 6962 §2.1): SHA-256(0x00 ‖ data). */
export function leafHash(data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(data.length + 1);
  bytes[0] = 0;
  bytes.set(data, 1);
  return sha256(bytes);
}

/** A byte that says that it is an inner node, and two hashes. */
const NODE_BYTES = 1 + 2 * HASH_BYTES;
const pair = Buffer.alloc(NODE_BYTES);
pair[0] = 1;

/** Hash of an inner node (RFC 6962 §2.1): SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return sha256(pair);
}

/** Of a tree with so many leaves as a number can count exactly. */
const MOST_HEIGHT = 53;

/**
 * The right edge of a growing Merkle tree: the roots of its largest complete subtrees. Enough to append leaves and to tell
 * the root, with one inner hash a leaf on average.
 */
export class Frontier {
  #size = 0;
  /**
   * By height, what the node above two subtrees of this height is the hash of. The left one at height h counts while bit h of the size is set.
   */
  readonly #nodes = Buffer.alloc((MOST_HEIGHT + 1) * NODE_BYTES);

  constructor() {
    for (let at = 0; at < this.#nodes.length; at += NODE_BYTES) this.#nodes[at] = 1;
  }

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

  /** `above`: without the leaves that complete no subtree of this height. */
  root(above = 0): Buffer {
    let root: Buffer | null = null;
    for (
      let height = above, rest = Math.floor(this.#size / 2 ** above);
      rest > 0;
      height += 1, rest = Math.floor(rest / 2)
    ) {
      if (rest % 2 === 0) continue;
      const start = height * NODE_BYTES + 1;
      const subtree = this.#nodes.subarray(start, start + HASH_BYTES);
      root = root === null ? Buffer.from(subtree) : nodeHash(subtree, root);
    }
    return root ?? emptyRoot;
  }

  /** `count`: complete subtrees of this height before this one. */
  #add(subtree: Buffer, height: number, count: number, complete: (level: number, hash: Buffer) => void): void {
    const nodes = this.#nodes;
    let [at, rest] = [height, count];
    nodes.set(subtree, placeOf(at, rest));
    while (rest % 2 === 1) {
      const whole = hash("sha256", nodes.subarray(at * NODE_BYTES, (at + 1) * NODE_BYTES), "binary");
      at += 1;
      rest = Math.floor(rest / 2);
      nodes.write(whole, placeOf(at, rest), HASH_BYTES, "binary");
      if (at % 8 === 0) complete(at / 8, Buffer.from(whole, "binary"));
    }
  }
}

/** Of a subtree, with so many of its height before it: every second one is a right one. */
function placeOf(height: number, count: number): number {
  return height * NODE_BYTES + 1 + (count % 2) * HASH_BYTES;
}
