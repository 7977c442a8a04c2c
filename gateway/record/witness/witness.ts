import { hash, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../domain/ports.ts";
import { parseAddCheckpoint, sizeType } from "../../lib/tlog/add-checkpoint.ts";
import { type Checkpoint, parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { cosignatureLine } from "../../lib/tlog/cosignature.ts";
import { COSIGNATURE, lineOf, noteKey, type NoteKey, signersOf } from "../../lib/tlog/note.ts";
import { emptyRoot } from "../../lib/tlog/merkle.ts";
import { isConsistent } from "../../lib/tlog/proofs.ts";
import { syncFolder, writeAside } from "../tree/tree-folder.ts";

export interface WitnessOptions {
  /** Folder in which it keeps the newest checkpoint of each log. */
  readonly dir: string;
  readonly name: string;
  /** Ed25519. */
  readonly privateKey: KeyObject;
  /** Keys of the logs that it cosigns; a key's name is the origin of its log, and a log may have several. */
  readonly logs: readonly NoteKey[];
  readonly clock: Clock;
}

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly type: "text/plain" | typeof sizeType;
  readonly body: string;
}

/**
 * Cosigns checkpoints of logs, each only as a continuation of the one before (C2SP tlog-witness). It remembers one checkpoint a log,
 * so that a log whose lines were changed or cut off since has no cosignature of it any more.
 */
export class Witness {
  readonly #options: WitnessOptions;
  readonly key: NoteKey;

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.key = noteKey(options.name, options.privateKey, COSIGNATURE);
  }

  /** The newest checkpoint of a log that it has cosigned, with both signatures; null when there is none. */
  newest(origin: string): string | null {
    const file = this.#fileOf(origin);
    return existsSync(file) ? readFileSync(file, "utf8") : null;
  }

  /**
   * Answers `POST /add-checkpoint`. Nothing else runs between the look at what is known and its replacement, and that is on disk
   * before the answer. @throws Error when it cannot be read or written
   */
  addCheckpoint(text: string): WitnessAnswer {
    const request = parseAddCheckpoint(text);
    if (request === null) return refused(400, "the request is none of add-checkpoint (C2SP tlog-witness)");
    const { old, proof, checkpoint } = request;
    const { origin, size, note } = checkpoint;
    const keys = this.#options.logs.filter(({ name }) => name === origin);
    if (keys.length === 0) return refused(404, "the log is not known here");
    if ((signersOf(note, keys) ?? []).length === 0) return refused(403, "no key of the log has signed the checkpoint");
    if (old > size) return refused(400, "the old size is larger than that of the checkpoint");
    const known = this.#known(origin);
    const isOther = old === size && !checkpoint.root.equals(known?.root ?? emptyRoot);
    if (old !== (known?.size ?? 0) || isOther) return { status: 409, type: sizeType, body: `${known?.size ?? 0}\n` };
    if (!isConsistent(known ?? { size: 0, root: emptyRoot }, checkpoint, proof))
      return refused(422, "the proof does not lead from the checkpoint that was cosigned last to this one");
    return { status: 200, type: "text/plain", body: this.#cosign(checkpoint, keys) };
  }

  /** Keeps the log's own signatures alone: others are no business of this witness. */
  #cosign({ origin, note }: Checkpoint, keys: readonly NoteKey[]): string {
    const { privateKey, clock, dir } = this.#options;
    const line = cosignatureLine(this.key, privateKey, note.text, Math.floor(clock.now() / 1_000));
    const own = note.signatures.filter(({ name, id }) => keys.some((key) => key.name === name && key.id === id));
    const signed = own.map((one) => lineOf(one, one.bytes)).join("");
    writeAside(this.#fileOf(origin), Buffer.from(`${note.text}\n${signed}${line}`));
    // After a power loss nothing older may be known than what was answered.
    syncFolder(dir);
    return line;
  }

  #known(origin: string): Checkpoint | null {
    const text = this.newest(origin);
    if (text === null) return null;
    const known = parseCheckpoint(text);
    if (known === null)
      throw new Error(`${this.#fileOf(origin)} holds no checkpoint; a witness that lost what it knew must not go on`);
    return known;
  }

  #fileOf(origin: string): string {
    return join(this.#options.dir, `${hash("sha256", origin)}.checkpoint`);
  }
}

function refused(status: Exclude<WitnessAnswer["status"], 200 | 409>, why: string): WitnessAnswer {
  return { status, type: "text/plain", body: `${why}\n` };
}
