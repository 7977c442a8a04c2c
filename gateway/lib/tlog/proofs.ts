import { nodeHash } from "./merkle.ts";

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

const half = (count: number): number => Math.floor(count / 2);
