import { HASH_BYTES, nodeHash } from "./merkle.ts";
import { splitOf, type Subtree } from "./proofs.ts";
import { TILE_WIDTH, type TilePlace } from "./tiles.ts";

/** The bytes of a tile; @throws Error when there is no such tile */
export type ReadTile = (place: TilePlace) => Buffer;

/** Subtrees of a tree of `size` leaves, worked out from its tiles. Each tile is read once. */
export function tileTree(size: number, read: ReadTile): Subtree {
  const tiles = new Map<string, Buffer>();
  const tileOf = (level: number, index: number): Buffer => {
    const key = `${level}/${index}`;
    const known = tiles.get(key);
    if (known !== undefined) return known;
    const width = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH);
    const bytes = read({ level, index, width });
    if (bytes.length !== width * HASH_BYTES)
      throw new Error(`the tile ${key} has ${bytes.length} bytes instead of ${width * HASH_BYTES}`);
    tiles.set(key, bytes);
    return bytes;
  };
  const subtree: Subtree = (start, end) => {
    const count = end - start;
    const level = levelOf(count);
    if (level === null) {
      const middle = start + splitOf(count);
      return nodeHash(subtree(start, middle), subtree(middle, end));
    }
    const at = start / TILE_WIDTH ** level;
    const tile = tileOf(level, Math.floor(at / TILE_WIDTH));
    return tile.subarray((at % TILE_WIDTH) * HASH_BYTES, ((at % TILE_WIDTH) + 1) * HASH_BYTES);
  };
  return subtree;
}

/** The level whose tiles hold the hashes of complete subtrees of so many leaves; null when there is none. */
function levelOf(count: number): number | null {
  let [level, leaves] = [0, 1];
  while (leaves < count) [level, leaves] = [level + 1, leaves * TILE_WIDTH];
  return leaves === count ? level : null;
}
