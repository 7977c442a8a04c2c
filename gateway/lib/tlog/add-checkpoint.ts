import { type Checkpoint, parseCheckpoint } from "./checkpoint.ts";
import { hashLines } from "./proofs.ts";

/** More hashes than a proof between any two sizes has. */
const MOST_HASHES = 63;

/** What a log sends to a witness (C2SP tlog-witness, add-checkpoint). */
export interface AddCheckpoint {
  /** Leaves of the checkpoint that the witness has cosigned last; 0 for none. */
  readonly old: number;
  /** Consistency proof from there. */
  readonly proof: readonly Buffer[];
  readonly checkpoint: Checkpoint;
}

export function addCheckpointText(old: number, proof: readonly Buffer[], checkpoint: string): string {
  return `${[`old ${old}`, ...proof.map((one) => one.toString("base64"))].join("\n")}\n\n${checkpoint}`;
}

/** Reads a request; nothing in it is verified. Null when it has another form. */
export function parseAddCheckpoint(text: string): AddCheckpoint | null {
  const end = text.indexOf("\n\n");
  const [first = "", ...lines] = text.slice(0, Math.max(0, end)).split("\n");
  const old = Number(/^old (0|[1-9]\d{0,15})$/.exec(first)?.[1] ?? NaN);
  const proof = hashLines(lines);
  const checkpoint = parseCheckpoint(text.slice(end + 2));
  if (!Number.isSafeInteger(old) || proof === null || proof.length > MOST_HASHES || checkpoint === null) return null;
  return { old, proof, checkpoint };
}

/** The type of the answer that tells the size that a witness knows. */
export const sizeType = "text/x.tlog.size";
