import { HASH_BYTES } from "./merkle.ts";

/** Height of the subtree that a full tile stands for, and its hashes. */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 2 ** TILE_HEIGHT;

/** A tile (C2SP tlog-tiles): the hashes of up to 256 complete subtrees of 256^level leaves each. */
export interface TilePlace {
  readonly level: number;
  readonly index: number;
  /** 256 for a full tile. */
  readonly width: number;
}

/** Path of a tile below the log's prefix, such as `tile/0/x001/x234/067` or `tile/1/000.p/17`. */
export function tilePath({ level, index, width }: TilePlace): string {
  const parts: string[] = [];
  for (let rest = index, last = true; last || rest > 0; rest = Math.floor(rest / 1_000), last = false)
    parts.unshift(`${last ? "" : "x"}${String(rest % 1_000).padStart(3, "0")}`);
  return `tile/${level}/${parts.join("/")}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** The rightmost tile of each level that is not full, for a tree of this size; no empty ones. */
export function partialTiles(size: number): TilePlace[] {
  const tiles: TilePlace[] = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(count / TILE_WIDTH), width });
  }
  return tiles;
}

export function hashesOf(tile: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(tile.length / HASH_BYTES) }, (_, at) =>
    tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}
