import { HASH_BYTES, nodeHash } from "./merkle.ts";

/** The root of the leaves from `start` to before `end`; both are such that the tree holds it or can be split into what it holds. */
export type Subtree = (start: number, end: number) => Buffer;

/** The largest power of two that is smaller than `count`, which is at least 2 (RFC 6962 §2.1). */
export function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** Merkle audit path of a leaf, from the leaf's sibling up (RFC 6962 §2.1.1). */
export function inclusionProof(index: number, size: number, subtree: Subtree): Buffer[] {
  const path: Buffer[] = [];
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.unshift(subtree(middle, end));
      end = middle;
    } else {
      path.unshift(subtree(start, middle));
      start = middle;
    }
  }
  return path;
}

/** The root that an audit path leads to; null when the path does not fit the index and size (RFC 9162 §2.1.3.2). */
export function rootOfInclusion(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | null {
  if (index >= size) return null;
  let [node, last, root] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      root = nodeHash(sibling, root);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else root = nodeHash(root, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 ? root : null;
}

/** Merkle consistency proof between two sizes of one tree (RFC 6962 §2.1.2); empty when they are equal or the first is zero. */
export function consistencyProof(first: number, second: number, subtree: Subtree): Buffer[] {
  const proof: Buffer[] = [];
  if (first === 0 || first === second) return proof;
  let [start, end] = [0, second];
  while (first !== end) {
    const middle = start + splitOf(end - start);
    if (first <= middle) {
      proof.unshift(subtree(middle, end));
      end = middle;
    } else {
      proof.unshift(subtree(start, middle));
      start = middle;
    }
  }
  // The first tree as a whole is known to whoever verifies.
  return start === 0 ? proof : [subtree(start, end), ...proof];
}

/** A tree's number of leaves and its root. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/** Whether the proof shows that the first tree is the begin of the second one (RFC 9162 §2.1.4.2). */
export function isConsistent(first: TreeHead, second: TreeHead, proof: readonly Buffer[]): boolean {
  if (first.size > second.size) return false;
  if (first.size === second.size) return proof.length === 0 && first.root.equals(second.root);
  if (first.size === 0 || proof.length === 0) return first.size === 0 && proof.length === 0;
  let [node, last] = [first.size - 1, second.size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // A first tree of a power of two leaves is itself the begin of the path.
  const path = node === 0 ? [first.root, ...proof] : proof;
  let [one, other] = [path[0] as Buffer, path[0] as Buffer];
  for (const sibling of path.slice(1)) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      [one, other] = [nodeHash(sibling, one), nodeHash(sibling, other)];
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else other = nodeHash(other, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && one.equals(first.root) && other.equals(second.root);
}

/** The hashes of a proof in its text form, one a line in base64; null when a line is none. */
export function hashLines(lines: readonly string[]): Buffer[] | null {
  const hashes = lines.map((line) => Buffer.from(line, "base64"));
  const isWhole = hashes.every((one, at) => one.length === HASH_BYTES && one.toString("base64") === lines[at]);
  return isWhole ? hashes : null;
}

const half = (count: number): number => Math.floor(count / 2);
