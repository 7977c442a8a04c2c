import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { checkpointText } from "../../../gateway/lib/tlog/checkpoint.ts";
import { leafHash, nodeHash, emptyRoot } from "../../../gateway/lib/tlog/merkle.ts";
import { noteKey, signatureLine } from "../../../gateway/lib/tlog/note.ts";
import { consistencyProof, splitOf } from "../../../gateway/lib/tlog/proofs.ts";

/** A log in memory, whose lines are given. */
export class TestTree {
  readonly origin: string;
  readonly privateKey: KeyObject;
  readonly lines: readonly string[];

  constructor(
    lines: readonly string[],
    origin = "logs.example.com/gw-1/l_1",
    privateKey = generateKeyPairSync("ed25519").privateKey,
  ) {
    this.lines = lines;
    this.origin = origin;
    this.privateKey = privateKey;
  }

  get key() {
    return noteKey(this.origin, this.privateKey);
  }

  /** The same log with other lines. */
  with(lines: readonly string[]): TestTree {
    return new TestTree(lines, this.origin, this.privateKey);
  }

  checkpoint(size = this.lines.length): string {
    const text = checkpointText(this.origin, size, this.subtree(0, size));
    return `${text}\n${signatureLine(this.key, this.privateKey, text)}`;
  }

  proof(from: number, to = this.lines.length): Buffer[] {
    return consistencyProof(from, to, (start, end) => this.subtree(start, end));
  }

  subtree(start: number, end: number): Buffer {
    if (end === start) return emptyRoot;
    if (end - start === 1) return leafHash(Buffer.from(this.lines[start] ?? ""));
    const middle = start + splitOf(end - start);
    return nodeHash(this.subtree(start, middle), this.subtree(middle, end));
  }
}
