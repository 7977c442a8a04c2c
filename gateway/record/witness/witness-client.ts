import { join } from "node:path";
import { addCheckpointText, sizeType } from "../../lib/tlog/add-checkpoint.ts";
import { type Checkpoint, parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { cosignedAt } from "../../lib/tlog/cosignature.ts";
import { type NoteKey, parseNote } from "../../lib/tlog/note.ts";
import { consistencyProof } from "../../lib/tlog/proofs.ts";
import { tileTree } from "../../lib/tlog/tile-tree.ts";
import { TreeFolder, writeAside } from "../tree/tree-folder.ts";

/** In the folder of the tree: the newest checkpoint that the witness has cosigned. */
export const cosignedFile = "cosigned";

/** Sends a text to the witness. @throws Error when there is no answer */
export type PostText = (path: string, text: string) => Promise<WitnessReply>;

export interface WitnessReply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface WitnessClientOptions {
  /** Folder of the log. */
  readonly dir: string;
  /** Of the witness. */
  readonly key: NoteKey;
  readonly post: PostText;
}

/** A witness that does not cosign, and what to do about it. */
export class NotCosigned extends Error {
  override readonly name = "NotCosigned";
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

/** Has the newest checkpoint of the log cosigned by a witness (C2SP tlog-witness). */
export class WitnessClient {
  readonly #options: WitnessClientOptions;
  readonly #folder: TreeFolder;
  /** Leaves of the checkpoint that the witness has cosigned last; null until that is known. */
  #old: number | null = null;

  constructor(options: WitnessClientOptions) {
    this.#options = options;
    this.#folder = new TreeFolder(options.dir);
  }

  /** Also when there is nothing new: a cosignature says until when a log was no longer. @throws NotCosigned */
  async submit(): Promise<void> {
    const text = this.#folder.read("checkpoint");
    const checkpoint = parseCheckpoint(text ?? "");
    if (text === null || checkpoint === null) return;
    this.#old ??= parseCheckpoint(this.#folder.read(cosignedFile) ?? "")?.size ?? 0;
    let reply = await this.#send(text, checkpoint, Math.min(this.#old, checkpoint.size));
    const known = sizeIn(reply);
    if (known !== null && known <= checkpoint.size) reply = await this.#send(text, checkpoint, known);
    if (reply.status !== 200) throw this.#refused(reply, checkpoint);
    this.#keep(text, checkpoint, reply.body);
  }

  #send(text: string, { size }: Checkpoint, old: number): Promise<WitnessReply> {
    const proof = consistencyProof(old, size, tileTree(size, this.#folder.tile));
    return this.#options.post("add-checkpoint", addCheckpointText(old, proof, text));
  }

  #keep(text: string, { size }: Checkpoint, lines: string): void {
    const cosigned = `${text}${lines}`;
    const note = parseNote(cosigned);
    const { key } = this.#options;
    if (note === null || cosignedAt(note, key) === null)
      throw new NotCosigned(
        `it answers without a signature of ${key.vkey}`,
        "set record.witness.key to the key that the witness shows when it starts",
      );
    writeAside(join(this.#folder.path, cosignedFile), Buffer.from(cosigned));
    this.#old = size;
  }

  #refused(reply: WitnessReply, { origin, size }: Checkpoint): NotCosigned {
    const known = sizeIn(reply);
    if (known !== null || reply.status === 422)
      return new NotCosigned(
        known === null || known === size
          ? "it has cosigned another tree: lines of the log were changed since"
          : `it has cosigned ${known} lines of the log, which has ${size}: lines are gone`,
        "stop the gateway, keep its data folder and the newest checkpoint of the witness, and find out who changed the log; see docs/evidence.md",
      );
    const isUnknown = reply.status === 404 || reply.status === 403;
    return new NotCosigned(
      `it answers ${reply.status}: ${reply.body.trim().slice(0, 200)}`,
      isUnknown
        ? `start the witness with --log and the verifier key of ${origin}, which is on the third line of tlog/keys`
        : "see the output of the witness; it is tried again by itself",
    );
  }
}

/** The size that the witness knows, when it says that another one was given. */
function sizeIn({ status, type, body }: WitnessReply): number | null {
  if (status !== 409 || !type.startsWith(sizeType)) return null;
  const digits = /^(0|[1-9]\d{0,15})\n$/.exec(body)?.[1];
  return digits === undefined ? null : Number(digits);
}
