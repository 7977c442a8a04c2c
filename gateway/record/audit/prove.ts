import { parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { leafHash } from "../../lib/tlog/merkle.ts";
import { type NoteKey, signersOf } from "../../lib/tlog/note.ts";
import { parseProof, proofText } from "../../lib/tlog/proof-file.ts";
import { inclusionProof, rootOfInclusion } from "../../lib/tlog/proofs.ts";
import { tileTree } from "../../lib/tlog/tile-tree.ts";
import type { JsonObject } from "../../lib/json.ts";
import { recordIn } from "../segment-header.ts";
import { type PlacedSegment, placedSegments, walkLines } from "../tree/line-walk.ts";
import { TreeFolder } from "../tree/tree-folder.ts";

/** A line of the log that is to be proved. */
interface FoundLine {
  readonly leaf: number;
  readonly bytes: Buffer;
  readonly record: JsonObject;
}

export interface ProvedLine {
  /** Of the record: decision, outcome, receipt. */
  readonly kind: string;
  /** A file of C2SP tlog-proof, with the line as its extra data. */
  readonly proof: string;
}

/** What cannot be proved, and why. */
export class NotProved extends Error {
  override readonly name = "NotProved";
}

/**
 * Proofs of one action: its decision, its outcome, and the receipts of its approval.
 * @throws NotProved
 */
export async function proveAction(dir: string, decisionId: string): Promise<ProvedLine[]> {
  const folder = new TreeFolder(dir);
  const note = folder.read("checkpoint") ?? "";
  const checkpoint = parseCheckpoint(note);
  if (checkpoint === null) throw new NotProved(`${folder.path} has no checkpoint`);
  const { origin, size, root } = checkpoint;
  const segments = (await placedSegments(dir)).filter(({ header }) => header === null || header.log === origin);
  const own = await linesWith(dir, segments, `"decision_id":${JSON.stringify(decisionId)}`);
  const found = own.filter(({ record }) => record["decision_id"] === decisionId);
  if (found.length === 0) throw new NotProved(`the log in ${dir} has no line of ${decisionId}`);
  const approval = found.map(({ record }) => record["approval_id"]).find((id) => typeof id === "string");
  const receipts =
    approval === undefined
      ? []
      : await linesWith(dir, segments, `"kind":"receipt","approval_id":${JSON.stringify(approval)}`);
  const subtree = tileTree(size, folder.tile);
  return [...found, ...receipts].map(({ leaf, bytes, record }) => {
    if (leaf >= size) throw new NotProved(`no checkpoint covers line ${leaf} yet; try again in a second`);
    const path = inclusionProof(leaf, size, subtree);
    if (rootOfInclusion(leafHash(bytes), leaf, size, path)?.equals(root) !== true)
      throw new NotProved(`line ${leaf} is not the one of the tree; see sallyport audit verify`);
    return { kind: String(record["kind"]), proof: proofText({ extra: bytes, index: leaf, path, checkpoint: note }) };
  });
}

/** Lines that have this text in them, with their numbers. A segment of before there were headers goes on from the one before it. */
async function linesWith(dir: string, segments: readonly PlacedSegment[], text: string): Promise<FoundLine[]> {
  const found: FoundLine[] = [];
  let next = 0;
  for (const segment of segments) {
    next = segment.header?.leaf ?? next;
    await walkLines(dir, [segment], next, (line) => {
      next = line.leaf + 1;
      const { block, start, end } = line;
      const begin = block.subarray(start, Math.min(end, start + TEXT_WITHIN));
      const bytes = begin.includes(text) ? Buffer.from(block.subarray(start, end)) : null;
      const record = bytes === null ? null : recordIn(bytes.toString());
      if (bytes !== null && record !== null) found.push({ leaf: line.leaf, bytes, record });
      return true;
    });
  }
  return found;
}

/** Ids stand at the begin of lines. */
const TEXT_WITHIN = 300;

export type ProofFinding =
  | {
      readonly ok: true;
      readonly log: string;
      readonly index: number;
      readonly size: number;
      readonly key: string;
      readonly record: JsonObject;
    }
  | { readonly ok: false; readonly problem: string };

/** Checks a proof against trusted keys, without the log. */
export function verifyProof(text: string, keys: readonly NoteKey[]): ProofFinding {
  const proof = parseProof(text);
  if (proof === null) return { ok: false, problem: "it is no file of c2sp.org/tlog-proof@v1" };
  const { extra, index, path, checkpoint } = proof;
  if (extra === null) return { ok: false, problem: "it lacks the line that it proves" };
  const [signer] = signersOf(checkpoint.note, keys) ?? [];
  if (signer === undefined) return { ok: false, problem: "no trusted key signs its checkpoint" };
  if (signer.name !== checkpoint.origin)
    return { ok: false, problem: `the key of ${signer.name} signs for ${checkpoint.origin}` };
  const { origin, size, root } = checkpoint;
  if (rootOfInclusion(leafHash(extra), index, size, path)?.equals(root) !== true)
    return { ok: false, problem: "its line is not in the tree of its checkpoint" };
  const record = recordIn(extra.toString());
  if (record === null) return { ok: false, problem: "its line is no record" };
  return { ok: true, log: origin, index, size, key: signer.vkey, record };
}
