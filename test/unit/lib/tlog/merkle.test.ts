import { hash } from "node:crypto";
import { emptyRoot, Frontier, leafHash, nodeHash } from "../../../../gateway/lib/tlog/merkle.ts";
import {
  consistencyProof,
  inclusionProof,
  isConsistent,
  rootOfInclusion,
  splitOf,
} from "../../../../gateway/lib/tlog/proofs.ts";

/** RFC 6962 §2.1, as it is written there. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return hash("sha256", "", "buffer");
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return leafHash(only);
  const split = splitOf(leaves.length);
  return nodeHash(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

const most = 34;
const leaves = Array.from({ length: most }, (_, at) => Buffer.from(`line ${at}`));
const known = new Map<string, Buffer>();

function subtree(start: number, end: number): Buffer {
  const found = known.get(`${start}-${end}`) ?? treeHash(leaves.slice(start, end));
  known.set(`${start}-${end}`, found);
  return found;
}

const roots = Array.from({ length: most + 1 }, (_, size) => subtree(0, size));

/** The tree of the reference implementation's tests (certificate-transparency, `merkletree_test`). */
const reference = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

test("a tree has the root that the reference implementation gives it", () => {
  const frontier = new Frontier();
  for (const data of reference) frontier.append(leafHash(Buffer.from(data, "hex")), () => undefined);
  expect(emptyRoot.toString("hex")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(frontier.root().toString("hex")).toBe("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
});

test("a growing tree has the root of RFC 6962 at every size, also when it is read back", () => {
  const frontier = new Frontier();
  expect(frontier.root()).toEqual(roots[0]);
  for (const [at, leaf] of leaves.entries()) {
    frontier.append(leafHash(leaf), () => undefined);
    expect(frontier.root()).toEqual(roots[at + 1]);
    const again = new Frontier();
    again.restore(0, leaves.slice(0, at + 1).map(leafHash));
    expect([again.size, again.root()]).toEqual([at + 1, roots[at + 1]]);
  }
});

test("a tree tells the root that it had when its last subtree of a height was complete", () => {
  const frontier = new Frontier();
  for (const [at, leaf] of leaves.entries()) {
    frontier.append(leafHash(leaf), () => undefined);
    for (const height of [0, 1, 2, 3, 4]) {
      const size = at + 1 - ((at + 1) % 2 ** height);
      expect(frontier.root(height)).toEqual(roots[size]);
    }
  }
  const root = frontier.root();
  frontier.append(leafHash(Buffer.from("one more")), () => undefined);
  expect(root).toEqual(roots.at(-1));
});

test("every leaf of every tree has a proof that leads to the root, and to no root for another leaf, place or size", () => {
  for (let size = 1; size <= most; size += 1)
    for (let index = 0; index < size; index += 1) {
      const leaf = leafHash(leaves[index] as Buffer);
      const path = inclusionProof(index, size, subtree);
      expect(rootOfInclusion(leaf, index, size, path)).toEqual(roots[size]);
      expect(rootOfInclusion(leafHash(Buffer.from("forged")), index, size, path)).not.toEqual(roots[size]);
      const places = [...Array(size).keys()].filter((at) =>
        rootOfInclusion(leaf, at, size, path)?.equals(roots[size] ?? leaf),
      );
      expect(places).toEqual([index]);
      expect(rootOfInclusion(leaf, index, size, [...path, leaf])).toBeNull();
      if (path.length > 0) expect(rootOfInclusion(leaf, index, size, path.slice(0, -1))).toBeNull();
    }
});

test("every tree is shown to be the begin of every larger one, and no other tree is", () => {
  const head = (size: number) => ({ size, root: roots[size] as Buffer });
  const forged = leafHash(Buffer.from("forged"));
  for (let second = 0; second <= most; second += 1)
    for (let first = 0; first <= second; first += 1) {
      const proof = consistencyProof(first, second, subtree);
      expect(isConsistent(head(first), head(second), proof)).toBe(true);
      expect(isConsistent(head(first), head(second), [...proof, forged])).toBe(false);
      if (first > 0) expect(isConsistent({ size: first, root: forged }, head(second), proof)).toBe(false);
      if (first > 0) expect(isConsistent(head(first), { size: second, root: forged }, proof)).toBe(false);
      for (const at of proof.keys()) {
        expect(isConsistent(head(first), head(second), proof.with(at, forged))).toBe(false);
        expect(isConsistent(head(first), head(second), proof.toSpliced(at, 1))).toBe(false);
      }
      const others = [...roots.keys()].filter(
        (size) => size > 0 && isConsistent(head(size), { size: second, root: roots[second] as Buffer }, proof),
      );
      if (first > 0) expect(others).toEqual([first]);
      if (first < second) expect(isConsistent(head(second), head(first), proof)).toBe(false);
    }
});

test("a proof of consistency is that of RFC 6962", () => {
  // §2.1.3: the seven leaves d0 to d6, with the names that it gives to inner nodes.
  const [c, d, g, h, i, j, k] = [
    [2, 3],
    [3, 4],
    [0, 2],
    [2, 4],
    [4, 6],
    [6, 7],
    [0, 4],
  ].map(([from = 0, to = 0]) => subtree(from, to));
  const l = subtree(4, 7);
  expect(consistencyProof(3, 7, subtree)).toEqual([c, d, g, l]);
  expect(consistencyProof(4, 7, subtree)).toEqual([l]);
  expect(consistencyProof(6, 7, subtree)).toEqual([i, j, k]);
  expect(h).toEqual(nodeHash(c as Buffer, d as Buffer));
});
