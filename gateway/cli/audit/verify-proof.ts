import { dirname, join } from "node:path";
import { existsSync } from "node:fs";
import { Option } from "commander";
import { escapeControls } from "../../lib/look-alike.ts";
import type { ReceiptClaims } from "../../approvals/receipts.ts";
import { receiptText } from "../approvals/receipt-text.ts";
import type { NoteKey } from "../../lib/tlog/note.ts";
import { type ProofFinding, strayOf, verifyProofsOf, withoutOutcome } from "../../record/audit/verify-proof.ts";
import { logKeysIn, trustedKeys } from "../../record/tree/log-keys.ts";
import { CliFailure, exits, type Verb, type VerbOptions } from "../common/verb.ts";
import { keyOption, keysOf, readText } from "./options.ts";
import { type ReceiptKeys, receiptReader } from "./receipt-check.ts";

interface VerifyProofOptions extends VerbOptions {
  readonly key: readonly string[];
  readonly approvalKeys?: string;
}

/** Beside proofs: the keys of their log, each in a note that the key before it has signed. */
export const handOverFile = "log.keys";

/** `sallyport audit verify-proof FILE`: needs no log and no gateway. */
export const verifyProofs: Verb = {
  usage: "verify-proof <file...>",
  summary: "check proofs of lines of a log, and the receipts in them, offline",
  examples: ["audit verify-proof d_9fK2…/*.tlog-proof --key log.vkey --approval-keys approval-keys.json"],
  options: [
    keyOption,
    new Option("--approval-keys <file>", "published key set of receipts; default: the key that the receipt names"),
  ],
  run({ printer }, { json, key, approvalKeys }: VerifyProofOptions, _first, files = []) {
    const keys = keysOf(key);
    if (keys.length === 0)
      throw new CliFailure(exits.usage, "key_missing", "Give the verifier key of the log with --key.");
    const read = receiptReader(approvalKeys);
    const receiptKeys = approvalKeys === undefined ? "of the records" : "given";
    const proofs = verifyProofsOf(files.map(readText), trustedBeside(files, keys)).map((one) => readProof(one, read));
    const stray = strayOf(proofs);
    const found = proofs.map((proof, at) => ({ file: files[at] ?? "", ...proof, stray: stray[at] ?? null }));
    const ok = found.every((one) => one.ok && one.stray === null);
    const without_outcome = withoutOutcome(proofs);
    const told = [
      ...found.map((one) => textOf(one, receiptKeys)),
      ...without_outcome.map(noOutcomeText),
      verdictOf(found),
    ];
    const result = { ok, receipt_keys: receiptKeys, without_outcome, proofs: found };
    printer.result(json, result, escapeControls(told.join("\n"), true));
    // Each line may be in the log, and all of them together still prove no action.
    if (!ok) throw new CliFailure(exits.negative, "proof_invalid", "");
  },
};

/** `receipt`: what the receipt states and the key that signs it; null for another record. */
type ReadProof = ProofFinding & { readonly receipt: { readonly claims: ReceiptClaims; readonly kid: string } | null };

function readProof(finding: ProofFinding, read: ReturnType<typeof receiptReader>): ReadProof {
  if (!finding.ok || finding.record["kind"] !== "receipt") return { ...finding, receipt: null };
  const reading = read(finding.record);
  if (reading.problem === null) return { ...finding, receipt: { claims: reading.claims, kid: reading.kid } };
  return { ok: false, problem: `its receipt does not hold: ${reading.problem}`, receipt: null };
}

type ToldProof = ReadProof & { readonly file: string; readonly stray: string | null };

function textOf(found: ToldProof, keys: ReceiptKeys): string {
  if (!found.ok) return `${found.file}: does not hold: ${found.problem}`;
  const { file, index, size, log, stray, record, receipt } = found;
  const alone = stray === null ? "" : `; but ${stray}`;
  const by =
    keys === "given"
      ? "a key that was given"
      : "the key that it names, which is as good as the log; see --approval-keys";
  const facts = receipt === null ? [] : [`The receipt holds by ${by}.`, receiptText(receipt.claims, receipt.kid)];
  return [`${file}: holds: line ${index} of ${size} of ${log}${alone}`, ...facts, JSON.stringify(record, null, 2)].join(
    "\n",
  );
}

/** The records above it fill screens. */
function verdictOf(found: readonly ToldProof[]): string {
  const broken = found.filter(({ ok }) => !ok).length;
  const strays = found.filter(({ ok, stray }) => ok && stray !== null).length;
  if (broken === 0 && strays === 0) return found.length === 1 ? "The proof holds." : `All ${found.length} proofs hold.`;
  const parts = [
    ...(broken === 0 ? [] : [`${broken} of ${found.length} ${broken === 1 ? "does" : "do"} not hold`]),
    ...(strays === 0
      ? []
      : [`${strays} of ${found.length} ${strays === 1 ? "belongs" : "belong"} to none of the decisions given`]),
  ];
  return `This proves nothing: ${parts.join(", ")}.`;
}

function noOutcomeText(id: string): string {
  return `no outcome is among these: ${id} was allowed, and what was sent and answered is not proved`;
}

/** The keys, and those that follow from them by the notes beside the proofs. @throws CliFailure hand_over_invalid */
function trustedBeside(files: readonly string[], keys: readonly NoteKey[]): NoteKey[] {
  const beside = new Set(files.map((file) => join(dirname(file), handOverFile)));
  const notes = [...beside].filter((file) => existsSync(file)).flatMap(notesIn);
  return trustedKeys(notes, keys);
}

function notesIn(file: string): ReturnType<typeof logKeysIn> {
  const text = readText(file);
  try {
    return logKeysIn(text);
  } catch (failure) {
    const next = "take it from the folder that audit prove wrote, or remove it and give each key of the log with --key";
    throw new CliFailure(exits.usage, "hand_over_invalid", `${file}: ${(failure as Error).message}; ${next}.`);
  }
}
