import { type Checkpoint, parseCheckpoint } from "./checkpoint.ts";
import { hashLines } from "./proofs.ts";

/** That a leaf is in a tree, verifiable without the log (C2SP tlog-proof). */
export interface TlogProof {
  /** What the application adds; nothing authenticates it. Null when there is none. */
  readonly extra: Buffer | null;
  readonly index: number;
  readonly path: readonly Buffer[];
  /** As text, with its signatures. */
  readonly checkpoint: string;
}

const header = "c2sp.org/tlog-proof@v1";

export function proofText({ extra, index, path, checkpoint }: TlogProof): string {
  const said = extra === null ? [] : [`extra ${extra.toString("base64")}`];
  const lines = [header, ...said, `index ${index}`, ...path.map((one) => one.toString("base64"))];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/** Reads a proof; nothing in it is verified. Null when it has another form. */
export function parseProof(text: string): (Omit<TlogProof, "checkpoint"> & { readonly checkpoint: Checkpoint }) | null {
  const end = text.indexOf("\n\n");
  const [first, ...lines] = text.slice(0, Math.max(0, end)).split("\n");
  const checkpoint = parseCheckpoint(text.slice(end + 2));
  if (first !== header || checkpoint === null) return null;
  const extra = /^extra ([A-Za-z0-9+/]+={0,2})$/.exec(lines[0] ?? "")?.[1];
  if (extra !== undefined) lines.shift();
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? "")?.[1];
  const path = hashLines(lines);
  if (index === undefined || path === null) return null;
  return { extra: extra === undefined ? null : Buffer.from(extra, "base64"), index: Number(index), path, checkpoint };
}
