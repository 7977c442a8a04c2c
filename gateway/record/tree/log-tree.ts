import type { KeyObject } from "node:crypto";
import { checkpointText, parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { Frontier, HASH_BYTES } from "../../lib/tlog/merkle.ts";
import { noteKey, type NoteKey, signatureLine, signersOf } from "../../lib/tlog/note.ts";
import { hashesOf, partialTiles, TILE_HEIGHT, TILE_WIDTH, tilePath } from "../../lib/tlog/tiles.ts";
import { keyNote, type LogKey, logKeysIn } from "./log-keys.ts";
import { TileHashes } from "./tile-hashes.ts";
import type { TreeFolder } from "./tree-folder.ts";

/**
 * The Merkle tree over the lines of one log (RFC 6962), with its tiles and checkpoints on disk. It grows in memory, and a
 * checkpoint writes what has been added; what cannot be written stays in memory until the next one.
 */
export class LogTree {
  readonly #folder: TreeFolder;
  readonly #privateKey: KeyObject;
  readonly #key: NoteKey;
  readonly origin: string;
  #frontier = new Frontier();
  readonly #levels: TileHashes[] = [];
  /** Leaves of the newest checkpoint. */
  #signed = -1;
  /** It is in its place, not in the history alone. */
  #isPlaced = true;
  #isLost = false;

  /** An empty tree. */
  constructor(folder: TreeFolder, origin: string, privateKey: KeyObject) {
    this.#folder = folder;
    this.#privateKey = privateKey;
    this.origin = origin;
    this.#key = noteKey(origin, privateKey);
  }

  /**
   * The tree of the folder as its newest checkpoint says; null when it has none.
   * @throws Error when a signature, a tile or the root is not right
   */
  static read(folder: TreeFolder, privateKey: KeyObject): LogTree | null {
    const keys = logKeysIn(folder.read("keys") ?? "");
    const checkpoint = folder.lastCheckpoint();
    const newest = parseCheckpoint(folder.read("checkpoint") ?? "");
    if (newest !== null && newest.size > (checkpoint?.size ?? -1))
      throw new Error("the history lacks the newest checkpoint");
    if (checkpoint === null) return null;
    const { origin, size, root, note } = checkpoint;
    if (keys.some((key) => key.origin !== origin))
      throw new Error(`a checkpoint of ${origin} is among those of another log`);
    const known = [...keys.map(({ key }) => key), noteKey(origin, privateKey)];
    if ((signersOf(note, known) ?? []).length === 0)
      throw new Error("the newest checkpoint is not signed by a key of this log");
    const tree = new LogTree(folder, origin, privateKey);
    tree.#restore(size);
    if (!tree.#frontier.root().equals(root))
      throw new Error("the tiles do not lead to the root of the newest checkpoint");
    tree.#signed = size;
    // A crash came between the two: it is put in its place with the next.
    tree.#isPlaced = newest?.size === size;
    return tree;
  }

  get size(): number {
    return this.#frontier.size;
  }

  root(): Buffer {
    return this.#frontier.root();
  }

  /** The folder of the tree was removed or replaced since it was opened: tiles of earlier lines are gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Leaves that no checkpoint covers. */
  get uncovered(): number {
    return this.size - Math.max(0, this.#signed);
  }

  append(leaf: Buffer): void {
    this.#frontier.append(leaf, this.#keep);
  }

  /** The hash of the last leaf; null when there is none. */
  lastLeaf(): Buffer | null {
    const last = this.#levels[0]?.last() ?? null;
    if (last !== null || this.size === 0) return last;
    const index = this.size / TILE_WIDTH - 1;
    return this.#folder.tile({ level: 0, index, width: TILE_WIDTH }).subarray(-HASH_BYTES);
  }

  /** Puts the key into the log's file of keys when it is not the last there. @returns the keys that were there */
  announceKey(): LogKey[] {
    const keys = logKeysIn(this.#folder.read("keys") ?? "");
    if (keys.at(-1)?.key.vkey !== this.#key.vkey)
      this.#folder.appendKey(keyNote(this.origin, this.#key, { key: this.#key, privateKey: this.#privateKey }));
    return keys;
  }

  /** Writes tiles and a signed checkpoint for what was added since the last one. @throws when a file cannot be written */
  checkpoint(): void {
    this.#cover(this.size, this.#frontier.root());
  }

  /**
   * The same for the leaves of full tiles: what fills none waits for the next checkpoint. Under load each tile is written once then, and most
   * of a checkpoint's cost is that of new files.
   */
  checkpointOfFullTiles(): void {
    this.#cover(this.size - (this.size % TILE_WIDTH), this.#frontier.root(TILE_HEIGHT));
  }

  #cover(size: number, root: Buffer): void {
    if (this.#signed >= size && this.#isPlaced) return;
    if (!this.#folder.has("keys")) {
      this.#isLost = this.#signed >= 0;
      this.announceKey();
    }
    for (const [level, hashes] of this.#levels.entries())
      hashes.write(level > 0 || size === this.size, (place, bytes) =>
        this.#folder.writeTile({ level, ...place }, bytes),
      );
    const text = checkpointText(this.origin, size, root);
    this.#folder.writeCheckpoint(`${text}\n${signatureLine(this.#key, this.#privateKey, text)}`);
    this.#signed = size;
    this.#isPlaced = true;
  }

  readonly #keep = (level: number, hash: Buffer): void => {
    (this.#levels[level] ??= new TileHashes(0)).add(hash);
  };

  #restore(size: number): void {
    for (
      let level = 0, count = Math.floor(size / TILE_WIDTH);
      count > 0;
      level += 1, count = Math.floor(count / TILE_WIDTH)
    )
      for (const index of [0, count - 1])
        if (!this.#folder.has(tilePath({ level, index, width: TILE_WIDTH })))
          throw new Error(`full tiles of level ${level} are gone`);
    for (const place of partialTiles(size).reverse()) {
      const bytes = this.#folder.tile(place);
      if (bytes.length !== place.width * HASH_BYTES)
        throw new Error(`a tile of level ${place.level} has not the width of its name`);
      this.#frontier.restore(place.level, hashesOf(bytes));
      this.#levels[place.level] = new TileHashes(place.index, bytes);
    }
    for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH))
      this.#levels[level] ??= new TileHashes(Math.floor(count / TILE_WIDTH));
  }
}
