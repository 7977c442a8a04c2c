import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { generateKeyPairSync, randomBytes, type X509Certificate } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditReport } from "../../../gateway/record/audit/audit-report.ts";
import { verifyLog } from "../../../gateway/record/audit/verify-log.ts";
import { LogWriter } from "../../../gateway/record/log-writer.ts";
import { TreeFollower } from "../../../gateway/record/tree/tree-follower.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { logMarks } from "../../../gateway/store/store-marks.ts";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { quiet } from "../quiet.ts";
import { removeAtOnce } from "../remove-at-once.ts";

export interface LogLine {
  readonly seq: number;
  readonly kind: string;
  readonly decision_id?: string;
  readonly problem?: string;
  readonly leaf?: number;
  readonly why?: string;
}

/** A log in a temporary folder, with a real store beside it. */
export class TestLog {
  readonly dir = mkdtempSync(join(tmpdir(), "log-"));
  readonly log = join(this.dir, "log");
  /** The first segment. */
  readonly first = join(this.log, "decisions-000001.jsonl");
  /** Of the last writer. */
  tree = testTree(this.log);
  readonly store = new Connection(openDatabase(join(this.dir, "store.db")));

  writer({
    treeLimits = {},
    ...changes
  }: { readonly treeLimits?: TreeLimits } & Partial<ConstructorParameters<typeof LogWriter>[0]> = {}): LogWriter {
    const marks = logMarks(this.store, "p_folder");
    this.tree = testTree(this.log, treeLimits);
    const limits = { segmentBytes: 1e6, segmentAgeMs: null, queueRecords: 100 };
    return new LogWriter({
      dir: this.log,
      clock: systemClock,
      logger: quiet,
      marks,
      tree: this.tree,
      space: roomy,
      ...limits,
      ...changes,
    });
  }

  /** Every line that is a record, in order. */
  lines(): LogLine[] {
    return this.names().flatMap((name) => this.linesOf(name));
  }

  /** What `audit verify` says, with the keys that the log names. */
  verified(
    isLive: boolean,
    progress: () => void = () => undefined,
    authorities: readonly X509Certificate[] | null = null,
  ): Promise<AuditReport> {
    const given = { dir: this.log, keys: [], kept: [], witness: null, authorities, receipt: null };
    return verifyLog({ ...given, isLive, progress });
  }

  names(): string[] {
    return readdirSync(this.log)
      .filter((name) => name.endsWith(".jsonl"))
      .toSorted();
  }

  linesOf(name: string): LogLine[] {
    const texts = readFileSync(join(this.log, name), "utf8").split("\n").slice(0, -1);
    return texts.flatMap((text) => {
      try {
        return [JSON.parse(text) as LogLine];
      } catch {
        return [];
      }
    });
  }

  /** Takes so many lines from the end of the first segment. */
  cut(lines: number): void {
    const kept = readFileSync(this.first, "utf8")
      .split("\n")
      .slice(0, -1 - lines);
    writeFileSync(this.first, kept.map((line) => `${line}\n`).join(""));
  }

  remove(): void {
    this.store.database.close();
    rmSync(this.dir, { recursive: true });
  }
}

/** A disk with room for everything. */
export const roomy = { full: null, isLow: false, findings: () => [] };

/** One key for all: to make one takes longer than a test. */
const { privateKey: testLogKey } = generateKeyPairSync("ed25519");

type TreeLimits = ConstructorParameters<typeof TreeFollower>[0]["limits"];

export function testTree(dir: string, limits: TreeLimits = {}): TreeFollower {
  return new TreeFollower({
    dir,
    freshOrigin: `example.com/gw-1/${randomBytes(8).toString("hex")}`,
    key: testLogKey,
    logger: quiet,
    limits,
  });
}

export function decision(n: number): string {
  const result = { effect: "allow", reasons: [], obligations: [], doubt: null, detail: null };
  const record = {
    kind: "decision",
    decision_id: `d_${n}`,
    timestamp: "2026-11-26T08:00:00.000Z",
    bundles: {},
    result,
  };
  return `,${JSON.stringify(record).slice(1, -1)}`;
}

export function write(target: LogWriter, n: number): Promise<void> {
  return new Promise((written, unwritten) =>
    target.append(decision(n), (error) => (error === null ? written() : unwritten(error))),
  );
}

/** What somebody may do to the file that is written, and how the gateway tells it. */
export const damages: readonly [what: string, damage: (log: TestLog) => void, problem: RegExp][] = [
  ["deleted", ({ first }) => rmSync(first), /is not in its place any more \(ENOENT\)/],
  ["moved away", ({ first, dir }) => renameSync(first, join(dir, "old")), /is not in its place any more \(ENOENT\)/],
  ["emptied", ({ first }) => truncateSync(first, 0), /was cut: it has \d+ bytes instead of \d+/],
  ["cut", ({ first }) => truncateSync(first, 120), /was cut: it has \d+ bytes instead of \d+/],
  [
    "replaced by a copy",
    ({ first }) => {
      const copy = readFileSync(first);
      rmSync(first);
      writeFileSync(first, copy);
    },
    /was replaced by another file/,
  ],
  ["appended to", ({ first }) => appendFileSync(first, "{}\n"), /was written to by another program/],
  ["lost with its folder", ({ log }) => removeAtOnce(log), /is not in its place any more \(ENOENT\)/],
];
