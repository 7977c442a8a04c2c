import { Frontier, leafHash } from "../../../../gateway/lib/tlog/merkle.ts";
import { inclusionProof, rootOfInclusion } from "../../../../gateway/lib/tlog/proofs.ts";
import { tileTree } from "../../../../gateway/lib/tlog/tile-tree.ts";
import { hashesOf, partialTiles, TILE_WIDTH, tilePath } from "../../../../gateway/lib/tlog/tiles.ts";

test.each([
  [{ level: 0, index: 1_234_067, width: 256 }, "tile/0/x001/x234/067"],
  [{ level: 3, index: 0, width: 1 }, "tile/3/000.p/1"],
  [{ level: 1, index: 999, width: 255 }, "tile/1/999.p/255"],
  [{ level: 0, index: 1_000, width: 256 }, "tile/0/x001/000"],
])("a tile %j is at %s", (place, path) => {
  expect(tilePath(place)).toBe(path);
});

test("a tree of 70,000 leaves has the partial tiles of the specification's example", () => {
  expect(partialTiles(70_000)).toEqual([
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ]);
  expect(partialTiles(256)).toEqual([{ level: 1, index: 0, width: 1 }]);
  expect(partialTiles(0)).toEqual([]);
});

test("proofs out of tiles lead to the root, over tiles of three levels", () => {
  const size = 66_000;
  const levels: Buffer[][] = [];
  const frontier = new Frontier();
  for (let at = 0; at < size; at += 1)
    frontier.append(leafHash(Buffer.from(String(at))), (level, hash) => void (levels[level] ??= []).push(hash));
  expect(levels.map((hashes) => hashes.length)).toEqual([size, 257, 1]);
  const read = ({ level, index, width }: { level: number; index: number; width: number }): Buffer =>
    Buffer.concat((levels[level] ?? []).slice(index * TILE_WIDTH, index * TILE_WIDTH + width));
  const subtree = tileTree(size, read);
  expect(subtree(0, size)).toEqual(frontier.root());
  for (const index of [0, 255, 256, 65_535, 65_536, 65_999])
    expect(
      rootOfInclusion(leafHash(Buffer.from(String(index))), index, size, inclusionProof(index, size, subtree)),
    ).toEqual(frontier.root());
  expect(() => tileTree(size, () => Buffer.alloc(1))(0, 1)).toThrow("has 1 bytes instead of 8192");
  expect(hashesOf(Buffer.alloc(64)).length).toBe(2);
});
