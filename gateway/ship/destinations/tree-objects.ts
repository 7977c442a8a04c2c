import { type Checkpoint, parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { partialTiles, TILE_WIDTH, tilePath, type TilePlace } from "../../lib/tlog/tiles.ts";
import { TreeFolder } from "../../record/tree/tree-folder.ts";

/** What stands beside the lines in an object store; null when there is no such object. */
export interface Objects {
  get(key: string, signal: AbortSignal): Promise<string | null>;
  put(key: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
}

/**
 * Tiles, checkpoints and keys of the log as objects. A checkpoint is sent after the tiles that it needs, so that the one in the bucket
 * says which tiles are there: nothing else is remembered.
 */
export class TreeObjects {
  readonly #folder: TreeFolder;
  readonly #objects: Objects;
  readonly #folderOf: (log: string) => string;
  /** The checkpoint in the bucket; null until it was asked for. */
  #sent: { readonly text: string; readonly size: number } | null = null;
  /** Of files that are sent whole: what was sent last. */
  readonly #files = new Map<string, string>();

  /** `folderOf`: where objects of a log are. */
  constructor(dir: string, objects: Objects, folderOf: (log: string) => string) {
    this.#folder = new TreeFolder(dir);
    this.#objects = objects;
    this.#folderOf = folderOf;
  }

  /** The newest checkpoint; null when there is none. */
  newest(): string | null {
    return this.#folder.read("checkpoint");
  }

  /** Has the bucket know a checkpoint all of whose lines are there. */
  async sync(text: string, signal: AbortSignal): Promise<void> {
    const checkpoint = parseCheckpoint(text);
    if (checkpoint === null) throw new Error("tlog/checkpoint is no checkpoint");
    const at = `${this.#folderOf(checkpoint.origin)}/tlog`;
    this.#sent ??= await this.#known(at, checkpoint, signal);
    if (this.#sent.text !== text) {
      for (const place of tilesBetween(this.#sent.size, checkpoint.size))
        await this.#objects.put(`${at}/${tilePath(place)}`, this.#folder.tile(place), signal);
      const size = String(checkpoint.size).padStart(16, "0");
      await this.#objects.put(`${at}/checkpoints/${size}`, Buffer.from(`${text}\n`), signal);
      await this.#objects.put(`${at}/checkpoint`, Buffer.from(text), signal);
      this.#sent = { text, size: checkpoint.size };
    }
    for (const name of ["keys", "cosigned"]) await this.#file(at, name, signal);
  }

  async #file(at: string, name: string, signal: AbortSignal): Promise<void> {
    const text = this.#folder.read(name);
    if (text === null || this.#files.get(name) === text) return;
    await this.#objects.put(`${at}/${name}`, Buffer.from(text), signal);
    this.#files.set(name, text);
  }

  /** Of another log or a longer one it says nothing: all tiles are sent. */
  async #known(at: string, { origin, size }: Checkpoint, signal: AbortSignal): Promise<{ text: string; size: number }> {
    const text = await this.#objects.get(`${at}/checkpoint`, signal);
    const found = parseCheckpoint(text ?? "");
    if (text === null || found === null || found.origin !== origin || found.size > size) return { text: "", size: 0 };
    return { text, size: found.size };
  }
}

/** Full tiles that a tree of `old` leaves did not have, and those at the edge of the new one. */
function tilesBetween(old: number, size: number): TilePlace[] {
  const full: TilePlace[] = [];
  for (let level = 0, from = old, to = size; to >= TILE_WIDTH; level += 1) {
    from = Math.floor(from / TILE_WIDTH);
    to = Math.floor(to / TILE_WIDTH);
    for (let index = from; index < to; index += 1) full.push({ level, index, width: TILE_WIDTH });
  }
  return [...full, ...partialTiles(size)];
}
