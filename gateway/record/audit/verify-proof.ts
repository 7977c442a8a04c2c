import { leafHash } from "../../lib/tlog/merkle.ts";
import { type NoteKey, signersOf } from "../../lib/tlog/note.ts";
import { parseProof } from "../../lib/tlog/proof-file.ts";
import { rootOfInclusion } from "../../lib/tlog/proofs.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { BrokenReference, MissingReference, WholeRecords } from "../decision/whole-records.ts";
import { recordIn } from "../segment-header.ts";

export type ProofFinding =
  | {
      readonly ok: true;
      readonly log: string;
      readonly index: number;
      readonly size: number;
      readonly key: string;
      /** As it stands in the log. */
      readonly record: JsonObject;
      readonly line: string;
    }
  | { readonly ok: false; readonly problem: string };

const unsigned =
  "no trusted key signs its checkpoint; where the key of the log was changed, log.keys, which audit prove writes beside its proofs, leads from the first one to it";

/** Checks a proof against trusted keys, without the log. */
export function verifyProof(text: string, keys: readonly NoteKey[]): ProofFinding {
  const proof = parseProof(text);
  if (proof === null) return { ok: false, problem: "it is no file of c2sp.org/tlog-proof@v1" };
  const { extra, index, path, checkpoint } = proof;
  if (extra === null) return { ok: false, problem: "it lacks the line that it proves" };
  const [signer] = signersOf(checkpoint.note, keys) ?? [];
  if (signer === undefined) return { ok: false, problem: unsigned };
  if (signer.name !== checkpoint.origin)
    return { ok: false, problem: `the key of ${signer.name} signs for ${checkpoint.origin}` };
  const { origin, size, root } = checkpoint;
  if (rootOfInclusion(leafHash(extra), index, size, path)?.equals(root) !== true)
    return { ok: false, problem: "its line is not in the tree of its checkpoint" };
  const record = recordIn(extra.toString());
  if (record === null) return { ok: false, problem: "its line is no record" };
  return { ok: true, log: origin, index, size, key: signer.vkey, record, line: extra.toString() };
}

/** The record that a proof is of, unverified; null for what is no proof, or has none. */
export function recordOfProof(text: string): JsonObject | null {
  const extra = parseProof(text)?.extra ?? null;
  return extra === null ? null : recordIn(extra.toString());
}

/** Of each finding, in what an outcome or a receipt lacks the decision that it belongs to among them; null: it lacks none, or is neither. */
export function strayOf(findings: readonly ProofFinding[]): (string | null)[] {
  const records = findings.flatMap((finding) => (finding.ok ? [finding.record] : []));
  const decided = new Set(records.flatMap(({ kind, decision_id: id }) => (kind === "decision" ? [id] : [])));
  const isOfAction = ({ kind, decision_id: id }: JsonObject): boolean =>
    (kind === "decision" || kind === "outcome") && decided.has(id);
  const approvals = new Set(records.filter(isOfAction).map(({ approval_id: id }) => id));
  return findings.map((finding) => {
    if (!finding.ok) return null;
    const { kind, decision_id: decision, approval_id: approval } = finding.record;
    if (kind === "outcome" && !decided.has(decision))
      return `the proof of its decision ${String(decision)} is not among these`;
    if (kind === "receipt" && !approvals.has(approval))
      return `no decision among these proofs is of its approval ${String(approval)}`;
    return null;
  });
}

/** Decisions among them that let the call go on, and whose outcome is not among them: what was sent and answered is not proved. */
export function withoutOutcome(findings: readonly ProofFinding[]): string[] {
  const records = findings.flatMap((finding) => (finding.ok ? [finding.record] : []));
  const ended = new Set(records.flatMap(({ kind, decision_id: id }) => (kind === "outcome" ? [id] : [])));
  return records.flatMap(({ kind, decision_id: id, result }) => {
    const isAllowed =
      kind === "decision" && isJsonObject(result ?? null) && (result as JsonObject)["effect"] === "allow";
    return isAllowed && !ended.has(id) ? [String(id)] : [];
  });
}

/**
 * Checks proofs of one log together: a record that refers to others is whole in its finding when their proofs are among these, and does not
 * hold without them. `texts`: in any order.
 */
export function verifyProofsOf(texts: readonly string[], keys: readonly NoteKey[]): ProofFinding[] {
  const findings = texts.map((text) => verifyProof(text, keys));
  const logs = new Map<string, WholeRecords>();
  const inOrder = findings.filter((finding) => finding.ok).toSorted((one, other) => one.index - other.index);
  const whole = new Map<ProofFinding, ProofFinding>();
  for (const finding of inOrder) {
    const records = logs.get(finding.log) ?? new WholeRecords();
    logs.set(finding.log, records);
    try {
      if (!records.note(finding.line)) whole.set(finding, { ...finding, record: records.object(finding.line) });
    } catch (failure) {
      if (!(failure instanceof BrokenReference)) throw failure;
      const hint = failure instanceof MissingReference ? ": give the proofs of kind shared and names too" : "";
      whole.set(finding, { ok: false, problem: `its record ${failure.message}${hint}` });
    }
  }
  return findings.map((finding) => whole.get(finding) ?? finding);
}
