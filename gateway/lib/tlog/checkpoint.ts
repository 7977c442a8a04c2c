import { HASH_BYTES } from "./merkle.ts";
import { type Note, parseNote } from "./note.ts";

/** What a log says of itself at one size (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  /** Leaves of the tree. */
  readonly size: number;
  readonly root: Buffer;
  readonly note: Note;
}

/** The text that is signed. */
export function checkpointText(origin: string, size: number, root: Buffer): string {
  return `${origin}\n${size}\n${root.toString("base64")}\n`;
}

/** Reads a checkpoint without extension lines; no signature is verified. Null when it has another form. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const note = parseNote(text);
  if (note === null) return null;
  const [, origin = "", digits = "", encoded = ""] =
    /^(.+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n$/.exec(note.text) ?? [];
  const root = Buffer.from(encoded, "base64");
  const isSame = root.length === HASH_BYTES && root.toString("base64") === encoded;
  return isSame && Number.isSafeInteger(Number(digits)) ? { origin, size: Number(digits), root, note } : null;
}
