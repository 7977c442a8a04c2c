import { hash } from "node:crypto";
import { emptyRoot, Frontier, leafHash, nodeHash } from "../../../../gateway/lib/tlog/merkle.ts";
import { inclusionProof, rootOfInclusion, splitOf } from "../../../../gateway/lib/tlog/proofs.ts";

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
