import { type Finding, judgeRecord, type Judges } from "../../../impact/judge-record.ts";
import { BatchReader, type RecordBatch } from "../../../record/decision-batches.ts";

/** Judges batches of recorded decisions anew, on one thread. */
export class BatchJudge {
  readonly #judges: Judges;
  readonly #reader = new BatchReader();

  constructor(judges: Judges) {
    this.#judges = judges;
  }

  /** `isNew`: of another segment than the batch before. @throws BrokenReference */
  judge(batch: RecordBatch, isNew: boolean): Finding[] {
    const findings: Finding[] = [];
    for (const logged of this.#reader.read(batch, isNew)) {
      const finding = judgeRecord(this.#judges, logged);
      if (finding !== null) findings.push(finding);
    }
    return findings;
  }
}
