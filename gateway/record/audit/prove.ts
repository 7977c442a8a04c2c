import { type Checkpoint, parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { leafHash } from "../../lib/tlog/merkle.ts";
import { proofText } from "../../lib/tlog/proof-file.ts";
import { inclusionProof, rootOfInclusion } from "../../lib/tlog/proofs.ts";
import { tileTree } from "../../lib/tlog/tile-tree.ts";
import type { JsonObject } from "../../lib/json.ts";
import { likeIn, likeOfShared, sharedIn } from "../decision/shared-record.ts";
import { unreadText } from "../segment-files.ts";
import { recordIn } from "../segment-header.ts";
import { type PlacedSegment, placedSegments, walkLines } from "../tree/line-walk.ts";
import { TreeFolder } from "../tree/tree-folder.ts";

/** A line of the log that is to be proved. */
interface FoundLine {
  readonly segment: PlacedSegment;
  readonly leaf: number;
  readonly bytes: Buffer;
  readonly record: JsonObject;
}

export interface ProvedLine {
  /** Of the record: decision, outcome, receipt, or shared and names for what decision and outcome refer to. */
  readonly kind: string;
  /** A file of C2SP tlog-proof, with the line as its extra data. */
  readonly proof: string;
}

/** What cannot be proved, and why. */
export class NotProved extends Error {
  override readonly name = "NotProved";
}

/** The lines of an action, and why lines of some segments are not among them, a sentence for each such segment. */
export interface ProvedAction {
  readonly lines: readonly ProvedLine[];
  readonly unread: readonly string[];
}

/**
 * Proofs of one action: its decision, what that refers to, its outcome, and the receipts of its approval.
 * @throws NotProved
 */
export async function proveAction(dir: string, decisionId: string): Promise<ProvedAction> {
  const folder = new TreeFolder(dir);
  const note = folder.read("checkpoint") ?? "";
  const checkpoint = parseCheckpoint(note);
  if (checkpoint === null) throw new NotProved(`${folder.path} has no checkpoint that can be read`);
  const placed = await placedSegments(dir, () => undefined);
  const segments = placed.filter(({ header }) => header === null || header.log === checkpoint.origin);
  const log: ReadLog = { dir, segments, unread: new Map() };
  const own = await linesWith(log, [`"decision_id":${JSON.stringify(decisionId)}`]);
  const ofAction = own.filter(({ record }) => record["decision_id"] === decisionId);
  const unread = (): string[] => [...log.unread.values()];
  if (ofAction.length === 0)
    throw new NotProved([`the log in ${dir} has no line of ${decisionId}`, ...unread()].join("; "));
  const found = await withShared(log, ofAction);
  const approval = found.map(({ record }) => record["approval_id"]).find((id) => typeof id === "string");
  const receipts =
    approval === undefined ? [] : await linesWith(log, [`"kind":"receipt","approval_id":${JSON.stringify(approval)}`]);
  const prove = prover(folder, checkpoint, note);
  return { lines: [...found, ...receipts].map(prove), unread: unread() };
}

function prover(folder: TreeFolder, { size, root }: Checkpoint, note: string): (line: FoundLine) => ProvedLine {
  const subtree = tileTree(size, folder.tile);
  const pathOf = (leaf: number): ReturnType<typeof inclusionProof> => {
    try {
      return inclusionProof(leaf, size, subtree);
    } catch (failure) {
      throw new NotProved(`a tile over line ${leaf} cannot be read: ${(failure as Error).message}`);
    }
  };
  return ({ leaf, bytes, record }) => {
    if (leaf >= size) throw new NotProved(`no checkpoint covers line ${leaf} yet; try again in a second`);
    const path = pathOf(leaf);
    if (rootOfInclusion(leafHash(bytes), leaf, size, path)?.equals(root) !== true)
      throw new NotProved(`line ${leaf} is not the one of the tree; see sallyport audit verify`);
    return { kind: String(record["kind"]), proof: proofText({ extra: bytes, index: leaf, path, checkpoint: note }) };
  };
}

/** A log that is searched. */
interface ReadLog {
  readonly dir: string;
  readonly segments: readonly PlacedSegment[];
  /** Why segments cannot be read to their end, by their files. */
  readonly unread: Map<string, string>;
}

/** Lines that have one of these texts in them, with their numbers. A segment of before there were headers goes on from the one before it. */
async function linesWith(
  { dir, segments, unread }: ReadLog,
  texts: readonly string[],
  isWanted: (segment: PlacedSegment) => boolean = () => true,
): Promise<FoundLine[]> {
  const found: FoundLine[] = [];
  let next = 0;
  for (const [at, segment] of segments.entries()) {
    next = segment.header?.leaf ?? next;
    const wanted = isWanted(segment);
    // Of the others only those are walked that number a segment without a header behind them.
    if (!wanted && segments[at + 1]?.header !== null) continue;
    await walkLines(dir, [segment], next, (line) => {
      next = line.leaf + 1;
      const { block, start, end } = line;
      const begin = block.subarray(start, Math.min(end, start + TEXT_WITHIN));
      const bytes =
        wanted && texts.some((text) => begin.includes(text)) ? Buffer.from(block.subarray(start, end)) : null;
      const record = bytes === null ? null : recordIn(bytes.toString());
      if (bytes !== null && record !== null) found.push({ segment, leaf: line.leaf, bytes, record });
      return true;
    }).catch((failure: unknown) => unread.set(segment.file, unreadText(segment, failure)));
  }
  return found;
}

/** The lines, and in front of each those of its segment that it refers to. @throws NotProved */
async function withShared(log: ReadLog, lines: readonly FoundLine[]): Promise<FoundLine[]> {
  if (lines.every(({ bytes }) => likeIn(bytes.toString()).length === 0)) return [...lines];
  const shared = await linesWith(log, ['"kind":"shared","digest":"', '"kind":"names","digest":"'], (segment) =>
    lines.some((line) => line.segment === segment),
  );
  return lines.flatMap((line) => [...referredBy(line, shared), line]);
}

/** In the order of the log. @throws NotProved */
function referredBy(line: FoundLine, shared: readonly FoundLine[]): FoundLine[] {
  const found = new Map<string, FoundLine>();
  const wanted = [...likeIn(line.bytes.toString())];
  for (let digest = wanted.pop(); digest !== undefined; digest = wanted.pop()) {
    if (found.has(digest)) continue;
    const one = shared.find(
      ({ segment, leaf, record }) => segment === line.segment && leaf < line.leaf && record["digest"] === digest,
    );
    if (one === undefined)
      throw new NotProved(
        `line ${line.leaf} refers to the shared members ${digest}, which are not before it in its segment`,
      );
    found.set(digest, one);
    wanted.push(...likeOfShared(sharedIn(one.bytes.toString())?.members ?? ""));
  }
  return [...found.values()].toSorted((one, other) => one.leaf - other.leaf);
}

/** Ids stand at the begin of lines. */
const TEXT_WITHIN = 300;
