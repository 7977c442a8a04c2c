import type { X509Certificate } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { cosignedAt } from "../../lib/tlog/cosignature.ts";
import { type NoteKey, signersOf } from "../../lib/tlog/note.ts";
import { segmentFiles } from "../segment-files.ts";
import { type PlacedSegment, placedSegments } from "../tree/line-walk.ts";
import { logKeysIn, trustedKeys } from "../tree/log-keys.ts";
import { TreeFolder } from "../tree/tree-folder.ts";
import { cosignedFile } from "../witness/witness-client.ts";
import { AuditProblems, type AuditReport } from "./audit-report.ts";
import { LineCheck } from "./line-check.ts";
import { checkBeside } from "./beside-check.ts";
import { type CheckReceipt, RecordCheck } from "./record-check.ts";
import { notStamped, stampedBy } from "./stamp-check.ts";
import { openScans, type SegmentScans } from "./segment-scans.ts";
import { newestInHistory, TreeCheck } from "./tree-check.ts";

export interface VerifyOptions {
  /** Folder of the log. */
  readonly dir: string;
  /** Keys that are trusted; none: those that the log itself names. */
  readonly keys: readonly NoteKey[];
  /** Checkpoints as text, kept elsewhere. */
  readonly kept: readonly string[];
  /** The log is being written, or its gateway was killed: lines behind the newest checkpoint are no fault. */
  readonly isLive: boolean;
  /** Key of the witness that has to have cosigned the log; null: none has to. */
  readonly witness: NoteKey | null;
  /** Certificates of time stamping authorities, one of which has to have stamped the log; null: none has to. */
  readonly authorities: readonly X509Certificate[] | null;
  /** Null: receipts are not looked at. */
  readonly receipt: CheckReceipt | null;
  progress(done: number, of: number): void;
  /** Who looks through segments of so many bytes; default: threads, where that is quicker. */
  readonly scans?: (bytes: number) => SegmentScans;
}

/** There is nothing that could be verified. */
export class NoLog extends Error {
  override readonly name = "NoLog";
}

/** The log has no checkpoint that can be read, so nothing says what it should be. */
export class NoCheckpoint extends Error {
  override readonly name = "NoCheckpoint";
}

/** How often a log that is written meanwhile is looked at. */
const LOOKS = 10;

/**
 * Whether a log holds. One that is being written may lose segments to retention between two reads: what does not hold then is looked at
 * again, unless nothing in the folder has moved meanwhile.
 * @throws NoLog, NoCheckpoint
 */
export async function verifyLog(options: VerifyOptions): Promise<AuditReport> {
  for (let look = 1; ; look += 1) {
    const before = await stateOf(options.dir);
    const report = await verifyOnce(options);
    if (report.ok || !options.isLive || look === LOOKS || before === (await stateOf(options.dir))) return report;
  }
}

/** Changes when a segment comes, goes or is compressed, and with each checkpoint. */
async function stateOf(dir: string): Promise<string> {
  const files = (await segmentFiles(dir)).map(({ file }) => file);
  return JSON.stringify([files, textIn(new TreeFolder(dir), "checkpoint").text]);
}

/**
 * Lines against leaves, leaves and tiles against the root, every checkpoint against the tiles and its signature, numbers, pairs of
 * decision and outcome, and receipts.
 * @throws NoLog, NoCheckpoint
 */
async function verifyOnce(options: VerifyOptions): Promise<AuditReport> {
  const { dir, isLive, witness, authorities } = options;
  const problems = new AuditProblems();
  const folder = new TreeFolder(dir);
  const newest = await newestOf(dir, folder, problems);
  const { origin, size, root } = newest;
  const keys = keysOf(folder, options.keys, problems);
  if ((signersOf(newest.note, keys) ?? []).length === 0)
    problems.add("key", "tlog/checkpoint", "the newest checkpoint is signed by no trusted key");
  const cosigned = witness === null ? nobody : cosignedBy(witness, folder, problems);
  const stamped = authorities === null ? notStamped : stampedBy(authorities, dir, problems);
  const kept = keptOf([...options.kept, ...cosigned.kept, ...stamped.kept], origin, keys, problems);
  // One that cannot be read is told when its lines are checked.
  const segments = await placedSegments(dir, () => undefined);
  const records = new RecordCheck(origin, problems, options.receipt);
  const { lines, tree } = await checkAll(options, { origin, size, keys, kept, segments, records, problems });
  const pruned = records.finish(lines.gaps);
  await checkBeside(dir, isLive, problems);
  if (lines.uncovered > 0 && !isLive)
    problems.add("uncovered", "tlog/checkpoint", `${lines.uncovered} lines are behind the newest checkpoint`);
  return {
    ok: problems.count === 0,
    log: origin,
    keys: options.keys.length > 0 ? "given" : "of the log",
    cosigned: cosigned.told,
    time_stamps: stamped.told,
    size,
    root: root.toString("base64"),
    checkpoints: tree.checkpoints,
    segments: segments.length,
    lines: lines.lines,
    pruned,
    uncovered: lines.uncovered,
    decisions: records.decisions,
    unfinished: records.unfinished,
    receipts: records.receipts,
    problem_count: problems.count,
    problems: problems.kept,
  };
}

interface Checked {
  readonly origin: string;
  readonly size: number;
  readonly keys: readonly NoteKey[];
  readonly kept: readonly Checkpoint[];
  readonly segments: readonly PlacedSegment[];
  readonly records: RecordCheck;
  readonly problems: AuditProblems;
}

/** All lines, and the tree over them. */
async function checkAll(
  { dir, scans: open = openScans, progress }: VerifyOptions,
  { origin, size, keys, kept, segments, records, problems }: Checked,
): Promise<{ readonly lines: LineCheck; readonly tree: TreeCheck }> {
  const done = { leaves: 0, lines: 0 };
  const tell = (): void => progress(done.leaves + done.lines, 2 * size);
  const scans = open(bytesOf(dir, segments));
  const lines = new LineCheck({
    dir,
    origin,
    size,
    problems,
    scans,
    reads: "records",
    said: (said, { file }) => records.lines(said, file),
    progress: (count) => ((done.lines = count), tell()),
  });
  const ofTree = new AuditProblems();
  const tree = new TreeCheck({
    dir,
    origin,
    size,
    problems: ofTree,
    keys,
    kept,
    progress: (leaves) => ((done.leaves = leaves), tell()),
  });
  await runChecks(
    () => lines.run(segments),
    () => tree.run(),
    scans,
  );
  problems.addAll(ofTree);
  return { lines, tree };
}

/** Lines first: retention removes the oldest of a log that is written meanwhile, and a history of checkpoints may take minutes. */
async function runChecks(lines: () => Promise<void>, tree: () => Promise<void>, scans: SegmentScans): Promise<void> {
  try {
    const checked = lines();
    if (scans.ahead === 0) await checked;
    await Promise.all([checked, tree()]);
  } finally {
    await scans.close();
  }
}

/** As they lie on disk; one that has gone since has none. */
function bytesOf(dir: string, segments: readonly PlacedSegment[]): number {
  return segments.reduce((sum, { file }) => sum + (statSync(join(dir, file), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** When the newest one is damaged, the newest of the history stands for it. @throws NoLog, NoCheckpoint */
async function newestOf(dir: string, folder: TreeFolder, problems: AuditProblems): Promise<Checkpoint> {
  const { text, problem } = textIn(folder, "checkpoint");
  const newest = parseCheckpoint(text ?? "");
  if (newest !== null) return newest;
  if (text === null && problem === null)
    throw new NoLog(
      existsSync(dir)
        ? `${folder.path} has no checkpoint, so ${dir} is no folder of a decision log`
        : `there is no ${dir}; name the folder of a decision log, such as .sallyport/log`,
    );
  const detail = problem ?? "is there and is no checkpoint";
  problems.add("checkpoint", "tlog/checkpoint", detail);
  const before = await newestInHistory(folder);
  if (before !== null) return before;
  throw new NoCheckpoint(
    `The log in ${dir} does not hold: tlog/checkpoint ${detail}, and tlog/checkpoints has none that can be read`,
  );
}

/** The text of a file; null when there is none, or none that can be read, which `problem` says. */
function textIn(folder: TreeFolder, name: string): { readonly text: string | null; readonly problem: string | null } {
  try {
    return { text: folder.read(name), problem: null };
  } catch (failure) {
    return { text: null, problem: `cannot be read: ${(failure as Error).message}` };
  }
}

/** Those that are given, or else the first of the log, and those that follow from them. */
function keysOf(folder: TreeFolder, given: readonly NoteKey[], problems: AuditProblems): NoteKey[] {
  const bad = (detail: string): NoteKey[] => {
    problems.add("key", "tlog/keys", detail);
    return [...given];
  };
  try {
    const own = logKeysIn(folder.read("keys") ?? "");
    const [first] = own;
    if (first === undefined) return bad("has no key");
    const all = own.map(({ key }) => key);
    if (own.some(({ note }) => (signersOf(note, all) ?? []).length === 0)) bad("has a key that none of them signs");
    return trustedKeys(own, given.length > 0 ? given : [first.key]);
  } catch (failure) {
    return bad((failure as Error).message);
  }
}

interface Cosigned {
  /** Checkpoints as text. */
  readonly kept: readonly string[];
  readonly told: AuditReport["cosigned"];
}

const nobody: Cosigned = { kept: [], told: null };

/** The checkpoint that the witness has cosigned last, as far as the log has it. */
function cosignedBy(witness: NoteKey, folder: TreeFolder, problems: AuditProblems): Cosigned {
  const { text, problem } = textIn(folder, cosignedFile);
  const checkpoint = parseCheckpoint(text ?? "");
  const at = checkpoint === null ? null : cosignedAt(checkpoint.note, witness);
  if (text !== null && checkpoint !== null && at !== null)
    return { kept: [text], told: { by: witness.name, size: checkpoint.size, at: new Date(at * 1_000).toISOString() } };
  const what = problem ?? (text === null ? "is not there" : "has no signature of the witness that holds");
  problems.add("witness", `tlog/${cosignedFile}`, what);
  return nobody;
}

function keptOf(
  texts: readonly string[],
  origin: string,
  keys: readonly NoteKey[],
  problems: AuditProblems,
): Checkpoint[] {
  return texts.flatMap((text) => {
    const checkpoint = parseCheckpoint(text);
    const holds = checkpoint?.origin === origin && (signersOf(checkpoint.note, keys) ?? []).length > 0;
    if (checkpoint !== null && holds) return [checkpoint];
    problems.add("checkpoint", "a kept checkpoint", "is none of this log, or no trusted key signs it");
    return [];
  });
}
